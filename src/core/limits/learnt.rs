//! What answers taught of a pool, beside its limits: what becomes of what is held, and how much is held without a cap.

use headroom_domain::{LimitWindow, Refund, UncappedReserve};
use serde::{Deserialize, Serialize};

use crate::{HOUR_MS, ledger::Ledger};

/// What is learnt so holds for an hour: someone else may have used the account, and then it is wrong.
pub(crate) const LEARNT_MS: u64 = HOUR_MS;

/// What was learnt from an answer or a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// A window allows about this much and no more.
    Limit(LimitWindow, u64),
    /// What is held for an answer and not used does not come back.
    NoRefund,
    /// It comes back after all.
    Refund,
    /// So many tokens are held for the answer of a request that names no cap.
    Uncapped(u64),
}

/// What was learnt of one pool of one account, each with the time of learning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lesson {
    account: String,
    pool: String,
    refund: Option<(u64, Refund)>,
    uncapped: Option<(u64, Held)>,
    /// Windows that have refused: how far they go is known, so nothing is tried there.
    refused: Vec<(LimitWindow, u64)>,
}

impl Lesson {
    /// As far as it holds; none where nothing does.
    fn fresh(&self, now_ms: u64) -> Option<Self> {
        let mut refused = self.refused.clone();
        refused.retain(|(_, at_ms)| holds(*at_ms, now_ms));
        refused.sort_unstable();
        let (refund, uncapped) = (
            self.refund.filter(|(at_ms, _)| holds(*at_ms, now_ms)),
            self.uncapped.filter(|(at_ms, _)| holds(*at_ms, now_ms)),
        );
        let holds = refund.is_some() || uncapped.is_some() || !refused.is_empty();
        holds.then(|| Self { refund, uncapped, refused, ..self.clone() })
    }
}

/// A limit that was found out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FoundOut {
    pub(crate) account: String,
    pub(crate) pool: String,
    pub(crate) window: LimitWindow,
    pub(crate) limit: u64,
    /// As of when it counts as stated.
    pub(crate) at_ms: u64,
}

/// All that was learnt, to be kept and told to other tabs. What the provider said itself is not in it: it says it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lessons {
    limits: Vec<FoundOut>,
    pools: Vec<Lesson>,
}

impl Lessons {
    /// Whether nothing was learnt.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.pools.is_empty()
    }
}

/// Tokens held for an answer without a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) tokens: u64,
    /// As it was thought before anything was learnt.
    pub(crate) before: u64,
}

impl Ledger {
    /// What was learnt and holds still, always in the same order.
    #[must_use]
    pub fn lessons(&self, now_ms: u64) -> Lessons {
        let mut limits = self.found_out(now_ms);
        limits.sort_unstable();
        let mut pools: Vec<Lesson> = self.lessons.iter().filter_map(|lesson| lesson.fresh(now_ms)).collect();
        pools.sort_unstable_by(|one, other| (&one.account, &one.pool).cmp(&(&other.account, &other.pool)));
        Lessons { limits, pools }
    }

    /// Takes over what was learnt before, or elsewhere: of each thing the newest.
    pub fn relearn(&mut self, lessons: Lessons) {
        for limit in lessons.limits {
            self.take_found_out(&limit);
        }
        for Lesson { account, pool, refund, uncapped, refused } in lessons.pools {
            let older = |known: Option<u64>, at_ms: u64| known.is_none_or(|known_ms| known_ms < at_ms);
            self.teach(&account, &pool, |known| {
                if refund.is_some_and(|(at_ms, _)| older(known.refund.map(|it| it.0), at_ms)) {
                    known.refund = refund;
                }
                if uncapped.is_some_and(|(at_ms, _)| older(known.uncapped.map(|it| it.0), at_ms)) {
                    known.uncapped = uncapped;
                }
                for (window, at_ms) in refused {
                    match known.refused.iter_mut().find(|(other, _)| *other == window) {
                        Some((_, known_ms)) => *known_ms = at_ms.max(*known_ms),
                        None => known.refused.push((window, at_ms)),
                    }
                }
            });
        }
    }

