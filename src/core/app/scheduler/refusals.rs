//! Rate-limit rejections: which limit it was, when to retry, and how to describe it.

use headroom_domain::{LimitReport, LimitScope, LimitWindow, span};
use headroom_protocol::LONGEST_WAIT_MS;

use crate::conversation::refusal::{Refusal, Retry};

/// The first wait after a rejection without a stated time, in milliseconds; it doubles with each rejection. From the
/// second rejection on, also the minimum, whatever the provider states.
pub(crate) const FIRST_WAIT_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

impl Refusal {
    /// Builds the rejection from a report, with the retry time the provider states.
    pub(crate) fn of(report: &LimitReport, times: u8, at_ms: u64) -> Self {
        let (window, scope) = (report.exceeded, report.scope);
        let mut refusal = Self { times, at_ms, window, scope, retry: Retry::Unstated };
        refusal.retry = match (report.reset_in_ms, report.retry_after_ms) {
            (Some(ms), _) => Retry::Reset(ms),
            (_, Some(0)) => Retry::Passed,
            (_, Some(ms)) => Retry::Asked(ms),
            _ if refusal.period_ms() == Some(DAY_MS) => Retry::NextDay,
            _ => Retry::Unstated,
        };
        refusal
    }

    /// Returns the retry time the provider stated, in milliseconds since 1970.
    pub(crate) const fn named_ms(&self) -> Option<u64> {
        match self.retry {
            Retry::Asked(ms) | Retry::Reset(ms) => Some(self.at_ms.saturating_add(ms)),
            Retry::Passed | Retry::NextDay | Retry::Unstated => None,
        }
    }

    /// Returns how long to wait, in milliseconds, as far as that is known without the limits.
    pub(crate) fn wait_ms(&self) -> u64 {
        let floor_ms = FIRST_WAIT_MS << self.times.saturating_sub(1).min(6);
        match self.retry {
            // The first time, the provider's stated wait is used unchanged.
            Retry::Asked(ms) | Retry::Reset(ms) if self.times <= 1 => ms,
            Retry::Asked(ms) | Retry::Reset(ms) => ms.max(floor_ms),
            Retry::NextDay => DAY_MS - self.at_ms % DAY_MS,
            Retry::Passed | Retry::Unstated => floor_ms,
        }
    }

    /// Returns how long to wait, in milliseconds, if neither the provider nor our own count gives a time.
    pub(crate) fn guess_ms(&self) -> u64 {
        let doubled = |first_ms: u64, most_ms: u64| (first_ms << self.times.saturating_sub(1).min(6)).min(most_ms);
        match self.period_ms() {
            Some(MINUTE_MS) => doubled(15_000, MINUTE_MS),
            Some(HOUR_MS) => doubled(5 * MINUTE_MS, HOUR_MS),
            _ if self.scope == Some(LimitScope::Concurrency) => doubled(2_000, MINUTE_MS),
            _ => doubled(5_000, MINUTE_MS),
        }
    }

    /// Returns the period of the limit, in milliseconds. `None` if unknown.
    pub(crate) fn period_ms(&self) -> Option<u64> {
        self.window.map(LimitWindow::period_ms).or_else(|| self.scope?.period_ms())
    }

    /// Returns `429: requests per minute`, or the status alone.
    fn named(&self) -> String {
        let covering = |scope| match scope {
            LimitScope::Concurrency => "concurrent requests",
            LimitScope::Minute => "per-minute limit",
            LimitScope::Hour => "hourly limit",
            LimitScope::Day => "daily limit",
            LimitScope::FreeDay => "daily free limit",
            LimitScope::Month => "monthly limit",
        };
        let window = self.window.map(|window| window.traits().full_name.to_ascii_lowercase());
        match window.or_else(|| self.scope.map(|scope| covering(scope).to_owned())) {
            Some(limit) => format!("429: {limit}"),
            None => "429".to_owned(),
        }
    }

    /// Describes the rejection for the lane's card while the request is queued; `attempts` is their total number,
    /// `None` if it waits for its user.
    #[must_use]
    pub fn words(&self, attempts: Option<u8>) -> String {
        let refused = format!("Rate limited ({}), not charged.", self.named());
        match attempts {
            Some(attempts) => format!("{refused} Retrying automatically, attempt {} of {attempts}.", self.times + 1),
            None => refused,
        }
    }

