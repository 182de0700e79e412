//! Decides when rejected requests are retried: at the time the provider stated, not all at once, and more slowly the
//! more often a pool rejects.
//!
//! The limits ([`headroom_limits::plan`]) are our own count. The provider's stated time takes precedence.

use headroom_limits::{Ledger, Start};

use crate::{conversation::refusal::Refusal, scheduler::refusals::FIRST_WAIT_MS};

/// The gap between two requests of a rejecting pool, in milliseconds, until one of them is accepted.
const GAP_MS: u64 = 1_000;
/// The longest retry interval of a pool that keeps rejecting, in milliseconds.
const LONGEST_GATE_MS: u64 = 60_000;
/// Older rejections say nothing about the present. In milliseconds.
const LATELY_MS: u64 = 10 * 60_000;
/// If our own count exceeds the provider's stated wait by this many milliseconds, it is not trusted.
const FAR_MS: u64 = 10 * 60_000;
/// The extra wait granted to our own count then, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// A queued request, in this tab or another.
pub(crate) struct PacedRequest<'a> {
    pub(crate) account: &'a str,
    pub(crate) pool: &'a str,
    pub(crate) not_before_ms: u64,
    /// Its last rejection. `None` if there was none, or it belongs to another tab.
    pub(crate) refusal: Option<Refusal>,
}

/// Adjusts the plan for rejections. `starts` is the plan by our own count, in queue order.
pub(crate) fn paced(ledger: &Ledger, places: &[PacedRequest<'_>], starts: &[Start], now_ms: u64) -> Vec<Start> {
    let mut pools: Vec<(&str, &str, Pool)> = Vec::new();
    for place in places {
        let known = pools.iter().position(|(account, pool, _)| *account == place.account && *pool == place.pool);
        let at = known.unwrap_or(pools.len());
        if known.is_none() {
            pools.push((place.account, place.pool, Pool::of(ledger, place.account, place.pool, now_ms)));
        }
        if let (Some((_, _, pool)), Some(named_ms)) = (pools.get_mut(at), place.named_ms()) {
            pool.named_ms = Some(pool.named_ms.map_or(named_ms, |first_ms| first_ms.min(named_ms)));
        }
    }
    let pool_of = |place: &PacedRequest<'_>| {
        let mut pools = pools.iter();
        pools.find(|(account, pool, _)| *account == place.account && *pool == place.pool).map(|(_, _, pool)| *pool)
    };
    let mut paced: Vec<Start> = Vec::with_capacity(starts.len());
    for (place, start) in places.iter().zip(starts) {
        paced.push(pool_of(place).map_or(*start, |pool| pool.wanted(place, *start, now_ms)));
    }
    // Requests of one rejecting pool are sent one after the other, in order of their times.
    let mut order: Vec<usize> = (0..paced.len()).collect();
    order.sort_by_key(|at| match paced.get(*at) {
        Some(Start::At { ms, .. }) => *ms,
        _ => now_ms,
    });
    for at in order {
        let (Some(place), Some(start)) = (places.get(at), paced.get_mut(at)) else { continue };
        let mut of_pool = pools.iter_mut();
        let pool = of_pool.find(|(account, pool, _)| *account == place.account && *pool == place.pool);
        if let Some((_, _, pool)) = pool {
            *start = pool.next(place, *start, now_ms);
        }
    }
    paced
}

impl PacedRequest<'_> {
    /// Returns the retry time its provider stated, in milliseconds since 1970.
    fn named_ms(&self) -> Option<u64> {
        self.refusal.and_then(|refusal| refusal.named_ms()).map(|_| self.not_before_ms)
    }
}

/// What a pool's requests reveal about its limits, and the state of its queue.
#[derive(Clone, Copy, Debug, Default)]
struct Pool {
    /// Rounds of rejections since the last accepted request; those in flight together are one round.
    rounds: u32,
    /// When the last rejection arrived.
    refused_ms: u64,
    /// When the last accepted request was sent.
    let_in_ms: Option<u64>,
    /// When the last request was sent.
    sent_ms: u64,
    /// When the last request was or will be sent.
    last_ms: u64,
    /// The earliest retry time that the provider stated to a queued request.
    named_ms: Option<u64>,
}

