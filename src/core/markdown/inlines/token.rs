//! The output of the scan: a flat list of tokens.

use super::{References, emphasis::Run};
use crate::{Href, Inline, LinkKind};
use std::sync::Arc;

/// A part of the text.
#[derive(Debug)]
pub(crate) enum Token<'t> {
    /// Text as written, and its position.
    Text(usize, &'t str),
    /// Text that differs from its source or cannot be split, and its position. `None`: continues the previous token.
    Written(Option<usize>, String),
    /// An inline without children, and its position. `None`: parsing cannot start there.
    Inline(Option<usize>, Inline),
    /// An autolink: its position, target and text.
    Address(usize, String, String),
    /// A delimiter run, by index.
    Run(usize),
    /// An opening bracket that has not become a link, and its position.
    Bracket(usize, &'t str),
    Link(usize, Link),
    LinkEnd,
}

/// A link or image.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) to: Destination,
    pub(crate) title: Option<Arc<str>>,
    pub(crate) kind: LinkKind,
}

/// The target of a link.
#[derive(Debug)]
pub(crate) enum Destination {
    Offered(Href),
    /// As written, because it is not safe.
    Inert(String),
}

/// The result of a scan.
#[derive(Debug, Default)]
pub(crate) struct ScanResult<'t> {
    pub(crate) tokens: Vec<Token<'t>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) references: References,
}
