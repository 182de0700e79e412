//! The patterns of o200k and Kimi, which split words where small letters end and capitals begin.
//!
//! ```text
//! 0  [\p{Han}]+                                                                            only of Kimi
//! 1  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! 2  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! 3  \p{N}{1,3}
//! 4   ?[^\s\p{L}\p{N}]+[\r\n/]*                                                            of Kimi: [\r\n]*
//! 5  \s*[\r\n]+
//! 6  \s+(?!\S)
//! 7  \s+
//! ```
//!
//! In Kimi's lines 1 and 2, none of the letters and marks of a word is Han.

use super::{LETTERS, NUMBERS, OTHERS, contraction, newlines, numbers, run, space};
use crate::exact::classes::{
    Classes, HAN_LETTER, HAN_MARK, HAN_NUMBER, HAN_SYMBOL, LETTER, LOWER, MARK, NEWLINE, UPPER,
};

/// The pattern of o200k.
pub(super) const O200K: Cased =
    Cased { apart: 0, caseless: LETTER | HAN_LETTER | MARK | HAN_MARK, after_symbols: newlines_and_slashes };
/// The pattern of Kimi.
pub(super) const KIMI: Cased =
    Cased { apart: HAN_LETTER | HAN_MARK | HAN_NUMBER | HAN_SYMBOL, caseless: LETTER | MARK, after_symbols: newlines };

/// The differences between the patterns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cased {
    /// The classes of line 0.
    apart: u16,
    /// The classes allowed both at the beginning and at the end of a word.
    caseless: u16,
    /// Returns the end of what line 4 includes after the symbols.
    after_symbols: fn(&[u8], usize) -> usize,
}

impl Cased {
    /// See [`super::end`].
    #[inline]
    pub(super) fn end(self, classes: &Classes, text: &[u8], start: usize) -> usize {
        let (class, length) = classes.at(text, start);
        let second = start + length;
        if class & self.apart != 0 {
            return run(classes, text, second, self.apart);
        }
        if class & (LETTERS | NUMBERS | NEWLINE) == 0 {
            // The optional first character, with a word after it.
            let word = self.word(classes, text, second);
            if let Some(end) = word.lower {
                return contraction(text, end);
            }
            if class & self.caseless != 0 {
                // Line 1 without its optional first character comes before line 2 with it.
                return self.word(classes, text, start).lower.map_or(second, |end| contraction(text, end));
            }
            if word.head > second {
                return contraction(text, word.head);
            }
            // Line 4, with and without its space.
            let from = if text.get(start) == Some(&b' ') { second } else { start };
            let end = run(classes, text, from, OTHERS);
            return if end > from { (self.after_symbols)(text, end) } else { space(classes, text, start, 0) };
        }
        if class & NUMBERS != 0 {
            return numbers(classes, text, second, 2);
        }
        if class == NEWLINE {
            return space(classes, text, start, 0);
        }
        let word = self.word(classes, text, start);
        contraction(text, word.lower.unwrap_or(word.head))
    }

    /// Analyzes the word from `start` on.
    #[inline]
    fn word(self, classes: &Classes, text: &[u8], start: usize) -> Word {
        let (mut head, mut last_caseless) = (start, None);
        loop {
            let (class, length) = classes.at(text, head);
            if class & (UPPER | self.caseless) == 0 {
                if class == LOWER {
                    let lower = run(classes, text, head + length, LOWER | self.caseless);
                    return Word { lower: Some(lower), head };
                }
                // Line 1 gives back characters of its first class until one is left for its second.
                return Word { lower: last_caseless, head };
            }
            head += length;
            if class != UPPER {
                last_caseless = Some(head);
            }
        }
    }
}

/// A word from one place on, as lines 1 and 2 match it.
struct Word {
    /// The end of line 1's match, if it matches.
    lower: Option<usize>,
    /// The end of the longest run that begins a word in both lines: it contains no small letter.
    head: usize,
}

/// Returns the end of `[\r\n/]*`.
pub(super) fn newlines_and_slashes(text: &[u8], mut at: usize) -> usize {
    while let Some(b'\r' | b'\n' | b'/') = text.get(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::pieces;
    use crate::Vocabulary;

    #[test]
    fn a_text_is_cut_as_the_pattern_says() {
        for (text, expected) in [
            ("", &[][..]),
            ("Hello, world!", &["Hello", ",", " world", "!"]),
            ("HTMLElement iPhone ABC", &["HTMLElement", " i", "Phone", " ABC"]),
            ("it's IT'S we'll they'RE o'x it'ſ", &["it's", " IT'S", " we'll", " they'RE", " o", "'x", " it'ſ"]),
            ("12345 ½²³Ⅷ", &["123", "45", " ", "½²³", "Ⅷ"]),
            ("a  b   \n\n  c \t", &["a", " ", " b", "   \n\n", " ", " c", " \t"]),
            ("  1", &[" ", " ", "1"]),
            ("if (x) {\r\n\treturn;\n}//\n/*", &["if", " (", "x", ")", " {\r\n", "\treturn", ";\n", "}//\n/", "*"]),
            ("中文ABC中D", &["中文ABC中", "D"]),
            ("\u{301}ABC", &["\u{301}", "ABC"]),
            ("\u{301}ABc", &["\u{301}ABc"]),
            ("!\u{301}!!\u{301}", &["!\u{301}", "!!\u{301}"]),
            ("👩\u{200d}👧\u{fe0f}x", &["👩\u{200d}👧\u{fe0f}", "x"]),
            ("\u{a0}x\u{2028}\u{2028}", &["\u{a0}x", "\u{2028}\u{2028}"]),
        ] {
            assert_eq!(pieces(Vocabulary::O200k, text), expected, "{text:?}");
        }
    }

    #[test]
    fn kimi_keeps_han_apart() {
        for (text, expected) in [
            ("中文ABC中D", &["中文", "ABC", "中", "D"][..]),
            (" 中 あ中い 漢字かな", &[" ", "中", " あ", "中", "い", " ", "漢字", "かな"]),
            ("〇一12〇3 !⺀中", &["〇一", "12〇", "3", " !⺀", "中"]),
            ("it's IT'S }//\n/*", &["it's", " IT'S", " }//\n", "/*"]),
        ] {
            assert_eq!(pieces(Vocabulary::Kimi, text), expected, "{text:?}");
        }
    }
}
