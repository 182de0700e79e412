//! How full a window is: the requests of a pool, replayed by the window's law.

use headroom_domain::{Law, LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::ledger::{Ledger, Request};

/// One window at one moment. `left` = limit − used − reserved, and never negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// The limit and its law.
    pub limit: WindowLimit,
    /// Spent by requests that have ended, as far as it has not come back.
    pub used: u64,
    /// Held for requests that run.
    pub reserved: u64,
    /// What a request may take now.
    pub left: u64,
    /// Milliseconds until it is whole again if nothing more is sent; 0 when it is.
    pub whole_in_ms: u64,
    state: State,
}

/// What waiting does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Free tokens, fractions included, and how many come back in a millisecond.
    Refilling { level: f64, per_ms: f64 },
    /// Everything comes back at once.
    Whole { in_ms: u64 },
    /// Each use comes back by itself; worked out from the requests when asked.
    Piecewise,
}

/// The gauges of a model's windows.
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
    let requests: Vec<&Request> = ledger.of_pool(account, &pool).collect();
    limits.windows.iter().map(|limit| Gauge::of(*limit, &requests, refund, now_ms)).collect()
}

/// What one request takes from a window: at first, and at its end.
struct Take {
    at_ms: u64,
    held: u64,
    end: Option<(u64, u64)>,
}

impl Take {
    fn of(request: &Request, window: LimitWindow, refund: Refund) -> Self {
        let (held, actual) = if window.counts_requests() {
            (1, request.settled.map(|(at_ms, _)| (at_ms, 1)))
        } else {
            let actual = request.settled.map(|(at_ms, spent)| {
                let spent = if window == LimitWindow::TokensMinuteUncached { spent.uncached() } else { spent.total() };
                (at_ms, if refund == Refund::Never { spent.max(request.reserved) } else { spent })
            });
            (request.reserved, actual)
        };
        Self { at_ms: request.sent_ms, held, end: actual }
    }

    /// What it takes now.
    const fn now(&self) -> u64 {
        match self.end {
            Some((_, actual)) => actual,
            None => self.held,
        }
    }
}

impl Gauge {
    fn of(limit: WindowLimit, requests: &[&Request], refund: Refund, now_ms: u64) -> Self {
        let takes: Vec<Take> = requests.iter().map(|request| Take::of(request, limit.window, refund)).collect();
        match limit.law {
            Law::Bucket => Self::bucket(limit, &takes, now_ms),
            Law::Fixed => Self::fixed(limit, &takes, now_ms),
            Law::Sliding => Self::sliding(limit, &takes, now_ms),
        }
    }

    fn bucket(limit: WindowLimit, takes: &[Take], now_ms: u64) -> Self {
        let size = float(limit.limit);
        let per_ms = size / float(limit.window.period_ms());
        // What happened, in order: something is taken, or given back (less than nothing, when more was used than held).
        let mut steps: Vec<(u64, f64)> = Vec::with_capacity(2 * takes.len());
        for take in takes {
            steps.push((take.at_ms.min(now_ms), -float(take.held)));
            if let Some((at_ms, actual)) = take.end {
                steps.push((
                    at_ms.clamp(take.at_ms, now_ms.max(take.at_ms)).min(now_ms),
                    float(take.held) - float(actual),
                ));
            }
        }
        steps.sort_by_key(|(at_ms, _)| *at_ms);
        let (mut level, mut then_ms) = (size, 0);
        let refilled = |level: f64, passed_ms: u64| (level + per_ms * float(passed_ms)).min(size);
        for (at_ms, change) in steps {
            level = (refilled(level, at_ms.saturating_sub(then_ms)) + change).min(size);
            then_ms = at_ms;
        }
        level = refilled(level, now_ms.saturating_sub(then_ms));
        let reserved = running(takes);
        let left = whole(level);
        let gone = limit.limit.saturating_sub(left);
        Self {
            limit,
            used: gone.saturating_sub(reserved),
            reserved: reserved.min(gone),
            left,
            whole_in_ms: ceiling((size - level) / per_ms),
            state: State::Refilling { level, per_ms },
        }
    }

