//! The forms in which servers state a wait, one per line, and public bug reports about parsers that knew fewer.

use proptest::prelude::*;

use super::*;

/// 2026-11-30 12:00:00 UTC, a Monday.
const NOW_MS: u64 = 1_796_040_000_000;
const DAY: u64 = 86_400_000;

#[track_caller]
fn check(text: &str, unit: Unit, expected: Option<Wait>) {
    assert_eq!(read_wait(text, unit, NOW_MS), expected, "{text:?}");
}

#[test]
fn numbers_are_seconds_and_those_too_large_for_that_are_moments() {
    for (text, ms) in [
        ("7", 7_000),
        (" 12 ", 12_000),
        ("\"60\"", 60_000),
        ("0", 0),
        ("007", 7_000),
        ("+7", 7_000),
        ("0.493", 493),
        (".5", 500),
        ("1.5", 1_500),
        ("33011.382867", 33_011_383),
        ("1e3", 1_000_000),
        ("1,000", 1_000_000),
        ("2678400", 31 * DAY),
        // Seconds, milliseconds, microseconds and nanoseconds since 1970.
        ("1796040030", 30_000),
        ("1796040030.5", 30_500),
        ("1796040030000", 30_000),
        ("1796040030000000", 30_000),
        ("1796040030000000000", 30_000),
        ("1796212800", 2 * DAY),
        ("1e-400", 0),
        ("1E-99999999999999999999", 0),
    ] {
        check(text, Unit::Seconds, Some(Wait::For(ms)));
    }
    for (text, unit, ms) in [
        ("1500", Unit::Milliseconds, 1_500),
        ("634.2", Unit::Milliseconds, 635),
        ("1796040030000", Unit::Milliseconds, 30_000),
        ("5", Unit::Minutes, 300_000),
        // A value with its own unit overrides the header's unit.
        ("20s", Unit::Milliseconds, 20_000),
    ] {
        check(text, unit, Some(Wait::For(ms)));
    }
}

#[test]
fn durations_are_read_as_each_provider_writes_them() {
    for (text, ms) in [
        ("2m59.56s", 179_560),
        ("7.66s", 7_660),
        ("350ms", 350),
        ("120ms", 120),
        ("1h30m", 5_400_000),
        ("1h2m3s", 3_723_000),
        ("6m0s", 360_000),
        ("1h 5m", 3_900_000),
        ("1d", DAY),
        ("2w", 14 * DAY),
        ("500µs", 1),
        ("45.837906927s", 45_838),
        ("0s", 0),
        ("7 s", 7_000),
        ("60 sec", 60_000),
        ("20 seconds", 20_000),
        ("1 Minute", 60_000),
        ("30-second", 30_000),
        ("2 minutes and 30 seconds", 150_000),
        ("1 day, 2 hours", DAY + 7_200_000),
        ("10 hours 58 minutes", 39_480_000),
        ("an hour", 3_600_000),
        ("00:02:54", 174_000),
        ("1.02:00:00", DAY + 7_200_000),
        ("PT1M30S", 90_000),
        ("P1DT2H", DAY + 7_200_000),
        ("PT0.5S", 500),
    ] {
        check(text, Unit::Seconds, Some(Wait::For(ms)));
    }
}

#[test]
fn dates_are_read_in_every_form_and_zone() {
    for (text, ms) in [
        ("Mon, 30 Nov 2026 12:00:10 GMT", 10_000),
        ("Monday, 30-Nov-26 12:00:10 GMT", 10_000),
        ("Mon Nov 30 12:00:10 2026", 10_000),
        ("30 Nov 2026 12:00:10 GMT", 10_000),
        ("Mon, 30 Nov 2026 12:00:10 -0000", 10_000),
        ("Mon, 30 Nov 2026 13:00:10 +0100", 10_000),
        ("Mon Nov 30 2026 12:00:10 GMT+0000 (Coordinated Universal Time)", 10_000),
        ("Mon Nov 30 07:00:10 -0500 2026", 10_000),
        ("November 30, 2026 12:01 UTC", 60_000),
        ("Nov 30, 2026, 1:00 PM UTC", 3_600_000),
        ("2026-11-30T12:00:10Z", 10_000),
        ("2026-11-30T12:00:10.250Z", 10_250),
        ("2026-11-30T14:00:10+02:00", 10_000),
        ("2026-11-30 12:00:10", 10_000),
        ("2026-11-30T12:00:10.250000+0000", 10_250),
        ("2026-12-01T00:45:10+12:45", 10_000),
        ("2026-11-30T14:00:10+02", 10_000),
        ("2026-12-01", DAY / 2),
        ("00:00 UTC", DAY / 2),
        ("12:00:30 UTC", 30_000),
        ("12:00 UTC", DAY),
        ("tomorrow", DAY / 2),
        ("midnight UTC", DAY / 2),
    ] {
        check(text, Unit::Seconds, Some(Wait::For(ms)));
    }
}

