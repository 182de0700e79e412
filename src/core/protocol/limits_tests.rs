//! Headers and rejections as providers send them, and as a hostile server might.

use headroom_domain::{LimitFact, LimitScope};
use proptest::prelude::*;

use super::*;
use crate::{Headers, SentKey};

fn response<'a>(dialect: Dialect, status: u16, headers: &'a Headers, body: &'a str) -> Response<'a> {
    Response { status, headers, body: body.as_bytes(), dialect, sent_key: SentKey::Yes, now_unix_ms: 784_111_777_000 }
}

fn of_headers(dialect: Dialect, headers: &[(&str, &str)]) -> LimitReport {
    let headers = headers.iter().copied().collect();
    response(dialect, 200, &headers, "").limits()
}

fn of_body(dialect: Dialect, body: &str) -> LimitReport {
    response(dialect, 429, &Headers::default(), body).limits()
}

fn fact(window: LimitWindow, source: LimitSource, limit: u64, remaining: u64, resets_in_ms: u64) -> LimitFact {
    LimitFact {
        limit: Some(limit),
        remaining: Some(remaining),
        resets_in_ms: Some(resets_in_ms),
        ..LimitFact::about(window, source)
    }
}

#[test]
fn cerebras_names_each_window_and_counts_in_seconds() {
    let report = of_headers(
        Dialect::Cerebras,
        &[
            ("X-RateLimit-Limit-Requests-Day", "14400"),
            ("x-ratelimit-remaining-requests-day", "14399"),
            ("x-ratelimit-reset-requests-day", "33011.382867"),
            ("x-ratelimit-limit-tokens-minute", "60000"),
            ("x-ratelimit-remaining-tokens-minute", "59000"),
            ("x-ratelimit-reset-tokens-minute", "1.0"),
            ("x-request-id", "1"),
        ],
    );
    assert_eq!(
        report.facts,
        [
            fact(LimitWindow::RequestsDay, LimitSource::Header, 14_400, 14_399, 33_011_383),
            fact(LimitWindow::TokensMinute, LimitSource::Header, 60_000, 59_000, 1_000),
        ]
    );
}

#[test]
fn groq_means_requests_a_day_and_tokens_a_minute_and_others_do_not_say() {
    let headers = [
        ("x-ratelimit-limit-requests", "14400"),
        ("x-ratelimit-remaining-requests", "14370"),
        ("x-ratelimit-reset-requests", "2m59.56s"),
        ("x-ratelimit-limit-tokens", "18000"),
        ("x-ratelimit-remaining-tokens", "17997"),
        ("x-ratelimit-reset-tokens", "120ms"),
    ];
    assert_eq!(
        of_headers(Dialect::Groq, &headers).facts,
        [
            fact(LimitWindow::RequestsDay, LimitSource::Header, 14_400, 14_370, 179_560),
            fact(LimitWindow::TokensMinute, LimitSource::Header, 18_000, 17_997, 120),
        ]
    );
    let generic = of_headers(Dialect::Generic, &headers);
    assert_eq!(generic.facts, []);
}

#[test]
fn what_cannot_be_true_is_left_out() {
    for (name, value) in [
        ("x-ratelimit-limit-tokens-minute", "-1"),
        ("x-ratelimit-limit-tokens-minute", "NaN"),
        ("x-ratelimit-limit-tokens-minute", "1e9"),
        ("x-ratelimit-limit-tokens-minute", "99999999999999999999999"),
        ("x-ratelimit-limit-tokens-minute", "2000000000000"),
        ("x-ratelimit-remaining-tokens-minute", "1.5"),
        ("x-ratelimit-remaining-tokens-minute", ""),
        ("x-ratelimit-reset-tokens-minute", "-7"),
        ("x-ratelimit-reset-tokens-minute", "1000000000"),
        ("x-ratelimit-limit-tokens-fortnight", "5"),
        ("x-ratelimit-limit", "5"),
        ("retry-after", "NaN"),
        ("retry-after-ms", "soon"),
    ] {
        let report = of_headers(Dialect::Cerebras, &[(name, value)]);
        assert_eq!((report.facts.len(), report.retry_after_ms), (0, None), "{name}: {value}");
    }
    for (remaining, kept) in [("5", Some(5)), ("6", None)] {
        let headers = [("x-ratelimit-limit-tokens-day", "5"), ("x-ratelimit-remaining-tokens-day", remaining)];
        let report = of_headers(Dialect::Cerebras, &headers);
        assert_eq!((report.facts[0].limit, report.facts[0].remaining), (Some(5), kept), "{remaining} of 5");
    }
}

