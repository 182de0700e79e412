//! The crate `tiktoken`, which carries its vocabulary.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which is otherwise left to the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// The tokens of the text; none if the crate has no o200k.
#[wasm_bindgen]
pub fn count(text: &str) -> Option<usize> {
    tiktoken::get_encoding("o200k_base").map(|encoding| encoding.count(text))
}
