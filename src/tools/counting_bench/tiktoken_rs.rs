//! The crate `tiktoken-rs`, which includes its vocabulary. Its counts are the reference.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which otherwise happens at the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// Returns the tokens of the text. The crate cannot count without building a list of tokens.
#[wasm_bindgen]
pub fn count(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}