#[test]
fn a_flood_of_odd_headers_is_not_kept() {
    let names: Vec<String> = (0..5_000).map(|n| format!("x-ratelimit-limit-{n}")).collect();
    let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(of_headers(Dialect::Generic, &headers).facts, []);
}

#[test]
fn groq_says_in_its_refusal_what_it_reckoned() {
    let report = of_body(Dialect::Groq, include_str!("fixtures/groq_429.json"));
    assert_eq!((report.exceeded, report.retry_after_ms), (Some(LimitWindow::TokensMinute), Some(6_780)));
    let fact = report.fact(LimitWindow::TokensMinute, LimitSource::Refusal).unwrap();
    assert_eq!((fact.limit, fact.used, fact.requested), (Some(6_000), Some(3_513), Some(3_166)));
    assert_eq!(fact.remaining, Some(2_487));
}

#[test]
fn a_refusal_names_its_window_in_words() {
    for (message, window) in [
        ("Tokens per minute limit exceeded - too many tokens processed.", Some(LimitWindow::TokensMinute)),
        ("Uncached tokens per minute limit exceeded.", Some(LimitWindow::TokensMinuteUncached)),
        ("Tokens per hour limit exceeded - too many tokens processed.", Some(LimitWindow::TokensHour)),
        ("Tokens per day limit exceeded - too many tokens processed.", Some(LimitWindow::TokensDay)),
        ("Requests per minute limit exceeded - too many requests sent.", Some(LimitWindow::RequestsMinute)),
        ("Requests per hour limit exceeded - too many requests sent.", Some(LimitWindow::RequestsHour)),
        ("Requests per day limit exceeded - too many requests sent.", Some(LimitWindow::RequestsDay)),
        ("We're experiencing high traffic right now!", None),
    ] {
        let body =
            serde_json::json!({"message": message, "type": "too_many_tokens_error", "code": "token_quota_exceeded"});
        let report = of_body(Dialect::Cerebras, &body.to_string());
        assert_eq!((report.exceeded, report.facts.len()), (window, 0), "{message}");
    }
}

