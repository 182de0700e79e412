//! Parses one value that says how long to wait, in any form servers use: a number, a duration, a date, or a list.

use headroom_domain::decimal;

use crate::timestamps::{float, timestamp};

/// Longest plausible wait, in milliseconds: 31 days. No limit window is longer; anything longer is a mistake or an
/// attack.
pub const LONGEST_WAIT_MS: u64 = 31 * 24 * 3_600 * 1_000;

const SECOND_MS: f64 = 1_000.0;
const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 3_600_000.0;
const DAY_MS: f64 = 86_400_000.0;

/// Most bytes of a value that are read.
const MOST_VALUE: usize = 256;
/// A bare number too large for a wait is a timestamp if it lies at most this far in the past or the future.
const PAST_MS: f64 = 366.0 * DAY_MS;
const FUTURE_MS: f64 = 100.0 * 366.0 * DAY_MS;

/// How long a server asks to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Milliseconds, at most [`LONGEST_WAIT_MS`]; 0 if the time has passed.
    For(u64),
    /// Longer than [`LONGEST_WAIT_MS`].
    TooLong,
}

impl Wait {
    /// Builds a wait from milliseconds, rounded up so that no retry is early. Negative means the time has passed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the range is checked first"
    )]
    pub(crate) fn of_ms(ms: f64) -> Option<Self> {
        if ms.is_nan() {
            return None;
        }
        // 7.66 s is slightly more than 7,660 ms in binary: that error must not add a millisecond.
        let whole = (ms - 1e-6).ceil().max(0.0);
        Some(if whole <= LONGEST_WAIT_MS as f64 { Self::For(whole as u64) } else { Self::TooLong })
    }

    /// Builds the wait until a timestamp in milliseconds since 1970.
    fn until(moment_ms: f64, now_unix_ms: u64) -> Option<Self> {
        Self::of_ms(moment_ms - float(now_unix_ms))
    }

    /// Returns the milliseconds, capped at [`LONGEST_WAIT_MS`].
    pub(crate) const fn ms(self) -> u64 {
        match self {
            Self::For(ms) => ms,
            Self::TooLong => LONGEST_WAIT_MS,
        }
    }

    /// Returns the milliseconds; `None` if the wait is implausibly long.
    pub(crate) const fn believed(self) -> Option<u64> {
        match self {
            Self::For(ms) => Some(ms),
            Self::TooLong => None,
        }
    }

    /// Returns the longer of two waits.
    pub(crate) fn or_longer(self, other: Self) -> Self {
        if self.ms() >= other.ms() { self } else { other }
    }
}

/// The unit of a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Milliseconds,
    Seconds,
    Minutes,
}

impl Unit {
    const fn ms(self) -> f64 {
        match self {
            Self::Milliseconds => 1.0,
            Self::Seconds => SECOND_MS,
            Self::Minutes => MINUTE_MS,
        }
    }
}

/// Reads a value: a number (`7`, `0.5`, a timestamp in seconds, milliseconds or smaller units since 1970), a duration
/// (`2m59.56s`, `1h 30m`, `20 seconds`, `PT1M30S`, `00:02:54`), a date (HTTP, ISO 8601, as JavaScript writes it), or a
/// list of these, of which the longest counts. Returns `None` for anything else.
pub(crate) fn read_wait(text: &str, unit: Unit, now_unix_ms: u64) -> Option<Wait> {
    let start = text.char_indices().nth(MOST_VALUE).map_or(text, |(end, _)| text.get(..end).unwrap_or_default());
    let start = start.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    if let Some(wait) = one(start, unit, now_unix_ms) {
        return Some(wait);
    }
    // Headers that were sent twice arrive joined by commas.
    let parts = start.split([',', ';']).filter_map(|part| one(part.trim(), unit, now_unix_ms));
    parts.reduce(Wait::or_longer)
}

fn one(text: &str, unit: Unit, now_unix_ms: u64) -> Option<Wait> {
    if let Some((number, "")) = number(text) {
        return of_number(number, unit, now_unix_ms);
    }
    if let Some((ms, rest)) = duration(text)
        && rest.trim_matches(|c: char| c.is_whitespace() || c == '.').is_empty()
    {
        return Wait::of_ms(ms);
    }
    Wait::until(timestamp(text, now_unix_ms)?, now_unix_ms)
}

/// Reads a bare number. If it is too large for a wait, it may be a timestamp.
pub(crate) fn of_number(number: f64, unit: Unit, now_unix_ms: u64) -> Option<Wait> {
    let wait = Wait::of_ms(number * unit.ms())?;
    // Seconds, milliseconds, microseconds or nanoseconds since 1970.
    let scales = [SECOND_MS, 1.0, 1e-3, 1e-6];
    let now = float(now_unix_ms);
    let moments = scales.iter().map(|scale| number * scale - now).find(|wait| (-PAST_MS..FUTURE_MS).contains(wait));
    match (wait, moments) {
        (Wait::TooLong, Some(timestamp)) => Wait::of_ms(timestamp),
        (wait, _) => Some(wait),
    }
}

