//! Bodies of rejections, as servers send them and as public reports quote them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::durations::LONGEST_WAIT_MS;

/// 2026-11-30 12:00:00 UTC, a Monday.
const NOW_MS: u64 = 1_796_040_000_000;
const HALF_A_DAY: u64 = 43_200_000;

fn stated(body: &str) -> (Option<u64>, Option<u64>) {
    let stated = StatedDelay::of(body, NOW_MS);
    (stated.wait.map(Wait::ms), stated.reset.map(Wait::ms))
}

/// Checks a message as plain text, and as the message of an error.
#[track_caller]
fn words(message: &str, expected: (Option<u64>, Option<u64>)) {
    assert_eq!(stated(message), expected, "{message}");
    assert_eq!(stated(&json!({"error": {"message": message, "code": 429}}).to_string()), expected, "{message}");
}

#[test]
fn a_message_says_in_many_words_how_long_to_wait() {
    for (message, ms) in [
        ("Please try again in 2.5s", 2_500),
        ("Please try again in 6.78s. Visit https://console.example/docs for more.", 6_780),
        ("Please try again in 350ms", 350),
        ("try again in 1h 5m", 3_900_000),
        ("Try again in 1h30m.", 5_400_000),
        ("Try again in 20m", 1_200_000),
        ("Please try again in 6m0s.", 360_000),
        ("Please try again in 7m12.345s", 432_345),
        ("retry after 20 seconds", 20_000),
        ("Please retry after 20", 20_000),
        ("Retry-After: 30", 30_000),
        ("retry_after=1.5", 1_500),
        ("retryAfterMs: 1500", 1_500),
        ("Please retry in 58.934310785s.", 58_935),
        ("retry_delay {\n  seconds: 53\n}", 53_000),
        ("Please try after '900' seconds.", 900_000),
        ("Please wait 33811 seconds before retrying.", 33_811_000),
        ("Please wait 10 hours 58 minutes before trying again.", 39_480_000),
        ("You can retry your request in about 2 minutes", 120_000),
        ("Slow down, and wait at least 1 minute", 60_000),
        ("please try again in an hour", 3_600_000),
        ("TRY AGAIN IN 35 SECONDS", 35_000),
        ("try again in ~12 s", 12_000),
        ("Retry after Mon, 30 Nov 2026 12:00:10 GMT", 10_000),
        ("Try again at 2026-11-30T12:30:00Z.", 1_800_000),
        ("Please try again tomorrow", HALF_A_DAY),
        ("try again after 1796040030", 30_000),
        ("try again in 99999999h", LONGEST_WAIT_MS),
        ("Try again later, in 5 minutes", 300_000),
    ] {
        words(message, (Some(ms), None));
    }
}

#[test]
fn a_message_says_when_a_limit_resets() {
    for (message, ms) in [
        ("You are out of free messages. You get more in 6 hours", 21_600_000),
        ("Your limit resets in 3 hours 49 minutes", 13_740_000),
        ("Quota will be replenished in 00:02:54.", 174_000),
        ("Rate limit reset at 1796040045", 45_000),
        ("Limit resets at 00:00 UTC", HALF_A_DAY),
        ("Blocked until 2026-11-30T12:10:00+00:00", 600_000),
        ("Usage limit reached. It will reset at 2026-12-01 00:00:00 UTC, or upgrade your plan", HALF_A_DAY),
    ] {
        words(message, (None, Some(ms)));
    }
}

#[test]
fn what_only_looks_like_a_time_is_none() {
    for message in [
        "",
        "Please try again later.",
        "Please try again in a few minutes.",
        "Retry at most 3 times",
        "Please retry after 3 attempts",
        "retrying 5/5",
        "Requests per minute limit exceeded - too many requests sent.",
        "Limit 6000, Used 3513, Requested 3166.",
        "Please retry shortly, or add your own key",
        "Try again at 5:30 PM",
        "no country for 20 men",
        "wait",
        "try again in",
        "resets soon",
    ] {
        words(message, (None, None));
    }
}

#[test]
fn fields_of_a_body_say_it_too() {
    for (body, expected) in [
        (json!({"error": {"message": "m", "retryDelay": "52s"}}), (Some(52_000), None)),
        (json!({"error": {"retry_delay": {"seconds": 53}}}), (Some(53_000), None)),
        (json!({"error": {"cooldown": {"retry_after": 7}}}), (Some(7_000), None)),
        (json!({"retry_after": 20}), (Some(20_000), None)),
        (json!({"retry_after_ms": 1_500}), (Some(1_500), None)),
        (json!({"detail": {"retryAfter": "2m59.56s"}}), (Some(179_560), None)),
        (json!({"error": {"metadata": {"retry_after_seconds": "7"}}}), (Some(7_000), None)),
        (json!({"retry_after": 0}), (Some(0), None)),
        (json!({"retry_after": -3.5}), (Some(0), None)),
        (json!({"retry_after": 1e300}), (Some(LONGEST_WAIT_MS), None)),
        (json!({"error": {"resets_at": 1_796_049_568_u64, "resets_in_seconds": 9_568}}), (None, Some(9_568_000))),
        (json!({"error": {"metadata": {"headers": {"X-RateLimit-Reset": "1796040060000"}}}}), (None, Some(60_000))),
        (json!({"error": {"metadata": {"headers": {"Retry-After": "7"}}}}), (Some(7_000), None)),
        (json!([{"error": {"details": [{"retryDelay": "26.660853464s"}]}}]), (Some(26_661), None)),
        (json!({"preset": 5, "retries": 3, "retry": true, "tokens_to_reset": null}), (None, None)),
    ] {
        assert_eq!(stated(&body.to_string()), expected, "{body}");
    }
}

