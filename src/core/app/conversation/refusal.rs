//! A rate-limit rejection, as it is kept with the answer.

use headroom_domain::{LimitScope, LimitWindow};
use serde::{Deserialize, Serialize};

/// The last rejection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// How often the request was rejected.
    pub times: u8,
    /// The time of the rejection, in milliseconds since 1970.
    pub at_ms: u64,
    /// The exceeded window, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<LimitWindow>,
    /// What that limit covers, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "hint")]
    pub scope: Option<LimitScope>,
    /// The source of the retry time.
    #[serde(skip)]
    pub retry: Retry,
}

/// The source of a retry time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retry {
    /// The provider asked to wait this many milliseconds.
    Asked(u64),
    /// The provider states that the limit resets in this many milliseconds.
    Reset(u64),
    /// The provider asked to wait until a time in the past.
    Passed,
    /// The limit is daily: retry the next day in UTC.
    NextDay,
    /// Nothing was stated: our own count, or a guess by the window.
    #[default]
    Unstated,
}