#[test]
fn openrouter_repeats_its_headers_in_the_body() {
    let report = of_body(
        Dialect::OpenRouter,
        r#"{"error":{"message":"Rate limit exceeded: free-models-per-day. Add credits","code":429,"metadata":{"headers":
           {"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"784111837000"}}}}"#,
    );
    assert_eq!(report.facts, [fact(LimitWindow::RequestsDay, LimitSource::Refusal, 50, 0, 60_000)]);
    assert_eq!((report.exceeded, report.retry_after_ms), (Some(LimitWindow::RequestsDay), None));
    assert_eq!(report.wait_ms(), Some(60_000), "it is no request to wait, but says when the limit resets");
}

#[test]
fn the_wait_in_the_headers_comes_before_the_one_in_the_message() {
    let headers = [("retry-after", "9")].into_iter().collect();
    let report = response(Dialect::Groq, 429, &headers, include_str!("fixtures/groq_429.json")).limits();
    assert_eq!(report.retry_after_ms, Some(9_000));
    let shouted = of_body(Dialect::Generic, r#"{"error":{"message":"Rate Limit reached (RPM): Limit 3, Used 3"}}"#);
    assert_eq!(shouted.facts[0].limit, Some(3), "the first Limit is only a word");
    let hostile = of_body(Dialect::Groq, r#"{"error":{"message":"Please try again in 99999999h."}}"#);
    assert_eq!(hostile.retry_after_ms, Some(crate::LONGEST_WAIT_MS), "and not one second");
}

/// Which wait counts where headers and body state several.
#[test]
fn the_first_wait_that_can_be_used_counts() {
    let ceiling = Some(crate::LONGEST_WAIT_MS);
    let body = r#"{"message":"Please try again in 20s"}"#;
    for (headers, body, wait) in [
        (vec![("retry-after", "9")], body, Some(9_000)),
        (vec![("retry-after", "9"), ("retry-after-ms", "8765")], body, Some(8_765)),
        (vec![("x-ms-retry-after-ms", "350")], "", Some(350)),
        (vec![("retry-after", "9"), ("retry-after-ms", "soon")], "", Some(9_000)),
        (vec![("retry-after", "1h30m")], "", Some(5_400_000)),
        (vec![("retry-after", "1994-11-06T08:50:07Z")], "", Some(30_000)),
        (vec![("retry-after", "784111807")], "", Some(30_000)),
        (vec![("retry-after", "0")], body, Some(20_000)),
        (vec![("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT")], body, Some(20_000)),
        (vec![("retry-after", "Sun, 06 Nov 2094 08:49:00 GMT")], body, Some(20_000)),
        (vec![("retry-after", "0")], "", Some(0)),
        (vec![("retry-after", "-5")], "", Some(0)),
        (vec![("retry-after", "1000000000")], "", ceiling),
        (vec![("retry-after", "NaN")], "", None),
        (vec![], "Too many requests, please try again in 20 seconds.", Some(20_000)),
        (vec![], "<html>429</html>", None),
    ] {
        let headers: Headers = headers.iter().copied().collect();
        let report = response(Dialect::Generic, 429, &headers, body).limits();
        assert_eq!(report.retry_after_ms, wait, "{headers:?} {body}");
    }
}

/// No wait was stated, and the page retried after a second, although a header stated the reset.
#[test]
fn a_reset_says_when_to_come_back_where_nothing_else_does() {
    let minute = "Tokens per minute limit exceeded";
    let [tokens, requests] =
        [("x-ratelimit-reset-tokens-minute", "12.5"), ("x-ratelimit-reset-requests-day", "33011.3")];
    let left = |name, left| (name, left);
    for (dialect, headers, message, wait) in [
        (Dialect::Cerebras, vec![requests, tokens], minute, Some(12_500)),
        (Dialect::Cerebras, vec![tokens, requests], "Requests per day limit exceeded", Some(33_011_300)),
        (Dialect::Cerebras, vec![tokens, requests], "Too many", Some(12_500)),
        (
            Dialect::Cerebras,
            vec![tokens, requests, left("x-ratelimit-remaining-requests-day", "0")],
            "Too many",
            Some(33_011_300),
        ),
        (
            Dialect::Groq,
            vec![("x-ratelimit-reset-tokens", "7.66s"), ("x-ratelimit-reset-requests", "2m59.56s")],
            minute,
            Some(7_660),
        ),
        (
            Dialect::Generic,
            vec![("x-ratelimit-reset-tokens", "6m0s"), ("x-ratelimit-reset-requests", "1s")],
            minute,
            Some(360_000),
        ),
        (Dialect::OpenRouter, vec![("x-ratelimit-reset", "784111837000")], "free-models-per-min", Some(60_000)),
        (Dialect::Generic, vec![("ratelimit-reset", "30")], "", Some(30_000)),
        (Dialect::Generic, vec![("x-rate-limit-reset", "784111807")], "", Some(30_000)),
        (Dialect::Generic, vec![("ratelimit", "limit=100, remaining=0, reset=30")], "", Some(30_000)),
        (Dialect::Generic, vec![("ratelimit", "\"default\";r=0;t=45")], "", Some(45_000)),
        (
            Dialect::Generic,
            vec![
                ("anthropic-ratelimit-requests-remaining", "0"),
                ("anthropic-ratelimit-requests-reset", "1994-11-06T08:50:00Z"),
                ("anthropic-ratelimit-tokens-reset", "1994-11-06T08:55:00Z"),
            ],
            "",
            Some(23_000),
        ),
        (Dialect::Cerebras, vec![("x-ratelimit-reset-tokens-minute", "0")], minute, None),
        (Dialect::Cerebras, vec![tokens, ("retry-after", "0")], minute, Some(12_500)),
        (Dialect::Cerebras, vec![tokens, ("retry-after", "3")], minute, Some(3_000)),
    ] {
        let headers: Headers = headers.iter().copied().collect();
        let body = serde_json::json!({ "message": message }).to_string();
        let report = response(dialect, 429, &headers, &body).limits();
        assert_eq!(report.wait_ms(), wait, "{headers:?} {message}");
        assert_eq!(response(dialect, 200, &headers, "").limits().reset_in_ms, None, "an answer needs none");
    }
}

#[test]
fn a_refusal_names_its_window_or_says_at_least_what_it_covers() {
    use LimitScope::{Concurrency, Day, FreeDay, Hour, Minute, Month};
    use LimitWindow::{RequestsDay, RequestsMinute, TokensDay, TokensMinute};
    for (message, named) in [
        ("Rate limit reached on tokens per min (TPM): Limit 200000", (Some(TokensMinute), Some(Minute))),
        ("request reached organization max RPM: 3, please try again", (Some(RequestsMinute), Some(Minute))),
        ("Requests per minute exceeded; see tokens per day too", (Some(RequestsMinute), Some(Minute))),
        ("Rate limit of 150 per 86400s exceeded for UserByModelByDay.", (Some(RequestsDay), Some(Day))),
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", (Some(RequestsDay), Some(Day))),
        ("Rate limit reached for model `x` on tokens per day (TPD): Limit 100000", (Some(TokensDay), Some(Day))),
        ("Rate limit exceeded: free-models-per-min.", (Some(RequestsMinute), Some(Minute))),
        ("Rate limit exceeded: free-models-per-day. Add 10 credits", (Some(RequestsDay), Some(FreeDay))),
        ("on output tokens per minute (OTPM): Limit 1000, Requested 2048", (None, Some(Minute))),
        ("request reached max organization concurrency: 1", (None, Some(Concurrency))),
        ("Too many concurrent requests for this model", (None, Some(Concurrency))),
        ("Too many requests at the same time", (None, Some(Concurrency))),
        ("Your daily limit is used up", (None, Some(Day))),
        ("You may make 50 requests / day", (None, Some(Day))),
        ("Hourly quota exceeded", (None, Some(Hour))),
        ("You have used your monthly included credits", (None, Some(Month))),
        ("We're experiencing high traffic right now!", (None, None)),
    ] {
        let report = of_body(Dialect::Generic, &serde_json::json!({ "message": message, "code": 429 }).to_string());
        assert_eq!((report.exceeded, report.scope), named, "{message}");
    }
}

/// danielmiessler/Fabric#364: a client was told to wait 50 s for a request that could never fit.
#[test]
fn what_is_larger_than_its_window_never_fits_whatever_wait_is_named() {
    let body = r#"{"error":{"message":"Rate limit reached for model `m` on tokens per minute (TPM): Limit 7000, Used 0, Requested ~12903. Please try again in 50.597142857s.","code":"rate_limit_exceeded"}}"#;
    assert!(of_body(Dialect::Groq, body).never_fits());
    let failure = response(Dialect::Groq, 429, &Headers::default(), body).failure();
    assert_eq!(failure.kind, headroom_domain::FailureKind::TooLarge);
    assert!(!of_body(Dialect::Groq, include_str!("fixtures/groq_429.json")).never_fits());
}

#[test]
fn by_how_much_a_request_is_larger_than_its_window_is_read() {
    for (message, over) in [
        ("on tokens per minute (TPM): Limit 8000, Requested 8096, please reduce your message size", Some(96)),
        ("Limit 7000, Used 0, Requested ~12903.", Some(5_903)),
        ("Limit 8000, Requested 8000", None),
        ("Limit 8000, Used 7000, Requested 2000", None),
        ("Limit 8000", None),
        ("Requested 8096", None),
    ] {
        assert_eq!(error_limits::requested_over_limit(message), over, "{message}");
    }
}

#[test]
fn the_body_of_an_answer_says_nothing_about_limits() {
    let body = r#"{"message":"tokens per minute: Limit 5, Used 5","code":"x"}"#;
    assert_eq!(response(Dialect::Groq, 200, &Headers::default(), body).limits(), LimitReport::default());
}

proptest! {
    #[test]
    fn whatever_a_server_says_only_believable_figures_are_kept(
        pairs in prop::collection::vec(("(x-ratelimit-(limit|remaining|reset)(-(tokens|requests)(-(minute|day))?)?|retry-after)", "[0-9.eNahms-]{0,12}"), 0..9),
        body in "\\PC{0,80}",
    ) {
        let headers = pairs.into_iter().collect();
        let quoted = serde_json::json!({"error": {"message": format!("tokens per day: try again in {body} Limit {body}")}}).to_string();
        for dialect in [Dialect::Cerebras, Dialect::OpenRouter, Dialect::Groq, Dialect::Generic] {
            for body in [&body, &quoted] {
                let report = response(dialect, 429, &headers, body).limits();
                for fact in &report.facts {
                    prop_assert!(fact.limit.into_iter().chain(fact.remaining).all(|units| units <= MOST_UNITS));
                    prop_assert!(fact.resets_in_ms.is_none_or(|ms| ms <= crate::durations::LONGEST_WAIT_MS));
                }
                let waits = [report.retry_after_ms, report.reset_in_ms].into_iter().flatten();
                prop_assert!(waits.max().is_none_or(|ms| ms <= crate::LONGEST_WAIT_MS));
            }
        }
    }
}
