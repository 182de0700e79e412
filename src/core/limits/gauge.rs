//! How full a window is: the requests of a pool, replayed by the window's refill policy.

use headroom_domain::{ModelLimits, RefillPolicy, Refund, WindowLimit};

use crate::{
    AHEAD_MS,
    ledger::Ledger,
    pool::Entry,
    pool_history::{Levels, PoolHistory, Terms},
    reported_limits::{float, next_period},
};

/// Where a gauge's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The profile and our own count.
    Profile,
    /// The provider: it stated the limit or reported what was left.
    Learned,
    /// Our own guess: the limit was inferred from rejections and responses.
    Found,
}

/// One window at one moment. `left` = limit − used − reserved, and never negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// The limit and its refill policy; the limit is the provider's own if it stated one.
    pub limit: WindowLimit,
    /// Used by requests that have ended, minus what has come back.
    pub used: u64,
    /// Reserved for requests in flight.
    pub reserved: u64,
    /// What a request may take now.
    pub left: u64,
    /// Milliseconds until the window is full again if nothing more is sent; 0 if it is full.
    pub whole_in_ms: u64,
    /// Where the values come from.
    pub source: Source,
    /// Whether the provider itself stated the limit.
    pub stated: bool,
    state: State,
}

/// What waiting does to the level.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Free tokens, including fractions, without the next refill that is not counted on; and how many come back per
    /// millisecond.
    Refilling { level: f64, per_ms: f64 },
    /// Everything comes back at once.
    Whole { in_ms: u64 },
    /// Each use comes back separately, computed from the requests on demand; everything counted in the level reported
    /// at `said_ms` comes back at once.
    Piecewise { said_ms: Option<u64> },
}

/// Returns the gauges of a model's windows, in the order of the windows.
///
/// The provider's reports ([`Ledger::seen`]) take precedence over the profile and our own count. Takes one pass over
/// the requests of the pool, and for each window one over the requests that still affect it.
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
        let reserved = reserved(history, Terms::new(limit, refund), now_ms).min(gone);

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

    /// Milliseconds until `amount` fits if requests in flight use their full reservation; `None` if never.
    pub(crate) fn wait_ms(&self, amount: u64, history: &PoolHistory<'_>, refund: Refund, now_ms: u64) -> Option<u64> {
        if amount > self.limit.limit {
            return None;
        }
        if amount <= self.left {
            return Some(0);
        }
        match self.state {
            State::Refilling { level, per_ms } => Some(ceiling((float(amount) - level) / per_ms).max(1)),
            State::Whole { in_ms } => Some(self.whole_again_in_ms(amount, in_ms, history, refund, now_ms)),
            State::Piecewise { said_ms } => {
                let period = self.limit.window.period_ms();
                let terms = Terms::new(self.limit, refund);
                let first = now_ms.saturating_add(1).saturating_sub(period);
                let ours = history.sent_from(said_ms.map_or(first, |said_ms| said_ms.saturating_add(1)));
                let ours =
                    ours.split_at(ours.partition_point(|request| request.sent_ms <= now_ms.saturating_add(AHEAD_MS))).0;
                // More than the limit may be in use: a response longer than its reservation. That has to come back too.
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

    /// Milliseconds until `amount` fits a fixed window that ends in `in_ms`. What is sent shortly before its end may count
    /// in the next window, too: where that leaves too little, only the one after it admits the amount.
    fn whole_again_in_ms(
        &self,
        amount: u64,
        in_ms: u64,
        history: &PoolHistory<'_>,
        refund: Refund,
        now_ms: u64,
    ) -> u64 {
        let (terms, period) = (Terms::new(self.limit, refund), self.limit.window.period_ms());
        let ends_ms = now_ms.saturating_add(in_ms);
        if ends_ms != next_period(now_ms, period) {
            return in_ms;
        }
        let late = history.sent_from(ends_ms.saturating_sub(history.network_latency_ms)).iter();
        let late = late.take_while(|request| request.sent_ms <= now_ms.saturating_add(AHEAD_MS));
        let taken = late.fold(amount, |sum, request| sum.saturating_add(terms.taken(request)));
        if taken > self.limit.limit { in_ms.saturating_add(period) } else { in_ms }
    }

    /// Tokens or requests that come back per millisecond continuously; 0 if they come back at once or separately.
    pub(crate) const fn per_ms(&self) -> f64 {
        match self.state {
            State::Refilling { per_ms, .. } => per_ms,
            State::Whole { .. } | State::Piecewise { .. } => 0.0,
        }
    }

    /// Milliseconds until the next refill: where everything comes back at once, also if the window is full now.
    pub(crate) const fn refills_in_ms(&self) -> u64 {
        match self.state {
            State::Whole { in_ms } => in_ms,
            State::Refilling { .. } | State::Piecewise { .. } => self.whole_in_ms,
        }
    }
}

/// Tokens reserved for requests in flight that affect this window.
fn reserved(history: &PoolHistory<'_>, terms: Terms, now_ms: u64) -> u64 {
    let period = terms.limit.window.period_ms();
    let felt = |request: &&Entry| match terms.limit.refill {
        RefillPolicy::Bucket => true,
        // A request dated ahead of our clock counts now: waiting too long is better than going over.
        RefillPolicy::Fixed => request.sent_ms / period >= now_ms / period,
        RefillPolicy::Sliding => request.sent_ms.saturating_add(period) > now_ms,
    };
    let is_now = |request: &&Entry| request.sent_ms <= now_ms.saturating_add(AHEAD_MS);
    history.running().filter(is_now).filter(felt).fold(0, |sum, request| sum.saturating_add(terms.reserved(request)))
}

/// Whole tokens in a level: a fraction of one admits nothing. (Adds a millionth because sums of refills are inexact.)
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
pub(crate) fn whole(level: f64) -> u64 {
    (level + 1e-6).max(0.0).floor() as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
pub(crate) fn ceiling(number: f64) -> u64 {
    (number - 1e-6).max(0.0).ceil() as u64
}
