//! Cuts text into the pieces that byte-pair encoding works on, without a regex engine.
//!
//! Each vocabulary has a pattern, whose first matching line wins at each place. Every line takes a few scans of a run
//! of characters, so the total time is linear in the text.

mod ascii;
mod cased;
mod deepseek;
mod plain;

use super::classes::{CONTROL, SPACE, SYMBOL, UPPER};
use super::classes::{Classes, HAN_LETTER, HAN_MARK, HAN_NUMBER, HAN_SYMBOL, LETTER, LOWER, MARK, NEWLINE, NUMBER};
use crate::Vocabulary;

/// `\p{L}`.
const LETTERS: u16 = UPPER | LOWER | LETTER | HAN_LETTER;
/// `\p{M}`.
const MARKS: u16 = MARK | HAN_MARK;
/// `\p{N}`.
const NUMBERS: u16 = NUMBER | HAN_NUMBER;
/// `[\p{P}\p{S}]`.
const SYMBOLS: u16 = SYMBOL | HAN_SYMBOL;
/// `\s`.
const SPACES: u16 = SPACE | NEWLINE;
/// `[^\s\p{L}\p{N}]`.
const OTHERS: u16 = CONTROL | SYMBOLS | MARKS;

/// Returns whether a character is a letter to the patterns.
pub(super) fn is_letter(classes: &Classes, character: char) -> bool {
    classes.of(u32::from(character)) & LETTERS != 0
}

/// Returns where the piece that begins at byte `start` ends. `start` is a character boundary before the end of the
/// UTF-8 `text`.
#[inline]
pub(super) fn end(vocabulary: Vocabulary, classes: &Classes, text: &[u8], start: usize) -> usize {
    by_short_cut(vocabulary, text, start).unwrap_or_else(|| by_pattern(vocabulary, classes, text, start))
}

/// Does the same as [`end`], for most ASCII text.
#[inline]
fn by_short_cut(vocabulary: Vocabulary, text: &[u8], start: usize) -> Option<usize> {
    let is_cased = matches!(vocabulary, Vocabulary::O200k | Vocabulary::Unknown | Vocabulary::Kimi);
    let word = if is_cased { ascii::cased(text, start) } else { ascii::plain(text, start) };
    if word.is_some() {
        return word;
    }
    let signs = || {
        let end = ascii::signs(text, start)?;
        let with_slashes = matches!(vocabulary, Vocabulary::O200k | Vocabulary::Unknown);
        Some(if with_slashes { cased::newlines_and_slashes(text, end) } else { newlines(text, end) })
    };
    // DeepSeek treats white space before a number differently.
    let space = || if vocabulary == Vocabulary::DeepSeek { None } else { ascii::space(text, start) };
    match text.get(start)? {
        b' ' => signs().or_else(space),
        b'\t' | b'\n' | b'\r' => space(),
        // May begin a contraction.
        b'\'' => None,
        byte if byte.is_ascii_punctuation() => signs(),
        _ => None,
    }
}

/// Does the same as [`end`], for any text.
fn by_pattern(vocabulary: Vocabulary, classes: &Classes, text: &[u8], start: usize) -> usize {
    match vocabulary {
        Vocabulary::O200k | Vocabulary::Unknown => cased::O200K.end(classes, text, start),
        Vocabulary::Kimi => cased::KIMI.end(classes, text, start),
        Vocabulary::Llama3 | Vocabulary::Glm4 => plain::THREE_DIGITS.end(classes, text, start),
        Vocabulary::Qwen => plain::ONE_DIGIT.end(classes, text, start),
        Vocabulary::DeepSeek => deepseek::end(classes, text, start),
    }
}

/// Returns the end of the run of characters of `wanted` classes from `at` on.
#[inline]
fn run(classes: &Classes, text: &[u8], mut at: usize, wanted: u16) -> usize {
    loop {
        let (class, length) = classes.at(text, at);
        if class & wanted == 0 {
            return at;
        }
        at += length;
    }
}

/// Returns the end of `\p{N}{0,most}`.
#[inline]
fn numbers(classes: &Classes, text: &[u8], mut at: usize, most: usize) -> usize {
    for _number in 0..most {
        let (class, length) = classes.at(text, at);
        if class & NUMBERS == 0 {
            break;
        }
        at += length;
    }
    at
}

/// Returns the end of `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`. Ignoring case, `s` also matches `ſ`, U+017F.
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

/// Returns the end of `[\r\n]*`.
fn newlines(text: &[u8], mut at: usize) -> usize {
    while let Some(b'\r' | b'\n') = text.get(at) {
        at += 1;
    }
    at
}

/// Returns the end of `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the run of white space; without one, all
/// but the character that belongs to the following word. A character of a class in `ends` is not a word: for the
/// pattern, the text ends before it.
fn space(classes: &Classes, text: &[u8], start: usize, ends: u16) -> usize {
    let (mut at, mut last, mut after_newline) = (start, start, None);
    let next = loop {
        let (class, length) = classes.at(text, at);
        if class & SPACES == 0 {
            break class;
        }
        last = at;
        at += length;
        if class == NEWLINE {
            after_newline = Some(at);
        }
    };
    match after_newline {
        Some(end) => end,
        None if next & !ends != 0 && last > start => last,
        None => at,
    }
}

#[cfg(test)]
fn pieces(vocabulary: Vocabulary, text: &str) -> Vec<&str> {
    let classes = Classes::unpack(vocabulary);
    let (mut at, mut pieces) = (0, Vec::new());
    while at < text.len() {
        let end = end(vocabulary, &classes, text.as_bytes(), at);
        pieces.push(&text[at..end]);
        at = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOCABULARIES: [Vocabulary; 5] =
        [Vocabulary::O200k, Vocabulary::Kimi, Vocabulary::Llama3, Vocabulary::Qwen, Vocabulary::DeepSeek];

    proptest! {
        #[test]
        fn short_cuts_end_where_the_patterns_do(
            text in "([ a-zA-Z]{0,12}|[!-/:-@]{0,12}|[ \\t\\r\\n]{0,12}|[\\x00-\\x7f]{0,3}|['’éßſǅ中\u{301}\u{a0}٣😀]|'(s|ll|RE)){0,20}",
        ) {
            for vocabulary in VOCABULARIES {
                let classes = Classes::unpack(vocabulary);
                for (start, _) in text.char_indices() {
                    if let Some(end) = by_short_cut(vocabulary, text.as_bytes(), start) {
                        let expected = by_pattern(vocabulary, &classes, text.as_bytes(), start);
                        prop_assert_eq!(end, expected, "{:?} at {} for {:?}", text, start, vocabulary);
                    }
                }
            }
        }
    }
}
