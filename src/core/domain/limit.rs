//! Facts that a provider states about its rate limits: no refill policy, no accounting, no guesses.

use serde::{Deserialize, Serialize};

/// What is counted, and over which period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitWindow {
    /// Requests per minute.
    RequestsMinute,
    /// Requests per hour.
    RequestsHour,
    /// Requests per day.
    RequestsDay,
    /// Tokens per minute, including cached ones.
    TokensMinute,
    /// Tokens per minute, excluding those from the prompt cache.
    TokensMinuteUncached,
    /// Tokens per hour.
    TokensHour,
    /// Tokens per day.
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

    /// Returns everything that differs between windows.
    #[must_use]
    pub const fn traits(self) -> WindowTraits {
        match self {
            Self::RequestsMinute => {
                WindowTraits::of("requests-minute", "Req/min", "Requests per minute", Period::Minute, true)
            }
            Self::RequestsHour => {
                WindowTraits::of("requests-hour", "Req/hour", "Requests per hour", Period::Hour, true)
            }
            Self::RequestsDay => WindowTraits::of("requests-day", "Req/day", "Requests per day", Period::Day, true),
            Self::TokensMinute => {
                WindowTraits::of("tokens-minute", "Tok/min", "Tokens per minute", Period::Minute, false)
            }
            Self::TokensMinuteUncached => WindowTraits::of(
                "tokens-minute-uncached",
                "Uncached tok/min",
                "Uncached tokens per minute",
                Period::Minute,
                false,
            ),
            Self::TokensHour => WindowTraits::of("tokens-hour", "Tok/hour", "Tokens per hour", Period::Hour, false),
            Self::TokensDay => WindowTraits::of("tokens-day", "Tok/day", "Tokens per day", Period::Day, false),
        }
    }

    /// Returns the name in saved data, in `data-window`, and at the end of Cerebras's headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.traits().name
    }

    /// Returns its period.
    #[must_use]
    pub const fn period(self) -> Period {
        self.traits().period
    }

    /// Returns its period, in milliseconds.
    #[must_use]
    pub const fn period_ms(self) -> u64 {
        self.period().ms()
    }

    /// Whether it counts requests rather than tokens.
    #[must_use]
    pub const fn counts_requests(self) -> bool {
        self.traits().counts_requests
    }

    /// Returns the window with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == name)
    }
}

/// What differs between windows.
#[derive(Clone, Copy, Debug)]
pub struct WindowTraits {
    /// The name in saved data.
    pub name: &'static str,
    /// The short name of what it counts.
    pub short_name: &'static str,
    /// The full name of what it counts.
    pub full_name: &'static str,
    /// How long it is.
    pub period: Period,
    /// Whether it counts requests rather than tokens.
    pub counts_requests: bool,
}

impl WindowTraits {
    const fn of(
        name: &'static str,
        short_name: &'static str,
        full_name: &'static str,
        period: Period,
        counts_requests: bool,
    ) -> Self {
        Self { name, short_name, full_name, period, counts_requests }
    }
}

/// How long a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Period {
    /// Returns its length, in milliseconds.
    #[must_use]
    pub const fn ms(self) -> u64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Describes the current one.
    #[must_use]
    pub const fn current(self) -> &'static str {
        match self {
            Self::Minute => "this minute",
            Self::Hour => "this hour",
            Self::Day => "today",
        }
    }
}

/// The source of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitSource {
    /// A response header.
    Header,
    /// The body of a rejection.
    Refusal,
}

/// What one response states about one window. Each number is `None` if it was not stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitFact {
    /// The window.
    pub window: LimitWindow,
    /// The source.
    pub source: LimitSource,
    /// The requests or tokens the window holds.
    pub limit: Option<u64>,
    /// How many remain.
    pub remaining: Option<u64>,
    /// How many are used.
    pub used: Option<u64>,
    /// How many this request needs, by the provider's count.
    pub requested: Option<u64>,
    /// Milliseconds until the window is full again.
    pub resets_in_ms: Option<u64>,
}

impl LimitFact {
    /// Creates a fact without numbers.
    #[must_use]
    pub const fn about(window: LimitWindow, source: LimitSource) -> Self {
        Self { window, source, limit: None, remaining: None, used: None, requested: None, resets_in_ms: None }
    }
}

/// What a rate limit covers, as the provider states it; it may not be a window that we count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitScope {
    /// Concurrent requests.
    Concurrency,
    /// Something per minute.
    Minute,
    /// Something per hour.
    Hour,
    /// Something per day.
    Day,
    /// Daily use of free models.
    FreeDay,
    /// Something per month.
    Month,
}

impl LimitScope {
    /// Returns its period, in milliseconds. `None` if it has no period, or for a month, which no request waits for.
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
        match window.period() {
            Period::Minute => Self::Minute,
            Period::Hour => Self::Hour,
            Period::Day => Self::Day,
        }
    }
}

/// Everything one response states about limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitReport {
    /// At most one fact per window and source.
    pub facts: Vec<LimitFact>,
    /// The window that caused the rejection, if it is stated.
    pub exceeded: Option<LimitWindow>,
    /// What the limit that caused the rejection covers, if it is stated.
    pub scope: Option<LimitScope>,
    /// The wait the provider asks for, in milliseconds; 0 if that time has passed.
    pub retry_after_ms: Option<u64>,
    /// Milliseconds until the limit that caused the rejection resets, if the provider states it and does not ask for a
    /// wait.
    pub reset_in_ms: Option<u64>,
}

impl LimitReport {
    /// Returns the fact about a window from a source.
    #[must_use]
    pub fn fact(&self, window: LimitWindow, source: LimitSource) -> Option<&LimitFact> {
        self.facts.iter().find(|fact| fact.window == window && fact.source == source)
    }

    /// Returns how long to wait as stated by the provider: the wait it asks for, or else until its limit resets.
    #[must_use]
    pub fn wait_ms(&self) -> Option<u64> {
        self.reset_in_ms.or(self.retry_after_ms)
    }

    /// Whether the rejection states that the request is larger than the complete window: waiting does not help.
    #[must_use]
    pub fn never_fits(&self) -> bool {
        let larger = |fact: &LimitFact| fact.requested.zip(fact.limit).is_some_and(|(asked, limit)| asked > limit);
        self.facts.iter().any(larger)
    }

    /// Updates the fact about a window from a source, or creates one.
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
