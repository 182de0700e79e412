//! Retries a rejected request without a field that the page added and the server does not support.
//!
//! Covers only fields the user did not set: what the user set is never dropped silently.

use headroom_domain::{CapField, Dialect, FieldSupport, Provider};
use serde_json::{Map, Value};

use crate::request::STREAM_OPTIONS;

/// Most bytes of a rejection that are examined.
const MOST_LOOKED_AT: usize = 16 << 10;

/// How servers say that they do not know a field.
const UNKNOWN: [&str; 12] = [
    "extra inputs",
    "extra_forbidden",
    "extra fields",
    "extra field",
    "unrecognized",
    "unrecognised",
    "unexpected",
    "unsupported param",
    "unsupported_param",
    "unknown",
    "additional propert",
    "not permitted",
];

/// Rejection messages that explain nothing.
const WORDLESS: [&str; 6] = [
    "bad request",
    "invalid request",
    "unprocessable entity",
    "unprocessable content",
    "validation error",
    "400 bad request",
];

/// How the retried request differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldFallback {
    /// Without `stream_options`: usage is estimated instead.
    WithoutStreamOptions,
    /// With the output cap under its other name.
    WithCapField(CapField),
}

impl FieldFallback {
    /// Returns what to try after this rejection of these fields; `None` if neither field was the cause.
    #[must_use]
    pub fn after(status: u16, refusal: &[u8], sent: &Map<String, Value>, dialect: Dialect) -> Option<Self> {
        if !matches!(status, 400 | 422) {
            return None;
        }
        let refusal = refusal.get(..MOST_LOOKED_AT).unwrap_or(refusal);
        let words = String::from_utf8_lossy(refusal).to_ascii_lowercase();
        let is_unknown = UNKNOWN.iter().any(|phrase| words.contains(phrase));
        for field in [CapField::MaxTokens, CapField::MaxCompletionTokens] {
            let names_other = names(&words, field.other().name());
            if sent.contains_key(field.name()) && names(&words, field.name()) && (is_unknown || names_other) {
                return Some(Self::WithCapField(field.other()));
            }
        }
        if !sent.contains_key(STREAM_OPTIONS) {
            return None;
        }
        let names_it = [STREAM_OPTIONS, "stream option", "include_usage"].iter().any(|name| words.contains(name));
        if names_it {
            return Some(Self::WithoutStreamOptions);
        }
        // A rejection that names no field may mean this one, except from the known providers, which support it.
        let names_another = sent.keys().any(|key| names(&words, key));
        let vague = (is_unknown && !names_another) || is_wordless(&words);
        (vague && !dialect.traits().has_stream_options).then_some(Self::WithoutStreamOptions)
    }

    /// Makes later requests of a run do without the field.
    pub const fn apply(self, provider: &mut Provider) {
        match self {
            Self::WithoutStreamOptions => provider.no_stream_options = true,
            Self::WithCapField(field) => provider.cap_field = field,
        }
    }

    /// Records the fallback, once the server accepted such a request.
    pub const fn learn(self, found: &mut FieldSupport) {
        match self {
            Self::WithoutStreamOptions => found.no_stream_options = true,
            Self::WithCapField(field) => found.cap_field = Some(field),
        }
    }

    /// Returns whether both affect the same field.
    #[must_use]
    pub const fn is_like(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::WithoutStreamOptions, Self::WithoutStreamOptions) | (Self::WithCapField(_), Self::WithCapField(_))
        )
    }
}

