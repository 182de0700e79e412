//! What an error says about itself, in any of the shapes that servers give it.

use headroom_domain::{ContextOverflow, FailureKind};
use serde_json::Value;

use crate::{
    chunk::is_answer,
    json::{count, present, some_text},
};

/// Most entries of a list of complaints that are read.
const MOST_DETAILS: usize = 3;

/// The facts in an error object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorFacts {
    /// The server's words.
    pub(crate) message: Option<String>,
    /// `code` and `type` as words, the most telling first. Codes that are numbers are in `status`.
    pub(crate) codes: Vec<String>,
    /// A status stated in the body.
    pub(crate) status: Option<u16>,
    /// How far the prompt is over, where it is said in numbers.
    pub(crate) overflow: Option<ContextOverflow>,
}

impl ErrorFacts {
    /// The facts, if this JSON is an error and not (a piece of) an answer. A chunk may be both.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        // Google's compatible endpoint wraps its errors in a list.
        let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        match present(value, "error") {
            Some(Value::String(message)) if !message.is_empty() => Some(Self::read(value, Some(message))),
            Some(error @ Value::Object(_)) => {
                let mut facts = Self::read(error, None);
                facts.status = facts.status.or_else(|| status(value));
                // Servers that write every field put an empty error into each good chunk.
                (facts.says_something() || !is_answer(value)).then_some(facts)
            }
            _ if is_answer(value) => None,
            _ => Self::flat(value),
        }
    }

    /// The kind that the codes name, if they are known.
    pub(crate) fn kind(&self) -> Option<FailureKind> {
        self.codes.iter().find_map(|code| kind_of_code(code))
    }

    fn flat(value: &Value) -> Option<Self> {
        let named = ["code", "type", "status_code"].iter().any(|key| present(value, key).is_some());
        let is_error = present(value, "detail").is_some() || (some_text(value, "message").is_some() && named);
        is_error.then(|| Self::read(value, None))
    }

    fn read(error: &Value, message: Option<&str>) -> Self {
        let message = message.or_else(|| some_text(error, "message")).map(str::to_owned);
        let upstream = error.get("metadata").and_then(|metadata| some_text(metadata, "raw"));
        let message = match (message, upstream) {
            (Some(message), Some(raw)) => Some(format!("{message}: {raw}")),
            (message, _) => message.or_else(|| error.get("detail").and_then(detail)),
        };
        let word = |key| some_text(error, key).filter(|word| word.parse::<u64>().is_err() && *word != "None");
        // OpenRouter's moderation has no code of its own, but says what it flagged.
        let flagged = error.pointer("/metadata/flagged_input").map(|_| "content_filter");
        let codes = [flagged, word("code"), word("type")].into_iter().flatten().map(str::to_owned).collect();
        Self { message, codes, status: status(error), overflow: overflow(error) }
    }

    fn says_something(&self) -> bool {
        self.message.is_some() || !self.codes.is_empty() || self.status.is_some()
    }
}

/// The status in `status_code`, `status`, or a `code` that is a number (llama.cpp) or its digits (LiteLLM).
fn status(error: &Value) -> Option<u16> {
    ["status_code", "code", "status"].iter().find_map(|key| {
        let status = u16::try_from(count(error, key)?).ok()?;
        (400..600).contains(&status).then_some(status)
    })
}

/// FastAPI's `detail`: a text, or a list of complaints with the place of each.
fn detail(detail: &Value) -> Option<String> {
    if let Some(text) = detail.as_str() {
        return Some(text.to_owned());
    }
    let complaint = |entry: &Value| {
        let message = entry.as_str().or_else(|| some_text(entry, "msg"))?;
        let place = entry.get("loc").and_then(Value::as_array);
        let place: Vec<&str> = place.into_iter().flatten().filter_map(Value::as_str).take(8).collect();
        Some(if place.is_empty() { message.to_owned() } else { format!("{}: {message}", place.join(".")) })
    };
    let complaints: Vec<String> = detail.as_array()?.iter().filter_map(complaint).take(MOST_DETAILS).collect();
    (!complaints.is_empty()).then(|| complaints.join("; "))
}

/// llama.cpp says in numbers what does not fit.
fn overflow(error: &Value) -> Option<ContextOverflow> {
    let overflow =
        ContextOverflow { prompt_tokens: count(error, "n_prompt_tokens"), context_tokens: count(error, "n_ctx") };
    (overflow != ContextOverflow::default()).then_some(overflow)
}

