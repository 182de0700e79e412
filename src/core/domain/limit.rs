//! What a provider says about its rate limits, as facts: no law, no accounting, no guess.

use serde::{Deserialize, Serialize};

/// What is counted, and over which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitWindow {
    /// Requests a minute.
    RequestsMinute,
    /// Requests an hour.
    RequestsHour,
    /// Requests a day.
    RequestsDay,
    /// Tokens a minute, cached ones included.
    TokensMinute,
    /// Tokens a minute without those from the prompt cache.
    TokensMinuteUncached,
    /// Tokens an hour.
    TokensHour,
    /// Tokens a day.
    TokensDay,
}

impl LimitWindow {
    /// All windows, requests first, short ones first.
    pub const ALL: [Self; 7] = [
        Self::RequestsMinute,
        Self::RequestsHour,
        Self::RequestsDay,
        Self::TokensMinute,
        Self::TokensMinuteUncached,
        Self::TokensHour,
        Self::TokensDay,
    ];

    /// The name in saved data, in `data-window` and at the end of Cerebras's headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestsMinute => "requests-minute",
            Self::RequestsHour => "requests-hour",
            Self::RequestsDay => "requests-day",
            Self::TokensMinute => "tokens-minute",
            Self::TokensMinuteUncached => "tokens-minute-uncached",
            Self::TokensHour => "tokens-hour",
            Self::TokensDay => "tokens-day",
        }
    }

    /// How long it is, in milliseconds.
    #[must_use]
    pub const fn period_ms(self) -> u64 {
        match self {
            Self::RequestsMinute | Self::TokensMinute | Self::TokensMinuteUncached => 60_000,
            Self::RequestsHour | Self::TokensHour => 3_600_000,
            Self::RequestsDay | Self::TokensDay => 86_400_000,
        }
    }

    /// Whether requests are counted, and not tokens.
    #[must_use]
    pub const fn counts_requests(self) -> bool {
        matches!(self, Self::RequestsMinute | Self::RequestsHour | Self::RequestsDay)
    }

    /// The window of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == name)
    }
}

/// Where a fact was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitSource {
    /// A response header.
    Header,
    /// The body of a refusal.
    Refusal,
}

/// What one answer said about one window. Each figure is `None` where it was not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitFact {
    /// Which window.
    pub window: LimitWindow,
    /// Where it was read.
    pub source: LimitSource,
    /// Requests or tokens the window holds.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// How many are used.
    pub used: Option<u64>,
    /// How many this request asked for, as the provider reckons it.
    pub requested: Option<u64>,
    /// Milliseconds until the window is full again.
    pub resets_in_ms: Option<u64>,
}

impl LimitFact {
    /// A fact that says nothing yet.
    #[must_use]
    pub const fn about(window: LimitWindow, source: LimitSource) -> Self {
        Self { window, source, limit: None, remaining: None, used: None, requested: None, resets_in_ms: None }
    }
}

/// What a rate limit covers, in a provider's words; it may be no window that we count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitScope {
    /// Requests that run at the same time.
    Concurrency,
    /// Something per minute.
    Minute,
    /// Something per hour.
    Hour,
    /// Something per day.
    Day,
    /// A day's use of free models.
    FreeDay,
    /// Something per month.
    Month,
}

impl LimitScope {
    /// How long it is, in milliseconds; none where it is no period, or a month, which no request waits for.
    #[must_use]
    pub const fn period_ms(self) -> Option<u64> {
        match self {
            Self::Minute => Some(60_000),
            Self::Hour => Some(3_600_000),
            Self::Day | Self::FreeDay => Some(86_400_000),
            Self::Concurrency | Self::Month => None,
        }
    }
}

impl From<LimitWindow> for LimitScope {
    fn from(window: LimitWindow) -> Self {
        match window {
            LimitWindow::RequestsMinute | LimitWindow::TokensMinute | LimitWindow::TokensMinuteUncached => Self::Minute,
            LimitWindow::RequestsHour | LimitWindow::TokensHour => Self::Hour,
            LimitWindow::RequestsDay | LimitWindow::TokensDay => Self::Day,
        }
    }
}

/// Everything one answer said about limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitReport {
    /// At most one fact for each window and source.
    pub facts: Vec<LimitFact>,
    /// The window that refused the request, where the refusal says which.
    pub exceeded: Option<LimitWindow>,
    /// What the limit that refused the request covers, where the refusal says so.
    pub scope: Option<LimitScope>,
    /// Milliseconds after which the provider asks to be tried again; 0 where that time has passed.
    pub retry_after_ms: Option<u64>,
    /// Milliseconds until the limit that refused the request resets, where the provider says so and does not ask for a wait.
    pub reset_in_ms: Option<u64>,
    /// What was said but not believed, one sentence each.
    pub notes: Vec<String>,
}

impl LimitReport {
    /// The fact about a window from a source.
    #[must_use]
    pub fn fact(&self, window: LimitWindow, source: LimitSource) -> Option<&LimitFact> {
        self.facts.iter().find(|fact| fact.window == window && fact.source == source)
    }

    /// How long to wait by the provider's word: what it asks for, or else until its limit resets.
    #[must_use]
    pub fn wait_ms(&self) -> Option<u64> {
        self.reset_in_ms.or(self.retry_after_ms)
    }

    /// Whether the refusal says that the request is larger than the whole window: waiting does not help.
    #[must_use]
    pub fn never_fits(&self) -> bool {
        let larger = |fact: &LimitFact| fact.requested.zip(fact.limit).is_some_and(|(asked, limit)| asked > limit);
        self.facts.iter().any(larger)
    }

    /// Adds to the fact about a window from a source, or starts one.
    pub fn record(&mut self, window: LimitWindow, source: LimitSource, fill: impl FnOnce(&mut LimitFact)) {
        let known = self.facts.iter_mut().find(|fact| fact.window == window && fact.source == source);
        if let Some(fact) = known {
            return fill(fact);
        }
        let mut fact = LimitFact::about(window, source);
        fill(&mut fact);
        self.facts.push(fact);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_one_name_everywhere() {
        for window in LimitWindow::ALL {
            assert_eq!(LimitWindow::from_name(window.name()), Some(window));
            assert_eq!(serde_json::to_value(window).unwrap(), window.name());
        }
        assert_eq!(LimitWindow::from_name("tokens-week"), None);
    }

    #[test]
    fn a_window_is_as_long_as_what_it_covers() {
        for window in LimitWindow::ALL {
            assert_eq!(LimitScope::from(window).period_ms(), Some(window.period_ms()));
        }
    }

    #[test]
    fn there_is_one_fact_for_each_window_and_source() {
        let mut report = LimitReport::default();
        report.record(LimitWindow::TokensDay, LimitSource::Header, |fact| fact.limit = Some(1));
        report.record(LimitWindow::TokensDay, LimitSource::Header, |fact| fact.remaining = Some(0));
        report.record(LimitWindow::TokensDay, LimitSource::Refusal, |fact| fact.used = Some(1));
        assert_eq!(report.facts.len(), 2);
        let fact = report.fact(LimitWindow::TokensDay, LimitSource::Header).unwrap();
        assert_eq!((fact.limit, fact.remaining), (Some(1), Some(0)));
    }
}
