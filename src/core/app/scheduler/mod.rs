//! The scheduler: whether a request fits, and when it is sent.

pub mod assess;
pub(crate) mod fitting;
pub(crate) mod other_tabs;
pub(crate) mod pacing;
pub(crate) mod planning;
pub(crate) mod queue;
pub(crate) mod queue_text;
pub(crate) mod refusals;
pub mod rules;
pub(crate) mod suggested_fix;
pub mod verdict_text;
