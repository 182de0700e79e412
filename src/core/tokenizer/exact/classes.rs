//! Character classes for split patterns: the general categories these patterns use, for every code point.

use crate::Vocabulary;

/// `C*`: controls, format characters, private use, unassigned.
pub const CONTROL: u16 = 1;
/// `P*` and `S*`: punctuation and symbols.
pub const SYMBOL: u16 = 1 << 1;
/// `Lu` and `Lt`.
pub const UPPER: u16 = 1 << 2;
/// `Ll`.
pub const LOWER: u16 = 1 << 3;
/// `Lm` and `Lo`: letters without case.
pub const LETTER: u16 = 1 << 4;
/// `M*`.
pub const MARK: u16 = 1 << 5;
/// `N*`.
pub const NUMBER: u16 = 1 << 6;
/// `White_Space`, except the two below.
pub const SPACE: u16 = 1 << 7;
/// `\r` and `\n`.
pub const NEWLINE: u16 = 1 << 8;
/// Letters of the script Han: ideographs.
pub const HAN_LETTER: u16 = 1 << 9;
/// Numbers of the script Han.
pub const HAN_NUMBER: u16 = 1 << 10;
/// Symbols of the script Han: radicals.
pub const HAN_SYMBOL: u16 = 1 << 11;
/// Marks of the script Han.
pub const HAN_MARK: u16 = 1 << 12;
/// For DeepSeek: the characters its second pattern names; replaces every other class.
pub const IDEOGRAPH_OR_KANA: u16 = 1 << 13;

/// The ranges of [`IDEOGRAPH_OR_KANA`]: `[\u3040-\u30ff]` and `[一-龥]`.
const IDEOGRAPHS_AND_KANA: [std::ops::Range<usize>; 2] = [0x3040..0x3100, 0x4e00..0x9fa6];

/// The runs of equal class from U+0000 to U+10FFFF, each a little-endian base-128 number: the length of the run minus
/// one, shifted by four, plus the index of the class's bit. Made from Unicode 16 by `vocabulary_packer --classes`,
/// whose test regenerates them.
const RUNS: &[u8] = include_bytes!("classes.bin");

/// Below this, classes are looked up in an array; above, where few runs remain, by binary search.
const FLAT: u32 = 0x2_0000;

/// The unpacked classes: 256 KiB.
#[derive(Clone, Debug)]
pub struct Classes {
    flat: Vec<u16>,
    /// The first code point and the class of each run that ends above [`FLAT`].
    above: Vec<(u32, u16)>,
}

impl Classes {
    /// Unpacks the table for a vocabulary's patterns.
    #[must_use]
    pub fn unpack(vocabulary: Vocabulary) -> Self {
        let mut flat = Vec::with_capacity(FLAT as usize);
        let mut above = Vec::new();
        let mut first = 0u32;
        for number in Numbers(RUNS.iter()) {
            let (length, class) = ((number >> 4) + 1, 1u16 << (number & 15));
            let end = first.saturating_add(length);
            flat.resize(end.min(FLAT) as usize, class);
            if end > FLAT {
                above.push((first, class));
            }
            first = end;
        }
        if vocabulary == Vocabulary::DeepSeek {
            for range in IDEOGRAPHS_AND_KANA {
                flat.get_mut(range).unwrap_or_default().fill(IDEOGRAPH_OR_KANA);
            }
        }
        Self { flat, above }
    }

    /// Returns the class of a code point.
    #[must_use]
    #[inline]
    pub fn of(&self, point: u32) -> u16 {
        match self.flat.get(point as usize) {
            Some(&class) => class,
            None => self.search(point),
        }
    }

    #[cold]
    fn search(&self, point: u32) -> u16 {
        let after = self.above.partition_point(|&(first, _)| first <= point);
        after.checked_sub(1).and_then(|at| self.above.get(at)).map_or(CONTROL, |&(_, class)| class)
    }

