//! The fitted weights: `weights.bin`, written by `estimator_bench --fit`.
//!
//! First come [`features::DENSE`] weights of two bytes (little-endian, in 256ths of a token), then [`features::PAIRS`]
//! weights of one byte (64ths), then, for each vocabulary but the first and each [`Group`] of pieces, the tokens it
//! spends per token by the weights (one byte, 32nds).

use super::features::{self, DENSE, FEATURES};
use super::group::Group;
use crate::family::Vocabulary;

/// The length of `weights.bin`.
pub const BYTES: usize = 2 * DENSE + features::PAIRS + (Vocabulary::MEASURED.len() - 1) * Group::COUNT;

/// One token, in units of weights and prices.
pub const TOKEN: i64 = 256;

/// One, in units of scales.
pub const SCALE: i64 = 32;

static WEIGHTS: &[u8; BYTES] = include_bytes!("weights.bin");

/// Returns the weight at `place`, in 256ths of a token; 0 beyond the table.
pub(super) fn weight(place: usize) -> i64 {
    if place < DENSE {
        let at = 2 * place;
        let bytes = WEIGHTS.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
        return bytes.map_or(0, |bytes| i64::from(i16::from_le_bytes(bytes)));
    }
    let byte = WEIGHTS.get(2 * DENSE + (place - DENSE)).filter(|_| place < FEATURES);
    byte.map_or(0, |byte| 4 * i64::from(byte.cast_signed()))
}

/// Returns how many 32nds of a token `vocabulary` spends per token by the weights on a piece of `group`, beyond the one
/// token that a piece costs at least. For an unknown vocabulary, the mean of the measured ones.
pub(super) fn scale(vocabulary: Vocabulary, group: Group) -> i64 {
    let row = |row: usize| {
        let at = 2 * DENSE + features::PAIRS + row * Group::COUNT + group.place();
        WEIGHTS.get(at).map_or(SCALE, |byte| i64::from(*byte))
    };
    let rows = Vocabulary::MEASURED.len() - 1;
    match Vocabulary::MEASURED.iter().position(|measured| *measured == vocabulary) {
        Some(0) => SCALE,
        Some(place) => row(place - 1),
        None => {
            let all = SCALE + (0..rows).map(row).sum::<i64>();
            all / i64::try_from(rows + 1).unwrap_or(1)
        }
    }
}
