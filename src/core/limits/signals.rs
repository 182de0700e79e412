//! Signals that a plan is too small for the usage, each with its evidence: more than one in twenty requests
//! rate-limited, prompts longer than the plan's context window, a day that will exceed its tokens.

use headroom_domain::ModelLimits;

use crate::{DAY_MS, HOUR_MS, ledger::Ledger, request::Request, usage_day::UsageDay};

/// Fewer requests than this in a day say nothing.
const FEWEST: u64 = 20;
/// The time over which the pace is measured.
const PACE_MS: u64 = 3 * HOUR_MS;

/// A signal that the plan is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// More than 5% of the requests of 24 hours were rejected by a rate limit.
    Limited {
        /// Requests that were.
        limited: u64,
        /// All requests sent.
        requests: u64,
    },
    /// Prompts of 24 hours were longer than the context window.
    Context {
        /// How many.
        requests: u64,
        /// The longest, in tokens.
        longest: u64,
        /// The context window.
        context: u64,
    },
    /// At the pace of the last hours the day will use more tokens than its limit.
    Trend {
        /// Tokens that the full day would use.
        tokens: u64,
        /// The token limit of a day.
        limit: u64,
    },
}

/// Returns the signals for one pool of an account. `now` is the draft prompt in tokens, without its output reservation,
/// because a large cap is not a need. `day` is for the same pool.
#[must_use]
pub fn signals(
    ledger: &Ledger,
    account: &str,
    pool: &str,
    limits: &ModelLimits,
    day: Option<&UsageDay>,
    now: Option<u64>,
    now_ms: u64,
) -> Vec<Signal> {
    let since = |since_ms: u64| {
        let ours = ledger.since(since_ms).iter();
        ours.filter(move |request| request.account == account && request.pool == pool)
    };
    let lately = || since(now_ms.saturating_sub(DAY_MS));
    let limited = count(lately(), |request| request.status == Some(429));
    let requests = count(lately(), |_| true);
    let mut signals = Vec::new();
    if requests >= FEWEST && limited * 20 > requests {
        signals.push(Signal::Limited { limited, requests });
    }
    if let Some(context) = limits.context_tokens {
        let over = lately().map(prompt).chain(now).filter(|tokens| *tokens > context);
        let (requests, longest) = over.fold((0, 0), |(number, most), tokens| (number + 1, tokens.max(most)));
        if requests > 0 {
            signals.push(Signal::Context { requests, longest, context });
        }
    }
    if let Some(day) = day {
        let pace = since(now_ms.saturating_sub(PACE_MS)).map(Request::taken).fold(0, u64::saturating_add);
        let used = day.limit.saturating_sub(day.left);
        let to_come = u128::from(pace) * u128::from(day.refills_in_ms) / u128::from(PACE_MS);
        let tokens = used.saturating_add(u64::try_from(to_come).unwrap_or(u64::MAX));
        // A burst of a few minutes is no trend: a tenth of the day has to be used.
        if tokens > day.limit && used >= day.limit / 10 {
            signals.push(Signal::Trend { tokens, limit: day.limit });
        }
    }
    signals
}

fn count<'a>(requests: impl Iterator<Item = &'a Request>, of: fn(&Request) -> bool) -> u64 {
    requests.filter(|request| of(request)).fold(0, |number, _| number + 1)
}

/// The tokens of a prompt, as counted by the provider or as estimated.
fn prompt(request: &Request) -> u64 {
    let counted = request.settled.map_or(0, |(_, spent)| spent.prompt);
    let estimated = request.uncapped_input.or_else(|| Some(request.reserved.saturating_sub(u64::from(request.cap?))));
    counted.max(estimated.unwrap_or(0))
}
