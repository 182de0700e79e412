//! Renders Markdown text into the DOM incrementally.
//!
//! A response arrives at thousands of tokens a second, so the cost of a frame must depend on what changed, not on the
//! length. [`MarkdownDom`] remembers the last rendered revision and the node of each cell. A frame touches only the
//! cells changed since then, and code grows by appended lines. Text becomes text nodes, never HTML.
//!
//! A separate wasm module (`src/bin/markdown_dom.rs`): the page accepts input before it is loaded, and shows plain text
//! until then ([`crate::dom_text::AnswerText`]).
//!
//! **Invariant:** this module knows the tree and the DOM. It knows no state, no events and no Leptos.

mod blocks;
mod code;
mod inlines;

use headroom_markdown::Document;
use web_sys::Element;

use blocks::BlockNodes;

/// Shows one growing text inside one element, which it then owns.
pub struct MarkdownDom {
    root: Element,
    document: Document,
    seen: u64,
    blocks: BlockNodes,
}

impl MarkdownDom {
    /// Takes over an empty element.
    #[must_use]
    pub fn new(root: Element) -> Self {
        Self { root, document: Document::default(), seen: 0, blocks: BlockNodes::default() }
    }

    /// Appends text and shows it.
    pub fn push(&mut self, added: &str) {
        self.document.push(added);
        self.paint();
    }

    /// The text is complete: half-typed markup is resolved.
    pub fn finish(&mut self) {
        self.document.finish();
        self.paint();
    }

    fn paint(&mut self) {
        let Some(dom) = self.root.owner_document() else { return };
        let first = self.document.changed_since(self.seen);
        self.blocks.update(&dom, &self.root, self.document.blocks(), first, self.seen);
        self.seen = self.document.revision();
    }
}