/// Returns the number at the start of the text and the rest. Thousands may be grouped by commas; a number with too many
/// digits is infinite.
pub(crate) fn number(text: &str) -> Option<(f64, &str)> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, mut rest) = digits(unsigned);
    let mut written = whole.to_owned();
    while let Some(group) = rest.strip_prefix(',').filter(|_| (1..=3).contains(&whole.len())) {
        let (group, after) = digits(group);
        if group.len() != 3 {
            break;
        }
        written.push_str(group);
        rest = after;
    }
    if let Some((fraction, after)) = rest.strip_prefix('.').map(digits).filter(|(fraction, _)| !fraction.is_empty()) {
        written = format!("{}.{fraction}", if whole.is_empty() { "0" } else { &written });
        rest = after;
    }
    if written.is_empty() {
        return None;
    }
    if let Some((exponent, after)) = exponent(rest) {
        written.push_str(exponent);
        rest = after;
    }
    // JSON does not allow leading zeros.
    let zeros = written.bytes().take_while(|byte| *byte == b'0').count();
    let keep = written.get(zeros..).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let number = decimal(keep.unwrap_or(written.get(zeros.saturating_sub(1)..).unwrap_or_default()));
    let number = number.unwrap_or(f64::INFINITY);
    Some((if negative { -number } else { number }, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Reads `e9` or `E+3`, but not the `e` of a word.
fn exponent(text: &str) -> Option<(&str, &str)> {
    let after = text.strip_prefix(['e', 'E'])?;
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    let (power, rest) = digits(unsigned);
    (!power.is_empty()).then(|| text.split_at(text.len() - rest.len()))
}

/// Returns the duration at the start of the text, in milliseconds, and the rest: at least one number with a unit.
/// Returns `None` if there is none.
pub(crate) fn duration(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    if let Some(found) = clock_duration(text).or_else(|| iso_duration(text)) {
        return Some(found);
    }
    let (mut ms, mut rest, mut parts) = (0.0, text, 0);
    loop {
        let next = if parts == 0 { rest } else { after_and(rest) };
        let Some((count, after)) = number(next).or_else(|| in_words(next)) else { break };
        let after = after.trim_start_matches([' ', '-', '\u{a0}', '\'', '"']);
        let end = after.find(|c: char| c.is_ascii() && !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let Some(unit) = unit_ms(unit) else { break };
        ms += count * unit;
        rest = after;
        parts += 1;
    }
    (parts > 0).then_some((ms, rest))
}

/// Skips what separates two parts: `2 minutes and 30 seconds`, `1 day, 2 hours`.
fn after_and(text: &str) -> &str {
    let text = text.trim_start_matches([' ', ',', '\u{a0}']);
    text.strip_prefix("and ").unwrap_or(text).trim_start()
}

fn in_words(text: &str) -> Option<(f64, &str)> {
    let (word, rest) = text.split_once(' ')?;
    ["a", "an", "one"].iter().any(|one| word.eq_ignore_ascii_case(one)).then_some((1.0, rest))
}

fn unit_ms(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "w" | "week" | "weeks" => 7.0 * DAY_MS,
        "d" | "day" | "days" => DAY_MS,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR_MS,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE_MS,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND_MS,
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1.0,
        "us" | "µs" | "μs" | "microsecond" | "microseconds" => 0.001,
        "ns" | "nanosecond" | "nanoseconds" => 0.000_001,
        _ => return None,
    })
}

/// Reads `00:02:54`, as API gateways write the rest of a quota's period; `1.02:00:00` has days in front.
fn clock_duration(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let (clock, rest) = text.split_at(end);
    let clock = clock.trim_end_matches('.');
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let whole = |text: &str| number(text).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number);
    let seconds =
        whole(days)? * DAY_MS + whole(hours)? * HOUR_MS + whole(minutes)? * MINUTE_MS + whole(seconds)? * SECOND_MS;
    parts.next().is_none().then_some((seconds, rest))
}

/// Reads `PT1M30S` or `P1DT2H`. Months and years have no fixed length, so they are not accepted.
fn iso_duration(text: &str) -> Option<(f64, &str)> {
    let mut rest = text.strip_prefix(['P', 'p'])?;
    let (mut ms, mut parts, mut is_time) = (0.0, 0, false);
    loop {
        if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !is_time) {
            (is_time, rest) = (true, after);
        }
        let Some((count, after)) = number(rest) else { break };
        let unit = match (is_time, after.chars().next()?.to_ascii_uppercase()) {
            (false, 'W') => 7.0 * DAY_MS,
            (false, 'D') => DAY_MS,
            (true, 'H') => HOUR_MS,
            (true, 'M') => MINUTE_MS,
            (true, 'S') => SECOND_MS,
            _ => return None,
        };
        ms += count * unit;
        rest = after.get(1..)?;
        parts += 1;
    }
    (parts > 0).then_some((ms, rest))
}

#[cfg(test)]
#[path = "durations_tests.rs"]
mod tests;
