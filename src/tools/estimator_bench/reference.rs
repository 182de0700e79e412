//! The reference counters.

use tiktoken::CoreBpe;

/// Every vocabulary of `Vocabulary::MEASURED`, and o200k again from another crate, which is the reference.
pub struct References {
    o200k: tiktoken_rs::CoreBPE,
    all: Vec<&'static CoreBpe>,
}

/// A vocabulary missing from the reference crates.
#[derive(Debug)]
pub struct Missing(pub String);

/// The crate's name of each vocabulary, in the order of `Vocabulary::MEASURED`.
const NAMES: [&str; 6] = ["o200k_base", "llama3", "qwen2", "glm4", "deepseek_v3", "kimi_k2"];

impl References {
    /// Unpacks all vocabularies, which takes about a second.
    ///
    /// # Errors
    /// If a crate lacks a vocabulary.
    pub fn load() -> Result<Self, Missing> {
        let named = |name: &str| tiktoken::get_encoding(name).ok_or_else(|| Missing(name.into()));
        Ok(Self {
            o200k: tiktoken_rs::o200k_base().map_err(|why| Missing(why.to_string()))?,
            all: NAMES.iter().map(|name| named(name)).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the tokens of `text` in each of `Vocabulary::MEASURED`.
    #[must_use]
    pub fn count_all(&self, text: &str) -> Vec<usize> {
        let rest = self.all.iter().skip(1).map(|encoding| encoding.encode(text).len());
        std::iter::once(self.o200k(text)).chain(rest).collect()
    }

    /// Returns the tokens of `text` in o200k.
    #[must_use]
    pub fn o200k(&self, text: &str) -> usize {
        self.o200k.encode_ordinary(text).len()
    }

    /// Returns the tokens of o200k that are valid UTF-8, the earliest (most frequent) first.
    #[must_use]
    pub fn vocabulary(&self) -> Vec<String> {
        let Some(encoding) = self.all.first() else {
            return Vec::new();
        };
        (0..199_998).map(|rank| encoding.decode_to_string(&[rank]).unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_tokenizer::Vocabulary;

    #[test]
    fn the_names_are_those_of_the_measured_vocabularies() {
        assert_eq!(NAMES.len(), Vocabulary::MEASURED.len());
        assert!(NAMES.iter().all(|name| tiktoken::get_encoding(name).is_some()));
    }
}
