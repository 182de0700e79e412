//! The crate `tiktoken-rs`, which carries its vocabulary. Its counts are the ones believed.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which is otherwise left to the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// The tokens of the text. The crate has no count that makes no list of tokens.
#[wasm_bindgen]
pub fn count(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}
