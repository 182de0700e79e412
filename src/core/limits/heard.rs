//! What the provider said of a window, and how long its word is good.

use headroom_domain::{Law, LimitReport, LimitSource, LimitWindow, WindowLimit};

use crate::{DAY_MS, MINUTE_MS};

/// What one report says of one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    limit: Option<u64>,
    left: Option<u64>,
    used: Option<u64>,
    resets_in_ms: Option<u64>,
    /// What was asked for and refused: there was less than that.
    pub(crate) asked: Option<u64>,
}

impl Said {
    /// A refusal speaks of this very window, so it counts before the headers.
    pub(crate) fn of(report: &LimitReport, window: LimitWindow) -> Self {
        let mut said = Self::default();
        for source in [LimitSource::Header, LimitSource::Refusal] {
            let Some(fact) = report.fact(window, source) else { continue };
            // A window that holds nothing is no limit but a closed door; refusals say that.
            said.limit = fact.limit.filter(|limit| *limit > 0).or(said.limit);
            said.left = fact.remaining.or(said.left);
            said.used = fact.used.or(said.used);
            said.resets_in_ms = fact.resets_in_ms.or(said.resets_in_ms);
            said.asked = fact.requested.filter(|_| report.exceeded == Some(window)).or(said.asked);
        }
        said
    }
}

/// A level, as of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// When it was heard, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    left: u64,
    resets_in_ms: Option<u64>,
}

impl Word {
    /// The level then. Below nothing where the reset is further off than a whole period: that is a debt, and headers
    /// have no other way to say so. More than a second period of it is not believed.
    pub(crate) fn level(&self, limit: WindowLimit) -> f64 {
        let period = limit.window.period_ms();
        let beyond = self.resets_in_ms.unwrap_or(0).saturating_sub(period).min(period);
        if limit.law == Law::Bucket && self.left == 0 {
            return -float(beyond) * float(limit.limit) / float(period);
        }
        float(self.left.min(limit.limit))
    }

    /// From when on it says nothing any more.
    ///
    /// A fixed window has begun anew then, or its reset has passed. Of a sliding one all that was gone has come back. A
    /// bucket's level can be carried on as long as everything after it is known: a day.
    pub(crate) fn until_ms(&self, limit: WindowLimit) -> u64 {
        let period = limit.window.period_ms();
        match limit.law {
            Law::Bucket => self.at_ms.saturating_add(DAY_MS),
            Law::Sliding => self.at_ms.saturating_add(period),
            Law::Fixed => {
                let reset = self.resets_in_ms.map_or(u64::MAX, |reset| self.at_ms.saturating_add(reset));
                next_period(self.at_ms, period).min(reset)
            }
        }
    }
}

/// When the period after that of `at_ms` begins.
pub(crate) const fn next_period(at_ms: u64, period_ms: u64) -> u64 {
    (at_ms / period_ms).saturating_add(1).saturating_mul(period_ms)
}

/// The newest that was said of one window of one pool of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    account: String,
    pool: String,
    window: LimitWindow,
    /// Its limit, and when that was heard.
    limit: Option<(u64, u64)>,
    /// What was left.
    pub(crate) level: Option<Word>,
    /// The most that can have been left, where a refusal after `level` said no more.
    pub(crate) bound: Option<Word>,
}

impl Heard {
    pub(crate) fn nothing(account: &str, pool: &str, window: LimitWindow) -> Self {
        Self { account: account.into(), pool: pool.into(), window, limit: None, level: None, bound: None }
    }

    pub(crate) fn about(&self, account: &str, pool: &str, window: LimitWindow) -> bool {
        self.window == window && self.pool == pool && self.account == account
    }

    /// Whether any of it can still be good.
    pub(crate) fn stands(&self, now_ms: u64) -> bool {
        let words =
            [self.limit.map(|(at_ms, _)| at_ms), self.level.map(|word| word.at_ms), self.bound.map(|word| word.at_ms)];
        words.into_iter().flatten().any(|at_ms| fresh(at_ms, now_ms))
    }

    /// The stated limit.
    pub(crate) fn limit(&self, now_ms: u64) -> Option<u64> {
        self.limit.filter(|(at_ms, _)| fresh(*at_ms, now_ms)).map(|(_, limit)| limit)
    }

    /// Takes a limit that was found out, as of this time.
    pub(crate) const fn state(&mut self, limit: u64, at_ms: u64) {
        self.limit = Some((at_ms, limit));
    }

    pub(crate) fn learn(&mut self, said: &Said, now_ms: u64) {
        if let Some(limit) = said.limit.filter(|_| newer(self.limit.map(|(at_ms, _)| at_ms), now_ms)) {
            self.limit = Some((now_ms, limit));
        }
        let word = |left| Word { at_ms: now_ms, left, resets_in_ms: said.resets_in_ms };
        let limit = said.limit.or_else(|| self.limit(now_ms));
        let left = said.left.or_else(|| limit.zip(said.used).map(|(limit, used)| limit.saturating_sub(used)));
        if !newer(self.level.map(|word| word.at_ms), now_ms) {
            return;
        }
        if let Some(left) = left {
            self.level = Some(word(left));
            self.bound = self.bound.filter(|bound| !newer(Some(bound.at_ms), now_ms));
        } else if let Some(asked) = said.asked.filter(|_| newer(self.bound.map(|word| word.at_ms), now_ms)) {
            self.bound = Some(word(asked.saturating_sub(1)));
        }
    }
}

/// A stated figure is good for a day, the longest window.
const fn fresh(at_ms: u64, now_ms: u64) -> bool {
    at_ms.saturating_add(DAY_MS) > now_ms
}

/// Whether what is heard now is newer than what is known. Tabs tell each other with little delay, so what is known from
/// more than a minute ahead was heard by a clock that has been set back.
fn newer(known_ms: Option<u64>, now_ms: u64) -> bool {
    known_ms.is_none_or(|known_ms| now_ms >= known_ms || known_ms - now_ms > MINUTE_MS)
}

#[expect(clippy::cast_precision_loss, reason = "a limit or a time in milliseconds is far below 2^53")]
pub(crate) const fn float(number: u64) -> f64 {
    number as f64
}
