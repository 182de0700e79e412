//! Tests with a vocabulary of a few words. That o200k is counted like the reference is tested by `vocabulary_packer`,
//! which has both.

use proptest::prelude::*;

use super::{
    Counter, Growing,
    pack::{Token, WHOLE_PIECE, write},
};
use crate::Vocabulary;

/// Tokens whose level is the rank of their merge, which keeps every promise.
fn counter_of(vocabulary: Vocabulary, merged: &[&str], whole: &[&str]) -> Counter {
    Counter::new(&pack_of(vocabulary, merged, whole)).unwrap()
}

pub(super) fn pack_of(vocabulary: Vocabulary, merged: &[&str], whole: &[&str]) -> Vec<u8> {
    let mut tokens: Vec<(Vec<u8>, u16)> = (0..=255).map(|byte| (vec![byte], 0)).collect();
    tokens.extend(merged.iter().zip(1..).map(|(word, rank)| (word.as_bytes().to_vec(), rank)));
    tokens.extend(whole.iter().map(|word| (word.as_bytes().to_vec(), WHOLE_PIECE)));
    tokens.sort();
    let tokens: Vec<_> = tokens.iter().map(|(bytes, level)| Token { bytes, level: *level }).collect();
    write(vocabulary, &tokens).unwrap()
}

pub(super) fn small_pack() -> Vec<u8> {
    let merged = ["aa", "he", "ll", "aaaa", "hell", "hello", " w", "or", " wor", "ld", "lo", "é"];
    pack_of(Vocabulary::O200k, &merged, &[])
}

fn small() -> Counter {
    Counter::new(&small_pack()).unwrap()
}

fn words<'a>(counter: &mut Counter, text: &'a str) -> Vec<&'a str> {
    counter.segments(text).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn merges_are_made_in_order_and_from_the_left() {
    for (text, expected) in [
        ("", &[][..]),
        ("hello", &["hello"]),
        ("hello world", &["hello", " wor", "ld"]),
        ("aaaaaaa", &["aaaa", "aa", "a"]),
        ("llo", &["ll", "o"]),
        ("éxé", &["é", "x", "é"]),
        ("<|end|>", &["<", "|", "e", "n", "d", "|", ">"]),
    ] {
        assert_eq!(words(&mut small(), text), expected, "{text:?}");
        assert_eq!(small().count(text), expected.len() as u64, "{text:?}");
    }
}

#[test]
fn the_vocabulary_of_the_pack_decides_how_a_text_is_split() {
    for (vocabulary, expected) in [
        // The pattern splits "a" and "B", so that they are not a token.
        (Vocabulary::O200k, &["12", "3", "a", "B"][..]),
        (Vocabulary::Llama3, &["12", "3", "aB"]),
        (Vocabulary::Qwen, &["1", "2", "3", "aB"]),
    ] {
        let mut counter = counter_of(vocabulary, &["12", "aB"], &[]);
        assert_eq!(counter.vocabulary(), vocabulary);
        assert_eq!(words(&mut counter, "123aB"), expected, "{vocabulary:?}");
    }
}

#[test]
fn a_token_that_no_merge_makes_counts_as_a_whole_piece_and_nowhere_else() {
    let mut counter = counter_of(Vocabulary::Llama3, &["ab"], &["abcd", "xy"]);
    for (text, expected) in [
        ("abcd", &["abcd"][..]),
        ("abcde", &["ab", "c", "d", "e"]),
        ("xy", &["xy"]),
        ("xyx", &["x", "y", "x"]),
        ("xy\nxy", &["xy", "\n", "xy"]),
        ("!xy", &["!", "x", "y"]),
    ] {
        assert_eq!(words(&mut counter, text), expected, "{text:?}");
        assert_eq!(counter.count(text), expected.len() as u64, "{text:?}");
    }
    let long = "xy".repeat(500);
    assert_eq!(counter.count(&long), 1000);
    assert_eq!(words(&mut counter, &long).len(), 1000);
}

#[test]
fn a_text_that_is_normalized_is_cut_where_it_was() {
    let mut counter = counter_of(Vocabulary::Qwen, &["é", "aé", "\u{958}", "क\u{93c}"], &[]);
    for (text, expected) in [
        ("aéb", &["aé", "b"][..]),
        ("ae\u{301}b", &["ae\u{301}", "b"]),
        ("e\u{301}\u{301}", &["e\u{301}", "\u{301}"]),
        ("x\u{958}y", &["x", "\u{958}", "y"]),
    ] {
        // Other text is split byte by byte; the expected words end where some token does.
        let segments = counter.segments(text);
        assert_eq!(counter.count(text), segments.len() as u64, "{text:?}");
        let ends: Vec<usize> = segments.iter().map(|range| range.end).collect();
        let mut at = 0;
        for word in expected {
            at += word.len();
            assert!(ends.contains(&at), "{text:?} {word:?}: {ends:?}");
        }
        assert_eq!(ends.last(), Some(&text.len()));
    }
    // Six bytes become two: the count may exceed what the text's own length suggests.
    let text = "\u{212a}".repeat(3);
    assert_eq!(counter.count(&text), 3);
    assert_eq!((counter.count_up_to(&text, 3), counter.count_up_to(&text, 2)), (Some(3), None));
}

