//! What the provider reported about a window, and how long each report is valid.

use headroom_domain::{LimitReport, LimitSource, LimitWindow, RefillPolicy, WindowLimit};

use crate::{DAY_MS, MINUTE_MS, inferred_limits::InferredLimit, pool::Entry};

/// Clocks may disagree on whether a period has begun within this fraction of its start: a quarter of an hour for a day.
pub(crate) const SOON: u64 = 100;
/// How long a rejection from that time is valid.
const MOMENT_MS: u64 = 20_000;

/// What one report says about one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReportedFigures {
    limit: Option<u64>,
    left: Option<u64>,
    used: Option<u64>,
    resets_in_ms: Option<u64>,
    /// The rejected amount: less than that was left.
    pub(crate) asked: Option<u64>,
    /// When the request with this response was sent, if known.
    pub(crate) asked_ms: Option<u64>,
}

impl ReportedFigures {
    /// The stated limit.
    pub(crate) const fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// What was left of a limit.
    pub(crate) fn left_of(&self, limit: u64) -> Option<u64> {
        self.left.or_else(|| self.used.map(|used| limit.saturating_sub(used)))
    }

    pub(crate) const fn resets_in_ms(&self) -> Option<u64> {
        self.resets_in_ms
    }

    /// A rejection is about this very window, so it takes precedence over the headers.
    pub(crate) fn of(report: &LimitReport, window: LimitWindow) -> Self {
        let mut figures = Self::default();
        for source in [LimitSource::Header, LimitSource::Refusal] {
            let Some(fact) = report.fact(window, source) else { continue };
            // A limit of 0 is not a limit but a blocked window; rejections report that.
            figures.limit = fact.limit.filter(|limit| *limit > 0).or(figures.limit);
            figures.left = fact.remaining.or(figures.left);
            figures.used = fact.used.or(figures.used);
            figures.resets_in_ms = fact.resets_in_ms.or(figures.resets_in_ms);
            figures.asked = fact.requested.filter(|_| report.exceeded == Some(window)).or(figures.asked);
        }
        figures
    }
}

/// A level at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReportedLevel {
    /// When it was read, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// When the request with this response was sent, if known: what was sent later is not in it.
    pub(crate) asked_ms: Option<u64>,
    /// Negative if more was reserved than there was.
    left: i64,
    resets_in_ms: Option<u64>,
    /// It was derived from a rejected amount.
    asked_for: bool,
    /// Our own count is included: everything in flight is reserved.
    pub(crate) corrected: bool,
}

impl ReportedLevel {
    /// A level that our own count has corrected by a reported value, at a time; fractions are dropped.
    pub(crate) fn corrected(level: f64, at_ms: u64, resets_in_ms: Option<u64>) -> Self {
        Self { at_ms, asked_ms: None, left: floor(level), resets_in_ms, asked_for: false, corrected: true }
    }

    /// The level then. Negative if the reset is more than a full period away: that is a debt, and headers have no other
    /// way to express it. More than a second period of it is not believed.
    pub(crate) fn level(&self, limit: WindowLimit) -> f64 {
        let period = limit.window.period_ms();
        let beyond = self.resets_in_ms.unwrap_or(0).saturating_sub(period).min(period);
        if limit.refill == RefillPolicy::Bucket && self.left == 0 {
            return -float(beyond) * float(limit.limit) / float(period);
        }
        signed_float(self.left).min(float(limit.limit))
    }

