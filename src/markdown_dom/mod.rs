//! Paints a markdown text into the document, by difference.
//!
//! An answer arrives at thousands of tokens a second, so the cost of a frame must follow what changed and not what is
//! there. [`MarkdownDom`] remembers the revision it last painted and which node shows which cell; a frame touches the cells
//! that changed since, and code grows by appended lines. Text becomes text nodes, never HTML.
//!
//! It is a wasm module of its own (`src/bin/markdown_dom.rs`): the page takes input before it is here, and shows plain text
//! until then ([`crate::dom_text::AnswerText`]).
//!
//! **Invariant:** this room knows the tree and the DOM. It knows no state, no events and no Leptos.

mod blocks;
mod code;
mod inlines;

use headroom_markdown::Document;
use web_sys::Element;

use blocks::BlockNodes;

/// Shows one growing text inside one element, which it owns from then on.
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

    /// Adds to the text and shows it.
    pub fn push(&mut self, added: &str) {
        self.document.push(added);
        self.paint();
    }

    /// Nothing more comes: what still looked like the start of something is what it is.
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
