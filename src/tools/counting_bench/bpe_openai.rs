//! The crate `bpe-openai`, which includes its vocabulary.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which otherwise happens at the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// Returns the tokens of the text.
#[wasm_bindgen]
pub fn count(text: &str) -> usize {
    bpe_openai::o200k_base().count(text)
}
