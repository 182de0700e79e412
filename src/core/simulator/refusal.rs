//! Rejections in the wording of each dialect.

use serde_json::{Value, json};

use crate::{account::Limited, profile::Unit, request::BadRequest, shape::Shape};

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    WrongKey,
    NoKey,
    Payment,
    Forbidden,
    NoSuchPath,
    UnknownModel(String),
    Bad(BadRequest),
    Context { needed: u64, limit: u64, prompt: u64 },
    TooLarge,
    RateLimited { model: String, limited: Limited },
    Server(u16),
    MethodNotAllowed,
}

impl Problem {
    pub(crate) const fn status(&self, shape: Shape) -> u16 {
        match self {
            Self::WrongKey => 401,
            Self::NoKey => match shape {
                Shape::Cerebras => 403,
                Shape::Groq | Shape::OpenRouter | Shape::LlamaCpp => 401,
            },
            Self::Payment => 402,
            Self::Forbidden => 403,
            Self::NoSuchPath | Self::UnknownModel(_) => 404,
            Self::Bad(_) | Self::Context { .. } => 400,
            Self::TooLarge => 413,
            Self::RateLimited { .. } => 429,
            Self::Server(status) => *status,
            Self::MethodNotAllowed => 405,
        }
    }

    pub(crate) fn body(&self, shape: Shape, now_ms: u64) -> Value {
        if shape == Shape::Cerebras && *self == Self::NoKey {
            return json!({"detail": "Not authenticated"});
        }
        let words = self.words(shape);
        let status = self.status(shape);
        match shape {
            Shape::Cerebras => json!({
                "message": words.message,
                "type": words.kind,
                "param": words.param,
                "code": words.code,
            }),
            Shape::Groq => json!({"error": {"message": words.message, "type": words.kind, "code": words.code}}),
            Shape::OpenRouter => {
                let mut error = json!({"code": status, "message": words.message});
                if let (Self::RateLimited { limited, .. }, Value::Object(error)) = (self, &mut error) {
                    let reset = now_ms.saturating_add(limited.wait_ms.unwrap_or(0));
                    let headers = json!({
                        "X-RateLimit-Limit": limited.limit.to_string(),
                        "X-RateLimit-Remaining": limited.limit.saturating_sub(limited.used).to_string(),
                        "X-RateLimit-Reset": reset.to_string(),
                    });
                    error.insert("metadata".into(), json!({"headers": headers}));
                }
                json!({"error": error})
            }
            Shape::LlamaCpp => {
                let mut error = json!({"code": status, "message": words.message, "type": words.kind});
                if let (Self::Context { limit, prompt, .. }, Value::Object(error)) = (self, &mut error) {
                    error.insert("n_prompt_tokens".into(), (*prompt).into());
                    error.insert("n_ctx".into(), (*limit).into());
                }
                json!({"error": error})
            }
        }
    }

    fn words(&self, shape: Shape) -> Words {
        let invalid = "invalid_request_error";
        match self {
            Self::WrongKey => match shape {
                Shape::Groq => Words::new("Invalid API Key", invalid, "", "invalid_api_key"),
                Shape::OpenRouter => Words::new("User not found.", invalid, "", "401"),
                Shape::Cerebras | Shape::LlamaCpp => Words::new("Wrong API Key", invalid, "api_key", "wrong_api_key"),
            },
            Self::NoKey => Words::new("No auth credentials found", invalid, "api_key", "missing_api_key"),
            Self::Payment => Words::new(
                "Payment required: activate the trial with a payment method, or add credit.",
                "payment_required_error",
                "quota",
                "payment_required",
            ),
            Self::Forbidden => Words::new("Access denied.", "permission_error", "", "access_denied"),
            Self::NoSuchPath => Words::new("There is nothing at this path.", "not_found_error", "", "not_found"),
            Self::MethodNotAllowed => Words::new("Method not allowed.", invalid, "", "method_not_allowed"),
            Self::UnknownModel(model) => Words::new(
                format!("Model {model} does not exist or you do not have access to it."),
                "not_found_error",
                "model",
                "model_not_found",
            ),
            Self::Bad(bad) => Words::new(bad.message.clone(), invalid, bad.param.clone(), bad.code),
            Self::Context { needed, limit, .. } => match shape {
                Shape::LlamaCpp => Words::new(
                    format!("request ({needed} tokens) exceeds the available context size ({limit} tokens)"),
                    "exceed_context_size_error",
                    "messages",
                    "context_length_exceeded",
                ),
                Shape::Cerebras | Shape::Groq | Shape::OpenRouter => Words::new(
                    format!(
                        "Please reduce the length of the messages or completion. \
                         Current length is {needed} while limit is {limit}"
                    ),
                    invalid,
                    "messages",
                    "context_length_exceeded",
                ),
            },
            Self::TooLarge => Words::new("Request entity too large.", invalid, "", "request_too_large"),
            Self::RateLimited { model, limited } => rate_limited(shape, model, limited),
            Self::Server(status) => Words::new(
                format!("The simulator was told to answer with {status}."),
                "server_error",
                "",
                "internal_error",
            ),
        }
    }
}

