//! The Markdown renderer as a separate module: the page passes it an element, and it shows an answer there.
//!
//! Separate from the page's own module because it is not needed at startup: the page accepts input while it is fetched.

use headroom::markdown_dom::MarkdownDom;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

/// A Markdown renderer for one answer.
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
    /// Appends text and shows it.
    pub fn push(&mut self, added: &str) {
        self.0.push(added);
    }

    /// The text is complete.
    pub fn finish(&mut self) {
        self.0.finish();
    }
}

fn main() {}
