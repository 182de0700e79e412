//! How far off an estimate may be.

use super::group::Group;
use super::weights::TOKEN;
use crate::family::Vocabulary;

/// By how many percent the estimate of a long text of one group is off in o200k at most, in nine texts of ten; then in
/// the other vocabularies. Read off the held-out table of `estimator_bench`, upwards; where the corpus has no text, a
/// guess on the safe side.
#[rustfmt::skip]
const LONG: [(u8, u8); Group::COUNT] = [
    (5, 13), (10, 24), (4, 6), (6, 17),           // Latin, accented Latin, Greek, Cyrillic
    (15, 25), (8, 10), (5, 8), (5, 15),           // Armenian and Georgian (a guess), Hebrew, Arabic, Devanagari
    (14, 12), (20, 30), (12, 9), (5, 6),          // Bengali, the other Indic scripts (a guess), Tamil, Thai
    (30, 40), (5, 15), (6, 12), (8, 15), (7, 9),  // scarce scripts (a guess), Han, Hiragana, Katakana, Hangul
    (10, 10), (2, 12), (15, 15), (5, 6), (6, 28),  // contractions, digits, other numbers, signs, symbols
    (8, 8), (8, 10), (7, 12), (5, 26),            // lines, spaces, bare Latin, Vietnamese
];

/// What a single token adds to the doubt, as a share: the doubt of a text falls with the root of its tokens.
const SHORT: f64 = 0.6;

/// What a vocabulary adds that nothing is known of.
const UNKNOWN: f64 = 0.08;

/// What `price` of `group` adds to the spread of a text.
#[expect(clippy::cast_precision_loss, reason = "a price of 2^53 does not fit in memory")]
pub(super) fn weight(vocabulary: Vocabulary, group: Group, price: i64) -> f64 {
    let (o200k, other) = LONG.get(group.place()).copied().unwrap_or((u8::MAX, u8::MAX));
    let percent = if vocabulary == Vocabulary::O200k { o200k } else { other };
    price as f64 * f64::from(percent) / 100.0
}

/// The band of a text of this spread and price.
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
