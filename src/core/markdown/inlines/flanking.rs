//! Whether a run of `*`, `_` or `~~` can open or close emphasis, judged by the characters next to it.
//!
//! CommonMark's rules with the CJK-friendly amendments. Chinese and Japanese put no spaces around emphasis, so CJK
//! punctuation never blocks it, and other punctuation does not block it next to a CJK character.

use crate::unicode::{is_cjk, is_punctuation, is_variation_selector};

/// Whether a delimiter run can open and close emphasis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flanking {
    pub(crate) opens: bool,
    pub(crate) closes: bool,
}

impl Flanking {
    /// Judges a run of `mark` between two characters. `None` is the start or the end of the text.
    pub(crate) fn of(mark: u8, before: Option<char>, after: Option<char>) -> Self {
        // `2*3*4` and `2**10` are arithmetic.
        if mark == b'*' && is_digit(before) && is_digit(after) {
            return Self { opens: false, closes: false };
        }
        let (before, after) = (Side::of(before), Side::of(after));
        let left = !after.space && (!after.blocks() || before.space || before.punctuation || before.cjk);
        let right = !before.space && (!before.blocks() || after.space || after.punctuation || after.cjk);
        match mark {
            b'_' => {
                Self { opens: left && (!right || before.punctuation), closes: right && (!left || after.punctuation) }
            }
            // More lenient than `*`: `~~` rarely means anything else.
            b'~' => Self { opens: !after.space, closes: right || before.tilde },
            _ => Self { opens: left, closes: right },
        }
    }
}

/// Returns the last character of `text`, or `first` if it is empty. Skips a variation selector, which belongs to the
/// character before it.
pub(crate) fn before(text: &str, first: Option<char>) -> Option<char> {
    let mut characters = text.chars().rev();
    match characters.next() {
        Some(selector) if is_variation_selector(selector) => match (characters.next(), selector) {
            // This selector makes Western quotation marks full-width, that is CJK.
            (Some('\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}'), '\u{fe01}') => Some('\u{300c}'),
            (base, _) => base.or(first),
        },
        other => other.or(first),
    }
}

fn is_digit(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_ascii_digit())
}

struct Side {
    space: bool,
    punctuation: bool,
    cjk: bool,
    tilde: bool,
}

impl Side {
    fn of(character: Option<char>) -> Self {
        match character {
            None => Self { space: true, punctuation: false, cjk: false, tilde: false },
            Some(character) => Self {
                space: character.is_whitespace(),
                punctuation: is_punctuation(character),
                cjk: is_cjk(character),
                tilde: character == '~',
            },
        }
    }

    /// Whether emphasis next to it needs a space or punctuation on the other side.
    fn blocks(&self) -> bool {
        self.punctuation && !self.cjk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_characters_around_a_run_decide_whether_it_opens_and_closes() {
        for (text, mark, opens, closes) in [
            ("a|b", b'*', true, true),
            (" |b", b'*', true, false),
            ("a| ", b'*', false, true),
            (" | ", b'*', false, false),
            ("a|\"", b'*', false, true),
            ("\"|a", b'*', true, false),
            ("a|$", b'~', true, true),
            ("a| ", b'~', false, true),
            ("a|b", b'_', false, false),
            ("(|b", b'_', true, false),
            ("。|は", b'*', true, true),
            ("は|「", b'*', true, true),
            ("」|か", b'*', true, true),
            (")|か", b'*', true, true),
            ("は|(", b'*', true, true),
            ("は|`", b'*', true, true),
            (")|가", b'*', true, true),
            ("。|は", b'_', true, false),
            ("…|a", b'*', true, false),
            ("3|4", b'*', false, false),
            ("3|x", b'*', true, true),
        ] {
            let (left, right) = text.split_once('|').expect("each case has a |");
            let found = Flanking::of(mark, before(left, None), right.chars().next());
            assert_eq!(found, Flanking { opens, closes }, "{text}");
        }
    }

    #[test]
    fn variation_selectors_are_skipped() {
        assert_eq!(before("中\u{fe00}", None), Some('中'));
        assert_eq!(before("\u{fe00}", Some('a')), Some('a'));
        assert_eq!(before("“\u{fe01}", None), Some('「'));
        assert_eq!(before("", Some('a')), Some('a'));
    }
}
