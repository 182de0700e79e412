//! Turns the status, headers and body of a rejection into one [`Failure`].
//!
//! Evidence counts in this order: a robot check (headers and page markup), the codes in the body, the status. The
//! wording of the message decides only what no code distinguishes.

use std::borrow::Cow;

use headroom_domain::{Dialect, Failure, FailureKind, LimitReport, LimitScope, Phase};
use serde_json::Value;

use crate::{
    error_body::ErrorFacts, error_limits, error_wording, headers::Headers, json_repair::document, limits, overflow,
};

/// Most bytes of a body that are examined: far more than any error needs.
const MOST_BODY: usize = 256 * 1024;

/// Whether the request carried a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKey {
    /// The request carried a key.
    Yes,
    /// The request carried no key.
    No,
}

/// A complete response, to be examined for failures and limits.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers exposed by the browser.
    pub headers: &'a Headers,
    /// The body; empty if it is unknown or has not arrived yet.
    pub body: &'a [u8],
    /// The provider's dialect.
    pub dialect: Dialect,
    /// Whether the request carried a key.
    pub sent_key: SentKey,
    /// Current time, in milliseconds since 1970: `Retry-After` may be a date.
    pub now_unix_ms: u64,
}

impl Response<'_> {
    /// Returns the failure of a response with a status outside 200 to 299.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let text = self.text();
        let page = Page::of(&text, self.headers);
        let error = match document(&text) {
            Some(body) => ErrorFacts::of_refusal(&body),
            // Not JSON: the message is the text itself, or the title of the page.
            None => {
                let words = if page == Page::None { text.trim() } else { title(&text) };
                ErrorFacts { message: (!words.is_empty()).then(|| words.to_owned()), ..ErrorFacts::default() }
            }
        };
        let limits = limits::report(self, &text);
        let kind = match kind(self.status, &error, page, self.sent_key) {
            // Groq used to state a wait even for requests larger than the complete window.
            FailureKind::RateLimited if limits.never_fits() => FailureKind::TooLarge,
            kind => kind,
        };
        let mut failure = from_facts(kind, Phase::BeforeHeaders, &error).with_raw_body(&text);
        failure.status = Some(self.status);
        failure.retry_after_ms = limits.wait_ms();
        failure.free_at_ms = failure.scope.and_then(|scope| self.free_at_ms(scope, limits.wait_ms()));
        failure
    }

    /// Returns when a daily limit is available again.
    fn free_at_ms(&self, scope: LimitScope, wait_ms: Option<u64>) -> Option<u64> {
        const DAY_MS: u64 = 86_400_000;
        match (scope, wait_ms) {
            (LimitScope::Day | LimitScope::FreeDay, Some(wait)) if wait <= DAY_MS => {
                Some(self.now_unix_ms.saturating_add(wait))
            }
            // OpenRouter counts free requests from midnight to midnight.
            (LimitScope::FreeDay, None) => (self.now_unix_ms / DAY_MS).checked_add(1)?.checked_mul(DAY_MS),
            _ => None,
        }
    }

    /// Returns what this response, rejected or not, says about rate limits.
    #[must_use]
    pub fn limits(&self) -> LimitReport {
        limits::report(self, &self.text())
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body.get(..MOST_BODY).unwrap_or(self.body))
    }
}

/// Returns the failure of an error object inside a response of status 200.
pub(crate) fn failure_in_answer(value: &Value, phase: Phase) -> Option<Failure> {
    ErrorFacts::of(value).map(|error| failure_of_facts(&error, phase, FailureKind::Server))
}

/// Returns the failure of JSON known to be an error, in any shape; `otherwise` is its kind if it names none.
pub(crate) fn failure_called_one(value: &Value, phase: Phase, otherwise: FailureKind) -> Failure {
    failure_of_facts(&ErrorFacts::of_refusal(value), phase, otherwise)
}

/// Returns the failure of text sent in place of an answer: [`FailureKind::BadStream`] unless its wording is known.
pub(crate) fn failure_of_text(text: &str, phase: Phase) -> Failure {
    let error = ErrorFacts { message: Some(text.trim().to_owned()), ..ErrorFacts::default() };
    let kind = if error.overflows() { Some(FailureKind::Context) } else { error_wording::kind(text) };
    from_facts(kind.unwrap_or(FailureKind::BadStream), phase, &error).with_raw_body(text)
}

/// Returns the failure of a web page sent in place of an answer.
pub(crate) fn failure_of_page(text: &str, phase: Phase) -> Option<Failure> {
    let kind = match Page::of(text, &Headers::default()) {
        Page::None => return None,
        Page::RobotCheck => FailureKind::BotCheck,
        Page::Other => FailureKind::BadStream,
    };
    let title = title(text);
    let words = if title.is_empty() {
        "Received a web page instead of an answer.".to_owned()
    } else {
        format!("Received a web page instead of an answer: {title}")
    };
    Some(Failure::new(kind, phase).with_message(&words).with_raw_body(text))
}

