//! How accurate our forecasts are: what was forecast for requests, and what happened.

use crate::{ledger::Ledger, pool_history::PoolHistory};

/// How many of the newest requests count: enough for a percentage, and few enough that a new inference shows soon.
const NEWEST: usize = 40;

/// The outcome of requests for which a forecast was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForecastAccuracy {
    /// How many requests are counted.
    pub of: usize,
    /// How many of them were rate-limited although they were forecast to fit, or admitted although they were not.
    pub wrong: usize,
}

impl ForecastAccuracy {
    /// The share of wrong forecasts in percent, rounded up so that one mistake is never 0%. `None` without requests.
    #[must_use]
    pub const fn percent(&self) -> Option<usize> {
        if self.of == 0 { None } else { Some((self.wrong * 100).div_ceil(self.of)) }
    }
}

/// Counts how well we forecast the newest requests of a pool, at most 40: for text like
/// `Limit forecast: 2% wrong over 40 requests`.
///
/// Counts those with [`Request::expected_to_fit`](crate::Request::expected_to_fit) set and a known outcome: admitted
/// ([`Ledger::accepted`], or it used tokens) or rejected with status 429. Other failures say nothing about limits.
#[must_use]
pub fn forecast_accuracy(ledger: &Ledger, account: &str, pool: &str) -> ForecastAccuracy {
    let history = PoolHistory::of(ledger, account, pool);
    let judged = history.sent().iter().rev().filter_map(|entry| {
        let let_in = if entry.let_in { Some(true) } else { entry.rate_limited.then_some(false) };
        Some(entry.expected_to_fit? != let_in?)
    });
    judged.take(NEWEST).fold(ForecastAccuracy::default(), |known, is_wrong| ForecastAccuracy {
        of: known.of + 1,
        wrong: known.wrong + usize::from(is_wrong),
    })
}
