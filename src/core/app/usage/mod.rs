//! Usage: the request log of this browser, the limits in effect, cost and credit.

pub(crate) mod accounts;
pub(crate) mod fitting;
pub(crate) mod limit_settings;
pub(crate) mod request_log;
pub(crate) mod request_log_sync;
pub mod rules;
pub(crate) mod usage_history;

use std::collections::BTreeMap;

use headroom_limits::{InferredLimits, Ledger};

use accounts::Account;
use usage_history::UsageHistory;

/// What is known of the usage. Only this room reads and changes it; others ask [`State`](crate::State).
#[derive(Debug, Default)]
pub(crate) struct UsageRecords {
    /// The requests that may still count.
    ledger: Ledger,
    /// Requests from before the ledger's range, loaded on demand.
    history: Option<Box<UsageHistory>>,
    history_requested: bool,
    /// The inferences last restored from the settings.
    restored_inferences: InferredLimits,
    /// What providers reported about accounts.
    accounts: BTreeMap<String, Account>,
    /// Grows with each added or removed key: a report about another key's account is dropped.
    key_changes: u64,
}