fn failure_of_facts(error: &ErrorFacts, phase: Phase, otherwise: FailureKind) -> Failure {
    let kind = match error.status {
        Some(status) => kind(status, error, Page::None, SentKey::Yes),
        None if matches!(error.kind(), None | Some(FailureKind::Server)) && error.overflows() => FailureKind::Context,
        None => error.kind().or_else(|| error_wording::kind(error.message.as_deref()?)).unwrap_or(otherwise),
    };
    from_facts(kind, phase, error)
}

fn from_facts(kind: FailureKind, phase: Phase, error: &ErrorFacts) -> Failure {
    let words = error.message.as_deref().unwrap_or_default();
    let mut failure = Failure::new(kind, phase).with_message(words);
    failure.status = error.status;
    // A code is one short word; anything longer is not a code.
    failure.code = error.codes.first().filter(|code| code.len() <= 100).cloned();
    match kind {
        FailureKind::Context => failure.overflow = error.overflow.or_else(|| overflow::figures(words)),
        FailureKind::Payment => {
            failure.affordable_tokens = limits::number_after(words, "afford ").filter(|tokens| *tokens > 0);
        }
        FailureKind::RateLimited => failure.scope = error_limits::scope_in_words(words),
        _ => {}
    }
    failure
}

/// Whether the body is a web page, and of which kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    None,
    RobotCheck,
    Other,
}

impl Page {
    fn of(text: &str, headers: &Headers) -> Self {
        // Marks in the headers and page code of Cloudflare's challenge.
        const MARKS: [&str; 4] = ["/cdn-cgi/challenge-platform", "cf-chl", "_cf_chl_opt", "cf-turnstile"];
        if headers.get("cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge")) {
            return Self::RobotCheck;
        }
        if !text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('<') {
            return Self::None;
        }
        if MARKS.iter().any(|mark| text.contains(mark)) { Self::RobotCheck } else { Self::Other }
    }
}

fn kind(status: u16, error: &ErrorFacts, page: Page, sent_key: SentKey) -> FailureKind {
    match page {
        Page::RobotCheck => return FailureKind::BotCheck,
        // An API rejects in JSON: a page with 403 comes from a firewall in front of it.
        Page::Other if status == 403 => return FailureKind::BotCheck,
        _ => {}
    }
    let coded = error.kind();
    if sent_key == SentKey::No && (matches!(status, 401 | 403) || coded == Some(FailureKind::WrongKey)) {
        return FailureKind::NoKey;
    }
    // Servers without a code for an overflow report a bad request, a request too large, or a server error.
    let may_overflow = matches!(coded, None | Some(FailureKind::Server | FailureKind::TooLarge));
    if matches!(status, 400 | 413 | 422 | 500 | 502 | 503) && may_overflow && error.overflows() {
        return FailureKind::Context;
    }
    match (status, coded) {
        // Groq codes "larger than your tokens a minute" as a rate limit, but waiting never resolves a 413.
        (413, Some(FailureKind::RateLimited)) => FailureKind::TooLarge,
        // A failing server sends `api_error` or the like with any status; the more specific status wins.
        (300..=499, Some(FailureKind::Server)) if status != 400 && status != 429 => kind_of_status(status),
        (_, Some(kind)) => kind,
        (400 | 422 | 500, None) => in_words(error).unwrap_or_else(|| kind_of_status(status)),
        (_, None) => kind_of_status(status),
    }
}

/// Returns the kind in the wording when the status says nothing: Google and proxies report a wrong key as 400 or 500.
fn in_words(error: &ErrorFacts) -> Option<FailureKind> {
    let told = [FailureKind::WrongKey, FailureKind::Payment, FailureKind::RateLimited];
    error_wording::kind(error.message.as_deref()?).filter(|kind| told.contains(kind))
}

const fn kind_of_status(status: u16) -> FailureKind {
    match status {
        // The browser follows redirects; one that arrives here leads nowhere.
        300..=399 | 404 | 405 | 410 => FailureKind::NotFound,
        401 => FailureKind::WrongKey,
        402 => FailureKind::Payment,
        403 | 451 => FailureKind::Forbidden,
        408 => FailureKind::Timeout,
        413 => FailureKind::TooLarge,
        429 => FailureKind::RateLimited,
        // Groq uses 498 for: no capacity for the flex tier. Proxies use 499 for: the connection was closed.
        498 | 499 => FailureKind::Server,
        400..=497 => FailureKind::BadRequest,
        _ => FailureKind::Server,
    }
}

/// Returns the title of a web page.
fn title(page: &str) -> &str {
    let after = page.split_once("<title>").map_or("", |(_, after)| after);
    let title = after.split_once('<').map_or("", |(title, _)| title).trim();
    if title.len() <= 200 { title } else { "" }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