#[test]
fn a_time_without_a_date_is_the_next_such_time() {
    const HOUR: u64 = 3_600_000;
    for (text, hours) in [("00:00 UTC", 11), ("14:00 UTC", 1), ("09:00 UTC", 20), ("tomorrow", 11)] {
        let wait = read_wait(text, Unit::Seconds, NOW_MS + HOUR);
        assert_eq!(wait, Some(Wait::For(hours * HOUR)), "{text} at 13:00");
    }
}

#[test]
fn what_is_longer_than_any_date_is_none() {
    let start = "Mon Nov 30 2026 12:00:10 GMT+0000 (";
    let of_length = |length: usize| format!("{start}{})", "x".repeat(length - start.len() - 1));
    check(&of_length(96), Unit::Seconds, Some(Wait::For(10_000)));
    check(&of_length(97), Unit::Seconds, None);
}

#[test]
fn of_a_list_the_longest_counts() {
    for (text, ms) in [
        ("7, 7", 7_000),
        ("5, 10", 10_000),
        ("0,30", 30_000),
        ("120;comment", 120_000),
        ("1s, 350ms", 1_350),
        ("soon, 20", 20_000),
        ("120, Mon, 30 Nov 2026 12:00:10 GMT", 120_000),
        ("Mon, 30 Nov 2026 12:00:10 GMT, Mon, 30 Nov 2026 12:00:10 GMT", 10_000),
    ] {
        check(text, Unit::Seconds, Some(Wait::For(ms)));
    }
}

/// The page retried within a second, four times, when a wait was implausibly long.
#[test]
fn what_is_too_long_is_the_ceiling_and_not_the_shortest_wait() {
    for text in [
        "2678401",
        "31536000",
        "9999999999",
        "99999999999999999999999999",
        "1e9",
        "1e400",
        &"9".repeat(200),
        "99999999h",
        "32d",
        "1000000000",
        "Fri, 06 Nov 2099 08:49:37 GMT",
        "2099-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "99999999999999",
    ] {
        check(text, Unit::Seconds, Some(Wait::TooLong));
    }
    assert_eq!((Wait::TooLong.ms(), Wait::TooLong.believed()), (LONGEST_WAIT_MS, None));
}

#[test]
fn what_has_passed_is_no_wait() {
    for text in [
        "-5",
        "-1e400",
        "-2m",
        "Mon, 30 Nov 2026 12:00:00 GMT",
        "Mon, 30 Nov 2026 08:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "2026-11-30T11:59:59Z",
        "1796039990",
        "1796039990000",
        "0",
        "0ms",
        "00:00:00",
    ] {
        check(text, Unit::Seconds, Some(Wait::For(0)));
    }
}

#[test]
fn what_is_no_wait_is_none() {
    for text in [
        "",
        "  ",
        "s",
        "NaN",
        "inf",
        "Infinity",
        "null",
        "undefined",
        "soon",
        "1.2.3",
        ".",
        "-",
        "7parsecs",
        "3m7",
        "0x10",
        "1_000",
        "a few seconds",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Mon, 66 Nov 2026 08:49:37 GMT",
        "Mon, 30 Nov 2026 99:49:37 GMT",
        "31 Feb 2026 10:00:00 GMT",
        "2026-13-01T00:00:00Z",
        "5:30 PM",
        "12:00 PST",
        "P1M",
        "1:2:3:4",
        "every 5s or so",
    ] {
        check(text, Unit::Seconds, None);
    }
}

