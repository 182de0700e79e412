//! Usage: the request log of this browser, and what it says about limits, cost and plans.

pub(crate) mod accounts;
pub mod advice_text;
pub mod charts;
pub(crate) mod request_log;
pub(crate) mod request_log_sync;
pub(crate) mod usage_history;
