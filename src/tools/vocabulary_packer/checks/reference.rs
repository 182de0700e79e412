//! The reference for the tokenizer: the vendors' patterns, run by a regex engine, and merging by rank as `tiktoken`
//! does it. That these match the vendors' own tokenizers is tested in `vendors`.

use fancy_regex::Regex;
use headroom_tokenizer::Vocabulary;
use tiktoken_rs::CoreBPE;
use unicode_normalization_alignments::UnicodeNormalization as _;

use crate::sources::Source;

const PLAIN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const KIMI: &str = r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Each is applied to what the previous ones left over; unmatched text stays a piece.
const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    r"[一-龥぀-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
];

pub(super) struct Reference {
    core: CoreBPE,
    /// Patterns applied before the main one.
    stages: Vec<Regex>,
}

impl Reference {
    pub(super) fn of(source: &Source, tokens: &[Vec<u8>]) -> Self {
        let pattern = match source.vocabulary {
            Vocabulary::Llama3 | Vocabulary::Glm4 => PLAIN,
            Vocabulary::Qwen => QWEN,
            Vocabulary::Kimi => KIMI,
            // The stages cut the text; here, an entire piece is matched.
            Vocabulary::DeepSeek => r"(?s:.+)",
            _ => return Self { core: tiktoken_rs::o200k_base().unwrap(), stages: Vec::new() },
        };
        let stages = if source.vocabulary == Vocabulary::DeepSeek { DEEPSEEK.as_slice() } else { &[] };
        let ranks = tokens.iter().cloned().zip(0..).collect();
        Self {
            core: CoreBPE::new(ranks, Default::default(), pattern).unwrap(),
            stages: stages.iter().map(|pattern| Regex::new(pattern).unwrap()).collect(),
        }
    }

    /// Returns the text as the pattern sees it, and where its tokens end.
    pub(super) fn ends(&self, vocabulary: Vocabulary, text: &str) -> (String, Vec<usize>) {
        let text = match vocabulary {
            Vocabulary::Qwen => text.nfc().map(|(character, _)| character).collect(),
            _ => text.to_owned(),
        };
        let mut pieces = vec![text.as_str()];
        for stage in &self.stages {
            pieces = pieces.into_iter().flat_map(|piece| isolate(stage, piece)).collect();
        }
        let mut at = 0;
        let tokens = pieces.into_iter().flat_map(|piece| self.core.encode_ordinary(piece));
        let ends = tokens.map(|token| {
            at += self.core.decode_bytes(&[token]).unwrap().len();
            at
        });
        let ends = ends.collect();
        (text, ends)
    }
}

/// Returns the matches and the text between them.
fn isolate<'a>(pattern: &Regex, text: &'a str) -> Vec<&'a str> {
    let (mut at, mut pieces) = (0, Vec::new());
    for found in pattern.find_iter(text) {
        let found = found.unwrap();
        pieces.extend([&text[at..found.start()], found.as_str()].into_iter().filter(|piece| !piece.is_empty()));
        at = found.end();
    }
    pieces.extend(Some(&text[at..]).filter(|piece| !piece.is_empty()));
    pieces
}
