//! Our counter, as the counting worker has it: the page hands over the vocabulary.

use std::cell::RefCell;

use headroom_tokenizer::exact::Counter;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

thread_local! {
    static COUNTER: RefCell<Option<Counter>> = const { RefCell::new(None) };
}

fn main() {}

/// Makes the counter of a pack.
///
/// # Errors
/// When the bytes are no pack.
#[wasm_bindgen]
pub fn load(pack: &[u8]) -> Result<(), JsError> {
    COUNTER.set(Some(Counter::new(pack)?));
    Ok(())
}

/// The tokens of the text; none before [`load`].
#[wasm_bindgen]
pub fn count(text: &str) -> Option<f64> {
    COUNTER.with_borrow_mut(|counter| counter.as_mut().map(|counter| counter.count(text) as f64))
}