/// Each case is a public report about a client that waited wrongly.
#[test]
fn reports_of_other_clients_are_answered() {
    for (body, expected) in [
        // openai/codex#5956: only "Please try again in 1.898s" was recognized, not Azure's sentence.
        (
            json!({"error": {"code": "429", "message": "Rate limit exceeded. Try again in 35 seconds."}}),
            (Some(35_000), None),
        ),
        // Soju06/codex-lb#1051: minutes and hours were not recognized as units.
        (json!({"error": {"message": "Rate limit reached. Please try again in 1m30s."}}), (Some(90_000), None)),
        // continuedev/continue#10920: tokens per day.
        (
            json!({"error": {"message": "Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s. Need more tokens%3F"}}),
            (Some(578_016), None),
        ),
        // googleapis/python-genai#2114, langchain-google#945, litellm#25507: the field is cut to whole seconds.
        (
            json!({"error": {"code": 429, "message": "You exceeded your quota. Please retry in 58.934310785s.", "status": "RESOURCE_EXHAUSTED", "details": [
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "quotaValue": "10"}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "58s"}]}}),
            (Some(58_935), None),
        ),
        // litellm#27823: no header, only words.
        (
            json!({"error": {"message": "No deployments available for selected model, Try again in 60 seconds. Passed model=m", "code": "429"}}),
            (Some(60_000), None),
        ),
        // LLM-Red-Team/kimi-cc#16.
        (
            json!({"error": {"message": "Your account org-1<ak-2> request reached max organization concurrency: 1, please try again after 1 seconds", "type": "rate_limit_reached_error"}}),
            (Some(1_000), None),
        ),
        // firecrawl/firecrawl#819: JavaScript's date.
        (
            json!({"error": "Rate limit exceeded. Please retry after 25s, resets at Mon Nov 30 2026 12:00:40 GMT+0000 (Coordinated Universal Time)"}),
            (Some(25_000), Some(40_000)),
        ),
        // github/copilot-cli#3819 and #2696.
        (
            json!({"message": "You've hit your rate limit. Please wait for your limit to reset in 3 hours 49 minutes or switch."}),
            (None, Some(13_740_000)),
        ),
        (json!({"message": "You've hit a rate limit. Please try again in 58 hours."}), (Some(208_800_000), None)),
        // JetBrains/teamcity-azure-agent#108.
        (
            json!({"error": {"message": "Operation failed as server encountered too many requests. Please try after '900' seconds."}}),
            (Some(900_000), None),
        ),
        // raine/claude-code-proxy#139.
        (
            json!({"status_code": 429, "error": {"type": "usage_limit_reached", "resets_in_seconds": 9_568}}),
            (None, Some(9_568_000)),
        ),
        // Kilo-Org/kilocode#14269: OpenRouter passes on JSON inside a string.
        (
            json!({"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "{\"error\":{\"message\":\"Please retry in 26.660853464s.\"}}"}}}),
            (Some(26_661), None),
        ),
    ] {
        assert_eq!(stated(&body.to_string()), expected, "{body}");
    }
}

#[test]
fn a_body_of_any_size_and_depth_is_read_to_a_bound() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let wide = json!({"list": vec![json!({"message": "x".repeat(50)}); 10_000], "retry_after": 5}).to_string();
    let mut nested = json!({"retry_after": 5});
    for _ in 0..8 {
        nested = json!({"raw": nested.to_string()});
    }
    for body in [deep, wide, nested.to_string(), "try again in ".repeat(10_000), " in 5".repeat(10_000)] {
        let stated = StatedDelay::of(&body, NOW_MS);
        assert!(stated.words.len() <= MOST_WORDS + MOST_VALUES, "{}", stated.words.len());
    }
}

#[test]
fn a_wait_is_searched_for_down_to_the_deepest_level() {
    for wrap in [|inner: Value| json!([inner]), |inner: Value| json!({ "error": inner })] {
        let nested = |levels| (0..levels).fold(json!({"retry_after": 5}), |inner, _| wrap(inner)).to_string();
        assert_eq!(stated(&nested(DEEPEST - 2)), (Some(5_000), None));
        assert_eq!(stated(&nested(DEEPEST - 1)), (None, None));
    }
}

proptest! {
    #[test]
    fn no_body_makes_it_panic_or_wait_forever(body in "\\PC{0,200}", now in any::<u64>()) {
        let quoted = json!({"error": {"message": format!("try again in {body} retry after {body}"), "retry_after": body, "reset": body}});
        for body in [&body, &quoted.to_string()] {
            let stated = StatedDelay::of(body, now);
            prop_assert!(stated.wait.into_iter().chain(stated.reset).all(|wait| wait.ms() <= LONGEST_WAIT_MS));
        }
    }

    #[test]
    fn no_sentence_makes_it_panic(text in "(try|retry|wait|again|in|after|at|reset|until|tomorrow|[0-9.:-]{1,6}|[a-z]{1,8}|UTC|Nov| |\n|\\.|é|秒){0,40}") {
        let stated = StatedDelay::of(&text, NOW_MS);
        prop_assert!(stated.wait.into_iter().chain(stated.reset).all(|wait| wait.ms() <= LONGEST_WAIT_MS));
    }
}
