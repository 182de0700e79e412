//! How far off an estimate may be.

use super::group::Group;
use super::weights::TOKEN;
use crate::family::Vocabulary;

/// The share by which the estimate of a long text of one group is off at most, in nine texts of ten, in percent.
/// Read off the held-out table of `estimator_bench`.
const LONG: [u8; Group::COUNT] = [5; Group::COUNT];

/// What a single token adds to the doubt, as a share: the doubt of a text falls with the root of its tokens.
const SHORT: f64 = 0.5;

/// What `price` of `group` adds to the spread of a text.
#[expect(clippy::cast_precision_loss, reason = "a price of 2^53 does not fit in memory")]
pub(super) fn weight(group: Group, price: i64) -> f64 {
    let percent = LONG.get(group.place()).copied().unwrap_or(u8::MAX);
    price as f64 * f64::from(percent) / 100.0
}

/// The band of a text of this spread and price.
#[expect(clippy::cast_precision_loss, reason = "a price of 2^53 does not fit in memory")]
pub(super) fn of(vocabulary: Vocabulary, spread: f64, price: i64) -> f64 {
    if price <= 0 {
        return 0.0;
    }
    let long = spread / price as f64 + vocabulary_doubt(vocabulary);
    let short = SHORT * SHORT * TOKEN as f64 / price as f64;
    (long * long + short).sqrt().min(1.0)
}

/// What the scale of a vocabulary adds.
const fn vocabulary_doubt(vocabulary: Vocabulary) -> f64 {
    match vocabulary {
        Vocabulary::O200k => 0.0,
        Vocabulary::Unknown => 0.1,
        _ => 0.02,
    }
}
