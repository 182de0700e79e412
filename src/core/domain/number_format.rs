//! Formats and parses numbers for people.

/// Formats an integer with thousands separators: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a fraction as an integer percentage, 0.084 as `8%`; never `0%` for a nonzero value.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    if share > 0.0 && percent < 1.0 { "1%".into() } else { format!("{percent}%") }
}

/// Parses a decimal number as people and headers write it: `0.7`, `.5`, `1e3`. `None` if it is not finite.
///
/// Uses the JSON parser, which the page contains anyway: the table behind `str::parse::<f64>` is 10 KB and
/// incompressible.
#[must_use]
pub fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    let number: f64 = match digits.strip_prefix('.') {
        Some(fraction) => serde_json::from_str(&format!("0.{fraction}")).ok()?,
        None if digits.starts_with('-') => return None,
        None => serde_json::from_str(digits.strip_suffix('.').unwrap_or(digits)).ok()?,
    };
    number.is_finite().then_some(sign * number)
}

/// Parses an integer as people type it: `64`, `-7`, and `1e3` as 1000. `None` if it is not exact.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    // `parse` alone would accept a plus sign, which no number field shows.
    if let Some(number) = text.parse().ok().filter(|_| !text.starts_with('+')) {
        return Some(number);
    }
    let number = decimal(text).filter(|number| number.fract() == 0.0 && number.abs() <= EXACT)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough to be exact")]
    Some(number as i64)
}

/// Up to here every integer has an exact representation as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (65_536, "65,536"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn decimals_are_read_as_they_are_written() {
        let read = [("0.7", 0.7), (" 2 ", 2.0), (".5", 0.5), ("-.5", -0.5), ("3.", 3.0), ("1e3", 1_000.0), ("-0", 0.0)];
        for (text, number) in read {
            assert_eq!(decimal(text), Some(number), "{text}");
        }
        for text in ["", ".", "-", "--1", "-.-1", "NaN", "inf", "1e999", "0x1", "1,5", "one", "[1]"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn a_small_share_is_not_called_nothing() {
        for (share, text) in [(0.0, "0%"), (0.001, "1%"), (0.084, "8%"), (0.085, "9%"), (1.0, "100%")] {
            assert_eq!(percent(share), text, "{share}");
        }
    }
}
