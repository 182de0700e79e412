//! The three patterns of DeepSeek, each applied to what the previous ones left over. Unmatched text is a piece too.
//!
//! ```text
//! 1   \p{N}{1,3}
//! 2   [一-龥぀-ゟ゠-ヿ]+
//! 3a  [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+
//! 3b  [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
//! 3c   ?[\p{P}\p{S}]+[\r\n]*
//! 3d  \s*[\r\n]+
//! 3e  \s+(?!\S)
//! 3f  \s+
//! ```
//!
//! For the third, the text ends where the others have a match.

use super::{LETTERS, MARKS, NUMBERS, SPACES, SYMBOLS, newlines, numbers, run, space};
use crate::exact::classes::{CONTROL, Classes, IDEOGRAPH_OR_KANA, SPACE};

/// See [`super::end`].
#[inline]
pub(super) fn end(classes: &Classes, text: &[u8], start: usize) -> usize {
    let (class, length) = classes.at(text, start);
    let second = start + length;
    if class & (LETTERS | MARKS) != 0 {
        return run(classes, text, second, LETTERS | MARKS);
    }
    if class & NUMBERS != 0 {
        return numbers(classes, text, second, 2);
    }
    if class == IDEOGRAPH_OR_KANA {
        return run(classes, text, second, IDEOGRAPH_OR_KANA);
    }
    if class & (SPACE | CONTROL) != 0 {
        let word = run(classes, text, second, LETTERS | MARKS);
        if word > second {
            return word;
        }
    } else if text.get(start).is_some_and(u8::is_ascii_punctuation) {
        let mut word = second;
        while text.get(word).is_some_and(u8::is_ascii_alphabetic) {
            word += 1;
        }
        if word > second {
            return word;
        }
    }
    // Line 3c, with and without its space.
    let from = if text.get(start) == Some(&b' ') { second } else { start };
    let end = run(classes, text, from, SYMBOLS);
    if end > from {
        newlines(text, end)
    } else if class & SPACES != 0 {
        space(classes, text, start, NUMBERS | IDEOGRAPH_OR_KANA)
    } else {
        unmatched(classes, text, second)
    }
}

/// Returns the end of unmatched text: of a run of control characters, without the last one if a word follows.
fn unmatched(classes: &Classes, text: &[u8], mut at: usize) -> usize {
    loop {
        let (class, length) = classes.at(text, at);
        let (next, _) = classes.at(text, at + length);
        if class != CONTROL || next & (LETTERS | MARKS) != 0 {
            return at;
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::super::pieces;
    use crate::Vocabulary;

    #[test]
    fn a_text_is_cut_as_the_patterns_say() {
        for (text, expected) in [
            ("", &[][..]),
            ("Hello, world!", &["Hello", ",", " world", "!"]),
            ("it's .Net (x) -él", &["it", "'s", " .", "Net", " (", "x", ")", " -", "él"]),
            ("12345 ½²³Ⅷ", &["123", "45", " ", "½²³", "Ⅷ"]),
            ("a  1  中  b  ", &["a", "  ", "1", "  ", "中", " ", " b", "  "]),
            ("a\t\n 中。ー、x", &["a", "\t\n", " ", "中", "。", "ー", "、", "x"]),
            ("中文カナABC一", &["中文カナ", "ABC", "一"]),
            ("e\u{301}a \u{301}b", &["e\u{301}a", " \u{301}b"]),
            ("\0\u{1}\u{2}x\u{3}\u{4}1\u{200d}!", &["\0\u{1}", "\u{2}x", "\u{3}\u{4}", "1", "\u{200d}", "!"]),
            ("\u{200d}\n\u{e000} x", &["\u{200d}", "\n", "\u{e000}", " x"]),
            ("!!a\r\n!\r\n\r\n?", &["!!", "a", "\r\n", "!\r\n\r\n", "?"]),
        ] {
            assert_eq!(pieces(Vocabulary::DeepSeek, text), expected, "{text:?}");
        }
    }
}
