//! When refused requests go again: at the time that the provider named, not all at once, and more slowly the more of a
//! pool are refused.
//!
//! What the limits say ([`headroom_limits::plan`]) is our own count. The provider's word goes before it.

use headroom_limits::{Ledger, Start};

use crate::refusals::{FIRST_WAIT_MS, Refusal};

/// Between two requests of a pool that refuses, until one of them is let in.
const GAP_MS: u64 = 1_000;
/// A pool that refuses again and again is asked once in so long.
const LONGEST_GATE_MS: u64 = 60_000;
/// Refusals that lie further back say nothing of now.
const LATELY_MS: u64 = 10 * 60_000;
/// Where our own count has a request wait so much longer than the provider asked, it is not believed.
const FAR_MS: u64 = 10 * 60_000;
/// The most that it is believed then.
const MINUTE_MS: u64 = 60_000;

/// A request that waits, or waits in another tab.
pub(crate) struct Place<'a> {
    pub(crate) account: &'a str,
    pub(crate) pool: &'a str,
    pub(crate) not_before_ms: u64,
    /// Its last refusal; none where there was none, or it is another tab's.
    pub(crate) refusal: Option<Refusal>,
}

/// The plan, with refusals taken into account. `starts` is the plan by our own count, in the order in which they wait.
pub(crate) fn paced(ledger: &Ledger, places: &[Place<'_>], starts: &[Start], now_ms: u64) -> Vec<Start> {
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
    let pool_of = |place: &Place<'_>| {
        let mut pools = pools.iter();
        pools.find(|(account, pool, _)| *account == place.account && *pool == place.pool).map(|(_, _, pool)| *pool)
    };
    let mut paced: Vec<Start> = Vec::with_capacity(starts.len());
    for (place, start) in places.iter().zip(starts) {
        paced.push(pool_of(place).map_or(*start, |pool| pool.wanted(place, *start, now_ms)));
    }
    // Those of one pool that is in trouble go one after the other, in the order of their times.
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

impl Place<'_> {
    /// When it is to go by its provider's word, in milliseconds since 1970.
    fn named_ms(&self) -> Option<u64> {
        self.refusal.and_then(|refusal| refusal.named_ms()).map(|_| self.not_before_ms)
    }
}

/// What the requests of a pool say of its limits, and where its line stands.
#[derive(Clone, Copy, Debug, Default)]
struct Pool {
    /// Rounds of refusals since one was let in: those that were on their way together are one round.
    rounds: u32,
    /// When the last refusal came.
    refused_ms: u64,
    /// When the last request was sent that was let in.
    let_in_ms: Option<u64>,
    /// When the last request was sent.
    sent_ms: u64,
    /// When the last request was or will be sent.
    last_ms: u64,
    /// The first time that its provider named to those that wait.
    named_ms: Option<u64>,
}

impl Pool {
    fn of(ledger: &Ledger, account: &str, pool: &str, now_ms: u64) -> Self {
        let mut it = Self::default();
        let lately = ledger.all().rev().take_while(|request| request.sent_ms.saturating_add(LATELY_MS) > now_ms);
        let (mut round_ms, mut is_open) = (u64::MAX, true);
        // What a clock that was ahead has sent is not known to have been sent before now.
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
                    // Seen from the end: it was answered before the round after it began.
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

    /// When a request is to go: by the provider's word, where that differs from our own count.
    fn wanted(self, place: &Place<'_>, start: Start, now_ms: u64) -> Start {
        let at = |ms: u64| if ms <= now_ms { Start::Now } else { Start::At { ms, binding: None } };
        let (Some(refusal), Some(named_ms)) = (place.refusal, place.named_ms()) else {
            // The word to one holds for those that ask after it.
            let named_ms = self.named_ms.filter(|_| self.rounds > 0 && place.refusal.is_none()).unwrap_or(0);
            return match start {
                Start::Now => at(named_ms),
                Start::At { ms, .. } if ms < named_ms => at(named_ms),
                start => start,
            };
        };
        match start {
            Start::Never { .. } => at(named_ms),
            // Nothing was sent since: it knew all that counts. If it is wrong, our count has its turn.
            Start::At { .. } if refusal.times <= 1 && self.sent_ms <= refusal.at_ms => at(named_ms),
            Start::At { ms, .. } if ms > named_ms.max(now_ms).saturating_add(FAR_MS) => {
                at(named_ms.saturating_add(MINUTE_MS))
            }
            start => start,
        }
    }

    /// When the next one in the line goes.
    fn next(&mut self, place: &Place<'_>, start: Start, now_ms: u64) -> Start {
        let (own_ms, binding) = match start {
            Start::Now => (now_ms, None),
            Start::At { ms, binding } => (ms, binding),
            // Nobody waits for it.
            Start::Never { .. } => return start,
        };
        let in_doubt = |refusal: Refusal| self.let_in_ms.is_none_or(|let_in| let_in <= refusal.at_ms);
        let mut ms = own_ms;
        if self.rounds > 0 || place.refusal.is_some_and(in_doubt) {
            // One whose first refusal named a time goes then.
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