/// Returns whether a name occurs in the text as a separate word.
fn names(words: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    words.match_indices(name).any(|(at, _)| {
        let (before, after) = (words.get(..at).unwrap_or_default(), words.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(part) && !after.starts_with(part)
    })
}

/// Returns whether a rejection has no message, or only a generic one.
fn is_wordless(words: &str) -> bool {
    let text = match serde_json::from_str::<Value>(words) {
        Ok(value) => value
            .pointer("/error/message")
            .or_else(|| value.get("error"))
            .or_else(|| value.get("message"))
            .or_else(|| value.get("detail"))
            .cloned(),
        Err(_) => Some(Value::String(words.to_owned())),
    };
    match text {
        None => true,
        Some(Value::String(text)) => {
            let text = text.trim().trim_end_matches('.');
            text.is_empty() || WORDLESS.contains(&text)
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use headroom_domain::{BaseUrl, Model, Parameters, RequestSpec};
    use proptest::prelude::*;

    use super::*;
    use crate::request::ChatRequest;

    fn local() -> Provider {
        Provider::custom("mine", "Mine", BaseUrl::parse("http://localhost/v1").unwrap())
    }

    fn request() -> ChatRequest<'static> {
        static SPEC: LazyLock<RequestSpec> = LazyLock::new(|| {
            let parameters = Parameters {
                max_completion_tokens: Some(64),
                temperature: Some(0.5),
                seed: Some(7),
                ..Parameters::default()
            };
            RequestSpec { parameters, ..RequestSpec::default() }
        });
        static MODEL: LazyLock<Model> = LazyLock::new(|| Model::named("m"));
        static PROVIDER: LazyLock<Provider> = LazyLock::new(local);
        ChatRequest { provider: &PROVIDER, model: &MODEL, messages: &[], spec: &SPEC }
    }

    fn fields(body: &str) -> Map<String, Value> {
        serde_json::from_str(body).unwrap()
    }

    const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}"#;
    const CAPPED: &str = r#"{"model":"m","messages":[],"stream":true,"temperature":0.5,"max_completion_tokens":64}"#;

    /// Servers whose reports are public: Mistral's API, Azure's, Databricks', vLLM's and FastAPI's checks.
    #[test]
    fn a_refusal_of_stream_options_leads_to_a_request_without() {
        for (status, refusal) in [
            (
                422,
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"error_code":"BAD_REQUEST","message":"Stream option \"include_usage\" is not supported for this model"}"#,
            ),
            (400, r#"{"object":"error","message":"Extra inputs are not permitted","code":400}"#),
            (400, r#"{"error":{"message":"Unknown field"}}"#),
            (422, "stream_options: unsupported"),
            (400, ""),
            (400, r#"{"error":"Bad Request"}"#),
            (422, r#"{"detail":"Unprocessable Entity"}"#),
        ] {
            let step = FieldFallback::after(status, refusal.as_bytes(), &fields(BODY), Dialect::Generic);
            assert_eq!(step, Some(FieldFallback::WithoutStreamOptions), "{status} {refusal}");
        }
        let mut provider = local();
        let sent = |provider: &Provider| ChatRequest { provider, ..request() }.fields();
        assert!(sent(&provider).contains_key(STREAM_OPTIONS));
        FieldFallback::WithoutStreamOptions.apply(&mut provider);
        assert!(!sent(&provider).contains_key(STREAM_OPTIONS));
        let again = FieldFallback::after(400, b"stream_options", &sent(&provider), Dialect::Generic);
        assert_eq!(again, None, "once");
    }

    #[test]
    fn a_cap_under_a_name_that_is_not_known_goes_under_the_other() {
        for (refusal, body, field) in [
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                r#"{"max_tokens":64}"#,
                CapField::MaxCompletionTokens,
            ),
            (
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"]}]}"#,
                CAPPED,
                CapField::MaxTokens,
            ),
            ("Unknown parameter: max_completion_tokens", CAPPED, CapField::MaxTokens),
        ] {
            let step = FieldFallback::after(400, refusal.as_bytes(), &fields(body), Dialect::Generic).unwrap();
            assert_eq!(step, FieldFallback::WithCapField(field), "{refusal}");
            let mut provider = local();
            step.apply(&mut provider);
            let again = ChatRequest { provider: &provider, ..request() }.fields();
            assert_eq!((again.get(field.name()), again.get(field.other().name())), (Some(&64.into()), None));
        }
    }

    #[test]
    fn what_was_refused_for_another_reason_is_not_sent_again() {
        for (status, refusal, dialect) in [
            (401, "stream_options", Dialect::Generic),
            (429, "stream_options", Dialect::Generic),
            (500, "", Dialect::Generic),
            (400, r#"{"error":{"message":"Unknown model: m"}}"#, Dialect::Generic),
            (400, r#"{"message":"messages: unexpected role","type":"invalid_request_error"}"#, Dialect::Generic),
            (400, r#"{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#, Dialect::Generic),
            (
                422,
                r#"{"detail":[{"loc":["body","temperature"],"msg":"Extra inputs are not permitted"}]}"#,
                Dialect::Generic,
            ),
            (400, "", Dialect::Cerebras),
            (400, r#"{"error":"Bad Request"}"#, Dialect::Groq),
        ] {
            let body = r#"{"model":"m","messages":[],"temperature":1,"stream_options":{}}"#;
            assert_eq!(
                FieldFallback::after(status, refusal.as_bytes(), &fields(body), dialect),
                None,
                "{status} {refusal}"
            );
        }
        let too_large = b"max_completion_tokens is too large: 100000. This model takes at most 16384.";
        assert_eq!(FieldFallback::after(400, too_large, &fields(CAPPED), Dialect::Generic), None);
        for longer in ["max_completion_tokens_hint", "no_max_completion_tokens"] {
            let refusal = format!("Unknown parameter: {longer}");
            assert_eq!(
                FieldFallback::after(400, refusal.as_bytes(), &fields(CAPPED), Dialect::Generic),
                None,
                "{longer}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_refusal_makes_it_panic_and_the_user_s_own_fields_stay(
            status in any::<u16>(),
            refusal in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let before = ChatRequest { provider: &local(), ..request() }.fields();
            let _ = FieldFallback::after(status, &refusal, &before, Dialect::Generic);
            for step in [FieldFallback::WithoutStreamOptions, FieldFallback::WithCapField(CapField::MaxCompletionTokens)] {
                let mut provider = local();
                step.apply(&mut provider);
                let again = ChatRequest { provider: &provider, ..request() }.fields();
                for field in ["model", "temperature", "seed"] {
                    prop_assert_eq!(again.get(field), before.get(field));
                }
                prop_assert!(again.contains_key("max_tokens") != again.contains_key("max_completion_tokens"));
            }
        }
    }
}
