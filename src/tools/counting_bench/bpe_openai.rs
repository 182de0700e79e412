//! The crate `bpe-openai`, which carries its vocabulary.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Unpacks the vocabulary, which is otherwise left to the first count.
#[wasm_bindgen]
pub fn load() {
    count("");
}

/// The tokens of the text.
#[wasm_bindgen]
pub fn count(text: &str) -> usize {
    bpe_openai::o200k_base().count(text)
}
