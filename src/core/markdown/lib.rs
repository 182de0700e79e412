//! Parses Markdown text into a tree of blocks and inlines, even while the text is still growing.
//!
//! Responses stream at up to several thousand tokens per second. [`Document`] parses them as they arrive and keeps its
//! tree, so a token costs the same at the end of a long response as at the start, and inside a code fence, list, table
//! or paragraph of any length. Stable ids and versions ([`Cell`], [`Cells`]) report what changed, so a view touches
//! nothing else.
//!
//! CommonMark blocks depend only on a line and on the blocks open before it, so each line is classified once, in order,
//! without backtracking (`line`). Inlines depend only on the text of one leaf, so only the end of the open leaf is
//! reparsed (`inlines`, `leaf`). Extensions to CommonMark: tables, tasks, strikethrough, bare URLs, emphasis next to
//! CJK punctuation, and formulas, which are kept as written.
//!
//! Deliberate differences from CommonMark and GitHub:
//!
//! - For safety: raw HTML is text, except for `<br>`, and Markdown continues inside it; nesting ends at
//!   [`MAX_NESTING`]; links that are not [safe](Href) are inert and show their target.
//! - To lose no text: surplus cells of a table row stay; pipes in formulas do not end a cell, nor do pipes in code if
//!   the row has too many cells; definitions that are unused or have a disallowed target are text; list items keep
//!   their numbers; the complete info string of a fence is kept.
//! - To damage no text: a single `~` does not strike; `*` between digits is not emphasis; fences with a language nest
//!   in a Markdown fence.
//!
//! **Invariant:** model output is data. There are no HTML strings here, images are never loaded, and no input panics,
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

/// The maximum nesting depth of containers, and of inlines within a leaf. Deeper markup is treated as text.
pub const MAX_NESTING: usize = 32;
