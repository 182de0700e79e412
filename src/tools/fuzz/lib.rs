//! Fuzz targets for the tokenizer, and the properties they check. `./dev fuzz` searches for bytes that violate them;
//! the tests here run the fuzzer's seeds on every test run.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a target says that something is wrong by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};

use headroom_tokenizer::{
    Vocabulary,
    exact::{
        Counter, Growing, Ids,
        pack::{Token, write},
    },
};
// Where `reference` expects it.
use headroom_vocabulary_packer::sources;

mod prompts;
#[path = "../vocabulary_packer/checks/reference.rs"]
mod reference;
pub mod seeds;

pub use prompts::tools_json;

use self::{
    reference::Reference,
    sources::{SOURCES, Source},
};

/// A counter and its reference.
struct Pair {
    vocabulary: Vocabulary,
    /// Keeps its cache between texts, like the worker's.
    counter: Mutex<Counter>,
    reference: Reference,
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| SOURCES.iter().map(Pair::new).collect());

impl Pair {
    fn new(source: &Source) -> Self {
        let counter = Mutex::new(Counter::new(&pack(source.vocabulary)).unwrap());
        let reference = Reference::of(source, &source.tokens().unwrap());
        Self { vocabulary: source.vocabulary, counter, reference }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Returns the pack that the page fetches.
fn pack(vocabulary: Vocabulary) -> Vec<u8> {
    let prefix = format!("{}-", vocabulary.name().unwrap());
    let files = fs::read_dir(root().join("public/vocab")).unwrap().map(|file| file.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".pack")
    };
    fs::read(files.into_iter().find(is_it).expect("every vocabulary has a pack")).unwrap()
}

/// Checks that text is cut like each vocabulary's reference cuts it, and that all ways to count it agree. The first
/// byte is the distance of a limit from the count; the rest is the text, with invalid UTF-8 replaced.
///
/// # Panics
/// If a count is wrong.
pub fn count_matches_reference(bytes: &[u8]) {
    let Some((&odd, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    for pair in PAIRS.iter() {
        let (normal, ends) = pair.reference.ends(pair.vocabulary, &text);
        let mut counter = pair.counter.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<usize> = counter.segments(&normal).iter().map(|range| range.end).collect();
        assert_eq!(found, ends, "{:?}: the tokens", pair.vocabulary);
        let count = counter.count(&text);
        assert_eq!(count, ends.len() as u64, "{:?}: the count", pair.vocabulary);
        for limit in [count, count.saturating_sub(u64::from(odd)), count + u64::from(odd)] {
            let expected = (count <= limit).then_some(count);
            assert_eq!(counter.count_up_to(&text, limit), expected, "{:?}: up to {limit}", pair.vocabulary);
        }
        let joined = counter.segments(&text).iter().fold(0, |at, range| {
            assert!(range.start == at && range.end >= at, "{:?}: {range:?} after {at}", pair.vocabulary);
            range.end
        });
        assert_eq!(joined, text.len(), "{:?}: joined", pair.vocabulary);
        if odd % 64 == 0 {
            grows(&mut counter, &text);
        }
    }
}

/// Checks that extending, cutting and replacing a draft of many pages gives the same counts as a full count.
fn grows(counter: &mut Counter, text: &str) {
    /// Bytes of text that are counted quickly: beyond this, counting resumes where it was.
    const LONG: usize = 16 << 10;
    let mut growing = Growing::default();
    let mut long = "word ".repeat(LONG / 5) + text;
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let (head, tail) = text.split_at(middle);
    for next in [tail, head, " x", text] {
        assert_eq!(growing.count(counter, &long), counter.count(&long), "{:?}: growing", counter.vocabulary());
        long.push_str(next);
    }
    let other = long.split_off(long.len() - text.len() - 2);
    assert_eq!(growing.count(counter, &other), counter.count(&other), "{:?}: another", counter.vocabulary());
    assert_eq!(growing.count(counter, &long), counter.count(&long), "{:?}: cut", counter.vocabulary());
}

/// The offset of a pack's checksum, and of the data it covers.
const PACK: (usize, usize) = (20, 24);
/// The same offsets for a file of ids.
const IDS: (usize, usize) = (12, 16);

/// Checks that no bytes make the readers of packs and ids panic, and that accepted files can be used for counting.
/// Almost no bytes have the right checksum, so they are tried again with a corrected one.
///
/// # Panics
/// If an accepted file cannot be used for counting.
pub fn pack_bytes(bytes: &[u8]) {
    static SMALL: LazyLock<Vec<u8>> = LazyLock::new(small_pack);
    let texts = ["", "hello world", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\u{e9}\u{301}\u{4e2d}\0\r\n 12 \u{1f980}"];
    for pack in [bytes.to_vec(), begun(bytes, b"hr-bpe\n\x02", PACK)] {
        let Ok(mut counter) = Counter::new(&pack) else { continue };
        for text in texts.iter().map(|text| (*text).to_owned()).chain([String::from_utf8_lossy(bytes).into_owned()]) {
            let segments = counter.segments(&text);
            assert_eq!(counter.count(&text), segments.len() as u64, "{text:?}");
            assert_eq!(segments.last().map_or(0, |last| last.end), text.len(), "{text:?}");
        }
        let numbers = begun(bytes, b"hr-ids\n\x01", IDS);
        if let Ok(ids) = Ids::read(&numbers, &pack) {
            ids.of(&mut counter, "hello");
        }
    }
    for file in [bytes.to_vec(), begun(bytes, b"hr-ids\n\x01", IDS)] {
        if let Ok(ids) = Ids::read(&file, &SMALL) {
            let mut counter = Counter::new(&SMALL).unwrap();
            assert_eq!(ids.of(&mut counter, "hello").len(), counter.segments("hello").len());
        }
    }
}

/// Returns the bytes with a valid beginning and a valid checksum.
fn begun(bytes: &[u8], begin: &[u8], (sum, body): (usize, usize)) -> Vec<u8> {
    let mut file = bytes.to_vec();
    for (to, from) in file.iter_mut().zip(begin) {
        *to = *from;
    }
    let facts = if begin.starts_with(b"hr-bpe") { file.get(8..sum).unwrap_or_default() } else { &[] };
    let summed = file.get(body..).unwrap_or_default().iter().chain(facts);
    let fnv = summed.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    if let Some(four) = file.get_mut(sum..body) {
        four.copy_from_slice(&fnv.to_le_bytes());
    }
    file
}

/// Returns a pack of every byte and a few words.
fn small_pack() -> Vec<u8> {
    let words: [&[u8]; 6] = [b"he", b"ll", b"hell", b"aa", b"aaaa", "\u{e9}".as_bytes()];
    let mut tokens: Vec<(Vec<u8>, u16)> = (0..=u8::MAX).map(|byte| (vec![byte], 0)).collect();
    tokens.extend(words.iter().map(|word| word.to_vec()).zip(1..));
    tokens.sort();
    let tokens: Vec<Token<'_>> = tokens.iter().map(|(bytes, level)| Token { bytes, level: *level }).collect();
    write(Vocabulary::Qwen, &tokens).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_the_fuzzer_begins_with_are_counted_as_the_references_do() {
        for text in seeds::texts() {
            count_matches_reference(&text);
        }
    }

    #[test]
    fn the_files_that_the_fuzzer_begins_with_harm_nobody() {
        for file in seeds::files() {
            pack_bytes(&file);
        }
    }

    #[test]
    fn the_tools_that_the_fuzzer_begins_with_are_written_in_every_family() {
        for tools in seeds::tools() {
            tools_json(&tools);
        }
        let deep = "[".repeat(126) + &"[],".repeat(2_000) + "[]" + &"]".repeat(126);
        tools_json(deep.as_bytes());
    }

    #[test]
    fn a_mended_checksum_is_the_one_the_readers_want() {
        let mut pack = small_pack();
        pack[20] ^= 1;
        assert!(Counter::new(&pack).is_err());
        assert!(Counter::new(&begun(&pack, b"hr-bpe\n\x02", PACK)).is_ok());
        let mut ids = Ids::write(&(0..262).collect::<Vec<_>>());
        ids[12] ^= 1;
        assert!(Ids::read(&ids, &small_pack()).is_err());
        assert!(Ids::read(&begun(&ids, b"hr-ids\n\x01", IDS), &small_pack()).is_ok());
    }
}
