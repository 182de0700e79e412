//! The painter as a module: the page lends it an element, and it shows an answer there.
//!
//! It is apart from the page's own module because nobody waits for it: the page takes input while this is fetched.

use headroom::markdown_dom::MarkdownDom;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

/// A painter for one answer.
#[wasm_bindgen]
pub struct AnswerMarkdown(MarkdownDom);

/// Takes over an empty element.
#[wasm_bindgen]
#[must_use]
pub fn paint(place: Element) -> AnswerMarkdown {
    AnswerMarkdown(MarkdownDom::new(place))
}

#[wasm_bindgen]
impl AnswerMarkdown {
    /// Adds to the text and shows it.
    pub fn push(&mut self, added: &str) {
        self.0.push(added);
    }

    /// Nothing more comes.
    pub fn finish(&mut self) {
        self.0.finish();
    }
}

fn main() {}
