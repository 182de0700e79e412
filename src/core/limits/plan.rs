//! Schedules queued requests: each in its turn, as soon as the windows allow it, and none into a rejection.

use headroom_domain::{LimitProfile, ModelLimits};

use crate::{
    MINUTE_MS,
    ledger::Ledger,
    pool::Entry,
    pool_history::PoolHistory,
    verdict::{Binding, Need, Verdict, judge},
};

/// Windows can chain: a request that waits for one may then have to wait for the next. More rounds than there are
/// windows mean that the limits are inconsistent; then the time computed so far stands.
const MOST_ROUNDS: usize = 32;

/// How many requests are sent before any gets a response, plus as many as were admitted within the last minute: if the
/// limits are lower than assumed, a burst costs a few rejections and not one for each request.
const UNANSWERED: usize = 6;
/// A response that has not begun after this time says nothing about limits.
const ANSWERED_MS: u64 = 10_000;
/// How soon a response may arrive.
const SOON_MS: u64 = 250;

/// A queued request.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The account whose limits it counts against.
    pub account: &'a str,
    /// The model's id.
    pub model: &'a str,
    /// The profile of its provider.
    pub profile: &'a LimitProfile,
    /// The limits of the model.
    pub limits: &'a ModelLimits,
    /// What it asks of the windows.
    pub need: Need,
    /// Not to be sent before this time, in milliseconds since 1970, as a rejection said; 0 if none did.
    pub not_before_ms: u64,
}

/// When a queued request can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Now.
    Now,
    /// Later.
    At {
        /// Milliseconds since 1970.
        ms: u64,
        /// What it waits for longest; `None` if it only waits for its turn, for the time a rejection gave, or for a
        /// response to those before it.
        binding: Option<Binding>,
    },
    /// Never, unless it changes. It does not block others.
    Never {
        /// What it does not fit.
        binding: Binding,
        /// The largest cap with which it would fit once everything has come back; `None` if no cap helps.
        largest_cap: Option<u64>,
    },
}

impl Start {
    /// Returns the same start with another time.
    #[must_use]
    pub const fn at(self, at_ms: u64, now_ms: u64) -> Self {
        match self {
            Self::Now | Self::At { .. } if at_ms <= now_ms => Self::Now,
            Self::At { binding, .. } => Self::At { ms: at_ms, binding },
            other => other,
        }
    }
}

/// Returns when each request can start, in queue order.
///
/// Requests that draw from the same windows keep their order: a small one does not pass a large one that waits, or the
/// large one might wait forever. Requests of other windows run beside them. Each is assumed to use its full
/// reservation; if less is used, the next plan is earlier, never later.
///
/// Requests take time on the network, some more than others. A full bucket gains nothing until the first one arrives,
/// so what it would gain in 300 ms is not counted on: once each time the bucket was full, not for each request.
#[must_use]
pub fn plan(ledger: &Ledger, waiting: &[Waiting<'_>], now_ms: u64) -> Vec<Start> {
    let mut lines: Vec<Line> = Vec::new();
    let pools: Vec<String> = waiting.iter().map(|request| request.limits.pool_of(request.model)).collect();
    let mut starts = Vec::with_capacity(waiting.len());
    for (request, pool) in waiting.iter().zip(&pools) {
        let known = lines.iter().position(|line| line.account == request.account && line.pool == pool);
        let place = known.unwrap_or(lines.len());
        if known.is_none() {
            let history = PoolHistory::of(ledger, request.account, pool).ahead();
            let unanswered = |entry: &&Entry| !entry.let_in && entry.sent_ms.saturating_add(ANSWERED_MS) > now_ms;
            let unanswered = history.running().filter(unanswered).count();
            let let_in =
                history.sent_from(now_ms.saturating_sub(MINUTE_MS)).iter().filter(|entry| entry.let_in).count();
            let at_once = (UNANSWERED + let_in).saturating_sub(unanswered);
            lines.push(Line { account: request.account, pool, history, at_once, last_ms: 0 });
        }
        let Some(line) = lines.get_mut(place) else { continue };
        let start = start(&line.history, request, now_ms.max(line.last_ms).max(request.not_before_ms));
        let ms = match start {
            Start::Never { .. } => {
                starts.push(start);
                continue;
            }
            Start::At { ms, .. } if ms > now_ms => ms,
            Start::At { .. } | Start::Now if line.at_once > 0 => {
                line.at_once -= 1;
                now_ms
            }
            Start::At { .. } | Start::Now => now_ms.saturating_add(SOON_MS),
        };
        line.history.add(Entry::planned(ms, request.need.tokens()));
        line.last_ms = ms;
        starts.push(match start {
            _ if ms <= now_ms => Start::Now,
            Start::At { binding, .. } => Start::At { ms, binding },
            other => other,
        });
    }
    starts
}

/// The queue for one set of windows.
struct Line<'a> {
    account: &'a str,
    pool: &'a str,
    history: PoolHistory<'a>,
    /// How many more may start now.
    at_once: usize,
    /// When the last of them starts.
    last_ms: u64,
}

/// The first time from `from_ms` on at which the windows allow it.
pub(crate) fn start(history: &PoolHistory<'_>, request: &Waiting<'_>, from_ms: u64) -> Start {
    let (mut at_ms, mut waits, mut longest) = (from_ms, None, 0);
    for _round in 0..MOST_ROUNDS {
        match judge(history, request.profile, request.limits, request.need, at_ms) {
            Verdict::Fits => break,
            Verdict::Never { binding, largest_cap } => return Start::Never { binding, largest_cap },
            Verdict::Wait { ms, binding } => {
                if ms >= longest {
                    (waits, longest) = (Some(binding), ms);
                }
                at_ms = at_ms.saturating_add(ms.max(1));
            }
        }
    }
    Start::At { ms: at_ms, binding: waits }
}
