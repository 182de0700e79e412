//! Reads what a rejection's body says about rate limits. Codes do not distinguish windows, so the wording counts here.

use headroom_domain::{LimitReport, LimitScope, LimitSource, LimitWindow};
use serde_json::Value;

use crate::{
    classify::Response,
    durations::{Unit, Wait, read_wait},
    json::text,
    limits::{number_after, units},
    retry_delays::StatedDelay,
};

/// Records which limit was exceeded, and its numbers. Returns what the body says about waiting.
pub(crate) fn read(report: &mut LimitReport, response: &Response<'_>, body: &str) -> StatedDelay {
    let stated = StatedDelay::of(body, response.now_unix_ms);
    report.exceeded = window_in_words(&stated.words);
    report.scope = scope_in_words(&stated.words);
    let Some(window) = report.exceeded else { return stated };
    // Groq: "Limit 6000, Used 3513, Requested 3166."
    let figure = |name| number_after(&stated.words, name);
    let (limit, used, requested) = (figure("Limit "), figure("Used "), figure("Requested "));
    if limit.or(used).or(requested).is_some() {
        report.record(window, LimitSource::Refusal, |fact| {
            fact.limit = limit;
            fact.used = used;
            fact.requested = requested;
            fact.remaining = limit.zip(used).map(|(limit, used)| limit.saturating_sub(used));
        });
    }
    if let Ok(body) = serde_json::from_str(body) {
        read_metadata(report, window, &body, response.now_unix_ms);
    }
    stated
}

/// Returns by how much a request is larger than a window, as Groq states it: `Limit 8000, Requested 8096`.
#[must_use]
pub fn requested_over_limit(message: &str) -> Option<u64> {
    let (limit, requested) = (number_after(message, "Limit ")?, number_after(message, "Requested ")?);
    requested.checked_sub(limit).filter(|over| *over > 0)
}

/// OpenRouter repeats its headers in `error.metadata.headers`; the reset is a timestamp in milliseconds since 1970.
fn read_metadata(report: &mut LimitReport, window: LimitWindow, body: &Value, now_unix_ms: u64) {
    let Some(headers) = body.pointer("/error/metadata/headers") else {
        return;
    };
    let header = |name| text(headers, name).and_then(units);
    let reset = text(headers, "X-RateLimit-Reset").and_then(|reset| read_wait(reset, Unit::Seconds, now_unix_ms));
    report.record(window, LimitSource::Refusal, |fact| {
        fact.limit = fact.limit.or_else(|| header("X-RateLimit-Limit"));
        fact.remaining = fact.remaining.or_else(|| header("X-RateLimit-Remaining"));
        fact.resets_in_ms = fact.resets_in_ms.or(reset.and_then(Wait::believed));
    });
}

/// Returns the window that a message names first: in full, abbreviated, or by OpenRouter's, Google's or GitHub's name
/// for it. Limits on input alone or output alone are not modeled.
fn window_in_words(message: &str) -> Option<LimitWindow> {
    const NAMES: [(&str, LimitWindow); 18] = [
        ("tokenspermin", LimitWindow::TokensMinute),
        ("tokenperminute", LimitWindow::TokensMinute),
        ("tokensperhour", LimitWindow::TokensHour),
        ("tokensperday", LimitWindow::TokensDay),
        ("requestspermin", LimitWindow::RequestsMinute),
        ("requestperminute", LimitWindow::RequestsMinute),
        ("requestsperhour", LimitWindow::RequestsHour),
        ("requestsperday", LimitWindow::RequestsDay),
        ("freemodelspermin", LimitWindow::RequestsMinute),
        ("freemodelsperday", LimitWindow::RequestsDay),
        ("bymodelbyminute", LimitWindow::RequestsMinute),
        ("bymodelbyday", LimitWindow::RequestsDay),
        (" tpm ", LimitWindow::TokensMinute),
        (" tph ", LimitWindow::TokensHour),
        (" tpd ", LimitWindow::TokensDay),
        (" rpm ", LimitWindow::RequestsMinute),
        (" rph ", LimitWindow::RequestsHour),
        (" rpd ", LimitWindow::RequestsDay),
    ];
    let (run_together, words) = squeezed(message);
    if ["outputtokensper", "inputtokensper"].iter().any(|other| run_together.contains(other)) {
        return None;
    }
    let place = |name: &str| if name.starts_with(' ') { words.find(name) } else { run_together.find(name) };
    // Names take precedence over abbreviations, which follow them in brackets; the positions of the two do not compare.
    let named = |is_short: bool| {
        let names = NAMES.iter().filter(move |(name, _)| name.starts_with(' ') == is_short);
        names.filter_map(|(name, window)| Some((place(name)?, *window))).min_by_key(|(place, _)| *place)
    };
    let (_, window) = named(false).or_else(|| named(true))?;
    Some(match window {
        LimitWindow::TokensMinute if run_together.contains("uncached") => LimitWindow::TokensMinuteUncached,
        window => window,
    })
}

/// Returns what a limit covers, by the rejection's message: the window it names, or other wording.
pub(crate) fn scope_in_words(message: &str) -> Option<LimitScope> {
    const FREE: [&str; 3] = ["freemodelsperday", "freerequestsperday", "dailyfree"];
    const NAMES: [(&str, LimitScope); 17] = [
        ("concurren", LimitScope::Concurrency),
        ("simultaneous", LimitScope::Concurrency),
        ("parallelrequest", LimitScope::Concurrency),
        ("requestsinparallel", LimitScope::Concurrency),
        (" same time ", LimitScope::Concurrency),
        ("daily", LimitScope::Day),
        ("perday", LimitScope::Day),
        ("today", LimitScope::Day),
        (" 24 hours ", LimitScope::Day),
        (" day ", LimitScope::Day),
        ("hourly", LimitScope::Hour),
        ("perhour", LimitScope::Hour),
        ("permin", LimitScope::Minute),
        ("persecond", LimitScope::Minute),
        ("monthly", LimitScope::Month),
        ("permonth", LimitScope::Month),
        (" month ", LimitScope::Month),
    ];
    let (run_together, words) = squeezed(message);
    if FREE.iter().any(|name| run_together.contains(name)) {
        return Some(LimitScope::FreeDay);
    }
    let has = |name: &str| if name.starts_with(' ') { words.contains(name) } else { run_together.contains(name) };
    let named = || NAMES.iter().find(|(name, _)| has(name)).map(|(_, scope)| *scope);
    window_in_words(message).map(LimitScope::from).or_else(named)
}

/// Returns the text as lowercase letters and digits only, and the same with one space for all else and at both ends.
fn squeezed(text: &str) -> (String, String) {
    let (mut run_together, mut words) = (String::new(), String::from(" "));
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            run_together.push(c.to_ascii_lowercase());
            words.push(c.to_ascii_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words.push(' ');
    (run_together, words)
}