/// Codes and types that mean one thing with every server that uses them. Those that only repeat the status
/// (`invalid_request_error`) are left out: the status speaks for itself.
fn kind_of_code(code: &str) -> Option<FailureKind> {
    Some(match code {
        "wrong_api_key"
        | "invalid_api_key"
        | "authentication_error"
        | "auth_error"
        | "token_not_found_in_db"
        | "expired_api_key" => FailureKind::WrongKey,
        "missing_api_key" | "no_api_key" => FailureKind::NoKey,
        "payment_required"
        | "insufficient_quota"
        | "insufficient_credits"
        | "insufficient_balance"
        | "billing_not_active"
        | "billing_hard_limit_reached"
        | "budget_exceeded" => FailureKind::Payment,
        "permission_denied" | "permission_error" | "permissions_error" => FailureKind::Forbidden,
        "model_not_found" | "model_decommissioned" | "not_found_error" => FailureKind::NotFound,
        "context_length_exceeded" | "exceed_context_size_error" | "context_window_exceeded" => FailureKind::Context,
        "request_too_large" => FailureKind::TooLarge,
        "token_quota_exceeded"
        | "request_quota_exceeded"
        | "too_many_tokens_error"
        | "rate_limit_exceeded"
        | "rate_limit_error"
        | "too_many_requests_error" => FailureKind::RateLimited,
        "server_error"
        | "internal_server_error"
        | "api_error"
        | "overloaded_error"
        | "queue_exceeded"
        | "service_unavailable"
        | "unavailable_error"
        | "capacity_exceeded" => FailureKind::Server,
        "content_filter" | "content_policy_violation" | "content_filter_error" | "moderation_error" => {
            FailureKind::ContentFilter
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(value: &Value) -> ErrorFacts {
        ErrorFacts::of(value).unwrap_or_else(|| panic!("an error: {value}"))
    }

    #[test]
    fn an_error_is_read_in_every_shape() {
        for (value, message, codes, status) in [
            (
                json!({"message":"Wrong API Key","type":"invalid_request_error","param":"api_key","code":"wrong_api_key"}),
                "Wrong API Key",
                vec!["wrong_api_key", "invalid_request_error"],
                None,
            ),
            (json!({"error":{"message":"m","code":"c"}}), "m", vec!["c"], None),
            (json!({"error":"model not found"}), "model not found", vec![], None),
            (json!({"detail":"Not authenticated"}), "Not authenticated", vec![], None),
            (
                json!({"detail":[{"loc":["body","model"],"msg":"field required"},{"msg":"and this"}]}),
                "body.model: field required; and this",
                vec![],
                None,
            ),
            (json!({"error":{"code":400,"message":"m","type":"t"}}), "m", vec!["t"], Some(400)),
            (json!({"error":{"code":"400","message":"m","type":"None"}}), "m", vec![], Some(400)),
            (json!({"error":{"message":"m"},"status_code":503}), "m", vec![], Some(503)),
            (
                json!({"object":"error","message":"m","type":"BadRequestError","code":400}),
                "m",
                vec!["BadRequestError"],
                Some(400),
            ),
            (json!([{"error":{"message":"m","code":429}}]), "m", vec![], Some(429)),
            (
                json!({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream died"}}}),
                "Provider returned error: upstream died",
                vec![],
                Some(502),
            ),
        ] {
            let found = facts(&value);
            assert_eq!(found.message.as_deref(), Some(message), "{value}");
            assert_eq!(found.codes, codes, "{value}");
            assert_eq!(found.status, status, "{value}");
        }
    }

    #[test]
    fn an_answer_is_no_error() {
        for value in [
            json!({"choices":[]}),
            json!({"choices":[],"error":null}),
            json!({"choices":[],"error":{"message":"","code":null}}),
            json!({"choices":[],"message":"m","type":"t"}),
            json!({}),
            json!({"message":"alone"}),
            json!([]),
            json!("text"),
        ] {
            assert_eq!(ErrorFacts::of(&value), None, "{value}");
        }
        assert!(ErrorFacts::of(&json!({"choices":[],"error":{"message":"m"}})).is_some(), "both at once");
    }

    #[test]
    fn a_long_list_of_complaints_is_not_read_to_its_end() {
        let many: Vec<Value> = (0..10_000).map(|n| json!({"msg": n.to_string()})).collect();
        assert_eq!(facts(&json!({"detail": many})).message.as_deref(), Some("0; 1; 2"));
    }
}
