//! How full a window is: the requests of a pool, replayed by the window's law.

use headroom_domain::{ModelLimits, RefillPolicy, Refund, WindowLimit};

use crate::{
    AHEAD_MS,
    ledger::Ledger,
    pool::Entry,
    pool_history::{Levels, PoolHistory, Terms},
    reported_limits::{float, next_period},
};

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The profile and our own count.
    Profile,
    /// The provider: its limit, or its word on what was left.
    Learned,
    /// What refusals and answers taught of the limit: our own guess.
    Found,
}

/// One window at one moment. `left` = limit − used − reserved, and never negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// The limit and its law; the limit is the provider's own where it stated one.
    pub limit: WindowLimit,
    /// Spent by requests that have ended, as far as it has not come back.
    pub used: u64,
    /// Held for requests that run.
    pub reserved: u64,
    /// What a request may take now.
    pub left: u64,
    /// Milliseconds until it is whole again if nothing more is sent; 0 when it is.
    pub whole_in_ms: u64,
    /// Who says so.
    pub source: Source,
    /// Whether the provider itself stated the limit.
    pub stated: bool,
    state: State,
}

/// What waiting does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Free tokens, fractions included, without what comes back next and is not counted on; and how many come back in a
    /// millisecond.
    Refilling { level: f64, per_ms: f64 },
    /// Everything comes back at once.
    Whole { in_ms: u64 },
    /// Each use comes back by itself, worked out from the requests when asked; all that the provider's word of `said_ms`
    /// counted comes back at once.
    Piecewise { said_ms: Option<u64> },
}

/// The gauges of a model's windows, in their order.
///
/// What the provider said ([`Ledger::seen`]) goes before the profile and our own count. One pass over the requests of
/// the pool, and for each window one over those that it can still feel.
#[must_use]
pub fn gauges(
    ledger: &Ledger,
    account: &str,
    model: &str,
    limits: &ModelLimits,
    refund: Refund,
    now_ms: u64,
) -> Vec<Gauge> {
    let pool = limits.pool_of(model);
    let history = PoolHistory::of(ledger, account, &pool);
    limits.windows.iter().map(|limit| Gauge::of(&history, *limit, refund, now_ms)).collect()
}

impl Gauge {
    pub(crate) fn of(history: &PoolHistory<'_>, limit: WindowLimit, refund: Refund, now_ms: u64) -> Self {
        let reported = history.reported(limit.window, now_ms);
        let (limit, is_known) = history.limit(limit, now_ms);
        let terms =
            Terms { network_latency_ms: history.network_latency_ms, worst: history.worst, ..Terms::new(limit, refund) };
        let level = Levels::new(history, terms, reported, now_ms).now(now_ms);
        let stated = reported.is_some_and(|reported| reported.is_stated(now_ms));
        let left = whole(level.units).min(limit.limit);
        let gone = limit.limit - left;
        let reserved = held(history, Terms::new(limit, refund), now_ms).min(gone);

        let (size, period) = (float(limit.limit), limit.window.period_ms());
        let (state, whole_in_ms) = match limit.refill {
            RefillPolicy::Bucket => {
                let per_ms = size / float(period);
                (State::Refilling { level: level.units - level.owed, per_ms }, ceiling((size - level.units) / per_ms))
            }
            RefillPolicy::Fixed => {
                let figures = level.reported_level.map_or(u64::MAX, |reported_level| reported_level.until_ms(limit));
                let in_ms = next_period(now_ms, period).min(figures).saturating_sub(now_ms);
                (State::Whole { in_ms }, in_ms)
            }
            RefillPolicy::Sliding => {
                let said_ms = level.reported_level.map(|reported_level| reported_level.at_ms);
                let mut sent = history.sent().iter().rev().map(|request| request.sent_ms);
                let last = sent.find(|sent_ms| *sent_ms <= now_ms.saturating_add(AHEAD_MS)).max(said_ms);
                let back = last.map_or(0, |last| last.min(now_ms).saturating_add(period).saturating_sub(now_ms));
                (State::Piecewise { said_ms }, back)
            }
        };
        let whole_in_ms = if level.units < size { whole_in_ms } else { 0 };
        let source = match (stated || level.reported_level.is_some(), is_known) {
            (true, _) => Source::Learned,
            (false, true) => Source::Found,
            (false, false) => Source::Profile,
        };
        Self { limit, used: gone - reserved, reserved, left, whole_in_ms, source, stated, state }
    }