    /// Describes that the request was rejected and then canceled.
    #[must_use]
    pub fn canceled(&self) -> String {
        format!("Rate limited ({}), then canceled. Regenerate to send it.", self.named())
    }

    /// Describes the source of the retry time.
    pub(crate) fn reason(&self) -> String {
        match self.retry {
            Retry::Asked(LONGEST_WAIT_MS..) | Retry::Reset(LONGEST_WAIT_MS..) => {
                "The provider asked to wait more than 31 days. Send anyway, or cancel.".to_owned()
            }
            Retry::Asked(ms) => format!("The provider asked to wait {}.", span(ms)),
            Retry::Reset(_) => "Waiting until the provider's limit resets.".to_owned(),
            Retry::NextDay => "Daily limit used up, resets at 00:00 UTC.".to_owned(),
            Retry::Passed => "The provider's retry time has passed. Each retry waits longer.".to_owned(),
            Retry::Unstated => "The provider gave no retry time.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: u64 = 1_796_040_000_000;

    fn refusal(report: &LimitReport, times: u8) -> Refusal {
        Refusal::of(report, times, NOON_MS)
    }

    /// Whatever the provider stated, the page retried after one, two, and four seconds, and then gave up.
    #[test]
    fn the_next_try_waits_by_what_is_known_of_the_limit() {
        let nothing = LimitReport::default();
        let of = |window| LimitReport { exceeded: Some(window), ..LimitReport::default() };
        let asked = |ms| LimitReport { retry_after_ms: Some(ms), ..LimitReport::default() };
        let waits = |report: &LimitReport| [1, 2, 3].map(|times| refusal(report, times).wait_ms() / 1_000);
        assert_eq!(waits(&asked(7_000)), [7, 7, 7]);
        assert_eq!(waits(&asked(0)), [1, 2, 4], "a floor that grows");
        assert_eq!([1, 2, 3].map(|times| refusal(&asked(350), times).wait_ms()), [350, 2_000, 4_000]);
        assert_eq!(waits(&LimitReport { reset_in_ms: Some(12_000), ..asked(0) }), [12, 12, 12]);
        assert_eq!(waits(&of(LimitWindow::TokensDay)), [43_200; 3], "until 00:00 UTC");
        let guesses = |report: &LimitReport| [1, 2, 3].map(|times| refusal(report, times).guess_ms() / 1_000);
        assert_eq!(guesses(&of(LimitWindow::RequestsMinute)), [15, 30, 60]);
        assert_eq!(guesses(&of(LimitWindow::TokensHour)), [300, 600, 1_200]);
        assert_eq!(guesses(&nothing), [5, 10, 20]);
        assert!((0..=u8::MAX).all(|times| refusal(&nothing, times).wait_ms() <= 64_000), "however often");
    }

    #[test]
    fn the_card_names_the_limit_and_promises_a_retry_only_where_there_is_one() {
        let report = LimitReport {
            exceeded: Some(LimitWindow::RequestsMinute),
            retry_after_ms: Some(7_000),
            ..LimitReport::default()
        };
        let first = refusal(&report, 1);
        assert_eq!(
            first.words(Some(4)),
            "Rate limited (429: requests per minute), not charged. Retrying automatically, attempt 2 of 4."
        );
        assert_eq!(first.words(None), "Rate limited (429: requests per minute), not charged.");
        assert_eq!(first.canceled(), "Rate limited (429: requests per minute), then canceled. Regenerate to send it.");
        assert_eq!(first.reason(), "The provider asked to wait 7 s.");
        let reason = |report: LimitReport| refusal(&report, 1).reason();
        assert!(!reason(LimitReport::default()).contains("asked"), "only where it asked");
        let ceiling = LimitReport { retry_after_ms: Some(LONGEST_WAIT_MS), ..LimitReport::default() };
        assert!(reason(ceiling).contains("more than 31 days"));
        let day = LimitReport { scope: Some(LimitScope::Day), ..LimitReport::default() };
        assert_eq!(refusal(&day, 1).words(None), "Rate limited (429: daily limit), not charged.");
        assert_eq!(reason(day), "Daily limit used up, resets at 00:00 UTC.");
    }
}