/// Each case is a public report about a client that waited wrongly.
#[test]
fn reports_of_other_clients_are_answered() {
    for (text, unit, expected) in [
        // SpaceTradersAPI/api-docs#24: fractions of a second were an error.
        ("0.493", Unit::Seconds, Wait::For(493)),
        // diegosouzapw/OmniRoute#13321: a date was read as the number of its year.
        ("2026-11-30T12:00:27Z", Unit::Seconds, Wait::For(27_000)),
        // withcoral/coral#89: a timestamp that had just passed became a wait of 56 years.
        ("1796039999", Unit::Seconds, Wait::For(0)),
        // vercel/vercel#14947: milliseconds since 1970 were treated as seconds.
        ("1796040012000", Unit::Seconds, Wait::For(12_000)),
        // openai/openai-python#957: `retry-after-ms`.
        ("412", Unit::Milliseconds, Wait::For(412)),
        // openai/openai-python#3799: a number too large for a float fell back to a short wait.
        ("1e309", Unit::Seconds, Wait::TooLong),
        // Azure/azure-sdk-for-js#39130, urllib3/urllib3#3743: a timer overflowed and fired at once.
        ("9999999999", Unit::Seconds, Wait::TooLong),
        // openclaw/clawscan#58: the same in nanoseconds.
        ("9223372037", Unit::Seconds, Wait::TooLong),
        // apify/crawlee-python#1995: a negative wait disabled backoff.
        ("-120", Unit::Seconds, Wait::For(0)),
        // AstroVela/vane#170: the other way to write UTC.
        ("Mon, 30 Nov 2026 12:37:13 -0000", Unit::Seconds, Wait::For(2_233_000)),
        // vectorize-io/hindsight#3508: OpenAI's resets are durations.
        ("6m0s", Unit::Seconds, Wait::For(360_000)),
        // dcdpr/jp#1061, vercel/ai#18627: Google's have nine digits after the point.
        ("45.837906927s", Unit::Seconds, Wait::For(45_838)),
    ] {
        check(text, unit, Some(expected));
    }
}

proptest! {
    #[test]
    fn any_text_is_a_wait_below_the_ceiling_or_none(text in "\\PC{0,80}", now in any::<u64>()) {
        for unit in [Unit::Milliseconds, Unit::Seconds, Unit::Minutes] {
            if let Some(wait) = read_wait(&text, unit, now) {
                prop_assert!(wait.ms() <= LONGEST_WAIT_MS);
            }
        }
    }

    #[test]
    fn any_text_like_a_wait_is_one_below_the_ceiling_or_none(
        text in "([0-9]{1,12}|[-+:.,; TZe]|GMT|UTC|PM|Nov|Mon|and|[hmsdwµ]{1,2}|minutes|20[0-9]{2}-1[0-2]-[0-3][0-9]){0,16}",
        now in any::<u64>(),
    ) {
        if let Some(wait) = read_wait(&text, Unit::Seconds, now) {
            prop_assert!(wait.ms() <= LONGEST_WAIT_MS);
        }
    }

    #[test]
    fn a_duration_is_the_sum_of_its_parts(hours in 0u64..48, minutes in 0u64..60, ms in 0u64..60_000, spaced in any::<bool>()) {
        let space = if spaced { " " } else { "" };
        let text = format!("{hours}h{space}{minutes}m{space}{}.{:03}s", ms / 1_000, ms % 1_000);
        let expected = Wait::For(hours * 3_600_000 + minutes * 60_000 + ms);
        prop_assert_eq!(read_wait(&text, Unit::Seconds, NOW_MS), Some(expected));
    }

    /// Formatted by `headroom_domain::date`, read by our parser.
    #[test]
    fn every_second_of_a_month_is_read_in_both_great_forms(seconds in 0u64..31 * 86_400) {
        let at = NOW_MS / 1_000 + seconds;
        let date = headroom_domain::date(at / 86_400);
        let (year, month, day) = (&date[..4], &date[5..7], &date[8..]);
        let clock = format!("{:02}:{:02}:{:02}", at % 86_400 / 3_600, at % 3_600 / 60, at % 60);
        let name = if month == "11" { "Nov" } else { "Dec" };
        for text in [format!("{date}T{clock}Z"), format!("Mon, {day} {name} {year} {clock} GMT")] {
            prop_assert_eq!(read_wait(&text, Unit::Seconds, NOW_MS), Some(Wait::For(seconds * 1_000)), "{}", text);
        }
    }
}
