//! What the body of a refusal says about rate limits. Codes do not tell windows apart, so here the words count.

use headroom_domain::{LimitReport, LimitSource, LimitWindow};
use serde_json::Value;

use crate::{
    classify::Response,
    durations::{LONGEST_WAIT_MS, parse_duration_ms},
    error_body::ErrorFacts,
    json::text,
    limits::{note, number_after, units},
};

/// Most bytes of a message that are searched.
const MOST_MESSAGE: usize = 4_096;

/// Adds what the body says. A wait that the headers state stays: it is the provider's own number for clients.
pub(crate) fn read(report: &mut LimitReport, response: &Response<'_>, body: &str) {
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        return;
    };
    let message = ErrorFacts::of(&body).and_then(|error| error.message).unwrap_or_default();
    let message: String = message.chars().take(MOST_MESSAGE).collect();
    report.exceeded = window_in_words(&message);
    if let Some(wait) = wait_in_words(&message) {
        match parse_duration_ms(wait) {
            Some(ms) => report.retry_after_ms = report.retry_after_ms.or(Some(ms)),
            None => note(report, "The wait in the message", wait),
        }
    }
    let Some(window) = report.exceeded else { return };
    // Groq: "Limit 6000, Used 3513, Requested 3166."
    let (limit, used) = (number_after(&message, "Limit "), number_after(&message, "Used "));
    let requested = number_after(&message, "Requested ");
    if limit.or(used).or(requested).is_some() {
        report.record(window, LimitSource::Refusal, |fact| {
            fact.limit = limit;
            fact.used = used;
            fact.requested = requested;
            fact.remaining = limit.zip(used).map(|(limit, used)| limit.saturating_sub(used));
        });
    }
    read_metadata(report, window, &body, response.now_unix_ms);
}

/// OpenRouter repeats its headers in `error.metadata.headers`, the reset as a moment in milliseconds since 1970.
fn read_metadata(report: &mut LimitReport, window: LimitWindow, body: &Value, now_unix_ms: u64) {
    let Some(headers) = body.pointer("/error/metadata/headers") else {
        return;
    };
    let header = |name| text(headers, name).and_then(units);
    let reset = text(headers, "X-RateLimit-Reset");
    let reset = reset.and_then(|reset| reset.parse::<u64>().ok()).map(|at| at.saturating_sub(now_unix_ms));
    let reset = reset.filter(|ms| *ms <= LONGEST_WAIT_MS);
    report.record(window, LimitSource::Refusal, |fact| {
        fact.limit = fact.limit.or_else(|| header("X-RateLimit-Limit"));
        fact.remaining = fact.remaining.or_else(|| header("X-RateLimit-Remaining"));
        fact.resets_in_ms = fact.resets_in_ms.or(reset);
    });
    report.retry_after_ms = report.retry_after_ms.or(reset);
}

/// The window that a message names: in full, as an abbreviation in brackets, or by OpenRouter's name for it.
fn window_in_words(message: &str) -> Option<LimitWindow> {
    const WORDS: [(&str, LimitWindow); 14] = [
        ("tokens per minute", LimitWindow::TokensMinute),
        ("tokens per hour", LimitWindow::TokensHour),
        ("tokens per day", LimitWindow::TokensDay),
        ("requests per minute", LimitWindow::RequestsMinute),
        ("requests per hour", LimitWindow::RequestsHour),
        ("requests per day", LimitWindow::RequestsDay),
        ("(tpm)", LimitWindow::TokensMinute),
        ("(tph)", LimitWindow::TokensHour),
        ("(tpd)", LimitWindow::TokensDay),
        ("(rpm)", LimitWindow::RequestsMinute),
        ("(rph)", LimitWindow::RequestsHour),
        ("(rpd)", LimitWindow::RequestsDay),
        ("free-models-per-min", LimitWindow::RequestsMinute),
        ("free-models-per-day", LimitWindow::RequestsDay),
    ];
    let message = message.to_ascii_lowercase();
    let (_, window) = WORDS.iter().find(|(words, _)| message.contains(words))?;
    Some(match window {
        LimitWindow::TokensMinute if message.contains("uncached") => LimitWindow::TokensMinuteUncached,
        window => *window,
    })
}

/// The text after "try again in", without the full stop behind it.
fn wait_in_words(message: &str) -> Option<&str> {
    let (_, after) = message.split_once("try again in ")?;
    let wait = after.split([' ', ',', ';']).next()?;
    Some(wait.trim_end_matches('.'))
}
