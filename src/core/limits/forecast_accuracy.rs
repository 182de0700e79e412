//! How good our books are: what was foreseen of requests, and what came of them.

use crate::{ledger::Ledger, pool_history::PoolHistory};

/// So many of the newest requests are looked at: enough for a share in percent, and few enough that a lesson shows soon.
const NEWEST: usize = 40;

/// What came of requests of which it was noted whether they would fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForecastAccuracy {
    /// So many requests it is about.
    pub of: usize,
    /// So many of these were refused by a rate limit though they were foreseen to fit, or let in though they were not.
    pub wrong: usize,
}

impl ForecastAccuracy {
    /// The share that was foreseen wrongly, in whole percent, rounded up: one mistake is never none. Nothing where there is
    /// no request to tell by.
    #[must_use]
    pub const fn percent(&self) -> Option<usize> {
        if self.of == 0 { None } else { Some((self.wrong * 100).div_ceil(self.of)) }
    }
}

/// How well our books foresaw the newest requests of a pool, at most 40: for words like `model error 2% over 40 requests`.
///
/// Those count of which [`Request::expected_to_fit`](crate::Request::foreseen) says something and whose fate is known: let in
/// ([`Ledger::accepted`], or it took tokens), or refused with status 429. One that failed otherwise says nothing of limits.
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
