//! The parts of a text, in order, as the scan finds them.

use super::{References, emphasis::Run};
use crate::{Href, Inline, LinkKind};
use std::sync::Arc;

/// A part of the text.
#[derive(Debug)]
pub(crate) enum Token<'t> {
    /// Characters as they stand in the text at a byte.
    Text(usize, &'t str),
    /// Characters that are written in another way, or must be read together; where, unless that is known before.
    Written(Option<usize>, String),
    /// What has no parts.
    Inline(usize, Inline),
    /// An address without the markup of a link: its target, and what is shown.
    Address(usize, String, String),
    /// The index of a run.
    Run(usize),
    /// A bracket that opened no link so far.
    Bracket(usize, &'t str),
    Link(usize, Link),
    LinkEnd,
}

/// The beginning of a link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) to: To,
    pub(crate) title: Option<Arc<str>>,
    pub(crate) kind: LinkKind,
}

/// Where a link goes.
#[derive(Debug)]
pub(crate) enum To {
    Offered(Href),
    /// As it is written, because it is not offered.
    Inert(String),
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(crate) struct Scanned<'t> {
    pub(crate) tokens: Vec<Token<'t>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) references: References,
}
