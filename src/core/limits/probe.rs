//! Trying whether the limits are higher than they are known to be.

use crate::{
    ledger::Ledger,
    plan::{Start, Waiting, start},
    pool_history::PoolHistory,
    verdict::Binding,
};

/// How much more than is known a probe counts on at most, in shares of a limit: after one that was let in, the next dares
/// twice as much, up to the whole limit.
const FIRST_SHARE: u64 = 8;

/// A request that may go before its time, if its user allows that limits are probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its place among those that wait.
    pub place: usize,
    /// When it may go, in milliseconds since 1970; not later than now means now. [`Request::expected_to_fit`] is `Some(false)`
    /// then.
    ///
    /// [`Request::expected_to_fit`]: crate::Request::foreseen
    pub at_ms: u64,
}

/// The requests that may go before the time that [`plan`](crate::plan) gives them, to find out whether more is allowed
/// than the limits say: at most one of each pool, the first that waits for a window. `starts` is the plan for `waiting`.
///
/// A probe goes as soon as it would fit if the limits were an eighth higher, then a quarter, a half, twice as high: each
/// that is let in ([`Ledger::accepted`]) raises what is known, and the next dares more. The next one goes only when the fate
/// of the one before is known, and a refusal by a window ([`Ledger::infer_from_refusal`]) ends the probing of that window for an
/// hour: it costs one request.
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
        let at_ms = early(ledger, request, &pool, now_ms).filter(|at_ms| *at_ms < ms);
        probes.extend(at_ms.map(|at_ms| Probe { place, at_ms }));
        seen.push((request.account, pool));
    }
    probes
}

/// When a request may go as a probe; none while another one is on its way.
fn early(ledger: &Ledger, request: &Waiting<'_>, pool: &str, now_ms: u64) -> Option<u64> {
    let history = PoolHistory::of(ledger, request.account, pool);
    let doubled = let_in_since_a_refusal(&history)?.min(FIRST_SHARE.ilog2());
    let hopeful = history.with_raised_limits(FIRST_SHARE >> doubled).ahead();
    match start(&hopeful, request, now_ms.max(request.not_before_ms)) {
        Start::Now => Some(now_ms),
        Start::At { ms, .. } => Some(ms),
        Start::Never { .. } => None,
    }
}

/// How many probes in a row were let in; none while the newest has not been answered.
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
