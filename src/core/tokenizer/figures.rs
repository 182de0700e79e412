//! The figures of a text that the page shows beside the count.

use crate::{Vocabulary, estimate_in};

/// What is known of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TextFigures {
    /// Tokens, estimated or counted.
    pub tokens: u64,
    /// How far off that may be, as a share: 0.1 is ± 10%, and 0 is counted to the token.
    pub band: f64,
    /// Unicode scalar values.
    pub characters: u64,
    /// Bytes of UTF-8, which is what goes over the wire.
    pub bytes: u64,
}

impl TextFigures {
    /// Works the figures out, wherever this runs: in the worker as a rule, on the page when there is no worker.
    #[must_use]
    pub fn of(vocabulary: Vocabulary, text: &str) -> Self {
        let estimate = estimate_in(vocabulary, text);
        Self { band: estimate.band, ..Self::counted(estimate.tokens, text) }
    }

    /// The figures of a text that was counted to the token.
    #[must_use]
    pub fn counted(tokens: u64, text: &str) -> Self {
        Self { tokens, band: 0.0, characters: text.chars().count() as u64, bytes: text.len() as u64 }
    }

    /// Whether the tokens are counted and not estimated.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.band == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_tell_characters_from_bytes() {
        let figures = TextFigures::of(Vocabulary::O200k, "naïve 🦀");
        assert_eq!((figures.characters, figures.bytes), (7, 11));
    }
}
