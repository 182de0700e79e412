//! Groups of pieces: pieces that every vocabulary treats alike share a scale and an error margin.

use super::class::Script;
use super::scan::{Kind, Lead, Piece};

/// A group of pieces, by its index in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group(u8);

impl Group {
    /// The number of groups.
    pub const COUNT: usize = Script::COUNT + 10;

    /// Latin words of only ASCII letters, after a space: running text.
    const LATIN: Self = Self(0);
    /// Latin words with a letter beyond ASCII.
    const ACCENTED: Self = Self(1);
    /// `'s` and the like.
    const CONTRACTION: Self = Self(17);
    /// ASCII digits.
    const DIGITS: Self = Self(18);
    /// Other numbers.
    pub const NUMBERS: Self = Self(19);
    /// ASCII signs.
    const SIGNS: Self = Self(20);
    /// Signs beyond ASCII, emoji among them.
    pub const SYMBOLS: Self = Self(21);
    /// White space with a line end.
    pub const LINES: Self = Self(22);
    /// Other white space.
    pub const SPACES: Self = Self(23);
    /// Latin words of only ASCII letters that do not follow a space: code, base64.
    const BARE: Self = Self(24);
    /// Latin words with a letter of U+1000 to U+1FFF: Vietnamese words with two marks on a vowel.
    const VIETNAMESE: Self = Self(25);

    /// The first byte of those letters in UTF-8.
    const VIETNAMESE_LEAD: u8 = 0xe1;

    /// Returns the group of a piece.
    #[must_use]
    pub fn of(piece: Piece<'_>) -> Self {
        match piece.kind {
            Kind::Word(Script::Latin, Lead::Space) if piece.text.is_ascii() => Self::LATIN,
            Kind::Word(Script::Latin, _) if piece.text.is_ascii() => Self::BARE,
            Kind::Word(Script::Latin, _) if piece.text.as_bytes().contains(&Self::VIETNAMESE_LEAD) => Self::VIETNAMESE,
            Kind::Word(Script::Latin, _) => Self::ACCENTED,
            Kind::Word(script, _) => Self::of_script(script),
            Kind::Contraction => Self::CONTRACTION,
            Kind::Digits => Self::DIGITS,
            Kind::Numbers => Self::NUMBERS,
            Kind::Signs | Kind::SpacedSigns if piece.text.is_ascii() => Self::SIGNS,
            Kind::Signs | Kind::SpacedSigns => Self::SYMBOLS,
            Kind::Lines => Self::LINES,
            Kind::Spaces => Self::SPACES,
        }
    }

    /// Returns the group of a script's words; for Latin, of words with letters beyond ASCII.
    #[must_use]
    const fn of_script(script: Script) -> Self {
        Self(1 + script as u8)
    }

    /// Returns the index in a table of [`Self::COUNT`] entries.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize
    }
}
