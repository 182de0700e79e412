//! What headers say about rate limits.
//!
//! The families: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}-{minute,hour,day}` (Cerebras; float seconds)
//! and `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (Groq; requests are of a day, tokens of a minute, resets
//! are Go durations). A number that cannot be true is left out, with a note.

use headroom_domain::{Dialect, LimitReport, LimitSource, LimitWindow};

use crate::{classify::Response, durations::parse_duration_ms, refusal};

/// More requests or tokens than any window holds.
pub(crate) const MOST_UNITS: u64 = 1_000_000_000_000;

/// Most notes that are kept.
const MOST_NOTES: usize = 16;

/// Everything a response says: its headers and, where it refuses, its body.
pub(crate) fn report(response: &Response<'_>, body: &str) -> LimitReport {
    let mut report = LimitReport::default();
    for (name, value) in response.headers.iter() {
        if let Some(rest) = name.strip_prefix("x-ratelimit-") {
            read_header(&mut report, response.dialect, rest, value);
        }
    }
    match response.header_wait_ms() {
        Ok(wait) => report.retry_after_ms = wait,
        Err(value) => note(&mut report, "retry-after", value),
    }
    drop_contradictions(&mut report);
    if matches!(response.status, 413 | 429) {
        refusal::read(&mut report, response, body);
    }
    report
}

/// The first number that stands right after `words`; digits may be grouped by commas.
pub(crate) fn number_after(text: &str, words: &str) -> Option<u64> {
    text.split(words).skip(1).find_map(|after| {
        let digits = after.chars().take(20).take_while(|c| c.is_ascii_digit() || *c == ',');
        let digits: String = digits.filter(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|number| *number <= MOST_UNITS)
    })
}

/// Notes that a value was not believed.
pub(crate) fn note(report: &mut LimitReport, name: &str, value: &str) {
    let shown = |text: &str| text.chars().take(40).collect::<String>();
    if report.notes.len() < MOST_NOTES {
        report.notes.push(format!("{} was ignored: {:?} cannot be true.", shown(name), shown(value)));
    }
}

fn read_header(report: &mut LimitReport, dialect: Dialect, rest: &str, value: &str) {
    let name = format!("x-ratelimit-{rest}");
    let (figure, unit) = rest.split_once('-').unwrap_or((rest, ""));
    if !matches!(figure, "limit" | "remaining" | "reset") {
        return;
    }
    let Some(window) = window(dialect, unit) else {
        if report.notes.len() < MOST_NOTES {
            report.notes.push(format!(
                "{} was ignored: it does not say of which window.",
                name.chars().take(40).collect::<String>()
            ));
        }
        return;
    };
    let number = match figure {
        "reset" => parse_duration_ms(value),
        _ => units(value),
    };
    let Some(number) = number else {
        return note(report, &name, value);
    };
    report.record(window, LimitSource::Header, |fact| match figure {
        "limit" => fact.limit = Some(number),
        "remaining" => fact.remaining = Some(number),
        _ => fact.resets_in_ms = Some(number),
    });
}

fn window(dialect: Dialect, unit: &str) -> Option<LimitWindow> {
    match (dialect, unit) {
        (Dialect::Groq, "requests") => Some(LimitWindow::RequestsDay),
        (Dialect::Groq, "tokens") => Some(LimitWindow::TokensMinute),
        _ => LimitWindow::from_name(unit),
    }
}

/// A count of requests or tokens; some gateways write `30000.0`.
pub(crate) fn units(value: &str) -> Option<u64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    let zeros = fraction.bytes().all(|byte| byte == b'0');
    (digits && zeros).then(|| whole.parse().ok()).flatten().filter(|units| *units <= MOST_UNITS)
}

/// More left than there is cannot be: one of the two is wrong, and the limit changes less often.
fn drop_contradictions(report: &mut LimitReport) {
    let mut dropped = Vec::new();
    for fact in &mut report.facts {
        if let (Some(limit), Some(remaining)) = (fact.limit, fact.remaining)
            && remaining > limit
        {
            fact.remaining = None;
            dropped.push((fact.window, remaining));
        }
    }
    for (window, remaining) in dropped {
        note(report, &format!("x-ratelimit-remaining-{}", window.name()), &remaining.to_string());
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