impl Pool {
    fn of(ledger: &Ledger, account: &str, pool: &str, now_ms: u64) -> Self {
        let mut it = Self::default();
        let lately = ledger.all().rev().take_while(|request| request.sent_ms.saturating_add(LATELY_MS) > now_ms);
        let (mut round_ms, mut is_open) = (u64::MAX, true);
        // Requests with a future timestamp, sent while the clock was ahead, are ignored.
        let of_pool = lately.filter(|it| it.account == account && it.pool == pool && it.sent_ms <= now_ms);
        for request in of_pool {
            it.sent_ms = it.sent_ms.max(request.sent_ms);
            match (request.status, request.settled) {
                (Some(200..300), _) => {
                    it.let_in_ms = it.let_in_ms.max(Some(request.sent_ms));
                    is_open = false;
                }
                (Some(429), Some((at_ms, _))) if is_open => {
                    it.refused_ms = it.refused_ms.max(at_ms.min(now_ms));
                    // Going backward: it was answered before the next round began.
                    if at_ms <= round_ms {
                        it.rounds += 1;
                        round_ms = request.sent_ms;
                    }
                    round_ms = round_ms.min(request.sent_ms);
                }
                _ => {}
            }
        }
        it.last_ms = it.sent_ms;
        it
    }

    /// Returns when a request should start: at the provider's stated time if it differs from our own count.
    fn wanted(self, place: &PacedRequest<'_>, start: Start, now_ms: u64) -> Start {
        let at = |ms: u64| if ms <= now_ms { Start::Now } else { Start::At { ms, binding: None } };
        let (Some(refusal), Some(named_ms)) = (place.refusal, place.named_ms()) else {
            // A time stated to one request applies to those after it.
            let named_ms = self.named_ms.filter(|_| self.rounds > 0 && place.refusal.is_none()).unwrap_or(0);
            return match start {
                Start::Now => at(named_ms),
                Start::At { ms, .. } if ms < named_ms => at(named_ms),
                start => start,
            };
        };
        match start {
            Start::Never { .. } => at(named_ms),
            // Nothing was sent since, so the provider knew everything that counts. If it is wrong, our count is used
            // next.
            Start::At { .. } if refusal.times <= 1 && self.sent_ms <= refusal.at_ms => at(named_ms),
            Start::At { ms, .. } if ms > named_ms.max(now_ms).saturating_add(FAR_MS) => {
                at(named_ms.saturating_add(MINUTE_MS))
            }
            start => start,
        }
    }

    /// Returns when the next request in the queue starts.
    fn next(&mut self, place: &PacedRequest<'_>, start: Start, now_ms: u64) -> Start {
        let (own_ms, binding) = match start {
            Start::Now => (now_ms, None),
            Start::At { ms, binding } => (ms, binding),
            // It blocks no one.
            Start::Never { .. } => return start,
        };
        let in_doubt = |refusal: Refusal| self.let_in_ms.is_none_or(|let_in| let_in <= refusal.at_ms);
        let mut ms = own_ms;
        if self.rounds > 0 || place.refusal.is_some_and(in_doubt) {
            // A first rejection with a stated time is retried at that time.
            let gate_ms = if place.named_ms().is_some() && self.rounds <= 1 { 0 } else { self.gate_ms() };
            ms = ms.max(gate_ms).max(self.last_ms.saturating_add(GAP_MS));
        }
        self.last_ms = self.last_ms.max(ms);
        match start {
            _ if ms <= now_ms => Start::Now,
            _ if ms > own_ms => Start::At { ms, binding: None },
            _ => Start::At { ms, binding },
        }
    }

    fn gate_ms(&self) -> u64 {
        match self.rounds {
            0 => 0,
            rounds => self.refused_ms.saturating_add((FIRST_WAIT_MS << (rounds - 1).min(16)).min(LONGEST_GATE_MS)),
        }
    }
}
