//! The crate `tiktoken`, which includes its vocabulary.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which otherwise happens at the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// Returns the tokens of the text; `None` if the crate has no o200k.
#[wasm_bindgen]
pub fn count(text: &str) -> Option<usize> {
    tiktoken::get_encoding("o200k_base").map(|encoding| encoding.count(text))
}