    /// When it expires.
    ///
    /// For a fixed window, when the next period begins or its reset has passed. For a sliding one, when everything used
    /// has come back. A bucket's level can be carried forward as long as everything after it is known: a day.
    ///
    /// A rejection soon after a fixed window begins by our clock may be about the previous period, if the provider's
    /// clock is behind ours: it is valid for `MOMENT_MS`.
    pub(crate) fn until_ms(&self, limit: WindowLimit) -> u64 {
        let period = limit.window.period_ms();
        match limit.refill {
            RefillPolicy::Bucket => self.at_ms.saturating_add(DAY_MS),
            RefillPolicy::Sliding => self.at_ms.saturating_add(period),
            RefillPolicy::Fixed => {
                let reset = self.resets_in_ms.map_or(u64::MAX, |reset| self.at_ms.saturating_add(reset));
                let begun_anew = self.asked_for && has_just_begun(self.at_ms, period);
                let moment = if begun_anew { self.at_ms.saturating_add(MOMENT_MS) } else { u64::MAX };
                next_period(self.at_ms, period).min(reset).min(moment)
            }
        }
    }
}

/// Whether the period of `at_ms` began so recently that, by another clock, it may not have begun yet.
pub(crate) const fn has_just_begun(at_ms: u64, period_ms: u64) -> bool {
    at_ms % period_ms < period_ms / SOON
}

/// When the period after that of `at_ms` begins.
pub(crate) const fn next_period(at_ms: u64, period_ms: u64) -> u64 {
    (at_ms / period_ms).saturating_add(1).saturating_mul(period_ms)
}

/// The newest reports about one window of one pool of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportedLimit {
    account: String,
    pool: String,
    window: LimitWindow,
    /// Its limit, when that was read, and whether the provider stated it or it was inferred.
    limit: Option<(u64, u64, bool)>,
    /// When a remaining value was last read, news or not, in milliseconds since 1970.
    pub(crate) read_ms: Option<u64>,
    /// The newest remaining values, each with the request whose response contained it.
    figures: Vec<(Entry, u64)>,
    /// When a value or a rejection was last read that our own count does not explain.
    pub(crate) surprised_ms: Option<u64>,
    /// What was left.
    pub(crate) level: Option<ReportedLevel>,
    /// The most that can have been left, if a rejection after `level` said no more.
    pub(crate) bound: Option<ReportedLevel>,
}

impl ReportedLimit {
    pub(crate) fn nothing(account: &str, pool: &str, window: LimitWindow) -> Self {
        Self {
            account: account.into(),
            pool: pool.into(),
            window,
            limit: None,
            read_ms: None,
            figures: Vec::new(),
            surprised_ms: None,
            level: None,
            bound: None,
        }
    }

    pub(crate) fn about(&self, account: &str, pool: &str, window: LimitWindow) -> bool {
        self.window == window && self.pool == pool && self.account == account
    }

    /// Whether any of it can still be valid.
    pub(crate) fn stands(&self, now_ms: u64) -> bool {
        let words = [
            self.limit.map(|(at_ms, ..)| at_ms),
            self.level.map(|reported_level| reported_level.at_ms),
            self.bound.map(|reported_level| reported_level.at_ms),
            self.read_ms,
            self.surprised_ms,
        ];
        words.into_iter().flatten().any(|at_ms| fresh(at_ms, now_ms))
    }

    /// The limit, if it is still valid.
    pub(crate) fn limit(&self, now_ms: u64) -> Option<u64> {
        self.limit.filter(|(at_ms, ..)| fresh(*at_ms, now_ms)).map(|(_, limit, _)| limit)
    }

    /// Whether the provider itself stated the limit.
    pub(crate) fn is_stated(&self, now_ms: u64) -> bool {
        self.limit.is_some_and(|(at_ms, _, stated)| stated && fresh(at_ms, now_ms))
    }

    /// Whether the limit was inferred from rejections and responses.
    pub(crate) fn is_inferred(&self, now_ms: u64) -> bool {
        self.limit(now_ms).is_some() && !self.is_stated(now_ms)
    }

    /// The limit, if it was inferred and is still valid.
    pub(crate) fn inferred_limit(&self, now_ms: u64) -> Option<InferredLimit> {
        let (at_ms, limit, _) = self.limit.filter(|_| self.is_inferred(now_ms))?;
        let (account, pool) = (self.account.clone(), self.pool.clone());
        Some(InferredLimit { account, pool, window: self.window, limit, at_ms })
    }

