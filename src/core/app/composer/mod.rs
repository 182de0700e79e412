//! The composer: the draft, its token count, and whether Send is possible.

pub(crate) mod counting;
pub(crate) mod draft;
pub(crate) mod exact_count;
