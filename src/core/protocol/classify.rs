//! Status, headers and body of a refusal → one [`Failure`].
//!
//! Facts speak in this order: a robot check (headers and marks of the page), the codes of the body, the status. Words of
//! the message are looked at only for what no code tells apart.

use std::borrow::Cow;

use headroom_domain::{ContextOverflow, Dialect, Failure, FailureKind, LimitReport, Phase};
use serde_json::Value;

use crate::{error_body::ErrorFacts, headers::Headers, limits};

/// Most bytes of a body that are looked at: far more than any error needs.
const MOST_BODY: usize = 256 * 1024;

/// Whether the request carried a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKey {
    /// It did.
    Yes,
    /// It did not.
    No,
}

/// An answer that came whole, to be read for what it says about failure and limits.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers that the browser shows.
    pub headers: &'a Headers,
    /// The body; empty where it is not known or still to come.
    pub body: &'a [u8],
    /// How the provider speaks.
    pub dialect: Dialect,
    /// Whether the request carried a key.
    pub sent_key: SentKey,
    /// Now, in milliseconds since 1970: `Retry-After` may be a date.
    pub now_unix_ms: u64,
}

impl Response<'_> {
    /// The failure that this response is. To be asked of a status of 400 and more.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let text = self.text();
        let error = serde_json::from_str(&text).ok().and_then(|body| ErrorFacts::of(&body)).unwrap_or_default();
        let page = Page::of(&text, self.headers);
        let limits = limits::report(self, &text);
        let kind = match kind(self.status, &error, page, self.sent_key) {
            // Groq used to ask to wait, too, for what is larger than the whole window.
            FailureKind::RateLimited if limits.never_fits() => FailureKind::TooLarge,
            kind => kind,
        };
        let message = error.message.clone().unwrap_or_default();
        let mut failure = from_facts(kind, Phase::BeforeHeaders, &error).with_message(&message).with_raw_body(&text);
        failure.status = Some(self.status);
        failure.retry_after_ms = limits.wait_ms();
        failure
    }

    /// What this response, refusal or not, says about rate limits.
    #[must_use]
    pub fn limits(&self) -> LimitReport {
        limits::report(self, &self.text())
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body.get(..MOST_BODY).unwrap_or(self.body))
    }
}

/// The failure that an error object inside an answer of status 200 is.
pub(crate) fn failure_in_answer(value: &Value, phase: Phase) -> Option<Failure> {
    let error = ErrorFacts::of(value)?;
    let kind = match error.status {
        Some(status) => kind(status, &error, Page::None, SentKey::Yes),
        None => error.kind().unwrap_or(FailureKind::Server),
    };
    let message = error.message.clone().unwrap_or_default();
    Some(from_facts(kind, phase, &error).with_message(&message))
}

/// The failure that a page in place of an answer is.
pub(crate) fn failure_of_page(text: &str, phase: Phase) -> Option<Failure> {
    let kind = match Page::of(text, &Headers::default()) {
        Page::None => return None,
        Page::RobotCheck => FailureKind::BotCheck,
        Page::Other => FailureKind::BadStream,
    };
    Some(Failure::new(kind, phase).with_message("A web page came in place of an answer.").with_raw_body(text))
}

fn from_facts(kind: FailureKind, phase: Phase, error: &ErrorFacts) -> Failure {
    let mut failure = Failure::new(kind, phase);
    failure.status = error.status;
    // A code is a word; what is longer is none.
    failure.code = error.codes.first().filter(|code| code.len() <= 100).cloned();
    if kind == FailureKind::Context {
        failure.overflow = error.overflow.or_else(|| overflow_in_words(error.message.as_deref()?));
    }
    failure
}

/// Whether the body is a web page, and of which sort.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    None,
    RobotCheck,
    Other,
}

impl Page {
    fn of(text: &str, headers: &Headers) -> Self {
        // Marks that Cloudflare's challenge puts into its headers and its page's code.
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
        // An API refuses in JSON: a page with 403 comes from a wall in front of it.
        Page::Other if status == 403 => return FailureKind::BotCheck,
        _ => {}
    }
    let coded = error.kind();
    if sent_key == SentKey::No && (matches!(status, 401 | 403) || coded == Some(FailureKind::WrongKey)) {
        return FailureKind::NoKey;
    }
    match (status, coded) {
        // Groq codes "larger than your tokens a minute" as a rate limit, but 413 never passes by waiting.
        (413, Some(FailureKind::RateLimited)) => FailureKind::TooLarge,
        // A server that failed says `api_error` or the like with any status; the narrower status wins.
        (400..=499, Some(FailureKind::Server)) if status != 400 && status != 429 => kind_of_status(status),
        (_, Some(kind)) => kind,
        (400 | 422, None) if overflows(error) => FailureKind::Context,
        (_, None) => kind_of_status(status),
    }
}

const fn kind_of_status(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::WrongKey,
        402 => FailureKind::Payment,
        403 => FailureKind::Forbidden,
        404 | 405 | 410 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        413 => FailureKind::TooLarge,
        429 => FailureKind::RateLimited,
        // Groq: no capacity for the flex tier. It is not the user's limit.
        498 => FailureKind::Server,
        400..=497 | 499 => FailureKind::BadRequest,
        _ => FailureKind::Server,
    }
}

/// Servers without a code for it (vLLM, LM Studio) name the context in their message, and some its figures.
fn overflows(error: &ErrorFacts) -> bool {
    let message = error.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let said = ["context length", "context window", "context size", "maximum context"];
    error.overflow.is_some() || said.iter().any(|words| message.contains(words))
}

/// The figures of "maximum context length is 8192 tokens … 9001" and "Current length is 9001 while limit is 8192".
fn overflow_in_words(message: &str) -> Option<ContextOverflow> {
    let message = message.to_ascii_lowercase();
    let after = |words: &str| limits::number_after(&message, words);
    let context_tokens = after("context length is ").or_else(|| after("limit is "));
    let prompt_tokens = after("current length is ").or_else(|| after("resulted in ")).or_else(|| after("requested "));
    let overflow = ContextOverflow { prompt_tokens, context_tokens };
    (overflow != ContextOverflow::default()).then_some(overflow)
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
