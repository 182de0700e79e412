//! The patterns of Llama 3 and GLM-4, and of Qwen, which differ only in how digits are grouped.
//!
//! ```text
//! 1  (?i:'s|'t|'re|'ve|'m|'ll|'d)
//! 2  [^\r\n\p{L}\p{N}]?\p{L}+
//! 3  \p{N}{1,3}                       of Qwen: \p{N}
//! 4   ?[^\s\p{L}\p{N}]+[\r\n]*
//! 5  \s*[\r\n]+
//! 6  \s+(?!\S)
//! 7  \s+
//! ```

use super::{LETTERS, NUMBERS, OTHERS, contraction, newlines, numbers, run, space};
use crate::exact::classes::{Classes, NEWLINE};

/// The pattern of Llama 3 and GLM-4.
pub(super) const THREE_DIGITS: Plain = Plain { digits: 3 };
/// The pattern of Qwen.
pub(super) const ONE_DIGIT: Plain = Plain { digits: 1 };

/// The difference between the patterns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    /// Most digits in a group.
    digits: usize,
}

impl Plain {
    /// See [`super::end`].
    #[inline]
    pub(super) fn end(self, classes: &Classes, text: &[u8], start: usize) -> usize {
        let (class, length) = classes.at(text, start);
        let second = start + length;
        if class & LETTERS != 0 {
            return run(classes, text, second, LETTERS);
        }
        if class & NUMBERS != 0 {
            return numbers(classes, text, second, self.digits - 1);
        }
        if class == NEWLINE {
            return space(classes, text, start, 0);
        }
        let contracted = contraction(text, start);
        if contracted > start {
            return contracted;
        }
        let word = run(classes, text, second, LETTERS);
        if word > second {
            return word;
        }
        // Line 4, with and without its space.
        let from = if text.get(start) == Some(&b' ') { second } else { start };
        let end = run(classes, text, from, OTHERS);
        if end > from { newlines(text, end) } else { space(classes, text, start, 0) }
    }
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
            ("HTMLElement iPhone ABC", &["HTMLElement", " iPhone", " ABC"]),
            ("it's IT'S we'llx 'They 'x", &["it", "'s", " IT", "'S", " we", "'ll", "x", " '", "They", " '", "x"]),
            ("12345 ½²³Ⅷ", &["123", "45", " ", "½²³", "Ⅷ"]),
            ("a  b   \n\n  c \t", &["a", " ", " b", "   \n\n", " ", " c", " \t"]),
            ("if (x) {\r\n\treturn;\n}//\n/*", &["if", " (", "x", ")", " {\r\n", "\treturn", ";\n", "}//\n", "/*"]),
            ("中文ABC中", &["中文ABC中"]),
            ("e\u{301}a \u{301}b", &["e", "\u{301}a", " \u{301}", "b"]),
            ("\u{a0}x\u{2028}\u{2028}", &["\u{a0}x", "\u{2028}\u{2028}"]),
        ] {
            assert_eq!(pieces(Vocabulary::Llama3, text), expected, "{text:?}");
            assert_eq!(pieces(Vocabulary::Glm4, text), expected, "{text:?}");
        }
    }

    #[test]
    fn qwen_cuts_after_each_digit() {
        assert_eq!(pieces(Vocabulary::Qwen, "a12 3½"), ["a", "1", "2", " ", "3", "½"]);
    }
}
