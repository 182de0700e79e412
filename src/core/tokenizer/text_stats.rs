//! The text stats that the page shows beside the count.

use crate::{Vocabulary, estimate_in};

/// The stats of some text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TextStats {
    /// Tokens, estimated or counted.
    pub tokens: u64,
    /// The possible error, as a share: 0.1 is ± 10%, and 0 is an exact count.
    pub error_margin: f64,
    /// Unicode scalar values.
    pub characters: u64,
    /// Bytes of UTF-8, as sent over the network.
    pub bytes: u64,
}

/// Least error margin of an estimate from the beginning of the text, as a share.
const BAND_OF_A_BEGINNING: f64 = 0.25;

/// Scales a number from the part to the entire text, rounded down.
fn scale(number: u64, whole: u64, part: u64) -> u64 {
    u64::try_from(u128::from(number) * u128::from(whole) / u128::from(part.max(1))).unwrap_or(u64::MAX)
}

impl TextStats {
    /// Computes the stats, wherever this runs: usually in the worker, on the page if there is no worker.
    #[must_use]
    pub fn of(vocabulary: Vocabulary, text: &str) -> Self {
        let estimate = estimate_in(vocabulary, text);
        Self { error_margin: estimate.error_margin, ..Self::counted(estimate.tokens, text) }
    }

    /// Returns the stats of text that was counted exactly.
    #[must_use]
    pub fn counted(tokens: u64, text: &str) -> Self {
        Self { tokens, error_margin: 0.0, characters: text.chars().count() as u64, bytes: text.len() as u64 }
    }

    /// Estimates the stats from the beginning of the text, if there is no time for all of it: up to `most` bytes are
    /// read. The number of bytes is exact; the rest of a longer text is assumed to be like its beginning.
    #[must_use]
    pub fn roughly(vocabulary: Vocabulary, text: &str, most: usize) -> Self {
        let cut = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let begin = Self::of(vocabulary, text.get(..cut).unwrap_or_default());
        if cut == text.len() || cut == 0 {
            return if cut == text.len() { begin } else { Self::of(vocabulary, text) };
        }
        let scaled = |number: u64| scale(number, text.len() as u64, cut as u64);
        let (tokens, characters) = (scaled(begin.tokens), scaled(begin.characters));
        Self { tokens, characters, error_margin: begin.error_margin.max(BAND_OF_A_BEGINNING), bytes: text.len() as u64 }
    }

    /// Scales the stats to an edited version of this text with this many bytes; `None` if its length suggests another
    /// text, or this one is empty. Never exact.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no text in a browser has 2^53 bytes")]
    pub fn scaled_to(self, bytes: usize) -> Option<Self> {
        let bytes = bytes as u64;
        let moved = bytes.abs_diff(self.bytes);
        if self.bytes == 0 || 2 * moved > bytes {
            return None;
        }
        let scaled = |number: u64| scale(number, bytes, self.bytes);
        let error_margin = (self.error_margin + moved as f64 / bytes.max(1) as f64).max(f64::EPSILON);
        Some(Self { tokens: scaled(self.tokens), characters: scaled(self.characters), error_margin, bytes })
    }

    /// Returns whether the tokens are counted and not estimated.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.error_margin == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_tell_characters_from_bytes() {
        let stats = TextStats::of(Vocabulary::O200k, "naïve 🦀");
        assert_eq!((stats.characters, stats.bytes), (7, 11));
    }

    #[test]
    fn a_long_text_is_known_roughly_by_its_beginning() {
        let text = "naïve words ".repeat(10_000);
        let (all, rough) = (TextStats::of(Vocabulary::O200k, &text), TextStats::roughly(Vocabulary::O200k, &text, 999));
        assert!(rough.tokens.abs_diff(all.tokens) < all.tokens / 20, "{rough:?}, {all:?}");
        assert!(rough.bytes == all.bytes && rough.error_margin >= BAND_OF_A_BEGINNING && !rough.is_exact());
        for text in ["", "short", "\u{1f980}"] {
            let of = TextStats::of(Vocabulary::Qwen, text);
            assert_eq!(TextStats::roughly(Vocabulary::Qwen, text, 5), of, "{text:?}");
            assert_eq!(TextStats::roughly(Vocabulary::Qwen, text, 1).bytes, of.bytes, "{text:?}");
        }
    }

    #[test]
    fn the_figures_of_an_edited_text_follow_its_length_and_are_never_exact() {
        let counted = TextStats { tokens: 100, error_margin: 0.0, characters: 400, bytes: 400 };
        let cases = [(400, Some(100)), (404, Some(101)), (300, Some(75)), (900, None), (100, None), (0, None)];
        for (bytes, tokens) in cases {
            let scaled_to = counted.scaled_to(bytes);
            assert_eq!(scaled_to.map(|stats| stats.tokens), tokens, "{bytes}");
            assert!(scaled_to.is_none_or(|stats| !stats.is_exact()));
        }
        assert_eq!(TextStats::default().scaled_to(10), None);
    }
}