    pub(crate) const fn has_limit(&self) -> bool {
        self.limit.is_some()
    }

    /// Whether the limit was recorded at this time or before.
    pub(crate) fn limit_is_from_before(&self, at_ms: u64) -> bool {
        self.limit.is_some_and(|(noted_ms, ..)| noted_ms <= at_ms)
    }

    /// Sets an inferred limit, as of this time.
    pub(crate) const fn state(&mut self, limit: u64, at_ms: u64) {
        self.limit = Some((at_ms, limit, false));
    }

    /// Records a value read in the response to a request.
    pub(crate) fn note_figure(&mut self, request: &Entry, left: u64, now_ms: u64) {
        const MOST: usize = 32;
        self.read_ms = Some(now_ms);
        if self.figures.len() >= MOST {
            self.figures.remove(0);
        }
        self.figures.push((*request, left));
    }

    /// The request whose response contained the newest value, and when that was read.
    pub(crate) fn newest_figure(&self) -> Option<(&Entry, u64)> {
        Some((&self.figures.last()?.0, self.read_ms?))
    }

    /// What the response to a request reported as left.
    pub(crate) fn figure(&self, request: &Entry) -> Option<f64> {
        self.figures.iter().rev().find(|(known, _)| known.is(request)).map(|(_, left)| float(*left))
    }

    /// Sets a corrected level: it includes what earlier rejections said.
    pub(crate) fn correct(&mut self, reported_level: ReportedLevel) {
        self.level = Some(reported_level);
        self.bound = self.bound.filter(|bound| bound.at_ms > reported_level.at_ms);
        self.surprised_ms = Some(reported_level.at_ms);
    }

    pub(crate) fn learn(&mut self, figures: &ReportedFigures, now_ms: u64) {
        if let Some(limit) = figures.limit.filter(|_| newer(self.limit.map(|(at_ms, ..)| at_ms), now_ms)) {
            self.limit = Some((now_ms, limit, true));
        }
        let reported_level = |left, asked_for| {
            let ReportedFigures { asked_ms, resets_in_ms, .. } = *figures;
            ReportedLevel { at_ms: now_ms, asked_ms, left: signed(left), resets_in_ms, asked_for, corrected: false }
        };
        let limit = figures.limit.or_else(|| self.limit(now_ms));
        let left = figures.left.or_else(|| limit.zip(figures.used).map(|(limit, used)| limit.saturating_sub(used)));
        if !newer(self.level.map(|reported_level| reported_level.at_ms), now_ms) {
            return;
        }
        if let Some(left) = left {
            self.level = Some(reported_level(left, false));
            self.bound = self.bound.filter(|bound| !newer(Some(bound.at_ms), now_ms));
        } else if let Some(asked) =
            figures.asked.filter(|_| newer(self.bound.map(|reported_level| reported_level.at_ms), now_ms))
        {
            self.bound = Some(reported_level(asked.saturating_sub(1), true));
        }
    }
}

/// A stated value is valid for a day, the longest window.
const fn fresh(at_ms: u64, now_ms: u64) -> bool {
    at_ms.saturating_add(DAY_MS) > now_ms
}

/// Whether a report read now is newer than the known one. Tabs share reports with little delay, so one dated more than
/// a minute ahead was read by a clock that has been set back.
fn newer(known_ms: Option<u64>, now_ms: u64) -> bool {
    known_ms.is_none_or(|known_ms| now_ms >= known_ms || known_ms - now_ms > MINUTE_MS)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a level is far below 2^53")]
const fn signed_float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
fn floor(level: f64) -> i64 {
    (level + 1e-6).floor() as i64
}

#[expect(clippy::cast_precision_loss, reason = "a limit or a time in milliseconds is far below 2^53")]
pub(crate) const fn float(number: u64) -> f64 {
    number as f64
}
