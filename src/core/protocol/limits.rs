//! Reads what headers say about rate limits.
//!
//! The families: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}-{minute,hour,day}` (Cerebras; float seconds)
//! and `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (Groq; requests are per day, tokens per minute, resets
//! are Go durations). An implausible number is dropped, with a note. Of other families only the resets are read, to
//! know when a rejected request can be retried.

use headroom_domain::{Dialect, LimitReport, LimitSource, LimitWindow};

use crate::{
    classify::Response,
    durations::{Unit, Wait, read_wait},
    error_limits,
    retry_delays::StatedDelay,
};

/// Largest plausible number of requests or tokens in a window.
pub(crate) const MOST_UNITS: u64 = 1_000_000_000_000;

/// Reports everything a response says: its headers and, if it is a rejection, its body.
pub(crate) fn report(response: &Response<'_>, body: &str) -> LimitReport {
    let mut report = LimitReport::default();
    for (name, value) in response.headers.iter() {
        if let Some(rest) = name.strip_prefix("x-ratelimit-") {
            read_header(&mut report, response, rest, value);
        }
    }
    drop_contradictions(&mut report);
    let asked = asked_in_headers(response);
    let stated = match response.status {
        413 | 429 => error_limits::read(&mut report, response, body),
        _ => StatedDelay::of("", 0),
    };
    let asked = usable(asked, stated.wait);
    report.retry_after_ms = asked.map(Wait::ms);
    // A wait that is over is treated as absent.
    if response.status == 429 && report.retry_after_ms.is_none_or(|ms| ms == 0) {
        let reset = binding_reset(&report, response).or(stated.reset).filter(|reset| reset.ms() > 0);
        report.reset_in_ms = reset.map(Wait::ms);
    }
    report
}

/// Returns the first number right after `words`; digits may be grouped by commas.
pub(crate) fn number_after(text: &str, words: &str) -> Option<u64> {
    text.split(words).skip(1).find_map(|after| {
        let after = after.trim_start_matches('~');
        let digits = after.chars().take(20).take_while(|c| c.is_ascii_digit() || *c == ',');
        let digits: String = digits.filter(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|number| *number <= MOST_UNITS)
    })
}

/// Returns the wait that the headers ask for, the most precise header first.
fn asked_in_headers(response: &Response<'_>) -> Option<Wait> {
    const NAMES: [(&str, Unit); 3] = [
        ("retry-after-ms", Unit::Milliseconds),
        ("x-ms-retry-after-ms", Unit::Milliseconds),
        ("retry-after", Unit::Seconds),
    ];
    NAMES.iter().fold(None, |asked, (name, unit)| {
        let Some(value) = response.headers.get(name) else { return asked };
        usable(asked, read_wait(value, *unit, response.now_unix_ms))
    })
}

/// Returns the first of two waits, unless it is over or too long and the second is usable.
fn usable(first: Option<Wait>, second: Option<Wait>) -> Option<Wait> {
    let is_good = |wait: &Wait| matches!(wait, Wait::For(1..));
    first.filter(is_good).or(second.filter(is_good)).or(match (first, second) {
        (Some(first), Some(second)) => Some(first.or_longer(second)),
        (first, second) => first.or(second),
    })
}

/// Returns when the window behind the rejection resets: the window that the rejection names, or else the slowest of
/// those with nothing left, or else the first to reset.
fn binding_reset(report: &LimitReport, response: &Response<'_>) -> Option<Wait> {
    let resets: Vec<Reset<'_>> = response.headers.iter().filter_map(|header| Reset::of(header, response)).collect();
    let named = report.exceeded.and_then(|window| resets.iter().find(|reset| reset.is_of(window, response.dialect)));
    let used_up = resets.iter().filter(|reset| reset.is_used_up).max_by_key(|reset| reset.wait.ms());
    let first = || resets.iter().filter(|reset| reset.wait.ms() > 0).min_by_key(|reset| reset.wait.ms());
    named.or(used_up).or_else(first).map(|reset| reset.wait)
}

