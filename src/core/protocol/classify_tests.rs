//! Rejections as real servers send them.

use proptest::prelude::*;

use super::*;

fn refused(status: u16, headers: &[(&str, &str)], body: &str, sent_key: SentKey) -> Failure {
    let headers = headers.iter().copied().collect();
    Response { status, headers: &headers, body: body.as_bytes(), dialect: Dialect::Generic, sent_key, now_unix_ms: 0 }
        .failure()
}

#[track_caller]
fn check(status: u16, body: &str, expected: FailureKind) {
    let failure = refused(status, &[], body, SentKey::Yes);
    assert_eq!(failure.kind, expected, "{status} {body}");
    assert_eq!(failure.status, Some(status));
    assert_eq!(failure.raw_body.is_some(), !body.is_empty());
}

#[test]
fn cerebras_sends_its_errors_flat() {
    check(
        401,
        r#"{"message":"Wrong API Key","type":"invalid_request_error","param":"api_key","code":"wrong_api_key"}"#,
        FailureKind::WrongKey,
    );
    check(
        429,
        r#"{"message":"Tokens per minute limit exceeded - too many tokens processed.","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}"#,
        FailureKind::RateLimited,
    );
    check(
        429,
        r#"{"message":"We're experiencing high traffic right now!","type":"too_many_requests_error","param":"queue","code":"queue_exceeded"}"#,
        FailureKind::Server,
    );
    check(
        404,
        r#"{"message":"Model x does not exist","type":"not_found_error","param":"model","code":"model_not_found"}"#,
        FailureKind::NotFound,
    );
    check(
        402,
        r#"{"message":"Payment required","type":"payment_required_error","code":"payment_required"}"#,
        FailureKind::Payment,
    );
    check(
        400,
        r#"{"message":"property 'foo' is unsupported","type":"invalid_request_error","code":"wrong_api_format"}"#,
        FailureKind::BadRequest,
    );
}

#[test]
fn a_status_alone_is_enough() {
    for (status, kind) in [
        (400, FailureKind::BadRequest),
        (401, FailureKind::WrongKey),
        (402, FailureKind::Payment),
        (403, FailureKind::Forbidden),
        (404, FailureKind::NotFound),
        (405, FailureKind::NotFound),
        (408, FailureKind::Timeout),
        (413, FailureKind::TooLarge),
        (422, FailureKind::BadRequest),
        (429, FailureKind::RateLimited),
        (498, FailureKind::Server),
        (500, FailureKind::Server),
        (502, FailureKind::Server),
        (503, FailureKind::Server),
        (529, FailureKind::Server),
    ] {
        for body in ["", "oops", "{}", "null", "<html>Bad Gateway</html>"] {
            if status == 403 && body.starts_with('<') {
                continue;
            }
            check(status, body, kind);
        }
    }
}