#[test]
fn a_long_piece_is_merged_as_a_short_one() {
    let mut counter = small();
    // One piece: lowercase letters without a space. Each unit begins with a letter that no token crosses into.
    let unit = "xhelloaaaaaaallohell";
    let once = words(&mut counter, unit);
    for times in [1, 7, 8, 9, 1000] {
        let text = unit.repeat(times);
        assert_eq!(words(&mut counter, &text), once.repeat(times), "{times}");
    }
}

#[test]
fn a_megabyte_of_one_letter_is_merged() {
    let text = "a".repeat(1 << 20);
    assert_eq!(small().count(&text), 1 << 18);
}

#[test]
fn a_limit_is_kept_to_the_token() {
    let mut counter = small();
    for (limit, expected) in [(0, None), (2, None), (3, Some(3)), (u64::MAX, Some(3))] {
        assert_eq!(counter.count_up_to("hello world", limit), expected, "{limit}");
    }
    assert_eq!(counter.count_up_to("", 0), Some(0));
    assert_eq!(counter.count_up_to(&"a".repeat(1 << 22), 1000), None);
}

#[test]
fn an_empty_vocabulary_counts_bytes() {
    let mut counter = Counter::new(&write(Vocabulary::O200k, &[]).unwrap()).unwrap();
    assert_eq!(counter.count("a 中"), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_join_to_the_text_and_every_way_of_counting_agrees(
        text in "([ahelowrd]{1,9}|[ahelo]{160,200}|\\PC{0,9}|[ \\n\\t'é中]{1,5}){0,9}", limit in 0u64..300,
    ) {
        let mut counter = small();
        let segments = counter.segments(&text);
        let mut at = 0;
        for segment in &segments {
            prop_assert!(segment.start == at && segment.end > at);
            at = segment.end;
        }
        prop_assert_eq!(at, text.len());
        let count = counter.count(&text);
        prop_assert_eq!(count, segments.len() as u64);
        prop_assert_eq!(counter.count(&text), count, "once more, from the cache");
        prop_assert_eq!(counter.count_up_to(&text, limit), (count <= limit).then_some(count));
    }

    #[test]
    fn levels_that_break_their_promises_are_no_danger(levels in proptest::collection::vec(0u16..9, 8), text in "[abc]{0,400}") {
        let bytes: [&[u8]; 8] = [b"a", b"ab", b"aba", b"abc", b"b", b"bab", b"bb", b"ca"];
        let tokens: Vec<_> = bytes.iter().zip(&levels).map(|(bytes, level)| Token { bytes, level: *level }).collect();
        let mut counter = Counter::new(&write(Vocabulary::O200k, &tokens).unwrap()).unwrap();
        let joined: usize = counter.segments(&text).iter().map(ExactSizeIterator::len).sum();
        prop_assert_eq!(joined, text.len());
    }
}

/// Lengths above the threshold for counting everything, with any changes: what is remembered must be right.
#[test]
fn a_text_that_grows_shrinks_and_changes_is_counted_as_from_the_beginning() {
    let filler = "hello world. It's he\n  hell's 12 中文 or\n\n".repeat(600);
    let ends =
        ["", "x", " x", "\n", " ", "  x", "'s", "\nhello", "/", "\u{301}", " 中", "中 hello", "\r\n", "12", " 12"];
    for vocabulary in Vocabulary::MEASURED {
        let mut counter =
            counter_of(vocabulary, &["he", "ll", "hell", "hello", " w", "or", " wor", "ld", "\n\n", "'s", " \n"], &[]);
        let mut growing = Growing::default();
        for first in ends {
            for second in ends {
                for text in
                    [filler.clone() + first, filler.clone() + first + second, filler.clone() + first + second + first]
                {
                    assert_eq!(
                        growing.count(&mut counter, &text),
                        counter.count(&text),
                        "{vocabulary:?} {first:?} {second:?}"
                    );
                }
            }
            let other = filler.replace("12", first);
            assert_eq!(growing.count(&mut counter, &other), counter.count(&other), "{vocabulary:?} {first:?}");
        }
        assert_eq!(growing.count(&mut counter, ""), 0);
    }
}

#[test]
fn what_was_counted_before_the_last_words_is_not_counted_again() {
    let mut counter = small();
    let mut growing = Growing::default();
    let text = "hello world ".repeat(1 << 16);
    assert_eq!(growing.count(&mut counter, &text), counter.count(&text));
    assert!(text.len() - growing.place() < 8 << 10, "{} of {}", growing.place(), text.len());
}
