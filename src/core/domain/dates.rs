//! Dates of the Gregorian calendar, in UTC.

/// Formats a number of days since 1970-01-01 as `YYYY-MM-DD`.
#[must_use]
pub fn date(day: u64) -> String {
    // Years in this count start in March, so that a leap day is a year's last day; an era has 400 of them.
    let day = day.saturating_add(719_468);
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Parses a date `YYYY-MM-DD` into days since 1970-01-01. `None` if it is not one.
#[must_use]
pub fn day_of(text: &str) -> Option<u64> {
    if text.len() != 10 {
        return None;
    }
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Rejects dates like February 30, and any other notation.
    u64::try_from(days_from_civil(year, month, day)?).ok().filter(|day| date(*day) == text)
}

/// Returns the days since 1970-01-01 in the Gregorian calendar: years are counted from March, so the leap day comes
/// last.
#[must_use]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1970..=9999).contains(&year) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_written_as_dates_and_read_back() {
        let known = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_778, "2026-11-21")];
        for (day, text) in known {
            assert_eq!((date(day).as_str(), day_of(text)), (text, Some(day)));
        }
        for wrong in
            ["", "2026", "2026-13-01", "2026-02-30", "26-1-1", "x-y-z", "1969-12-31", "99999999999999999999-1-1"]
        {
            assert_eq!(day_of(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_day_of_ten_thousand_years_is_read_back(day in 0..2_900_000_u64) {
            prop_assert_eq!(day_of(&date(day)), Some(day));
        }

        #[test]
        fn no_text_makes_a_date_of_anything_else(text in "[-0-9]{0,12}") {
            if let Some(day) = day_of(&text) {
                prop_assert_eq!(date(day), text);
            }
        }
    }
}