struct Words {
    message: String,
    kind: &'static str,
    param: Value,
    code: &'static str,
}

impl Words {
    fn new(message: impl Into<String>, kind: &'static str, param: impl Into<String>, code: &'static str) -> Self {
        let param: String = param.into();
        Self { message: message.into(), kind, param: if param.is_empty() { Value::Null } else { param.into() }, code }
    }
}

fn rate_limited(shape: Shape, model: &str, limited: &Limited) -> Words {
    let period = limited.kind.period();
    let requests = limited.kind.unit() == Unit::Requests;
    match shape {
        Shape::Cerebras if requests => Words::new(
            format!("Requests per {period} limit exceeded - too many requests sent."),
            "too_many_requests_error",
            "quota",
            "request_quota_exceeded",
        ),
        Shape::Cerebras => Words::new(
            format!("Tokens per {period} limit exceeded - too many tokens processed."),
            "too_many_tokens_error",
            "quota",
            "token_quota_exceeded",
        ),
        Shape::OpenRouter => {
            let unit = if period == "minute" { "min" } else { period };
            let message = format!("Rate limit exceeded: free-models-per-{unit}.");
            Words::new(message, "rate_limit_error", "", "rate_limit_exceeded")
        }
        Shape::Groq | Shape::LlamaCpp => {
            let (unit, letter) = if requests { ("requests", "R") } else { ("tokens", "T") };
            let initial = period.get(..1).unwrap_or_default().to_ascii_uppercase();
            let Limited { limit, used, requested, .. } = limited;
            let again = limited.wait_ms.map_or_else(
                || "This request can never fit.".to_owned(),
                |wait| format!("Please try again in {}.", duration(wait)),
            );
            Words::new(
                format!(
                    "Rate limit reached for model `{model}` on {unit} per {period} ({letter}P{initial}): \
                     Limit {limit}, Used {used}, Requested {requested}. {again}"
                ),
                if requests { "requests" } else { "tokens" },
                "",
                "rate_limit_exceeded",
            )
        }
    }
}

/// Groq's duration format: `2m59.56s`, `7.66s`, `120ms`.
pub(crate) fn duration(ms: u64) -> String {
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let (minutes, rest) = (ms / 60_000, ms % 60_000);
    let hundredths = rest.div_ceil(10);
    let seconds = format!("{}.{:02}s", hundredths / 100, hundredths % 100);
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::WindowKind;

    fn full(kind: WindowKind) -> Problem {
        let limited = Limited { kind, limit: 6_000, used: 3_513, requested: 3_166, wait_ms: Some(6_780) };
        Problem::RateLimited { model: "m".into(), limited }
    }

    #[test]
    fn each_dialect_words_a_full_window_in_its_own_way() {
        let tokens = full(WindowKind::TokensMinute);
        let cerebras = tokens.body(Shape::Cerebras, 0);
        assert_eq!(
            cerebras,
            json!({
                "message": "Tokens per minute limit exceeded - too many tokens processed.",
                "type": "too_many_tokens_error", "param": "quota", "code": "token_quota_exceeded",
            })
        );
        let groq = tokens.body(Shape::Groq, 0);
        assert_eq!(
            groq["error"]["message"],
            "Rate limit reached for model `m` on tokens per minute (TPM): \
             Limit 6000, Used 3513, Requested 3166. Please try again in 6.78s."
        );
        let router = full(WindowKind::RequestsDay).body(Shape::OpenRouter, 1_000);
        assert_eq!(router["error"]["code"], 429);
        assert_eq!(router["error"]["metadata"]["headers"]["X-RateLimit-Reset"], "7780");
    }

    #[test]
    fn durations_look_like_groqs() {
        for (ms, text) in [(120, "120ms"), (7_660, "7.66s"), (179_560, "2m59.56s"), (3_600_000, "1h0m0.00s")] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn a_missing_key_is_403_at_cerebras_with_a_body_of_its_own() {
        assert_eq!(Problem::NoKey.status(Shape::Cerebras), 403);
        assert_eq!(Problem::NoKey.body(Shape::Cerebras, 0), json!({"detail": "Not authenticated"}));
        assert_eq!(Problem::NoKey.status(Shape::Groq), 401);
    }
}