    /// What becomes of what is held and not used, in a pool: as the profile says, or as answers have taught since.
    #[must_use]
    pub fn refund(&self, profile: Refund, account: &str, pool: &str, now_ms: u64) -> Refund {
        let taught = self.lesson(account, pool).and_then(|lesson| lesson.refund);
        taught.filter(|(at_ms, _)| holds(*at_ms, now_ms)).map_or(profile, |(_, refund)| refund)
    }

    /// What is held for an answer without a cap, in a pool: as the profile says, or as answers have taught since.
    #[must_use]
    pub fn uncapped(&self, profile: UncappedReserve, account: &str, pool: &str, now_ms: u64) -> UncappedReserve {
        self.held_without_cap(account, pool, now_ms).map_or(profile, |held| UncappedReserve::Tokens(held.tokens))
    }

    /// Whether it was learnt of a pool what becomes of what is held, or how much is.
    pub(crate) fn has_learnt(&self, account: &str, pool: &str, now_ms: u64) -> bool {
        let lesson = self.lesson(account, pool);
        lesson.is_some_and(|lesson| {
            let times = [lesson.refund.map(|(at_ms, _)| at_ms), lesson.uncapped.map(|(at_ms, _)| at_ms)];
            times.into_iter().flatten().any(|at_ms| holds(at_ms, now_ms))
        })
    }

    pub(crate) fn held_without_cap(&self, account: &str, pool: &str, now_ms: u64) -> Option<Held> {
        let taught = self.lesson(account, pool)?.uncapped;
        taught.filter(|(at_ms, _)| holds(*at_ms, now_ms)).map(|(_, held)| held)
    }

    pub(crate) fn learn_refund(&mut self, account: &str, pool: &str, refund: Refund, now_ms: u64) {
        self.teach(account, pool, |lesson| lesson.refund = Some((now_ms, refund)));
    }

    /// `None`: what was learnt so far was wrong.
    pub(crate) fn learn_uncapped(&mut self, account: &str, pool: &str, held: Option<Held>, now_ms: u64) {
        self.teach(account, pool, |lesson| lesson.uncapped = held.map(|held| (now_ms, held)));
    }

    /// Notes that a window has refused.
    pub(crate) fn found_the_end(&mut self, account: &str, pool: &str, window: LimitWindow, now_ms: u64) {
        self.teach(account, pool, |lesson| {
            lesson.refused.retain(|(other, _)| *other != window);
            lesson.refused.push((window, now_ms));
        });
    }

    /// Whether a window has refused of late.
    pub(crate) fn knows_the_end(&self, account: &str, pool: &str, window: LimitWindow, now_ms: u64) -> bool {
        let refused = self.lesson(account, pool).map(|lesson| lesson.refused.as_slice()).unwrap_or_default();
        refused.iter().any(|(other, at_ms)| *other == window && holds(*at_ms, now_ms))
    }

    fn lesson(&self, account: &str, pool: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.account == account && lesson.pool == pool)
    }

    fn teach(&mut self, account: &str, pool: &str, change: impl FnOnce(&mut Lesson)) {
        if let Some(known) = self.lessons.iter_mut().find(|lesson| lesson.account == account && lesson.pool == pool) {
            return change(known);
        }
        let mut lesson = Lesson { account: account.into(), pool: pool.into(), ..Lesson::default() };
        change(&mut lesson);
        self.lessons.push(lesson);
    }
}

/// A clock that was set back does not make a lesson last.
const fn holds(at_ms: u64, now_ms: u64) -> bool {
    at_ms.saturating_add(LEARNT_MS) > now_ms && now_ms.saturating_add(LEARNT_MS) > at_ms
}
