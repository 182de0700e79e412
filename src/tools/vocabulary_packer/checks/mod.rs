//! Compares the tokenizer, its packs and its tables with the references, on texts of every kind.

mod reference;
mod texts;
mod vendors;

use std::{
    fs,
    path::PathBuf,
    sync::{LazyLock, Mutex, MutexGuard},
};

use headroom_tokenizer::{
    Vocabulary,
    exact::{Counter, Growing, Ids},
};
use proptest::prelude::*;
use reference::Reference;
use texts::{ODD, texts};

use crate::{
    merges::Merges,
    sources::{SOURCES, Source},
};

/// A counter, its reference, and the data its pack is made of. All are created once.
struct Pair {
    counter: Mutex<Counter>,
    reference: Reference,
    tokens: Vec<Vec<u8>>,
    merges: Merges,
    ids: Ids,
}

static PAIRS: [LazyLock<Pair>; SOURCES.len()] = [
    LazyLock::new(|| Pair::new(&SOURCES[0])),
    LazyLock::new(|| Pair::new(&SOURCES[1])),
    LazyLock::new(|| Pair::new(&SOURCES[2])),
    LazyLock::new(|| Pair::new(&SOURCES[3])),
    LazyLock::new(|| Pair::new(&SOURCES[4])),
    LazyLock::new(|| Pair::new(&SOURCES[5])),
];

impl Pair {
    fn new(source: &Source) -> Self {
        let (_, pack) = file(source, "pack");
        let counter = Counter::new(&pack).unwrap();
        assert_eq!(counter.vocabulary(), source.vocabulary);
        let tokens = source.tokens().unwrap();
        Self {
            ids: Ids::read(&file(source, "ids").1, &pack).unwrap(),
            counter: Mutex::new(counter),
            reference: Reference::of(source, &tokens),
            merges: Merges::of(&tokens).unwrap(),
            tokens,
        }
    }

    /// The cache is kept between texts, so that it is tested too.
    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Compares the tokens themselves, not only their number.
    fn assert_same(&self, text: &str) {
        let vocabulary = self.counter().vocabulary();
        let (normal, ends) = self.reference.ends(vocabulary, text);
        let shown: String = text.chars().take(200).collect();
        let mut counter = self.counter();
        let found: Vec<usize> = counter.segments(&normal).iter().map(|range| range.end).collect();
        assert!(found == ends, "{vocabulary:?} {shown:?}: {found:?} for {ends:?}");
        assert_eq!(counter.count(text), ends.len() as u64, "{vocabulary:?} {shown:?}");
        let segments = counter.segments(text);
        assert_eq!(segments.len(), ends.len(), "{vocabulary:?} {shown:?}");
        let last = segments.iter().fold(0, |at, range| {
            assert!(
                range.start == at && range.end >= at && (range.end > at || normal != text),
                "{vocabulary:?} {shown:?}"
            );
            range.end
        });
        assert_eq!(last, text.len(), "{vocabulary:?} {shown:?}");
    }
}

/// Returns the name and the bytes of a file of a vocabulary.
fn file(source: &Source, kind: &str) -> (String, Vec<u8>) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../public/vocab"));
    let (prefix, ending) = (format!("{}-", source.vocabulary.name().unwrap()), format!(".{kind}"));
    let names = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| name.starts_with(&prefix) && name.ends_with(&ending)).collect();
    let [name] = names.as_slice() else { panic!("one {kind} of {prefix}: {names:?}") };
    (name.clone(), fs::read(folder.join(name)).unwrap())
}

macro_rules! for_each_vocabulary {
    ($($name:ident $index:literal)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn the_files_are_made_again_byte_for_byte_from_the_published_crate() {
                files_are_made_again(&SOURCES[$index], &PAIRS[$index]);
            }

            #[test]
            fn texts_of_every_kind_are_cut_into_the_tokens_of_the_reference() {
                texts_are_cut(&SOURCES[$index], &PAIRS[$index]);
            }

            #[test]
            fn long_runs_are_cut_into_the_tokens_of_the_reference() {
                long_runs_are_cut(&PAIRS[$index]);
            }

            #[test]
            fn every_character_between_others_is_cut_as_the_reference_does() {
                every_character_is_cut(&PAIRS[$index]);
            }

            #[test]
            fn every_token_alone_is_cut_as_the_reference_does() {
                every_token_is_cut(&PAIRS[$index]);
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(30))]

                /// A draft of many pages that is extended: only its end is counted again.
                #[test]
                fn a_text_that_changes_is_counted_as_from_the_beginning(parts in prop::collection::vec(texts(), 2..6)) {
                    let mut counter = PAIRS[$index].counter();
                    let (mut growing, mut text) = (Growing::default(), parts.concat());
                    text = text.repeat(20_000 / text.len().max(1) + 1);
                    for part in &parts {
                        prop_assert_eq!(growing.count(&mut counter, &text), counter.count(&text));
                        text.push_str(part);
                    }
                    prop_assert_eq!(growing.count(&mut counter, &parts[0]), counter.count(&parts[0]));
                }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(30))]

                #[test]
                fn the_numbers_of_tokens_are_those_of_the_published_vocabulary(text in texts()) {
                    numbers_are_right(&SOURCES[$index], &PAIRS[$index], &text);
                }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(200))]

                #[test]
                fn any_text_is_cut_into_the_tokens_of_the_reference(text in texts()) {
                    PAIRS[$index].assert_same(&text);
                }

                #[test]
                fn a_limit_agrees_with_the_count(text in texts(), limit in 0u64..200) {
                    let mut counter = PAIRS[$index].counter();
                    let count = counter.count(&text);
                    prop_assert_eq!(counter.count_up_to(&text, limit), (count <= limit).then_some(count));
                    prop_assert_eq!(counter.count_up_to(&text, count), Some(count));
                }

                /// Two texts meet in a line break and a letter, where every pattern cuts.
                #[test]
                fn the_count_of_a_text_is_the_sum_of_its_parts(one in texts(), other in texts()) {
                    let mut counter = PAIRS[$index].counter();
                    let (one, other) = (format!("{one}x\n"), format!("x{other}"));
                    let sum = counter.count(&one) + counter.count(&other);
                    prop_assert_eq!(counter.count(&[one, other].concat()), sum);
                }
            }
        }
    )*};
}

