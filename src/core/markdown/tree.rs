//! What a text means: blocks and inlines, as data. Nothing here is HTML, and nothing here can become HTML by accident.

use crate::{Cell, Cells, Href};
use std::sync::Arc;

/// A block with its id and version: what [`Document::blocks`](crate::Document::blocks) is made of.
pub type BlockCell = Cell<Block>;

/// A block. Containers hold blocks again, at most [`MAX_NESTING`](crate::MAX_NESTING) deep.
#[derive(Clone, Debug)]
pub enum Block {
    /// Text between blank lines.
    Paragraph(Cells<Inline>),
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        content: Cells<Inline>,
    },
    /// A list of items.
    List {
        /// The first number of an ordered list, at most nine digits; none for bullets.
        start: Option<u32>,
        /// Whether no blank line stands between the items or their blocks: a view draws no space between them then.
        /// Starts true and may turn false while the list grows.
        tight: bool,
        /// One or more.
        items: Cells<Item>,
    },
    /// Code, fenced or indented.
    Code {
        /// The first word after the fence.
        language: Option<String>,
        /// The rest of the info string, such as a file name.
        attributes: Option<String>,
        /// The lines with newlines between them, none after the last. Under one id it only grows at its end.
        text: String,
    },
    /// A quotation.
    Quote(Cells<Block>),
    /// A table.
    Table {
        /// One for each column.
        alignments: Vec<Alignment>,
        /// As many cells as columns.
        head: Vec<Vec<Inline>>,
        /// A row may have fewer or more cells than there are columns. Missing cells are empty; they are not filled in,
        /// because a few bytes of text could ask for millions of them.
        rows: Cells<Vec<Vec<Inline>>>,
    },
    /// A thematic break: a line across.
    Rule,
}

/// An entry of a list.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The number of an item in an ordered list.
    pub number: Option<u32>,
    /// Whether it is a task, and its state.
    pub task: Option<Task>,
    /// Its content. A paragraph is a [`Block::Paragraph`] in tight lists too.
    pub blocks: Cells<Block>,
}

/// The state of a task in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `[ ]`
    Open,
    /// `[x]`
    Done,
}

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// The table does not say.
    Unset,
    /// `:--`
    Left,
    /// `:-:`
    Center,
    /// `--:`
    Right,
}

/// A piece of text. Nested at most [`MAX_NESTING`](crate::MAX_NESTING) deep; deeper markup is dropped, its text stays.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Text as it is; raw HTML too. Long text comes in several pieces, so that a view has no node that grows for ever.
    Text(String),
    /// `*stressed*`
    Emphasis(Vec<Inline>),
    /// `**important**`
    Strong(Vec<Inline>),
    /// `~~struck out~~`
    Strike(Vec<Inline>),
    /// `` `code` ``
    Code(String),
    /// A TeX formula as written, with its delimiters: `$x$`. It may span lines.
    Formula(String),
    /// A link that is safe to offer.
    Link {
        /// Where to; its scheme is allowed.
        href: Href,
        /// What to say about it.
        title: Option<Arc<str>>,
        /// What it stands for.
        kind: LinkKind,
        /// Its text, never empty, without links inside.
        children: Vec<Inline>,
    },
    /// A link that is not offered: its target is relative, or its scheme is not allowed.
    InertLink {
        /// The target as written, possibly empty. Not safe to put into `href`.
        target: Arc<str>,
        /// What to say about it.
        title: Option<Arc<str>>,
        /// What it stands for.
        kind: LinkKind,
        /// Its text, perhaps empty.
        children: Vec<Inline>,
    },
    /// A line end in the source: a space.
    SoftBreak,
    /// A line end that was asked for.
    HardBreak,
}

/// What a link stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Something to go to.
    Page,
    /// An image of the source, which is never loaded: the text is its alternative text.
    Image,
}
