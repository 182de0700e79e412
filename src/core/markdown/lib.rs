//! Markdown text → a tree of blocks and inlines, also while the text is still growing.
//!
//! An answer streams at up to some thousand tokens a second. [`Document`] takes it as it comes and keeps its tree, so
//! that a token costs the same at the end of a long answer as at its beginning, and inside a code fence, list, table or
//! paragraph of any length. What changed is told by stable ids and versions ([`Cell`], [`Cells`]), so that a view
//! touches nothing else.
//!
//! How: CommonMark's blocks depend on a line and on what is open before it, so lines are judged once, in order, and
//! nothing ever goes back (`line`). Inlines depend on the text of one leaf, so that only the open leaf's end is parsed
//! again (`inlines`, `leaf`). Extensions to CommonMark: tables, tasks, strikethrough, bare URLs, emphasis next to
//! CJK punctuation, and formulas, which are kept as written.
//!
//! Deliberate differences from CommonMark and GitHub:
//!
//! - For safety: raw HTML is text, except for `<br>`, and markdown continues inside it; nesting ends at [`MAX_NESTING`];
//!   links that are not [safe to offer](Href) are inert and show their target.
//! - So that no text is lost: surplus cells of a table row stay; pipes in formulas do not end a cell, nor do pipes in code
//!   if the row has too many cells; definitions that are unused, or whose target is not offered, are text; list items keep
//!   their numbers; the whole info string of a fence is kept.
//! - So that no text is damaged: a single `~` does not strike; `*` between digits is not emphasis; fences with a language
//!   nest in a fence of markdown.
//!
//! **Invariant:** model output is data. There are no HTML strings here, images are never sources, and no text panics,
//! nests without bound, or takes more than linear time.

mod cells;
#[cfg(test)]
mod checks;
mod cursor;
mod definitions;
mod direction;
mod document;
mod formula_lines;
mod grow;
mod grow_table;
mod href;
mod inlines;
mod leaf;
mod line;
mod markers;
mod nested_fences;
mod pending_inline;
mod resolve;
mod table;
mod tree;
mod unicode;

pub use cells::{Cell, Cells};
pub use direction::is_right_to_left;
pub use document::{Document, Work};
pub use href::Href;
pub use tree::{Alignment, Block, BlockCell, Inline, Item, LinkKind, Task};

/// How deep containers, and within a leaf inlines, may nest. What looks like one more is text.
pub const MAX_NESTING: usize = 32;
