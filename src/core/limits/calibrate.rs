//! What a refusal teaches that our own count did not foresee.

use headroom_domain::{LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::{
    DAY_MS, HOUR_MS, MINUTE_MS,
    books::{Books, Terms},
    heard::float,
    ledger::Ledger,
    replay::{Replay, Start},
};

/// What is learnt so holds for an hour: someone else may have used the account, and then it is wrong.
pub(crate) const LEARNT_MS: u64 = HOUR_MS;

/// So many refusals in so many milliseconds are not an accident.
const OFTEN: usize = 3;
const LATELY_MS: u64 = 5 * MINUTE_MS;

/// What was learnt from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// A window allows about this much and no more.
    Limit(LimitWindow, u64),
    /// What is held for an answer and not used does not come back.
    NoRefund,
}

impl Ledger {
    /// Learns from a refusal by a window, with the limits as they are known by now. `refused` is the id of the request.
    /// Nothing is learnt where our own count foresaw it, or where it can have been somebody else: where what was sent from
    /// here in a period is less than a quarter of the window, unless it happens again and again.
    ///
    /// Of the limits that would have refused it, the highest; of those that let in what was let in, the lowest: the truth
    /// lies between. Where nothing lies between, what is held does not come back, if that explains everything.
    pub fn calibrate(
        &mut self,
        limits: &ModelLimits,
        refund: Refund,
        refused: &str,
        window: LimitWindow,
        now_ms: u64,
    ) -> Option<Learnt> {
        let request = self.get(refused)?.clone();
        let limit = *limits.windows.iter().find(|limit| limit.window == window)?;
        let asked = if window.counts_requests() { 1 } else { request.reserved };
        let past = self.let_in_before(&request.account, &request.pool, refused);
        let past = Past { books: Books::of(&past, &request.account, &request.pool), limit, at_ms: request.sent_ms };
        let known = limit.limit;
        // Somebody else does not get in the way again and again.
        let refusals = self.refused_since(&request, now_ms.saturating_sub(LATELY_MS));
        let is_ours = refusals >= OFTEN || past.taken_in_a_period(refund) >= known / 4;
        if !is_ours || past.level(known, refund) < float(asked) {
            return None;
        }
        let stated_ms = now_ms.saturating_sub(DAY_MS - LEARNT_MS);
        let (account, pool) = (&request.account, &request.pool);
        if let Some((lowest, highest)) = past.limits(asked, refund, known) {
            // The first time the middle is the best guess. Once that was too much, so much has been let in that the lowest is
            // close to the truth.
            let again = self.heard(account, pool, window, now_ms).and_then(|heard| heard.limit(now_ms)).is_some();
            let limit = if again { lowest } else { lowest + (highest - lowest) / 2 };
            self.state_limit(account, pool, window, limit, stated_ms);
            return Some(Learnt::Limit(window, limit));
        }
        // A limit that was learnt while this was not known may have been too low.
        let (lowest, highest) =
            past.limits(asked, Refund::Never, known.saturating_mul(2)).filter(|_| refund != Refund::Never)?;
        if !(lowest..=highest).contains(&known) {
            self.state_limit(account, pool, window, lowest, stated_ms);
        }
        self.keep_all_held(account, pool, now_ms);
        Some(Learnt::NoRefund)
    }
}

/// What was let in before a refusal.
struct Past<'a> {
    books: Books<'a>,
    limit: WindowLimit,
    /// When the refused one was sent.
    at_ms: u64,
}

impl Past<'_> {
    /// The window as it would be with another limit, from the first request on: it was full before.
    fn replay(&self, limit: u64, refund: Refund) -> Replay<'_> {
        let limit = WindowLimit { limit, ..self.limit };
        let first = self.books.sent.first().map_or(0, |request| request.sent_ms);
        let start = Start { then_ms: first, from_ms: first, level: float(limit.limit), said: false };
        Replay::new(&self.books, Terms { limit, refund }, start)
    }

    /// What would have been left for the refused one.
    fn level(&self, limit: u64, refund: Refund) -> f64 {
        self.replay(limit, refund).at(self.at_ms)
    }

    /// What was sent in the period before takes.
    fn taken_in_a_period(&self, refund: Refund) -> u64 {
        let terms = Terms { limit: self.limit, refund };
        let since = self.books.sent_from(self.at_ms.saturating_sub(self.limit.window.period_ms()));
        since.iter().fold(0, |sum, request| sum.saturating_add(terms.taken(request)))
    }

    /// The limits up to `most` that let in what was let in and refuse what was refused, from the lowest to the highest; none
    /// where there are none.
    fn limits(&self, asked: u64, refund: Refund, most: u64) -> Option<(u64, u64)> {
        // More lets in more, so both borders are found by halving.
        let highest = border(most, |limit| self.level(limit, refund) >= float(asked)).saturating_sub(1);
        let lowest = border(most, |limit| self.lets_all_in(limit, refund));
        (lowest <= highest).then_some((lowest, highest))
    }

    /// Whether everything that was let in would have been.
    fn lets_all_in(&self, limit: u64, refund: Refund) -> bool {
        let mut replay = self.replay(limit, refund);
        self.books.sent.iter().all(|request| replay.at(request.sent_ms) > -0.5)
    }
}

/// The least number from 1 to `most` that a rule holds for, if it holds for all that are greater; `most` if for none.
fn border(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (1, most);
    while from < to {
        let middle = from.midpoint(to);
        if holds(middle) { to = middle } else { from = middle + 1 }
    }
    from
}
