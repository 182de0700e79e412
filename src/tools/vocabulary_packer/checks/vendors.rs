//! Compares the counters with recorded output of the vendors' own tokenizers; see `references/README.md`.

use std::collections::BTreeMap;

use headroom_tokenizer::Vocabulary;

use super::{PAIRS, SOURCES};

/// Each line has text and, by the name of a vocabulary, the bytes of each token of the normalized text.
const RECORDED: &str = include_str!("../references/vendors.jsonl");

#[derive(serde::Deserialize)]
struct Line {
    text: String,
    #[serde(flatten)]
    tokens: BTreeMap<String, Vec<usize>>,
}

#[test]
fn texts_are_cut_into_the_tokens_of_the_vendors() {
    let mut compared = [0; SOURCES.len()];
    for line in RECORDED.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        for ((source, pair), compared) in SOURCES.iter().zip(&PAIRS).zip(&mut compared) {
            let Some(lengths) = line.tokens.get(source.vocabulary.name().unwrap()) else { continue };
            let (normal, _) = pair.reference.ends(source.vocabulary, &line.text);
            let mut counter = pair.counter();
            let found: Vec<usize> = counter.segments(&normal).iter().map(ExactSizeIterator::len).collect();
            assert_eq!(&found, lengths, "{:?} {:?}", source.vocabulary, line.text);
            assert_eq!(counter.count(&line.text), lengths.len() as u64, "{:?} {:?}", source.vocabulary, line.text);
            *compared += 1;
        }
    }
    for (source, compared) in SOURCES.iter().zip(compared) {
        let recorded = matches!(source.vocabulary, Vocabulary::Llama3 | Vocabulary::Qwen | Vocabulary::DeepSeek);
        assert_eq!(compared >= 300, recorded, "{:?}", source.vocabulary);
    }
}
