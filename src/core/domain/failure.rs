//! What can go wrong with a request, as facts. The sentences for the user are in [`crate::failure_text`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{limit::LimitScope, mask::KeyMask, network_cause::NetworkCause};

/// Most bytes kept of a raw body: enough for any error message, too few to fill the storage.
pub const LONGEST_RAW_BODY: usize = 4_096;

/// Most bytes kept of the provider's message.
pub const LONGEST_MESSAGE: usize = 1_024;

/// The kinds of failure. The names are those of `data-kind` in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The provider does not accept the key.
    WrongKey,
    /// The provider wants a key and none was sent.
    NoKey,
    /// The account has no credit or is not activated.
    Payment,
    /// The key is known but may not do this; or a local server refuses this page.
    Forbidden,
    /// No such model or address.
    NotFound,
    /// The request is malformed or a value is out of range.
    BadRequest,
    /// Prompt and answer do not fit the context.
    Context,
    /// The request is larger than the provider takes at once; waiting does not help.
    TooLarge,
    /// A rate limit is used up; waiting helps.
    RateLimited,
    /// The provider failed or is overloaded.
    Server,
    /// A page that checks for robots stood in the way.
    BotCheck,
    /// A filter refused the prompt or the answer.
    ContentFilter,
    /// The device has no network.
    Offline,
    /// The browser kept the answer from the page (CORS or a policy).
    Blocked,
    /// No answer: offline, blocked or nobody there, not to be told apart.
    Unreachable,
    /// What came is no answer, or ended before its end.
    BadStream,
    /// The response ended as one does, without any text.
    Empty,
    /// Nothing came for too long.
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

    /// The name in `data-kind` and in saved data.
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

/// How far the request had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No answer had begun.
    BeforeHeaders,
    /// Status and headers had come, but no text.
    InBody,
    /// Text had come.
    AfterFirstToken,
}

/// The figures of a prompt that was too long, as the provider counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextOverflow {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens that fit.
    pub context_tokens: Option<u64>,
}

/// One failure of one request. It is made once, where the facts are, and shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// How far the request had come.
    pub phase: Phase,
    /// The HTTP status, or the one an error inside a stream states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code (`wrong_api_key`), for the curious and for bug reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's own words, at most [`LONGEST_MESSAGE`] bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The start of what was received, at most [`LONGEST_RAW_BODY`] bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_body: Option<String>,
    /// Milliseconds after which the provider asks to be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// For [`FailureKind::Context`]: by how much it does not fit, where the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<ContextOverflow>,
    /// For [`FailureKind::Payment`]: the largest cap on the answer that the account still pays for, where the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affordable_tokens: Option<u64>,
    /// For [`FailureKind::RateLimited`]: what the limit covers, where the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<LimitScope>,
    /// When that limit is free again, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_at_ms: Option<u64>,
    /// What kept the answer from the page, where the browser's facts tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<NetworkCause>,
}

impl Failure {
    /// A failure of which only kind and phase are known.
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

    /// A failure on the way to the provider.
    #[must_use]
    pub const fn of_network(cause: NetworkCause, phase: Phase) -> Self {
        let mut failure = Self::new(cause.kind(), phase);
        failure.cause = Some(cause);
        failure
    }

    /// With these words, shortened where they are long.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Self {
        self.message = (!message.trim().is_empty()).then(|| shortened(message.trim(), LONGEST_MESSAGE));
        self
    }

    /// With the start of what was received.
    #[must_use]
    pub fn with_raw_body(mut self, body: &str) -> Self {
        self.raw_body = (!body.is_empty()).then(|| shortened(body, LONGEST_RAW_BODY));
        self
    }

    /// The same without the key, should the server have repeated it. To be called before a failure is shown or kept.
    #[must_use]
    pub fn redacted(mut self, mask: &KeyMask) -> Self {
        for text in [&mut self.message, &mut self.raw_body, &mut self.code].into_iter().flatten() {
            *text = mask.text(text).into_owned();
        }
        self
    }
}

/// The start of `text`, cut between characters, with `…` where something is missing; never longer than `most` bytes.
fn shortened(text: &str, most: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(MARK.len());
    // A character is at most four bytes, so one of these four places is between two.
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
