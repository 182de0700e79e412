//! Our counter, as in the counting worker: the page passes the vocabulary.

use std::cell::RefCell;

use headroom_tokenizer::exact::Counter;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

thread_local! {
    static COUNTER: RefCell<Option<Counter>> = const { RefCell::new(None) };
}

fn main() {}

/// Creates the counter from a pack.
///
/// # Errors
/// If the bytes are not a pack.
#[wasm_bindgen]
pub fn load(pack: &[u8]) -> Result<(), JsError> {
    COUNTER.set(Some(Counter::new(pack)?));
    Ok(())
}

/// Returns the tokens of the text; `None` before [`load`].
#[wasm_bindgen]
pub fn count(text: &str) -> Option<f64> {
    COUNTER.with_borrow_mut(|counter| counter.as_mut().map(|counter| counter.count(text) as f64))
}