for_each_vocabulary! { o200k 0 llama3 1 qwen 2 deepseek 3 glm4 4 kimi 5 }

fn files_are_made_again(source: &Source, pair: &Pair) {
    let Pair { tokens, merges, .. } = pair;
    assert_eq!(tokens.iter().filter(|bytes| bytes.len() == 1).count(), 256, "every byte is a token");
    for (kind, again) in [("pack", source.pack(tokens, merges).unwrap()), ("ids", source.ids(tokens))] {
        let (name, kept) = file(source, kind);
        assert!(again == kept, "run vocabulary_packer");
        assert_eq!(source.file_name(kind, &kept), name);
    }
}

/// Checks that the token ids decode to the text.
fn numbers_are_right(source: &Source, pair: &Pair, text: &str) {
    let mut counter = pair.counter();
    let numbers = pair.ids.of(&mut counter, text);
    assert_eq!(numbers.len(), counter.segments(text).len());
    let token = |number: &u32| &pair.tokens[(number - source.first) as usize];
    let said: Vec<u8> = numbers.iter().flat_map(token).copied().collect();
    let (normal, ends) = pair.reference.ends(source.vocabulary, text);
    assert_eq!(String::from_utf8_lossy(&said), normal);
    let lengths = numbers.iter().map(|number| token(number).len());
    let found: Vec<usize> = lengths
        .scan(0, |at, length| {
            *at += length;
            Some(*at)
        })
        .collect();
    assert_eq!(found, ends, "each stands for its own token");
}

fn texts_are_cut(source: &Source, pair: &Pair) {
    for text in ODD {
        pair.assert_same(text);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/tokenizer/corpus");
    let mut texts = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        pair.assert_same(&text);
        // A second source, for the vocabularies without an available vendor file.
        if [Vocabulary::Glm4, Vocabulary::Kimi].contains(&source.vocabulary) {
            let carrier = tiktoken::get_encoding(source.encoding).unwrap();
            assert_eq!(pair.counter().count(&text), carrier.count(&text) as u64);
        }
        // Different case gives different words.
        pair.assert_same(&text.to_uppercase());
        pair.assert_same(&text.split_whitespace().rev().collect::<String>());
        texts += 1;
    }
    assert!(texts > 30, "the corpus was found");
}

/// A run of one character is one piece or many, and every merge joins a token with itself.
fn long_runs_are_cut(pair: &Pair) {
    for character in ["a", "A", " ", "\n", "=", "中", "é", "😀", "\u{301}", "0", "\u{0}", "\u{200d}"] {
        for times in [2, 3, 159, 160, 161, 1000, 4097] {
            pair.assert_same(&character.repeat(times));
        }
    }
    for unit in ["ab", "acgt", "lorem", "中国", "-=", "हिन्दी", "สวัสดี", "\u{1}\u{2}", ".:", "thời", "e\u{301}\u{323}"]
    {
        pair.assert_same(&unit.repeat(700));
    }
    // The references take long for a megabyte; the tokens of a run are checked on shorter ones (above).
    let mut counter = pair.counter();
    let short = counter.count(&"a".repeat(1 << 14));
    assert_eq!(counter.count(&"a".repeat(1 << 20)), short << 6);
    assert_eq!(counter.count_up_to(&"\u{301}".repeat(1 << 20), 5), None);
}

/// Checks every character of the assigned planes, in the places where its class decides.
fn every_character_is_cut(pair: &Pair) {
    let points = (0..0x3_3480u32).chain(0xe_0000..0xe_0200);
    for chunk in points.filter_map(char::from_u32).collect::<Vec<_>>().chunks(2000) {
        let text: String =
            chunk.iter().flat_map(|character| ['a', *character, 'B', *character, *character, ' ']).collect();
        pair.assert_same(&text);
    }
}

/// Mainly checks tokens that merging never makes and those of lower ranks than their parts; also two of them in a row.
fn every_token_is_cut(pair: &Pair) {
    let Pair { tokens, merges, .. } = pair;
    let ordinary = tokens.iter().step_by(40);
    let odd = merges.never_made.iter().chain(merges.ranks.iter().rev().take(500)).filter_map(|rank| tokens.get(*rank));
    let mut text = String::new();
    for token in odd.chain(ordinary).filter_map(|bytes| str::from_utf8(bytes).ok()) {
        for text in [token.to_owned(), format!("{token}{token}"), format!("x{token}y{token}")] {
            pair.assert_same(&text);
        }
        text.push_str(token);
    }
    pair.assert_same(&text);
}
