//! Data for the charts: the requests, and levels over time.

use headroom_domain::{LimitWindow, RefillPolicy, Refund, WindowLimit};

use crate::{
    DAY_MS,
    gauge::whole,
    ledger::Ledger,
    pool_history::{Levels, PoolHistory, Terms},
    replay::Changes,
    request::Request,
};

/// Maximum points of a burn-down: more than a small chart can show.
const MOST_POINTS: usize = 64;

/// Returns the requests an account sent at `since_ms` or later, across all pools, oldest first.
///
/// O(log n), and one step for each request since.
pub fn recent<'a>(ledger: &'a Ledger, account: &'a str, since_ms: u64) -> impl Iterator<Item = &'a Request> {
    ledger.since(since_ms).iter().filter(move |request| request.account == account)
}

/// Returns the level of a window over time: `points` evenly spaced pairs of time, in milliseconds since 1970, and what
/// was left then, from `from_ms` to `to_ms` inclusive; a single point is at `to_ms`.
///
/// Each point reflects only what had happened by then; after the provider's latest report, it starts from that report.
/// `limit` comes from a gauge, so it includes a limit the provider stated. O(requests + points), after one pass to find
/// the requests of the pool.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "each is a word of the question")]
pub fn level_history(
    ledger: &Ledger,
    account: &str,
    pool: &str,
    limit: WindowLimit,
    refund: Refund,
    from_ms: u64,
    to_ms: u64,
    points: usize,
) -> Vec<(u64, u64)> {
    let history = PoolHistory::of(ledger, account, pool);
    let from_ms = from_ms.min(to_ms);
    let mut levels = Levels::new(&history, Terms::new(limit, refund), history.reported(limit.window, to_ms), from_ms);
    let steps = points.saturating_sub(1);
    let times = (0..points).map(|point| to_ms - share(to_ms - from_ms, steps - point.min(steps), steps));
    times.map(|at_ms| (at_ms, left(levels.at(at_ms).units, limit.limit))).collect()
}

/// Returns what is left of a day's tokens since 00:00 UTC: pairs of milliseconds since then, and tokens.
///
/// Starts with the full `limit`, has a point at each request and at each end of one (thinned evenly to at most 64 in
/// all), and ends now. Unused reservations come back, as in a fixed window; a report from the provider makes a step at
/// the time it was read.
#[must_use]
pub fn burn_down(ledger: &Ledger, account: &str, pool: &str, limit: u64, now_ms: u64) -> Vec<(u64, u64)> {
    let midnight_ms = now_ms / DAY_MS * DAY_MS;
    let history = PoolHistory::of(ledger, account, pool);
    let window = WindowLimit { window: LimitWindow::TokensDay, limit, refill: RefillPolicy::Fixed };
    let reported = history.reported(window.window, now_ms);
    let mut levels = Levels::new(&history, Terms::new(window, Refund::ToActual), reported, midnight_ms);
    let mut points = vec![(0, limit)];
    for at_ms in thinned(&history, midnight_ms, now_ms) {
        points.push((at_ms - midnight_ms, left(levels.at(at_ms).units, limit)));
    }
    points.push((now_ms - midnight_ms, left(levels.now(now_ms).units, limit)));
    points
}

/// The times between `from_ms` and `to_ms`, both excluded, at which something changed; thinned evenly to leave room for
/// two more.
fn thinned(history: &PoolHistory<'_>, from_ms: u64, to_ms: u64) -> Vec<u64> {
    let mut changes = Changes::of(history, from_ms.saturating_add(1), from_ms.saturating_add(1));
    let all = history.sent_from(from_ms).len() + history.ended_from(from_ms).len();
    let every = all.div_ceil(MOST_POINTS - 2).max(1);
    let (mut times, mut number, mut last_ms) = (Vec::new(), 0, from_ms);
    while let Some((at_ms, _)) = changes.next(to_ms.saturating_sub(1)) {
        number += 1;
        if number % every == 0 && at_ms > last_ms {
            times.push(at_ms);
            last_ms = at_ms;
        }
    }
    times
}

fn left(level: f64, limit: u64) -> u64 {
    whole(level).min(limit)
}

/// `part` of `parts` of a span.
fn share(span: u64, part: usize, parts: usize) -> u64 {
    let scaled = u128::from(span) * part as u128 / parts.max(1) as u128;
    u64::try_from(scaled).unwrap_or(span)
}
