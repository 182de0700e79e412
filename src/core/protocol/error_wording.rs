//! Reads the kind of a failure from its message, where no code and no status states it.

use headroom_domain::FailureKind;

/// Returns the kind that a message names. For errors without a code or a status, which some servers send under 200.
pub(crate) fn kind(message: &str) -> Option<FailureKind> {
    const KINDS: [(FailureKind, &[&str]); 8] = [
        (
            FailureKind::NotFound,
            &[
                "unexpected endpoint",
                "unknown endpoint",
                "unsupported endpoint",
                "no such endpoint",
                "endpoint not found",
                "endpoint not supported",
                "invalid url",
                "unknown request url",
                "cannot post",
                "page not found",
                "route not found",
                "no route",
                "method not allowed",
            ],
        ),
        (
            FailureKind::WrongKey,
            &[
                "invalid api key",
                "incorrect api key",
                "api key not valid",
                "api key is invalid",
                "invalid token",
                "invalid key",
                "unauthorized",
                "unauthenticated",
                "authentication fail",
                "authentication error",
            ],
        ),
        (
            FailureKind::Payment,
            &[
                "insufficient credit",
                "insufficient balance",
                "insufficient quota",
                "insufficient funds",
                "out of credit",
                "payment required",
                "can only afford",
            ],
        ),
        (
            FailureKind::RateLimited,
            &["rate limit", "ratelimit", "too many requests", "quota exceeded", "throttl", "try again in"],
        ),
        (FailureKind::NotFound, &["model not found", "no such model", "unknown model", "no models loaded"]),
        (FailureKind::ContentFilter, &["content filter", "content policy", "content management", "safety system"]),
        (FailureKind::Forbidden, &["forbidden", "access denied", "permission denied"]),
        (
            FailureKind::Server,
            &[
                "overloaded",
                "unavailable",
                "no capacity",
                "at capacity",
                "timed out",
                "timeout",
                "upstream",
                "gateway",
                "server error",
                "internal error",
                "connection refused",
                "out of memory",
            ],
        ),
    ];
    let message = message.to_ascii_lowercase();
    let named = KINDS.iter().find(|(_, said)| said.iter().any(|words| message.contains(words)));
    named.map(|(kind, _)| *kind).or_else(|| lacks_the_model(&message).then_some(FailureKind::NotFound))
}

/// Matches `The model "x" does not exist`, with a name in between.
fn lacks_the_model(message: &str) -> bool {
    let said = ["not found", "does not exist", "not exist", "is not available"];
    message.split_once("model").is_some_and(|(_, after)| said.iter().any(|words| after.contains(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_without_a_code_are_known_by_their_words() {
        for (message, expected) in [
            ("Unexpected endpoint or method. (POST /chat/completions)", Some(FailureKind::NotFound)),
            ("404 page not found", Some(FailureKind::NotFound)),
            ("The model 'x' does not exist or you have no access", Some(FailureKind::NotFound)),
            ("model \"a:7b\" not found, try pulling it first", Some(FailureKind::NotFound)),
            ("Invalid API key provided", Some(FailureKind::WrongKey)),
            ("Insufficient balance", Some(FailureKind::Payment)),
            ("Too Many Requests", Some(FailureKind::RateLimited)),
            ("upstream connect error or disconnect/reset before headers", Some(FailureKind::Server)),
            ("Internal Server Error", Some(FailureKind::Server)),
            ("something odd", None),
            ("", None),
        ] {
            assert_eq!(kind(message), expected, "{message}");
        }
    }
}
