//! Estimates token counts without a vocabulary.
//!
//! The text is cut into [pieces](scan) as the vocabularies cut it, and each piece is priced by its [features]: its
//! kind, its characters, and its pairs of adjacent characters, each of which says how likely a token ends there. The
//! weights were fitted to recorded counts (see `corpus/`), starting from how often the vocabulary of o200k has two
//! characters inside one token; [other vocabularies](Vocabulary) have a scale for each [group] of pieces.

pub mod class;
pub mod features;
pub mod group;
pub mod scan;
pub mod weights;

mod error_margin;

use crate::family::Vocabulary;
use group::Group;
use scan::{Kind, Lead, Piece, Pieces};
use weights::{SCALE, TOKEN};

/// An estimated number of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The most likely count; 0 only for empty text, and at most the number of bytes.
    pub tokens: u64,
    /// The possible error, as a share of the count: 0.1 is ± 10%. Nine of ten texts in the held-out part of the corpus
    /// lie within it; the shorter the text, the wider it is. Between 0 and 1.
    pub error_margin: f64,
}

/// Estimates the tokens of `text` in o200k, the vocabulary of the GPT-4o, GPT-5 and gpt-oss models.
///
/// Covers the text alone: a chat template adds its own tokens. Takes time linear in the text, and allocates nothing.
#[must_use]
pub fn estimate(text: &str) -> Estimate {
    estimate_in(Vocabulary::O200k, text)
}

/// Estimates the tokens of `text` in `vocabulary`, as [`estimate`] does for o200k.
#[must_use]
pub fn estimate_in(vocabulary: Vocabulary, text: &str) -> Estimate {
    let mut total = 0;
    let mut spread = 0.0;
    for piece in Pieces::of(text) {
        let price = price(vocabulary, piece);
        total += price;
        spread += error_margin::weight(vocabulary, Group::of(piece), price);
    }
    let tokens = u64::try_from((total + TOKEN / 2) / TOKEN).unwrap_or_default();
    let tokens = tokens.max(u64::from(!text.is_empty()));
    Estimate { tokens, error_margin: error_margin::of(vocabulary, spread, total) }
}

/// Least cost of a byte: the longest tokens are 128 spaces or signs. Without it the scores of likely pairs, which are
/// negative, would let an endless word cost nothing.
const LEAST_PER_BYTE: i64 = TOKEN / 128;

/// Returns the price of a piece in 256ths of a token: positive except for contractions, and at most one token per byte,
/// the most that a byte-pair vocabulary can need.
fn price(vocabulary: Vocabulary, piece: Piece<'_>) -> i64 {
    let group = Group::of(piece);
    let scale = weights::scale(vocabulary, group);
    let bytes = i64::try_from(piece.text.len()).unwrap_or(i64::MAX / TOKEN);
    match piece.kind {
        Kind::Digits if vocabulary.one_digit_a_token() => return TOKEN * bytes,
        Kind::Digits => return TOKEN * scale / SCALE,
        Kind::Contraction if vocabulary.joins_contractions() => return 0,
        Kind::Contraction => return TOKEN,
        _ => {}
    }
    let beyond = beyond_one(score(piece)) * scale / SCALE;
    let price = if at_least_one(piece.kind) { TOKEN + beyond } else { beyond };
    price.clamp(bytes * LEAST_PER_BYTE, TOKEN * bytes)
}

/// Returns the sum of a piece's weights: its tokens beyond the first, before [`beyond_one`].
#[must_use]
pub fn score(piece: Piece<'_>) -> i64 {
    let mut score = 0;
    features::each(piece, |place| score += weights::weight(place));
    score
}

/// Returns whether a piece of this kind costs a token plus its score. Other kinds are cut out of longer pieces, where
/// the script changes, and cost only their score.
#[must_use]
pub const fn at_least_one(kind: Kind) -> bool {
    use class::Script::{Han, Hiragana, Katakana};
    !matches!(kind, Kind::Word(Han | Hiragana | Katakana, Lead::None | Lead::Line))
}

/// Converts a score to tokens, both in 256ths: zero far below zero, the score itself far above it, and a smooth bend in
/// between, because a score near zero means that one token is likely but not certain.
#[must_use]
pub const fn beyond_one(score: i64) -> i64 {
    if score <= -TOKEN {
        0
    } else if score < TOKEN {
        (score + TOKEN) * (score + TOKEN) / (4 * TOKEN)
    } else {
        score
    }
}

#[cfg(test)]
mod tests;
