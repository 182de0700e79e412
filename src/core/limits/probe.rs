//! Probes whether the limits are higher than assumed.

use crate::{
    ledger::Ledger,
    plan::{Start, Waiting, start},
    pool::Entry,
    pool_history::PoolHistory,
    verdict::Binding,
};

/// The first probe assumes limits higher by one part in this many; each admitted one doubles that for the next, up to
/// the full limit.
const FIRST_SHARE: u64 = 8;

/// A request that may be sent early, if the user allows probing the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its index in the queue.
    pub place: usize,
    /// When it may be sent, in milliseconds since 1970; now or earlier means now. [`Request::expected_to_fit`] is
    /// `Some(false)` then.
    ///
    /// [`Request::expected_to_fit`]: crate::Request::expected_to_fit
    pub at_ms: u64,
}

/// Returns the requests that may be sent before the time [`plan`](crate::plan) gives them, to test whether more is
/// allowed than the limits say: at most one per pool, the first that waits for a window. `starts` is the plan for
/// `waiting`.
///
/// A probe is sent as soon as it would fit if the limits were an eighth higher, then a quarter, a half, twice as high:
/// each admitted one ([`Ledger::accepted`]) raises the known limit and lets the next go further. The next one is sent
/// only when the outcome of the previous one is known, and a rejection by a window ([`Ledger::infer_from_refusal`])
/// stops probing that window for an hour: it costs one request.
#[must_use]
pub fn probes(ledger: &Ledger, waiting: &[Waiting<'_>], starts: &[Start], now_ms: u64) -> Vec<Probe> {
    let mut seen: Vec<(&str, String)> = Vec::new();
    let mut probes = Vec::new();
    for (place, (request, planned)) in waiting.iter().zip(starts).enumerate() {
        let pool = request.limits.pool_of(request.model);
        if seen.iter().any(|(account, other)| *account == request.account && *other == pool) {
            continue;
        }
        let Start::At { ms, binding: Some(Binding::Window(_)) } = *planned else { continue };
        let before = waiting.iter().zip(starts).take(place).filter(|(before, planned)| {
            before.account == request.account && before.limits.pool_of(before.model) == pool && **planned == Start::Now
        });
        let before: Vec<u64> = before.map(|(before, _)| before.need.tokens()).collect();
        let at_ms = early(ledger, request, &pool, &before, now_ms).filter(|at_ms| *at_ms < ms);
        probes.extend(at_ms.map(|at_ms| Probe { place, at_ms }));
        seen.push((request.account, pool));
    }
    probes
}

/// When a request may be sent as a probe; `None` while another probe is in flight. `before` is what those reserve that are
/// sent now.
fn early(ledger: &Ledger, request: &Waiting<'_>, pool: &str, before: &[u64], now_ms: u64) -> Option<u64> {
    let history = PoolHistory::of(ledger, request.account, pool);
    let doubled = let_in_since_a_refusal(&history)?.min(FIRST_SHARE.ilog2());
    let mut hopeful = history.with_raised_limits(FIRST_SHARE >> doubled).ahead();
    before.iter().for_each(|tokens| hopeful.add(Entry::planned(now_ms, *tokens)));
    match start(&hopeful, request, now_ms.max(request.not_before_ms)) {
        Start::Now => Some(now_ms),
        Start::At { ms, .. } => Some(ms),
        Start::Never { .. } => None,
    }
}

/// How many probes in a row were admitted; `None` while the newest has no response.
fn let_in_since_a_refusal(history: &PoolHistory<'_>) -> Option<u32> {
    let mut let_in = 0;
    for request in history.sent().iter().rev().filter(|request| request.expected_to_fit == Some(false)) {
        if request.let_in {
            let_in += 1;
        } else if request.ended().is_none() {
            return None;
        } else {
            break;
        }
    }
    Some(let_in)
}
