//! What can go wrong with a request, as facts. The sentences for the user are in [`crate::failure_text`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{limit::LimitScope, mask::KeyMask, network_cause::NetworkCause};

/// The most bytes kept of a raw body: enough for any error message, too few to fill the storage.
const LONGEST_RAW_BODY: usize = 4_096;

/// The most bytes kept of the provider's message.
const LONGEST_MESSAGE: usize = 1_024;

/// The kinds of failure. The names are those of `data-kind` in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The provider does not accept the key.
    WrongKey,
    /// The provider needs a key and none was sent.
    NoKey,
    /// The account has no credit or is not activated.
    Payment,
    /// The key is valid but lacks permission; or a local server rejects this page.
    Forbidden,
    /// No such model or address.
    NotFound,
    /// The request is malformed or a value is out of range.
    BadRequest,
    /// Prompt and answer exceed the context window.
    Context,
    /// The request is larger than the provider ever accepts; waiting does not help.
    TooLarge,
    /// A rate limit is used up; waiting helps.
    RateLimited,
    /// The provider failed or is overloaded.
    Server,
    /// A bot check intercepted the request.
    BotCheck,
    /// A filter rejected the prompt or the answer.
    ContentFilter,
    /// The device has no network.
    Offline,
    /// The browser hid the response from the page (CORS or a policy).
    Blocked,
    /// No response: offline, blocked, or no server; these cannot be distinguished.
    Unreachable,
    /// What was received is not a valid response, or it is incomplete.
    BadStream,
    /// The response ended normally, without any text.
    Empty,
    /// Nothing was received for too long.
    Timeout,
    /// The browser could not save.
    Storage,
}

impl FailureKind {
    /// All kinds, in the order of the contract with the page.
    pub const ALL: [Self; 19] = [
        Self::WrongKey,
        Self::NoKey,
        Self::Payment,
        Self::Forbidden,
        Self::NotFound,
        Self::BadRequest,
        Self::Context,
        Self::TooLarge,
        Self::RateLimited,
        Self::Server,
        Self::BotCheck,
        Self::ContentFilter,
        Self::Offline,
        Self::Blocked,
        Self::Unreachable,
        Self::BadStream,
        Self::Empty,
        Self::Timeout,
        Self::Storage,
    ];

    /// Returns the name in `data-kind` and in saved data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongKey => "wrong-key",
            Self::NoKey => "no-key",
            Self::Payment => "payment",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::BadRequest => "bad-request",
            Self::Context => "context",
            Self::TooLarge => "too-large",
            Self::RateLimited => "rate-limited",
            Self::Server => "server",
            Self::BotCheck => "bot-check",
            Self::ContentFilter => "content-filter",
            Self::Offline => "offline",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::BadStream => "bad-stream",
            Self::Empty => "empty",
            Self::Timeout => "timeout",
            Self::Storage => "storage",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far the request had progressed when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No response had begun.
    BeforeHeaders,
    /// Status and headers had arrived, but no text.
    InBody,
    /// Text had arrived.
    AfterFirstToken,
}

/// The numbers of a prompt that was too long, as the provider counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextOverflow {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens that fit.
    pub context_tokens: Option<u64>,
}

/// A failed request. It is created once, where the facts are, and shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// How far the request had progressed.
    pub phase: Phase,
    /// The HTTP status, or the one stated by an error inside a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code (`wrong_api_key`), for debugging and bug reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's own message, at most 1,024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The start of what was received, at most 4,096 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_body: Option<String>,
    /// The wait the provider asks for, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// For [`FailureKind::Context`]: by how much it does not fit, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<ContextOverflow>,
    /// For [`FailureKind::Payment`]: the largest cap that the account can still pay for, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affordable_tokens: Option<u64>,
    /// For [`FailureKind::RateLimited`]: what the limit covers, if the provider states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<LimitScope>,
    /// When that limit resets, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_at_ms: Option<u64>,
    /// What hid the response from the page, if the browser's facts show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<NetworkCause>,
}

impl Failure {
    /// Creates a failure of which only kind and phase are known.
    #[must_use]
    pub const fn new(kind: FailureKind, phase: Phase) -> Self {
        Self {
            kind,
            phase,
            status: None,
            code: None,
            message: None,
            raw_body: None,
            retry_after_ms: None,
            overflow: None,
            affordable_tokens: None,
            scope: None,
            free_at_ms: None,
            cause: None,
        }
    }

    /// Creates a failure of the connection to the provider.
    #[must_use]
    pub const fn of_network(cause: NetworkCause, phase: Phase) -> Self {
        let mut failure = Self::new(cause.kind(), phase);
        failure.cause = Some(cause);
        failure
    }

    /// Sets the message, shortened if it is long.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Self {
        self.message = (!message.trim().is_empty()).then(|| shortened(message.trim(), LONGEST_MESSAGE));
        self
    }

    /// Sets the start of what was received.
    #[must_use]
    pub fn with_raw_body(mut self, body: &str) -> Self {
        self.raw_body = (!body.is_empty()).then(|| shortened(body, LONGEST_RAW_BODY));
        self
    }

    /// Masks the key, in case the server repeated it. Must be called before a failure is shown or saved.
    #[must_use]
    pub fn redacted(mut self, mask: &KeyMask) -> Self {
        for text in [&mut self.message, &mut self.raw_body, &mut self.code].into_iter().flatten() {
            *text = mask.text(text).into_owned();
        }
        self
    }
}

/// Returns the start of `text`, cut at a character boundary, with `…` if something is missing; never longer than `most`
/// bytes.
fn shortened(text: &str, most: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(MARK.len());
    // A character is at most four bytes, so one of these four positions is a boundary.
    let start = (room.saturating_sub(3)..=room).rev().find_map(|end| text.get(..end));
    format!("{}{MARK}", start.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{key::ApiKey, origin::Origin};
    use proptest::prelude::*;

    #[test]
    fn a_kind_has_the_name_that_the_page_promises() {
        let contract = "wrong-key no-key payment forbidden not-found bad-request context too-large rate-limited server \
                        bot-check content-filter offline blocked unreachable bad-stream empty timeout storage";
        let names: Vec<&str> = FailureKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names, contract.split_whitespace().collect::<Vec<_>>());
        for kind in FailureKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn a_key_that_the_server_repeats_is_not_kept() {
        let key = ApiKey::new("csk-very-secret", Origin::parse("https://x.example").unwrap()).unwrap();
        let failure = Failure::new(FailureKind::WrongKey, Phase::BeforeHeaders)
            .with_message("Received csk-very-secret")
            .with_raw_body(r#"{"message":"Received csk-very-secret"}"#)
            .redacted(&key.mask());
        assert!(!serde_json::to_string(&failure).unwrap().contains("csk-very-secret"));
        assert_eq!(failure.message.as_deref(), Some("Received [key]"));
    }

    #[test]
    fn an_empty_message_is_no_message() {
        let failure = Failure::new(FailureKind::Server, Phase::InBody).with_message(" \n").with_raw_body("");
        assert_eq!((failure.message, failure.raw_body), (None, None));
    }

    proptest! {
        #[test]
        fn what_is_kept_of_a_body_is_bounded_and_a_start_of_it(body in "\\PC{0,3000}", most in 3usize..200) {
            let kept = shortened(&body, most);
            prop_assert!(kept.len() <= most);
            prop_assert!(kept == body || body.starts_with(kept.trim_end_matches('…')));
        }
    }
}
