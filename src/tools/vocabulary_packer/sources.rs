//! The vocabularies, from the crate `tiktoken`, whose copies equal the vendors' own.

use std::error::Error;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use headroom_tokenizer::{
    Vocabulary,
    exact::{
        Ids,
        pack::{Token, WHOLE_PIECE, write},
    },
};
use sha2::{Digest as _, Sha256};

use crate::{levels, merges::Merges};

/// The source of a vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// Its name in the crate.
    pub encoding: &'static str,
    /// The first token that is text; tokens before it are special.
    pub first: u32,
    /// One more than the last token that is text; tokens after it are special.
    pub end: u32,
    /// The number of tokens that merging never makes; nonzero only if the reference looks up entire pieces.
    pub never_made: usize,
    /// SHA-256 of the tokens in the format of OpenAI's files: a line for each, with its bytes in base64 and its number.
    pub sha256: &'static str,
    /// The owner and the license terms.
    pub license: &'static str,
}

/// All vocabularies with a pack.
pub const SOURCES: [Source; 6] = [
    Source {
        vocabulary: Vocabulary::O200k,
        encoding: "o200k_base",
        first: 0,
        end: 199_998,
        never_made: 0,
        sha256: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        license: "OpenAI, o200k_base.tiktoken: MIT",
    },
    Source {
        vocabulary: Vocabulary::Llama3,
        encoding: "llama3",
        first: 0,
        end: 128_000,
        never_made: 588,
        sha256: "82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55",
        license: "Meta, Llama 3: Meta Llama 3 Community License, which is no open-source license",
    },
    Source {
        vocabulary: Vocabulary::Qwen,
        encoding: "qwen2",
        first: 0,
        end: 151_643,
        never_made: 0,
        sha256: "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
        license: "Alibaba Cloud, Qwen 2.5 and 3: Apache-2.0",
    },
    Source {
        vocabulary: Vocabulary::DeepSeek,
        encoding: "deepseek_v3",
        first: 3,
        end: 128_000,
        never_made: 0,
        sha256: "ea361439831165203088c236a65f20163f58a68d735b51593dfe1068a23920b2",
        license: "DeepSeek, DeepSeek-V3: MIT",
    },
    Source {
        vocabulary: Vocabulary::Glm4,
        encoding: "glm4",
        first: 0,
        end: 151_329,
        never_made: 893,
        sha256: "5a493598071550244b2ee7f26118f3edec2150b9dfa967929a99052ac83fe716",
        license: "Z.ai, GLM-4.5: MIT",
    },
    Source {
        vocabulary: Vocabulary::Kimi,
        encoding: "kimi_k2",
        first: 0,
        end: 163_584,
        never_made: 0,
        sha256: "b6c497a7469b33ced9c38afb1ad6e47f03f5e5dc05f15930799210ec050c5103",
        license: "Moonshot AI, Kimi K2: Modified MIT License",
    },
];

impl Source {
    /// Returns the tokens that are text, in the order of their ranks.
    ///
    /// # Errors
    /// If the crate was built without the vocabulary, or has a different one under its name.
    pub fn tokens(&self) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let encoding =
            tiktoken::get_encoding(self.encoding).ok_or_else(|| format!("the crate has no {}", self.encoding))?;
        let tokens: Vec<_> = (self.first..self.end).map(|number| encoding.decode(&[number])).collect();
        let found = self.digest(&tokens);
        if found == self.sha256 {
            Ok(tokens)
        } else {
            Err(format!("{} is another one: its SHA-256 is {found}", self.encoding).into())
        }
    }

    /// Returns the pack of this vocabulary. `merges` are those of `tokens`, which are in the order of their ranks.
    ///
    /// # Errors
    /// If it cannot be put in levels, or has tokens no pack can hold.
    pub fn pack(&self, tokens: &[Vec<u8>], merges: &Merges) -> Result<Vec<u8>, Box<dyn Error>> {
        if merges.never_made.len() != self.never_made {
            return Err(format!("{} tokens are never made of others", merges.never_made.len()).into());
        }
        let mut levels = vec![WHOLE_PIECE; tokens.len()];
        for (rank, level) in merges.ranks.iter().zip(levels::levels(&merges.parts)?) {
            if let Some(of) = levels.get_mut(*rank) {
                *of = level;
            }
        }
        let mut sorted: Vec<_> = tokens.iter().zip(levels).map(|(bytes, level)| Token { bytes, level }).collect();
        sorted.sort_unstable_by_key(|token| token.bytes);
        Ok(write(self.vocabulary, &sorted)?)
    }

    /// Returns the file of the tokens' ids, which belongs to the pack.
    #[must_use]
    pub fn ids(&self, tokens: &[Vec<u8>]) -> Vec<u8> {
        let mut sorted: Vec<_> = tokens.iter().zip(self.first..).collect();
        sorted.sort_unstable();
        Ids::write(&sorted.into_iter().map(|(_, number)| number).collect::<Vec<_>>())
    }

    /// Returns the name of a file of this vocabulary; it contains a hash of the content.
    #[must_use]
    pub fn file_name(&self, kind: &str, file: &[u8]) -> String {
        let digest = sha256(file);
        format!("{}-{}.{kind}", self.vocabulary.name().unwrap_or_default(), digest.get(..16).unwrap_or_default())
    }

    fn digest(&self, tokens: &[Vec<u8>]) -> String {
        let lines = tokens.iter().zip(self.first..);
        let lines = lines.map(|(bytes, number)| format!("{} {number}\n", BASE64_STANDARD.encode(bytes)));
        sha256(lines.collect::<String>().as_bytes())
    }
}

/// Returns the SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the size after brotli at quality 11, with a window over all of the input.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn brotli_size(bytes: &[u8]) -> std::io::Result<usize> {
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)
}