    /// Milliseconds until `amount` fits, if what runs takes all that is held for it; `None` if it never will.
    pub(crate) fn wait_ms(&self, amount: u64, history: &PoolHistory<'_>, refund: Refund, now_ms: u64) -> Option<u64> {
        if amount > self.limit.limit {
            return None;
        }
        if amount <= self.left {
            return Some(0);
        }
        match self.state {
            State::Refilling { level, per_ms } => Some(ceiling((float(amount) - level) / per_ms).max(1)),
            State::Whole { in_ms } => Some(in_ms),
            State::Piecewise { said_ms } => {
                let period = self.limit.window.period_ms();
                let terms = Terms::new(self.limit, refund);
                let first = now_ms.saturating_add(1).saturating_sub(period);
                let ours = history.sent_from(said_ms.map_or(first, |said_ms| said_ms.saturating_add(1)));
                let ours =
                    ours.split_at(ours.partition_point(|request| request.sent_ms <= now_ms.saturating_add(AHEAD_MS))).0;
                // More may be taken than the limit: an answer longer than was held for it. That has to come back too.
                let mut taken = ours.iter().fold(amount, |sum, request| sum.saturating_add(terms.taken(request)));
                let back_in = |at_ms: u64| at_ms.min(now_ms).saturating_add(period).saturating_sub(now_ms);
                if let Some(said_ms) = said_ms.filter(|_| taken <= self.limit.limit) {
                    return Some(back_in(said_ms));
                }
                ours.iter().find_map(|request| {
                    taken = taken.saturating_sub(terms.taken(request));
                    (taken <= self.limit.limit).then(|| back_in(request.sent_ms))
                })
            }
        }
    }

    /// Tokens or requests that come back in a millisecond all the time; 0 where they come back at once or by themselves.
    pub(crate) const fn per_ms(&self) -> f64 {
        match self.state {
            State::Refilling { per_ms, .. } => per_ms,
            State::Whole { .. } | State::Piecewise { .. } => 0.0,
        }
    }

    /// Milliseconds until it is filled up: where that happens at once, also when it is whole now.
    pub(crate) const fn refills_in_ms(&self) -> u64 {
        match self.state {
            State::Whole { in_ms } => in_ms,
            State::Refilling { .. } | State::Piecewise { .. } => self.whole_in_ms,
        }
    }
}

/// What is held for requests that run and that this window can feel.
fn held(history: &PoolHistory<'_>, terms: Terms, now_ms: u64) -> u64 {
    let period = terms.limit.window.period_ms();
    let felt = |request: &&Entry| match terms.limit.refill {
        RefillPolicy::Bucket => true,
        // One from a clock ahead of ours counts now: better early than over.
        RefillPolicy::Fixed => request.sent_ms / period >= now_ms / period,
        RefillPolicy::Sliding => request.sent_ms.saturating_add(period) > now_ms,
    };
    let is_now = |request: &&Entry| request.sent_ms <= now_ms.saturating_add(AHEAD_MS);
    history.running().filter(is_now).filter(felt).fold(0, |sum, request| sum.saturating_add(terms.held(request)))
}

/// Whole tokens in a level: a fraction of one admits nothing. (A millionth is added: sums of refills are not exact.)
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
pub(crate) fn whole(level: f64) -> u64 {
    (level + 1e-6).max(0.0).floor() as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
pub(crate) fn ceiling(number: f64) -> u64 {
    (number - 1e-6).max(0.0).ceil() as u64
}