    fn fixed(limit: WindowLimit, takes: &[Take], now_ms: u64) -> Self {
        let period = limit.window.period_ms();
        let this = now_ms / period;
        // A request counts where it was let in. One from a clock ahead of ours counts now: better early than over.
        let ours: Vec<&Take> = takes.iter().filter(|take| take.at_ms / period >= this).collect();
        let taken = ours.iter().fold(0_u64, |sum, take| sum.saturating_add(take.now()));
        let reserved =
            ours.iter().filter(|take| take.end.is_none()).fold(0_u64, |sum, take| sum.saturating_add(take.held));
        let in_ms = (this + 1) * period - now_ms;
        Self::summed(limit, taken, reserved, if taken == 0 { 0 } else { in_ms }, State::Whole { in_ms })
    }

    fn sliding(limit: WindowLimit, takes: &[Take], now_ms: u64) -> Self {
        let period = limit.window.period_ms();
        let ours: Vec<&Take> = takes.iter().filter(|take| take.at_ms.saturating_add(period) > now_ms).collect();
        let taken = ours.iter().fold(0_u64, |sum, take| sum.saturating_add(take.now()));
        let reserved =
            ours.iter().filter(|take| take.end.is_none()).fold(0_u64, |sum, take| sum.saturating_add(take.held));
        let last = ours.iter().map(|take| take.at_ms.saturating_add(period).saturating_sub(now_ms).min(period)).max();
        Self::summed(limit, taken, reserved, last.unwrap_or(0), State::Piecewise)
    }

    fn summed(limit: WindowLimit, taken: u64, reserved: u64, whole_in_ms: u64, state: State) -> Self {
        let gone = taken.min(limit.limit);
        let reserved = reserved.min(gone);
        Self { limit, used: gone - reserved, reserved, left: limit.limit - gone, whole_in_ms, state }
    }

    /// Milliseconds until `amount` fits, if what runs takes all that is held for it; `None` if it never will.
    pub(crate) fn wait_ms(&self, amount: u64, requests: &[&Request], refund: Refund, now_ms: u64) -> Option<u64> {
        if amount > self.limit.limit {
            return None;
        }
        if amount <= self.left {
            return Some(0);
        }
        match self.state {
            State::Refilling { level, per_ms } => Some(ceiling((float(amount) - level) / per_ms).max(1)),
            State::Whole { in_ms } => Some(in_ms),
            State::Piecewise => {
                let period = self.limit.window.period_ms();
                let mut ours: Vec<(u64, u64)> = requests
                    .iter()
                    .map(|request| Take::of(request, self.limit.window, refund))
                    .map(|take| (take.at_ms.saturating_add(period).min(now_ms.saturating_add(period)), take.now()))
                    .filter(|(back_ms, _)| *back_ms > now_ms)
                    .collect();
                ours.sort_unstable();
                // More may be taken than the limit: an answer longer than was held for it. That has to come back too.
                let mut taken = ours.iter().fold(amount, |sum, (_, taken)| sum.saturating_add(*taken));
                ours.into_iter().find_map(|(back_ms, back)| {
                    taken = taken.saturating_sub(back);
                    (taken <= self.limit.limit).then(|| back_ms - now_ms)
                })
            }
        }
    }
}

fn running(takes: &[Take]) -> u64 {
    takes.iter().filter(|take| take.end.is_none()).fold(0, |sum, take| sum.saturating_add(take.held))
}

#[expect(clippy::cast_precision_loss, reason = "a limit or a time in milliseconds is far below 2^53")]
const fn float(number: u64) -> f64 {
    number as f64
}

/// Whole tokens in a level: a fraction of one admits nothing. (A billionth is added: sums of refills are not exact.)
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
fn whole(level: f64) -> u64 {
    (level + 1e-6).max(0.0).floor() as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
fn ceiling(number: f64) -> u64 {
    (number - 1e-6).max(0.0).ceil() as u64
}
