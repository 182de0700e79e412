//! The composer: the draft, its token count, and whether Send is possible.

pub(crate) mod counting;
pub(crate) mod draft;
pub(crate) mod exact_count;

use counting::{Count, CountId, Counter};
use exact_count::ExactCount;

use crate::units::Tokens;

/// What is in the composer, and its tokens. Only this room reads and changes it; others ask [`State`](crate::State).
#[derive(Debug, Default)]
pub(crate) struct Composer {
    /// The text.
    draft: String,
    /// The draft before an edit.
    set_aside: String,
    /// Its stats.
    count: Count,
    /// What computes them.
    counter: Counter,
    newest_count: CountId,
    /// Tokens of the request besides the draft's text, one entry per lane. Recomputed on changes, not every frame: a long
    /// chat is estimated as a whole.
    tokens_before: Vec<Tokens>,
    exact_count: ExactCount,
}
