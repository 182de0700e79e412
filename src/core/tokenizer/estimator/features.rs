//! The features that determine the price of a piece: its kind, its characters, and its pairs of adjacent characters.
//!
//! Each feature is an index into the table of weights. The estimator sums the weights; the bench, which fits them, uses
//! the same features, so the two cannot disagree.

use super::class::{Class, Script, Sign};
use super::scan::{Kind, Lead, Piece};

/// Weights that belong to one feature each: kinds of pieces, then characters by unit, then repeats by unit.
pub const DENSE: usize = KINDS + 2 * UNITS;

/// Weights that pairs of adjacent characters share by hash. A power of two.
pub const PAIRS: usize = 4096;

/// The number of all weights.
pub const FEATURES: usize = DENSE + PAIRS;

const KINDS: usize = 4 * Script::COUNT + 6;
const UNITS: usize = Script::COUNT + 4 + Sign::COUNT + 4;

/// Characters that repeat the previous one more often than this are priced as repeats: `=====` is one token.
const RUN: u32 = 4;

/// Calls `feature` with the index of each weight in the price of `piece`, once per occurrence.
pub fn each(piece: Piece<'_>, mut feature: impl FnMut(usize)) {
    feature(kind_place(piece.kind));
    let mut before = '\0';
    let mut run = 0;
    for c in piece.text.chars() {
        run = if c == before { run + 1 } else { 1 };
        let unit = unit(c);
        if run > RUN {
            feature(KINDS + unit + if c.is_ascii() { UNITS } else { 0 });
        } else {
            feature(KINDS + unit);
            feature(pair(before, c));
        }
        before = c;
    }
    feature(pair(before, '\0'));
}

const fn kind_place(kind: Kind) -> usize {
    match kind {
        Kind::Word(script, Lead::Space) => script as usize,
        Kind::Word(script, Lead::None) => Script::COUNT + script as usize,
        Kind::Word(script, Lead::Sign) => 2 * Script::COUNT + script as usize,
        Kind::Word(script, Lead::Line) => 3 * Script::COUNT + script as usize,
        Kind::Contraction => 4 * Script::COUNT,
        Kind::Digits | Kind::Numbers => 4 * Script::COUNT + 1,
        Kind::Signs => 4 * Script::COUNT + 2,
        Kind::SpacedSigns => 4 * Script::COUNT + 3,
        Kind::Lines => 4 * Script::COUNT + 4,
        Kind::Spaces => 4 * Script::COUNT + 5,
    }
}

fn unit(c: char) -> usize {
    let rest = Script::COUNT + 4;
    match Class::of(c) {
        Class::Letter(Script::Latin) if c >= '\u{1e00}' => Script::COUNT + 3,
        Class::Letter(Script::Latin) if !c.is_ascii() => Script::COUNT + 2,
        Class::Letter(script) => script as usize,
        Class::Capital(Script::Latin) => Script::COUNT,
        Class::Capital(_) => Script::COUNT + 1,
        Class::Sign(sign) => rest + sign as usize,
        Class::Digit | Class::Number => rest + Sign::COUNT,
        Class::Space if c == ' ' || c == '\t' => rest + Sign::COUNT + 1,
        Class::Space => rest + Sign::COUNT + 2,
        Class::Newline => rest + Sign::COUNT + 3,
    }
}

/// Returns the index of the weight of `c` right after `before`; `'\0'` stands for either end of the piece. ASCII
/// letters share their weight across case.
#[must_use]
pub const fn pair(before: char, c: char) -> usize {
    let (a, b) = (before.to_ascii_lowercase() as u32, c.to_ascii_lowercase() as u32);
    let mixed = (a.wrapping_mul(0x9e37_79b1) ^ b).wrapping_mul(0x85eb_ca6b);
    DENSE + (mixed >> 20) as usize % PAIRS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::scan::Pieces;
    use proptest::prelude::*;

    fn places(text: &str) -> Vec<usize> {
        let mut places = Vec::new();
        for piece in Pieces::of(text) {
            each(piece, |place| places.push(place));
        }
        places
    }

    #[test]
    fn small_and_capital_letters_share_their_pairs() {
        let pairs = |text| places(text).into_iter().filter(|place| *place >= DENSE).collect::<Vec<_>>();
        assert_eq!(pairs("hello"), pairs("HELLO"));
        assert_ne!(places("hello"), places("HELLO"), "the letters themselves are told apart");
    }

    #[test]
    fn a_long_run_of_one_sign_has_no_pairs_beyond_its_first_four() {
        let pairs = |text: &str| places(text).iter().filter(|place| **place >= DENSE).count();
        assert_eq!(pairs(&"=".repeat(4)), pairs(&"=".repeat(4_000)));
    }

    proptest! {
        #[test]
        fn each_place_is_in_the_table_and_there_are_at_most_four_for_a_character(text in any::<String>()) {
            let places = places(&text);
            prop_assert!(places.iter().all(|place| *place < FEATURES));
            prop_assert!(places.len() <= 4 * text.chars().count());
        }
    }
}
