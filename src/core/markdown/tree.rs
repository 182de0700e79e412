//! The parsed tree: blocks and inlines as data. Contains no HTML and is never interpreted as HTML.

use crate::{Cell, Cells, Href};
use std::sync::Arc;

/// A block with its id and version: the entry type of [`Document::blocks`](crate::Document::blocks).
pub type BlockCell = Cell<Block>;

/// A block. Containers hold more blocks, at most [`MAX_NESTING`](crate::MAX_NESTING) deep.
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
        /// The first number of an ordered list, at most nine digits; `None` for bullets.
        start: Option<u32>,
        /// Whether there are no blank lines between the items or their blocks, so a view draws no space between them.
        /// Starts as `true` and may become `false` while the list grows.
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
        /// The lines separated by newlines, with none after the last. Under one id it only grows at its end.
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
        /// A row may have fewer or more cells than there are columns. Missing cells are not filled in, because a few
        /// bytes of text could ask for millions of them.
        rows: Cells<Vec<Vec<Inline>>>,
    },
    /// A thematic break: a horizontal rule.
    Rule,
}

/// An entry of a list.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The number of an item in an ordered list.
    pub number: Option<u32>,
    /// The task state, if the item is a task.
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

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Not specified by the table.
    Unset,
    /// `:--`
    Left,
    /// `:-:`
    Center,
    /// `--:`
    Right,
}

/// Inline content, at most [`MAX_NESTING`](crate::MAX_NESTING) deep; deeper markup is dropped, its text stays.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Plain text, including raw HTML. Long text is split into pieces, so that no node in a view grows forever.
    Text(String),
    /// `*emphasized*`
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
        /// The target; its scheme is allowed.
        href: Href,
        /// The tooltip.
        title: Option<Arc<str>>,
        /// The kind of link.
        kind: LinkKind,
        /// Its text, never empty, without nested links.
        children: Vec<Inline>,
    },
    /// An inert link: its target is relative, or its scheme is not allowed.
    InertLink {
        /// The target as written, possibly empty. Not safe to put into `href`.
        target: Arc<str>,
        /// The tooltip.
        title: Option<Arc<str>>,
        /// The kind of link.
        kind: LinkKind,
        /// Its text, possibly empty.
        children: Vec<Inline>,
    },
    /// A line end in the source, shown as a space.
    SoftBreak,
    /// An explicit line break.
    HardBreak,
}

/// The kind of link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// A link to follow.
    Page,
    /// An image in the source, which is never loaded; the text is its alternative text.
    Image,
}
