//! A count without a vocabulary.
//!
//! Byte-pair vocabularies of 100,000 to 200,000 entries treat a script alike, so a text is read as runs of one kind
//! (a word, a number, a stretch of Chinese) and each run is charged by its kind and length.

/// An estimated number of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The most likely count; 0 only for the empty text.
    pub tokens: u64,
    /// How far off the count may be, as a share of it: 0.1 is ± 10%. It is the mean of the bands of the scripts met,
    /// weighted by what each contributed.
    pub band: f64,
}

/// What one character belongs to. Runs of one kind are charged together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Newline,
    /// Latin letters, plain or accented: they form words that are often one token.
    Latin,
    Digit,
    Punctuation,
    /// Cyrillic and Greek: words, with fewer of them whole in the vocabularies.
    Alphabetic,
    /// Arabic, Hebrew and the scripts of India and South-East Asia.
    Dense,
    /// Chinese characters, kana, Hangul syllables: no spaces, often more than one character a token.
    Ideographic,
    /// Emoji, symbols and everything else outside the common planes: several tokens a character.
    Rare,
}

/// Tokens per character and the band for one kind, in running text.
struct Charge {
    per_char: f64,
    band: f64,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '\n' | '\r' => Self::Newline,
            ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{3000}' => Self::Space,
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Self::Latin,
            '0'..='9' => Self::Digit,
            '\u{370}'..='\u{52f}' => Self::Alphabetic,
            '\u{530}'..='\u{10ff}' | '\u{1780}'..='\u{18af}' => Self::Dense,
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => {
                Self::Ideographic
            }
            '\u{20000}'..='\u{3ffff}' => Self::Ideographic,
            c if c.is_ascii() || ('\u{2010}'..='\u{206f}').contains(&c) => Self::Punctuation,
            _ => Self::Rare,
        }
    }

    const fn charge(self) -> Charge {
        match self {
            // A space before a word is part of the word's token.
            Self::Space => Charge { per_char: 0.0, band: 0.05 },
            Self::Newline => Charge { per_char: 0.5, band: 0.1 },
            Self::Latin => Charge { per_char: 0.2, band: 0.08 },
            Self::Digit => Charge { per_char: 1.0 / 3.0, band: 0.1 },
            Self::Punctuation => Charge { per_char: 0.75, band: 0.15 },
            Self::Alphabetic => Charge { per_char: 0.25, band: 0.15 },
            Self::Dense => Charge { per_char: 0.36, band: 0.25 },
            Self::Ideographic => Charge { per_char: 0.75, band: 0.2 },
            Self::Rare => Charge { per_char: 2.2, band: 0.4 },
        }
    }

    /// The tokens of a run of `length` characters of this kind.
    #[expect(clippy::cast_precision_loss, reason = "a run of 2^53 characters does not fit in memory")]
    fn tokens(self, length: u64) -> f64 {
        let n = length as f64;
        match self {
            // One space belongs to the next word; a longer run is one token of its own, up to 80 or so at a time.
            Self::Space => {
                if length <= 1 {
                    0.0
                } else {
                    (n / 80.0).ceil()
                }
            }
            Self::Newline => (n / 8.0).ceil(),
            // Short words are whole; long ones and letters without end fall apart into pieces of four or so.
            Self::Latin => {
                if length <= 7 {
                    1.0
                } else {
                    1.0 + (n - 7.0) / 4.0
                }
            }
            Self::Digit => (n / 3.0).ceil(),
            Self::Punctuation => 0.5 + n * 0.5,
            Self::Alphabetic | Self::Dense => (n * self.charge().per_char).max(1.0),
            Self::Ideographic | Self::Rare => n * self.charge().per_char,
        }
    }
}

/// Estimates the tokens of `text` for a current 100,000 to 200,000 entry vocabulary (o200k and its like).
///
/// One pass, no allocation. The text alone: a chat template adds its own tokens.
#[must_use]
pub fn estimate(text: &str) -> Estimate {
    let mut tokens = 0.0;
    let mut spread = 0.0;
    let mut settle = |kind: Kind, length: u64| {
        let run = kind.tokens(length);
        tokens += run;
        spread += run * kind.charge().band;
    };
    let mut run: Option<(Kind, u64)> = None;
    for c in text.chars() {
        let kind = Kind::of(c);
        run = match run {
            Some((current, length)) if current == kind => Some((kind, length + 1)),
            Some((current, length)) => {
                settle(current, length);
                Some((kind, 1))
            }
            None => Some((kind, 1)),
        };
    }
    let Some((kind, length)) = run else {
        return Estimate::default();
    };
    settle(kind, length);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the sum is finite, not negative, and far below 2^53"
    )]
    let whole = tokens.round().max(1.0) as u64;
    Estimate { tokens: whole, band: if tokens > 0.0 { spread / tokens } else { 0.0 } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_empty_text_costs_nothing_and_a_space_costs_a_token() {
        assert_eq!(estimate("").tokens, 0);
        assert_eq!(estimate(" ").tokens, 1);
    }

    #[test]
    fn whole_words_are_one_token_each_with_their_space() {
        assert_eq!(estimate("Hello!").tokens, 2);
        assert_eq!(estimate("the cat sat on the mat").tokens, 6);
    }

    #[test]
    fn digits_go_by_threes() {
        for (digits, tokens) in [("1", 1), ("123", 1), ("1234", 2), ("1234567", 3)] {
            assert_eq!(estimate(digits).tokens, tokens, "{digits}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_finite_band_and_at_least_one_token_unless_empty(text in any::<String>()) {
            let Estimate { tokens, band } = estimate(&text);
            prop_assert_eq!(tokens == 0, text.is_empty());
            prop_assert!((0.0..=1.0).contains(&band));
            // No vocabulary spends more than a token per byte, and the estimator stays well inside that.
            prop_assert!(tokens <= text.len() as u64);
        }

        #[test]
        fn a_longer_text_never_costs_less(text in any::<String>(), more in any::<String>()) {
            let longer = estimate(&format!("{text}{more}")).tokens;
            prop_assert!(longer + 1 >= estimate(&text).tokens);
        }
    }
}
