//! The scheduler: whether a request fits, when it is sent, and how both are said.

pub(crate) mod advice;
pub mod advice_text;
pub mod assess;
pub mod charts;
pub(crate) mod other_tabs;
pub(crate) mod pacing;
pub(crate) mod planning;
pub(crate) mod queue_item;
pub(crate) mod queue_text;
pub(crate) mod refusals;
pub(crate) mod suggested_fix;
pub mod verdict_text;
