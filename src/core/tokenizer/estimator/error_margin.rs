//! The error margin of an estimate.

use super::group::Group;
use super::weights::TOKEN;
use crate::family::Vocabulary;

/// Largest error in percent for a long text of one group, in nine texts of ten: in o200k, then in the other
/// vocabularies. From the held-out table of `estimator_bench`, rounded up; where the corpus has no text, a conservative
/// guess.
#[rustfmt::skip]
const LONG: [(u8, u8); Group::COUNT] = [
    (5, 13), (10, 24), (4, 6), (6, 17),           // Latin, accented Latin, Greek, Cyrillic
    (15, 25), (8, 10), (5, 8), (5, 15),           // Armenian and Georgian (a guess), Hebrew, Arabic, Devanagari
    (14, 12), (20, 30), (12, 9), (5, 6),          // Bengali, the other Indic scripts (a guess), Tamil, Thai
    (30, 40), (5, 15), (6, 12), (8, 15), (7, 9),  // scarce scripts (a guess), Han, Hiragana, Katakana, Hangul
    (10, 10), (2, 12), (15, 15), (5, 6), (6, 28),  // contractions, digits, other numbers, signs, symbols
    (8, 8), (8, 10), (7, 12), (5, 26),            // lines, spaces, bare Latin, Vietnamese
];

/// Uncertainty of a single token, as a share: it falls with the square root of the token count.
const SHORT: f64 = 0.6;

/// Extra uncertainty of an unknown vocabulary.
const UNKNOWN: f64 = 0.08;

/// Returns what `price` of `group` adds to the spread of the text.
#[expect(clippy::cast_precision_loss, reason = "a price of 2^53 does not fit in memory")]
pub(super) fn weight(vocabulary: Vocabulary, group: Group, price: i64) -> f64 {
    let (o200k, other) = LONG.get(group.place()).copied().unwrap_or((u8::MAX, u8::MAX));
    let percent = if vocabulary == Vocabulary::O200k { o200k } else { other };
    price as f64 * f64::from(percent) / 100.0
}

/// Returns the error margin of text with this spread and price.
#[expect(clippy::cast_precision_loss, reason = "a price of 2^53 does not fit in memory")]
pub(super) fn of(vocabulary: Vocabulary, spread: f64, price: i64) -> f64 {
    if price <= 0 {
        return 0.0;
    }
    let unknown = if vocabulary == Vocabulary::Unknown { UNKNOWN } else { 0.0 };
    let long = spread / price as f64 + unknown;
    let short = SHORT * SHORT * TOKEN as f64 / price as f64;
    (long * long + short).sqrt().min(1.0)
}
