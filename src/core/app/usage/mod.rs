//! Usage: the request log of this browser, the limits in effect, cost and credit.

pub(crate) mod accounts;
pub(crate) mod fitting;
pub(crate) mod request_log;
pub(crate) mod request_log_sync;
pub mod rules;
pub(crate) mod usage_history;
pub mod window_names;
