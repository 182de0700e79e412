//! Parses dates as servers write them: HTTP, ISO 8601, and the longer forms of programming languages. A small reader of
//! our own: a crate would be larger than all of this, and would reject most of these forms.

use headroom_domain::{date, day_of, days_from_civil};

use crate::durations::number;

const DAY_MS: f64 = 86_400_000.0;
/// Longest text that may be a date, in bytes.
const MOST_DATE: usize = 96;

/// Returns the timestamp in the text, in milliseconds since 1970. A date without a zone is in UTC; a time without a
/// date is the next such time, and must name its zone.
pub(crate) fn timestamp(text: &str, now_unix_ms: u64) -> Option<f64> {
    let text = text.trim();
    if text.len() > MOST_DATE {
        return None;
    }
    iso(text).or_else(|| with_month(text)).or_else(|| next_time(text, now_unix_ms))
}

/// Reads `2026-11-30T12:00:00Z`, `2026-11-30 12:00:00.5+02:00`, `2026-11-30`.
fn iso(text: &str) -> Option<f64> {
    let (day, rest) = text.split_at_checked(10)?;
    let day = float(day_of(day)?) * DAY_MS;
    if rest.trim().is_empty() {
        return Some(day);
    }
    let (time, zone) = clock(rest.strip_prefix(['T', 't', ' '])?)?;
    Some(day + time - zone_ms(zone)?)
}

/// Reads dates with the name of a month: the three forms of RFC 9110 (`Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`), JavaScript's, `Nov 6, 1994 8:49 AM UTC`. Parts are
/// recognized by their content, not by their position.
fn with_month(text: &str) -> Option<f64> {
    let month = text.split(|c: char| !c.is_ascii_alphabetic()).find_map(month_number)?;
    let (before, time, after) = match text.find(':') {
        Some(colon) => {
            let (before, _) = text.split_at(colon);
            let start = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let (before, time) = text.split_at(start);
            let (time, after) = clock(time)?;
            (before, time, after)
        }
        None => (text, 0.0, ""),
    };
    let (mut day, mut year) = (None, None);
    let before = before.split(|c: char| !c.is_ascii_digit());
    // The year may follow the time. Digits with a sign are a zone.
    for digits in before.chain(after.split([' ', ','])) {
        let Some(value) = digits.parse::<i64>().ok().filter(|_| !digits.starts_with(['+', '-'])) else { continue };
        match digits.len() {
            1 | 2 if day.is_none() => day = Some(value),
            2 if year.is_none() => year = Some(if value < 70 { 2_000 + value } else { 1_900 + value }),
            4 if year.is_none() => year = Some(value),
            1 | 2 | 4 => {}
            // Anything else is not part of a date.
            _ => return None,
        }
    }
    let (year, day) = (year?, day?);
    let days = u64::try_from(days_from_civil(year, month, day)?).ok()?;
    // Rejects dates such as February 31.
    (date(days) == format!("{year:04}-{month:02}-{day:02}")).then_some(())?;
    Some(float(days) * DAY_MS + time - zone_ms(after)?)
}

/// Reads `00:00 UTC`, `tomorrow`, `midnight UTC`: the next one. A provider's day changes at midnight UTC by default.
fn next_time(text: &str, now_unix_ms: u64) -> Option<f64> {
    let after = |word: &str| text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word));
    let midnight = ["tomorrow", "midnight"].iter().find_map(|word| after(word)).and_then(|word| text.get(word.len()..));
    let time = match midnight {
        Some(zone) => -zone_ms(zone)?,
        None => {
            let (time, zone) = clock(text)?;
            // A time without a zone is ambiguous.
            zone.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '+' || c == '-').then_some(())?;
            time - zone_ms(zone)?
        }
    };
    let now = float(now_unix_ms);
    let wait = (time - now).rem_euclid(DAY_MS);
    Some(now + if wait > 0.0 { wait } else { DAY_MS })
}

/// Returns the time of day at the start of the text, in milliseconds, and the rest: `08:49`, `08:49:37.5`, `8:49 PM`.
fn clock(text: &str) -> Option<(f64, &str)> {
    let up_to = |text, most: f64| number(text).filter(|(value, _)| (0.0..=most).contains(value));
    let (mut hours, rest) = up_to(text, 24.0)?;
    let (minutes, mut rest) = up_to(rest.strip_prefix(':')?, 59.0)?;
    let mut seconds = 0.0;
    if let Some(after) = rest.strip_prefix(':') {
        (seconds, rest) = up_to(after, 60.0)?;
    }
    let half = rest.trim_start().get(..2).unwrap_or_default();
    let is_afternoon = half.eq_ignore_ascii_case("pm");
    if is_afternoon || half.eq_ignore_ascii_case("am") {
        hours = hours % 12.0 + if is_afternoon { 12.0 } else { 0.0 };
        rest = rest.trim_start().get(2..).unwrap_or_default();
    }
    Some((hours * 3_600_000.0 + minutes * 60_000.0 + seconds * 1_000.0, rest))
}

/// Returns a zone's offset from UTC, in milliseconds: `Z`, `GMT`, ` +0200`, `GMT-05:00 (…)`, or empty. `None` for the
/// names of other zones.
fn zone_ms(text: &str) -> Option<f64> {
    let text = text.split('(').next().unwrap_or_default();
    let name = text.split(|c: char| !c.is_ascii_alphabetic()).find(|name| !name.is_empty()).unwrap_or("UTC");
    ["z", "utc", "gmt", "ut"].iter().any(|known| name.eq_ignore_ascii_case(known)).then_some(())?;
    let Some(sign) = text.find(['+', '-']) else { return Some(0.0) };
    let (_, offset) = text.split_at(sign);
    let digits: Vec<f64> =
        offset.chars().skip(1).filter(|c| *c != ':').map_while(|c| c.to_digit(10)).map(f64::from).collect();
    let (hours, minutes) = match *digits.as_slice() {
        [tens, ones] => (tens * 10.0 + ones, 0.0),
        [tens, ones, minute_tens, minute_ones] => (tens * 10.0 + ones, minute_tens * 10.0 + minute_ones),
        _ => return None,
    };
    let ahead = hours * 3_600_000.0 + minutes * 60_000.0;
    Some(if offset.starts_with('-') { -ahead } else { ahead })
}

/// Returns the month that a word names in English, in full or abbreviated.
fn month_number(word: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| word.len() >= 3 && month.starts_with(&word)).map(|(number, _)| number)
}

#[expect(clippy::cast_precision_loss, reason = "a millisecond of the year 280,000 is lost first")]
pub(crate) const fn float(number: u64) -> f64 {
    number as f64
}