    /// Returns the class and the length in bytes of the character at byte `at`: `(0, 0)` at the end of the text.
    #[inline]
    pub(super) fn at(&self, text: &[u8], at: usize) -> (u16, usize) {
        match text.get(at) {
            None => (0, 0),
            Some(&byte) if byte < 0x80 => (self.of(u32::from(byte)), 1),
            Some(&byte) => {
                let (point, length) = decode(byte, text, at);
                (self.of(point), length)
            }
        }
    }
}

/// Returns the code point and the length of the multi-byte character that begins at `at`. The text is UTF-8.
#[inline]
fn decode(lead: u8, text: &[u8], at: usize) -> (u32, usize) {
    let low = |offset: usize| u32::from(text.get(at + offset).map_or(0, |byte| byte & 0x3f));
    let lead = u32::from(lead);
    match lead {
        ..0xe0 => ((lead & 0x1f) << 6 | low(1), 2),
        0xe0..0xf0 => ((lead & 0x0f) << 12 | low(1) << 6 | low(2), 3),
        _ => ((lead & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3), 4),
    }
}

/// Reads base-128 numbers, the lowest seven bits first.
pub(super) struct Numbers<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Iterator for Numbers<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut number, mut shift) = (0u32, 0u32);
        loop {
            let byte = *self.0.next()?;
            number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_one_class_that_agrees_with_the_standard_library() {
        let classes = Classes::unpack(Vocabulary::O200k);
        for point in (0..=0x10_ffff).filter_map(char::from_u32) {
            let class = classes.of(u32::from(point));
            assert_eq!(class.count_ones(), 1, "{point:?}");
            // Compares with the standard library's properties that are defined by category alone; its Unicode may be
            // newer, so only code points assigned in version 14 are compared.
            if u32::from(point) < 0x1_0000 {
                assert_eq!(class & (SPACE | NEWLINE) != 0, point.is_whitespace(), "{point:?}");
            }
        }
    }

    #[test]
    fn classes_of_known_characters() {
        for (class, members) in [
            (UPPER, "AZÄΩЖǅ𝐀"),
            (LOWER, "azäωжſ𝐚"),
            (LETTER, "ªʰאあ한ก"),
            (MARK, "\u{301}\u{93e}\u{20dd}\u{fe0f}\u{e0100}"),
            (NUMBER, "09٣½²Ⅷ"),
            (HAN_LETTER, "中々𠀀𪜀"),
            (HAN_NUMBER, "〇〡"),
            (HAN_SYMBOL, "⺀⼀"),
            (HAN_MARK, "\u{16ff0}"),
            (SPACE, " \t\u{b}\u{c}\u{85}\u{a0}\u{2028}\u{3000}"),
            (NEWLINE, "\r\n"),
            (SYMBOL, "!_'/😀。￥"),
            (CONTROL, "\0\u{200d}\u{200b}\u{e000}\u{10ffff}"),
        ] {
            let classes = Classes::unpack(Vocabulary::O200k);
            for member in members.chars() {
                assert_eq!(classes.of(u32::from(member)), class, "{member:?}");
            }
        }
    }

    #[test]
    fn for_deepseek_ideographs_and_kana_are_one_class() {
        let classes = Classes::unpack(Vocabulary::DeepSeek);
        for (class, members) in [
            (IDEOGRAPH_OR_KANA, "一龥\u{3040}ぁ゠・ヿ\u{3099}"),
            (LETTER, "ㄅ"),
            (HAN_LETTER, "龦㐀々"),
            (SYMBOL, "〿。"),
        ] {
            for member in members.chars() {
                assert_eq!(classes.of(u32::from(member)), class, "{member:?}");
            }
        }
    }

    #[test]
    fn a_character_is_found_by_its_bytes() {
        let classes = Classes::unpack(Vocabulary::O200k);
        let text = "aé中😀";
        let lengths: Vec<_> = text.char_indices().map(|(at, _)| classes.at(text.as_bytes(), at)).collect();
        assert_eq!(lengths, [(LOWER, 1), (LOWER, 2), (HAN_LETTER, 3), (SYMBOL, 4)]);
        assert_eq!(classes.at(text.as_bytes(), text.len()), (0, 0));
    }
}
