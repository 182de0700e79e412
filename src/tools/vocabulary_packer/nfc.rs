//! Generates the table of Unicode's normalization form C, as in Qwen's reference.

use std::collections::HashMap;

use unicode_normalization_alignments::char::{canonical_combining_class, compose, decompose_canonical};

use crate::classes::push_number;

/// Hangul syllables are composed by arithmetic.
const SYLLABLES: std::ops::RangeInclusive<char> = '\u{ac00}'..='\u{d7a3}';

/// Returns the table, in the format documented in `exact::nfc`.
#[must_use]
pub fn table() -> Vec<u8> {
    let mut table = Vec::new();
    let decompositions = decompositions();
    push_number(&mut table, decompositions.len());
    let (mut before, mut first_before) = (0, 0);
    for (character, first, second) in decompositions {
        let composes = second.is_some_and(|second| compose(first, second) == Some(character));
        let [character, first] = [character, first].map(|character| u32::from(character) as usize);
        let flags = usize::from(composes) << 1 | usize::from(second.is_some());
        push_number(&mut table, (character - before) << 2 | flags);
        // Negative differences become odd numbers.
        let difference =
            if first >= first_before { (first - first_before) << 1 } else { (first_before - first - 1) << 1 | 1 };
        push_number(&mut table, difference);
        if let Some(second) = second {
            push_number(&mut table, u32::from(second) as usize);
        }
        (before, first_before) = (character, first);
    }
    let classes: Vec<u8> =
        (0..0x11_0000).map(|point| char::from_u32(point).map_or(0, canonical_combining_class)).collect();
    let mut gap = 0;
    for run in classes.chunk_by(|one, other| one == other) {
        match run.first() {
            None | Some(0) => gap = run.len(),
            Some(class) => {
                push_number(&mut table, gap);
                push_number(&mut table, run.len() - 1);
                push_number(&mut table, usize::from(*class));
                gap = 0;
            }
        }
    }
    table
}

/// Returns each character that has a decomposition, with one step of it.
fn decompositions() -> Vec<(char, char, Option<char>)> {
    let all = |character: char| {
        let mut into = String::new();
        decompose_canonical(character, |part| into.push(part));
        into
    };
    let decomposed: Vec<(char, String)> = ('\0'..=char::MAX)
        .filter(|character| !SYLLABLES.contains(character))
        .map(|character| (character, all(character)))
        .filter(|(character, parts)| !parts.chars().eq([*character]))
        .collect();
    // Of characters with the same decomposition, only the first is composed again: the map keeps the last insertion.
    let whole: HashMap<&str, char> =
        decomposed.iter().rev().map(|(character, parts)| (parts.as_str(), *character)).collect();
    let one_step = |(character, parts): &(char, String)| {
        let mut but_last = parts.chars();
        let last = but_last.next_back()?;
        let rest = but_last.as_str();
        let mut single = rest.chars();
        match (single.next(), single.next()) {
            (None, _) => Some((*character, last, None)),
            (Some(first), None) => Some((*character, first, Some(last))),
            (Some(_), Some(_)) => whole.get(rest).map(|first| (*character, *first, Some(last))),
        }
    };
    decomposed.iter().filter_map(one_step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_tokenizer_is_the_one_made_here() {
        let kept = include_bytes!("../../core/tokenizer/exact/nfc.bin");
        assert!(table() == kept, "run vocabulary_packer --nfc");
    }

    /// `Counter::count_up_to` relies on it.
    #[test]
    fn no_text_becomes_less_than_a_third() {
        use unicode_normalization_alignments::UnicodeNormalization as _;
        let length = |text: &str| text.nfc().map(|(character, _)| character.len_utf8()).sum::<usize>();
        for character in ('\0'..=char::MAX).filter(|character| !SYLLABLES.contains(character)) {
            let mut parts = String::new();
            decompose_canonical(character, |part| parts.push(part));
            assert!(length(&character.to_string()) * 3 >= character.len_utf8(), "{character:?}");
            assert!(length(&parts) * 3 >= parts.len(), "{character:?}");
        }
    }
}