#[test]
fn without_a_key_a_refusal_asks_for_one() {
    for (status, body) in [
        (403, r#"{"detail":"Not authenticated"}"#),
        (401, r#"{"error":{"message":"No cookie auth credentials found","code":401}}"#),
        (401, ""),
        (
            500,
            r#"{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"500"}}"#,
        ),
    ] {
        assert_eq!(refused(status, &[], body, SentKey::No).kind, FailureKind::NoKey, "{status} {body}");
    }
    check(403, r#"{"detail":"Not authenticated"}"#, FailureKind::Forbidden);
    assert_eq!(refused(404, &[], "", SentKey::No).kind, FailureKind::NotFound);
}

#[test]
fn a_code_outweighs_a_status_that_says_less() {
    check(
        400,
        r#"{"error":{"message":"Authentication Error, LiteLLM Virtual Key expected.","type":"auth_error","param":"None","code":"400"}}"#,
        FailureKind::WrongKey,
    );
    check(
        429,
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
        FailureKind::Payment,
    );
    check(
        400,
        r#"{"error":{"message":"gone","type":"invalid_request_error","code":"model_decommissioned"}}"#,
        FailureKind::NotFound,
    );
    check(400, r#"{"error":{"message":"m","code":"content_policy_violation"}}"#, FailureKind::ContentFilter);
    check(
        403,
        r#"{"error":{"message":"flagged","code":403,"metadata":{"reasons":["violence"],"flagged_input":"…"}}}"#,
        FailureKind::ContentFilter,
    );
    check(404, r#"{"type":"error","error":{"type":"api_error","message":"m"}}"#, FailureKind::NotFound);
}

#[test]
fn too_large_for_the_minute_is_not_cured_by_waiting() {
    check(
        413,
        r#"{"error":{"message":"Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000","type":"tokens","code":"rate_limit_exceeded"}}"#,
        FailureKind::TooLarge,
    );
}

#[test]
fn a_prompt_that_does_not_fit_says_by_how_much() {
    for (body, prompt, context) in [
        (
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9001,"n_ctx":8192}}"#,
            Some(9_001),
            Some(8_192),
        ),
        (
            r#"{"message":"Please reduce the length of the messages or completion. Current length is 9001 while limit is 8192","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}"#,
            Some(9_001),
            Some(8_192),
        ),
        (
            r#"{"object":"error","message":"This model's maximum context length is 8192 tokens. However, you requested 9001 tokens","type":"BadRequestError","param":null,"code":400}"#,
            Some(9_001),
            Some(8_192),
        ),
        (r#"{"error":"Trying to keep the first 9001 tokens when context length is too small"}"#, Some(9_001), None),
    ] {
        let failure = refused(400, &[], body, SentKey::Yes);
        assert_eq!(failure.kind, FailureKind::Context, "{body}");
        let overflow = failure.overflow.unwrap_or_default();
        assert_eq!((overflow.prompt_tokens, overflow.context_tokens), (prompt, context), "{body}");
    }
}

#[test]
fn a_robot_check_is_known_by_its_marks_and_not_by_its_words() {
    let page = include_str!("fixtures/robot_check.html");
    for status in [200, 403, 429, 503] {
        assert_eq!(refused(status, &[], page, SentKey::Yes).kind, FailureKind::BotCheck, "{status}");
    }
    assert_eq!(refused(503, &[("CF-Mitigated", "challenge")], "", SentKey::Yes).kind, FailureKind::BotCheck);
    check(403, "\n<html><body>Zugriff verweigert</body></html>", FailureKind::BotCheck);
    check(503, "<html><title>503 Service Temporarily Unavailable</title></html>", FailureKind::Server);
}

#[test]
fn the_providers_words_and_wait_are_kept() {
    let failure = refused(
        429,
        &[("Retry-After", "7")],
        r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#,
        SentKey::Yes,
    );
    assert_eq!(failure.message.as_deref(), Some("slow down"));
    assert_eq!(failure.code.as_deref(), Some("rate_limit_exceeded"));
    assert_eq!((failure.retry_after_ms, failure.phase), (Some(7_000), Phase::BeforeHeaders));
}

#[test]
fn the_words_of_a_refusal_are_kept_in_whatever_shape_they_come() {
    for (status, body, kind, words) in [
        (400, r#"{"message":"Field top_k is not allowed"}"#, FailureKind::BadRequest, "Field top_k is not allowed"),
        (400, "Bad Request: no such field", FailureKind::BadRequest, "Bad Request: no such field"),
        (503, "<html><title>503 Service Unavailable</title></html>", FailureKind::Server, "503 Service Unavailable"),
        (404, r#"{"detail":"Not Found"}"#, FailureKind::NotFound, "Not Found"),
        (404, "404 page not found", FailureKind::NotFound, "404 page not found"),
        (
            400,
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
            FailureKind::WrongKey,
            "API key not valid. Please pass a valid API key.",
        ),
        (301, "Moved Permanently", FailureKind::NotFound, "Moved Permanently"),
        (421, "Misdirected", FailureKind::BadRequest, "Misdirected"),
        (499, "closed", FailureKind::Server, "closed"),
        (521, "error code: 521", FailureKind::Server, "error code: 521"),
    ] {
        let failure = refused(status, &[], body, SentKey::Yes);
        assert_eq!((failure.kind, failure.message.as_deref()), (kind, Some(words)), "{status} {body}");
        assert_eq!(failure.status, Some(status));
    }
}

#[test]
fn a_prompt_that_does_not_fit_is_known_with_any_status() {
    for (status, body) in [
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            413,
            r#"{"error":{"type":"request_too_large","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            500,
            r#"{"error":"Trying to keep the first 9001 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}"#,
        ),
        (
            500,
            r#"{"error":{"message":"litellm.ContextWindowExceededError: This model's maximum context length is 8192 tokens","type":"None","code":"500"}}"#,
        ),
        (
            422,
            r#"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000","error_type":"validation"}"#,
        ),
    ] {
        check(status, body, FailureKind::Context);
    }
    let rate = r#"{"error":{"message":"Rate limit reached on tokens per minute. Reduce the length of the messages.","code":"rate_limit_exceeded"}}"#;
    check(429, rate, FailureKind::RateLimited);
}

#[test]
fn a_cap_that_the_account_affords_is_kept() {
    let body = |left: &str| {
        format!(
            r#"{{"error":{{"message":"This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford {left}. To increase, visit the settings","code":402}}}}"#
        )
    };
    assert_eq!(refused(402, &[], &body("4,321"), SentKey::Yes).affordable_tokens, Some(4_321));
    assert_eq!(refused(402, &[], &body("0"), SentKey::Yes).affordable_tokens, None, "nothing is no offer");
    assert_eq!(refused(402, &[], "{}", SentKey::Yes).affordable_tokens, None);
}

#[test]
fn a_daily_limit_says_when_it_is_free_again() {
    let headers = Headers::default();
    let at = |now_unix_ms, body: &str| {
        let (dialect, sent_key) = (Dialect::OpenRouter, SentKey::Yes);
        Response { status: 429, headers: &headers, body: body.as_bytes(), dialect, sent_key, now_unix_ms }.failure()
    };
    let message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day";
    let with_reset = format!(
        r#"{{"error":{{"message":"{message}","code":429,"metadata":{{"headers":{{"X-RateLimit-Reset":"1741305600000"}}}}}}}}"#
    );
    let failure = at(1_741_300_000_000, &with_reset);
    assert_eq!((failure.scope, failure.free_at_ms), (Some(LimitScope::FreeDay), Some(1_741_305_600_000)));
    let failure = at(1_741_300_000_000, &format!(r#"{{"error":{{"message":"{message}"}}}}"#));
    assert_eq!(failure.free_at_ms, Some(1_741_305_600_000), "counted from midnight to midnight");
    let failure = at(0, r#"{"error":{"message":"Your account reached max organization concurrency: 3"}}"#);
    assert_eq!((failure.scope, failure.free_at_ms), (Some(LimitScope::Concurrency), None));
}

#[test]
fn a_huge_body_is_kept_short() {
    let failure = refused(500, &[], &"ü".repeat(500_000), SentKey::Yes);
    assert!(failure.raw_body.unwrap().len() <= 4_096);
    let code = format!(r#"{{"error":{{"message":"m","code":"{}"}}}}"#, "x".repeat(9_000));
    assert_eq!(refused(500, &[], &code, SentKey::Yes).code, None);
}

#[test]
fn an_error_inside_an_answer_states_its_own_status() {
    for (value, kind) in [
        (serde_json::json!({"error":{"message":"m"},"status_code":429}), FailureKind::RateLimited),
        (serde_json::json!({"error":{"code":502,"message":"m"}}), FailureKind::Server),
        (serde_json::json!({"error":{"code":"server_error","message":"m"}}), FailureKind::Server),
        (serde_json::json!({"error":{"message":"m"}}), FailureKind::Server),
        (serde_json::json!({"error":{"code":403,"message":"flagged"}}), FailureKind::Forbidden),
    ] {
        let failure = failure_in_answer(&value, Phase::AfterFirstToken).unwrap();
        assert_eq!((failure.kind, failure.phase), (kind, Phase::AfterFirstToken), "{value}");
    }
    assert_eq!(failure_in_answer(&serde_json::json!({"choices":[]}), Phase::InBody), None);
}

proptest! {
    #[test]
    fn any_answer_is_some_failure(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), now in any::<u64>()) {
        let headers = Headers::default();
        for sent_key in [SentKey::Yes, SentKey::No] {
            let response = Response { status, headers: &headers, body: &body, dialect: Dialect::Groq, sent_key, now_unix_ms: now };
            prop_assert_eq!(response.failure().status, Some(status));
        }
    }
}
