//! The vocabulary o200k, from the crate `tiktoken`, whose copy is OpenAI's byte for byte.

use std::error::Error;

use headroom_tokenizer::exact::pack::{Token, write};
use sha2::{Digest as _, Sha256};

use crate::levels;

/// Tokens of o200k that are text; the special ones come after them and are no matter of a vocabulary.
pub const TOKENS: u32 = 199_998;

/// SHA-256 of the file OpenAI publishes: for each token a line with its bytes in base64 and its rank.
pub const PUBLISHED: &str = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";

/// The tokens in the order of their ranks.
///
/// # Errors
/// When the crate was built without the vocabulary.
pub fn tokens() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let encoding = tiktoken::get_encoding("o200k_base").ok_or("the crate has no o200k")?;
    Ok((0..TOKENS).map(|rank| encoding.decode(&[rank])).collect())
}

/// The pack of a vocabulary whose tokens are in the order of their ranks.
///
/// # Errors
/// When it cannot be put in levels, or has tokens no pack can hold.
pub fn pack(tokens: &[Vec<u8>]) -> Result<Vec<u8>, Box<dyn Error>> {
    let levels = levels::levels(&levels::parts(tokens)?)?;
    let mut sorted: Vec<_> = tokens.iter().zip(levels).map(|(bytes, level)| Token { bytes, level }).collect();
    sorted.sort_unstable_by_key(|token| token.bytes);
    Ok(write(&sorted)?)
}

/// The name of the pack's file: it changes with every byte of it.
#[must_use]
pub fn file_name(pack: &[u8]) -> String {
    let digest = sha256(pack);
    format!("o200k-{}.pack", digest.get(..16).unwrap_or_default())
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many bytes brotli at quality 11 makes of it, with a window over all of it.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn brotli_size(bytes: &[u8]) -> std::io::Result<usize> {
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)
}