/// A header that states when something resets.
struct Reset<'a> {
    /// The header's name for it: `requests`, `tokens-minute`; empty if there is only one limit.
    of: &'a str,
    wait: Wait,
    /// Whether nothing of it is left.
    is_used_up: bool,
}

impl<'a> Reset<'a> {
    fn of((name, value): (&'a str, &'a str), response: &Response<'_>) -> Option<Self> {
        let headers = response.headers;
        let wait = |value| read_wait(value, Unit::Seconds, response.now_unix_ms);
        let is_zero = |name: &str| headers.get(name).and_then(units) == Some(0);
        // `RateLimit: limit=100, remaining=0, reset=30`, or `"default";r=0;t=30` in newer drafts.
        if name == "ratelimit" {
            let parts = || value.split([',', ';', ' ']).filter_map(|part| part.split_once('='));
            let part = |long, short| parts().find(|(name, _)| *name == long || *name == short).map(|(_, value)| value);
            let is_used_up = part("remaining", "r") == Some("0");
            return Some(Self { of: "", wait: wait(part("reset", "t")?)?, is_used_up });
        }
        if let Some(of) = name.strip_prefix("anthropic-ratelimit-").and_then(|rest| rest.strip_suffix("-reset")) {
            let is_used_up = is_zero(&format!("anthropic-ratelimit-{of}-remaining"));
            return Some(Self { of, wait: wait(value)?, is_used_up });
        }
        let (family, of) = name.split_once("reset")?;
        if !["x-ratelimit-", "x-rate-limit-", "ratelimit-"].contains(&family) {
            return None;
        }
        let is_used_up = is_zero(&format!("{family}remaining{of}"));
        Some(Self { of: of.trim_start_matches('-'), wait: wait(value)?, is_used_up })
    }

    fn is_of(&self, exceeded: LimitWindow, dialect: Dialect) -> bool {
        let kind = if exceeded.counts_requests() { "requests" } else { "tokens" };
        let known = window(dialect, self.of);
        known == Some(exceeded) || known.is_none() && self.of == kind
    }
}

fn read_header(report: &mut LimitReport, response: &Response<'_>, rest: &str, value: &str) {
    let (figure, unit) = rest.split_once('-').unwrap_or((rest, ""));
    if !matches!(figure, "limit" | "remaining" | "reset") {
        return;
    }
    let Some(window) = window(response.dialect, unit) else {
        return;
    };
    let number = match figure {
        "reset" => read_wait(value, Unit::Seconds, response.now_unix_ms).and_then(Wait::believed),
        _ => units(value),
    };
    let Some(number) = number.filter(|_| !value.starts_with('-')) else { return };
    report.record(window, LimitSource::Header, |fact| match figure {
        "limit" => fact.limit = Some(number),
        "remaining" => fact.remaining = Some(number),
        _ => fact.resets_in_ms = Some(number),
    });
}

fn window(dialect: Dialect, unit: &str) -> Option<LimitWindow> {
    match (dialect.traits().windows_without_period, unit) {
        (Some([requests, _]), "requests") => Some(requests),
        (Some([_, tokens]), "tokens") => Some(tokens),
        _ => LimitWindow::from_name(unit),
    }
}

/// Parses a count of requests or tokens; some gateways write `30000.0`.
pub(crate) fn units(value: &str) -> Option<u64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    let zeros = fraction.bytes().all(|byte| byte == b'0');
    (digits && zeros).then(|| whole.parse().ok()).flatten().filter(|units| *units <= MOST_UNITS)
}

/// Drops `remaining` values above the limit: one of the two is wrong, and the limit changes less often.
fn drop_contradictions(report: &mut LimitReport) {
    for fact in &mut report.facts {
        if let (Some(limit), Some(remaining)) = (fact.limit, fact.remaining)
            && remaining > limit
        {
            fact.remaining = None;
        }
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
