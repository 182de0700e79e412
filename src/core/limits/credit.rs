//! What is left of an account's credit, and how long it lasts.

use headroom_domain::{Credit, Price};

use crate::{
    DAY_MS,
    verdict::{Binding, Need, Verdict},
};

/// The state of an account's credit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Credits {
    /// The credit granted, in US dollars.
    pub dollars: f64,
    /// The credit left, in US dollars.
    pub left: f64,
    /// Milliseconds until it expires, used or not; `None` if it does not expire, 0 if it has expired.
    pub ends_in_ms: Option<u64>,
}

/// Returns the state of credit granted on day `since` (days since 1970), of which `spent_dollars` is spent.
#[must_use]
pub fn credits(credit: &Credit, since: u64, spent_dollars: f64, now_ms: u64) -> Credits {
    // The day of the grant counts in full: a date that is a day late is better than money that seems lost.
    let ends_in_ms = credit.days.map(|days| {
        let end = since.saturating_add(days).saturating_add(1).saturating_mul(DAY_MS);
        end.saturating_sub(now_ms)
    });
    let left = if ends_in_ms == Some(0) { 0.0 } else { (credit.dollars - spent_dollars).max(0.0) };
    Credits { dollars: credit.dollars, left, ends_in_ms }
}

/// Applies credit to a verdict: a request that may cost more than what is left never fits. Counts the full output
/// reservation, and the prompt at the uncached price, because caching is not known in advance.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
pub fn within_credit(verdict: Verdict, need: Need, price: &Price, left_dollars: f64) -> Verdict {
    if matches!(verdict, Verdict::Never { .. }) || price.of(need.input, need.answer) <= left_dollars {
        return verdict;
    }
    let for_answer = left_dollars - price.of(need.input, 0);
    let cap = (for_answer / price.completion_dollars).max(0.0) as u64;
    Verdict::Never { binding: Binding::Credit, largest_cap: Some(cap).filter(|cap| *cap > 0) }
}
