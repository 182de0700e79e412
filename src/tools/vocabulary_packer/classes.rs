//! Generates the table of character classes for split patterns.

use regex_syntax::{Parser, hir::HirKind};

/// The classes in the order of their bits in `exact::classes`; each character belongs to the last one that contains it.
const CLASSES: [&str; 13] = [
    r"[\x{0}-\x{10ffff}]",
    r"[\p{P}\p{S}]",
    r"[\p{Lu}\p{Lt}]",
    r"\p{Ll}",
    r"[\p{Lm}\p{Lo}]",
    r"\p{M}",
    r"\p{N}",
    r"\s",
    r"[\r\n]",
    r"[\p{Han}&&\p{L}]",
    r"[\p{Han}&&\p{N}]",
    r"[\p{Han}&&[\p{P}\p{S}]]",
    r"[\p{Han}&&\p{M}]",
];

/// Returns the runs of characters of equal class: the length minus one, shifted by four, plus the number of the class,
/// as base-128 numbers with the lowest bits first.
#[must_use]
pub fn runs() -> Vec<u8> {
    let mut class_of = vec![0u8; 0x11_0000];
    for (number, pattern) in (0u8..).zip(CLASSES) {
        for (first, last) in ranges(pattern) {
            if let Some(members) = class_of.get_mut(first as usize..=last as usize) {
                members.fill(number);
            }
        }
    }
    let mut runs = Vec::new();
    for run in class_of.chunk_by(|one, other| one == other) {
        let class = run.first().copied().unwrap_or_default();
        push_number(&mut runs, (run.len() - 1) << 4 | usize::from(class));
    }
    runs
}

/// Writes a base-128 number, the lowest bits first.
pub(crate) fn push_number(into: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        into.push(0x80 | low_byte(number));
        number >>= 7;
    }
    into.push(low_byte(number));
}

fn low_byte(number: usize) -> u8 {
    let [byte, ..] = number.to_le_bytes();
    byte
}

/// Returns the ranges of code points that a pattern of one character matches.
fn ranges(pattern: &str) -> Vec<(u32, u32)> {
    let Ok(parsed) = Parser::new().parse(pattern) else { return Vec::new() };
    match parsed.kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_tokenizer_is_the_one_made_here() {
        assert!(CLASSES.iter().all(|pattern| !ranges(pattern).is_empty()));
        let kept = include_bytes!("../../core/tokenizer/exact/classes.bin");
        assert!(runs() == kept, "run vocabulary_packer --classes");
    }
}
