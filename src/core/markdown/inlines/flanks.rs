//! What stands around a run of `*`, `_` or `~~`, and so whether emphasis can open or close there.
//!
//! These are CommonMark's rules with the CJK-friendly amendments: Chinese and Japanese put no space around emphasis, so
//! their punctuation hinders nothing, and next to their letters other punctuation does not either.

use crate::unicode::{is_cjk, is_punctuation, is_variation_selector};

/// What a run can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flanks {
    pub(crate) opens: bool,
    pub(crate) closes: bool,
}

/// Judges a run of `mark` by the characters around; at the beginning and the end of a text there are none.
pub(crate) fn flanks(mark: u8, before: Option<char>, after: Option<char>) -> Flanks {
    // `2*3*4` and `2**10` are arithmetic.
    if mark == b'*' && is_digit(before) && is_digit(after) {
        return Flanks { opens: false, closes: false };
    }
    let (before, after) = (Side::of(before), Side::of(after));
    let left = !after.space && (!after.hinders() || before.space || before.punctuation || before.cjk);
    let right = !before.space && (!before.hinders() || after.space || after.punctuation || after.cjk);
    match mark {
        b'_' => Flanks { opens: left && (!right || before.punctuation), closes: right && (!left || after.punctuation) },
        // Two tildes stand in no text for themselves.
        b'~' => Flanks { opens: !after.space, closes: right || before.tilde },
        _ => Flanks { opens: left, closes: right },
    }
}

/// The character before a byte of the text. One that only varies the look of another is passed over.
pub(crate) fn before(text: &str, first: Option<char>) -> Option<char> {
    let mut characters = text.chars().rev();
    match characters.next() {
        Some(selector) if is_variation_selector(selector) => match (characters.next(), selector) {
            // The full-width forms of quotation marks that are otherwise Western.
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

    fn hinders(&self) -> bool {
        self.punctuation && !self.cjk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_run_decides_what_it_can_do() {
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
            let (left, right) = text.split_once('|').expect("each text has its mark");
            let found = flanks(mark, before(left, None), right.chars().next());
            assert_eq!(found, Flanks { opens, closes }, "{text}");
        }
    }

    #[test]
    fn a_selector_of_variants_is_passed_over() {
        assert_eq!(before("中\u{fe00}", None), Some('中'));
        assert_eq!(before("\u{fe00}", Some('a')), Some('a'));
        assert_eq!(before("“\u{fe01}", None), Some('「'));
        assert_eq!(before("", Some('a')), Some('a'));
    }
}
