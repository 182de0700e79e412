//! Cutting a text into the pieces that byte-pair encoding works on, for o200k's pattern, without a regex engine.
//!
//! The pattern, whose first matching line wins at each place:
//!
//! ```text
//! 1  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! 2  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! 3  \p{N}{1,3}
//! 4   ?[^\s\p{L}\p{N}]+[\r\n/]*
//! 5  \s*[\r\n]+
//! 6  \s+(?!\S)
//! 7  \s+
//! ```
//!
//! Every line is answered by at most two looks at a run of characters, so the whole is linear in the text.

use super::classes::{Classes, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, SPACE, UPPER};

/// What begins a word in lines 1 and 2: it has no small letter in it.
const HEAD: u8 = UPPER | LETTER | MARK;
/// What ends a word in line 1.
const TAIL: u8 = LOWER | LETTER | MARK;
/// `\p{L}`.
const ANY_LETTER: u8 = UPPER | LOWER | LETTER;
/// `\s`.
const ANY_SPACE: u8 = SPACE | NEWLINE;

/// Where the piece that begins at byte `start` ends. `start` is a character boundary before the end of the UTF-8 `text`.
#[inline]
pub(super) fn end(classes: &Classes, text: &[u8], start: usize) -> usize {
    let (class, length) = classes.at(text, start);
    let second = start + length;
    if class & (ANY_LETTER | NUMBER | NEWLINE) == 0 {
        // The optional first character, with a word after it.
        let word = Word::scan(classes, text, second);
        if let Some(end) = word.lower {
            return contraction(text, end);
        }
        if class == MARK {
            // Line 1 without its optional first character comes before line 2 with it.
            return Word::scan(classes, text, start).lower.map_or(second, |end| contraction(text, end));
        }
        if word.head > second {
            return contraction(text, word.head);
        }
        // Line 4, with and without its space.
        let from = if text.get(start) == Some(&b' ') { second } else { start };
        let end = run(classes, text, from, OTHER | MARK);
        if end > from {
            return newlines_and_slashes(text, end);
        }
        return space(classes, text, start);
    }
    match class {
        NUMBER => (0..2).fold(second, |end, _| match classes.at(text, end) {
            (NUMBER, length) => end + length,
            _ => end,
        }),
        NEWLINE => space(classes, text, start),
        _ => {
            let word = Word::scan(classes, text, start);
            contraction(text, word.lower.unwrap_or(word.head))
        }
    }
}

/// A word from one place on, as lines 1 and 2 see it.
struct Word {
    /// The end of line 1's match, if it matches.
    lower: Option<usize>,
    /// The end of the longest run of [`HEAD`].
    head: usize,
}

impl Word {
    #[inline]
    fn scan(classes: &Classes, text: &[u8], start: usize) -> Self {
        let (mut head, mut last_caseless) = (start, None);
        loop {
            let (class, length) = classes.at(text, head);
            if class & HEAD == 0 {
                if class == LOWER {
                    return Self { lower: Some(run(classes, text, head + length, TAIL)), head };
                }
                // Line 1 gives back characters of its first class until one is left for its second.
                return Self { lower: last_caseless, head };
            }
            head += length;
            if class != UPPER {
                last_caseless = Some(head);
            }
        }
    }
}

/// The end of the run of characters of `wanted` classes from `at` on.
#[inline]
fn run(classes: &Classes, text: &[u8], mut at: usize, wanted: u8) -> usize {
    loop {
        let (class, length) = classes.at(text, at);
        if class & wanted == 0 {
            return at;
        }
        at += length;
    }
}

/// The end of `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`. Without regard to case, `s` is also `ſ`, U+017F.
#[inline]
fn contraction(text: &[u8], at: usize) -> usize {
    if text.get(at) != Some(&b'\'') {
        return at;
    }
    let letter = |offset: usize| text.get(at + offset).map_or(0, u8::to_ascii_lowercase);
    match (letter(1), letter(2)) {
        (b's' | b't' | b'm' | b'd', _) => at + 2,
        (b'r' | b'v', b'e') | (b'l', b'l') => at + 3,
        (0xc5, 0xbf) => at + 3,
        _ => at,
    }
}

/// The end of `[\r\n/]*`.
fn newlines_and_slashes(text: &[u8], mut at: usize) -> usize {
    while let Some(b'\r' | b'\n' | b'/') = text.get(at) {
        at += 1;
    }
    at
}

/// Lines 5 to 7: up to the last line break of the run of white space; without one, all but the character that goes with
/// the word after it.
fn space(classes: &Classes, text: &[u8], start: usize) -> usize {
    let (mut at, mut last, mut after_newline) = (start, start, None);
    loop {
        let (class, length) = classes.at(text, at);
        if class & ANY_SPACE == 0 {
            break;
        }
        last = at;
        at += length;
        if class == NEWLINE {
            after_newline = Some(at);
        }
    }
    match after_newline {
        Some(end) => end,
        None if at < text.len() && last > start => last,
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        let classes = Classes::unpack();
        let (mut at, mut pieces) = (0, Vec::new());
        while at < text.len() {
            let end = end(&classes, text.as_bytes(), at);
            pieces.push(&text[at..end]);
            at = end;
        }
        pieces
    }

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
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }
}
