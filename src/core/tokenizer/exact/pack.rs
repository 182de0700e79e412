//! The file format of a vocabulary: what counting needs of it, without ids.
//!
//! ```text
//! bytes  0..7    "hr-bpe\n"
//! byte   7       version, 2
//! byte   8       the vocabulary, by its number in `VOCABULARIES`: it decides how text is split
//! byte   9       0
//! bytes 10..12   number of different levels
//! bytes 12..16   number of tokens
//! bytes 16..20   bytes of all suffixes
//! bytes 20..24   checksum (FNV-1a, 32 bits) of everything after it, and of bytes 8..20 after that
//! then, for the tokens in ascending order of their bytes:
//!   the bytes that a token does not share with the one before it, of all tokens
//!   how many it shares: numbers
//!   how many follow those: numbers, first of the tokens that share none, then of those that share one, and so on
//! then the different levels, two bytes each
//! then, of the shortest tokens first, of equally long ones in ascending order:
//!   which of these levels each has: numbers
//! ```
//!
//! Numbers are one byte each, 255 for 255 and more; after all of them comes the excess of those over 255, all low bytes
//! before all high bytes. Where they decide an order, all values of 255 and more are equal. Fields of several bytes are
//! little-endian. The data is stored in columns in these orders because a general compressor (HTTP's brotli) does
//! better on them than on rows: o200k is 26 KB smaller.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
    fmt,
};

use crate::Vocabulary;

/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 1023;
/// The level of a token that no merge makes: it counts only if an entire piece is this token.
pub const WHOLE_PIECE: u16 = u16::MAX - 1;
/// The highest level of a token that merges make.
pub const HIGHEST_LEVEL: u16 = u16::MAX - 2;

const MAGIC: &[u8; 7] = b"hr-bpe\n";
const VERSION: u8 = 2;
const HEADER: usize = 24;
/// The vocabularies by their numbers in packs; new ones are appended.
const VOCABULARIES: [Vocabulary; 6] =
    [Vocabulary::O200k, Vocabulary::Llama3, Vocabulary::Qwen, Vocabulary::DeepSeek, Vocabulary::Glm4, Vocabulary::Kimi];
/// More tokens than any vocabulary has; bounds what a foreign file can make us allocate.
const MOST_TOKENS: usize = 1 << 20;
/// More bytes than all tokens of any vocabulary have together.
const MOST_BYTES: usize = 1 << 24;

/// A token and its merge level: of two possible merges, the one of the lower level is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The token's bytes, from 1 to 1,023; they need not be UTF-8.
    pub bytes: &'a [u8],
    /// The token's level, at most [`HIGHEST_LEVEL`], or [`WHOLE_PIECE`].
    pub level: u16,
}

/// Why a pack cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackError {
    /// It does not begin like a pack.
    Magic,
    /// Its version is unknown to this code.
    Version(u8),
    /// It is truncated.
    Truncated,
    /// It has data after its end.
    TooLong,
    /// Its checksum does not match: it was corrupted.
    Checksum,
    /// Its vocabulary, of this number, is unknown to this code.
    Vocabulary(u8),
    /// It states more tokens than any vocabulary has.
    TooManyTokens(u32),
    /// The token of this number shares more bytes with the previous one than that has, or is empty or too long, or
    /// exceeds the total of all tokens.
    Token(usize),
    /// The token of this number does not sort after the previous one.
    Unsorted(usize),
    /// The token of this number has no valid level.
    Level(usize),
    /// The suffixes have more bytes than the tokens use.
    Suffixes,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("this is not a vocabulary"),
            Self::Version(version) => write!(f, "the vocabulary is of version {version}, which is not known here"),
            Self::Truncated => f.write_str("the vocabulary is cut short"),
            Self::TooLong => f.write_str("the vocabulary goes on after its end"),
            Self::Checksum => f.write_str("the vocabulary was damaged on its way"),
            Self::Vocabulary(number) => write!(f, "vocabulary number {number} is not known here"),
            Self::TooManyTokens(tokens) => write!(f, "the vocabulary claims {tokens} tokens"),
            Self::Token(at) => write!(f, "token {at} of the vocabulary has an impossible length"),
            Self::Unsorted(at) => write!(f, "token {at} of the vocabulary is out of order"),
            Self::Level(at) => write!(f, "token {at} of the vocabulary has no usable level"),
            Self::Suffixes => f.write_str("the vocabulary has bytes that belong to no token"),
        }
    }
}

impl std::error::Error for PackError {}

/// The tokens of a pack, end to end in one buffer.
#[derive(Clone, Debug)]
pub(super) struct Unpacked {
    /// The vocabulary of the tokens.
    pub(super) vocabulary: Vocabulary,
    /// The bytes of all tokens.
    pub(super) bytes: Vec<u8>,
    /// Where each token ends; it begins where the previous one ends.
    pub(super) ends: Vec<u32>,
    /// The level of each token.
    pub(super) levels: Vec<u16>,
}

impl Unpacked {
    /// Returns each token and its level.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&[u8], u16)> {
        let starts = [0].iter().chain(&self.ends);
        let tokens = starts.zip(&self.ends).zip(&self.levels);
        tokens.filter_map(|((start, end), level)| Some((self.bytes.get(*start as usize..*end as usize)?, *level)))
    }

    /// Returns which token these bytes are.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        let start = |at: usize| at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let token = |at: usize, end: u32| self.bytes.get(start(at) as usize..end as usize).unwrap_or_default();
        let (mut from, mut to) = (0, self.ends.len());
        while from < to {
            let middle = from.midpoint(to);
            match token(middle, *self.ends.get(middle)?).cmp(bytes) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => to = middle,
            }
        }
        None
    }
}

/// Reads a pack. Allocates at most 16 MiB for the bytes of all tokens, and a few times the file's length for the rest.
pub(super) fn read(pack: &[u8]) -> Result<Unpacked, PackError> {
    let (header, body) = pack.split_at_checked(HEADER).ok_or_else(|| shorter(pack))?;
    let (magic, header) = header.split_at_checked(MAGIC.len()).ok_or(PackError::Truncated)?;
    if magic != MAGIC {
        return Err(PackError::Magic);
    }
    let (&version, rest) = header.split_first().ok_or(PackError::Truncated)?;
    if version != VERSION {
        return Err(PackError::Version(version));
    }
    let (facts, sum) = rest.split_at_checked(rest.len() - 4).ok_or(PackError::Truncated)?;
    let (&number, rest) = facts.split_first().ok_or(PackError::Truncated)?;
    let vocabulary = *VOCABULARIES.get(usize::from(number)).ok_or(PackError::Vocabulary(number))?;
    let different = rest.get(1..3).map_or(0, |two| usize::from(two_bytes(two)));
    let (tokens, suffixes) = (four_bytes(rest.get(3..7)), four_bytes(rest.get(7..11)));
    if tokens as usize > MOST_TOKENS {
        return Err(PackError::TooManyTokens(tokens));
    }
    let count = tokens as usize;
    let (suffixes, rest) = body.split_at_checked(suffixes as usize).ok_or(PackError::Truncated)?;
    let (shared, rest) = numbers(rest, count)?;
    let (added, rest) = numbers(rest, count)?;
    let (different, rest) = rest.split_at_checked(different * 2).ok_or(PackError::Truncated)?;
    let (levels, rest) = numbers(rest, count)?;
    if !rest.is_empty() {
        return Err(PackError::TooLong);
    }
    if checksum(facts, body) != four_bytes(Some(sum)) {
        return Err(PackError::Checksum);
    }
    let (bytes, ends) = join(&shared, &added, suffixes)?;
    let different: Vec<u16> = different.chunks_exact(2).map(two_bytes).collect();
    let levels = in_order(&levels, &different, &ends)?;
    Ok(Unpacked { vocabulary, bytes, ends, levels })
}

/// Reads `count` numbers; also returns the rest.
fn numbers(bytes: &[u8], count: usize) -> Result<(Vec<u16>, &[u8]), PackError> {
    let (small, rest) = bytes.split_at_checked(count).ok_or(PackError::Truncated)?;
    let large = small.iter().filter(|number| **number == u8::MAX).count();
    let (low, rest) = rest.split_at_checked(large).ok_or(PackError::Truncated)?;
    let (high, rest) = rest.split_at_checked(large).ok_or(PackError::Truncated)?;
    let mut above = low.iter().zip(high).map(|(low, high)| u16::from_le_bytes([*low, *high]));
    let number = |&small: &u8| match small {
        u8::MAX => above.next().unwrap_or_default().saturating_add(u8::MAX.into()),
        small => small.into(),
    };
    Ok((small.iter().map(number).collect(), rest))
}

/// Returns the level of each token, in the order of the tokens.
fn in_order(by_length: &[u16], different: &[u16], ends: &[u32]) -> Result<Vec<u16>, PackError> {
    let starts = [0].iter().chain(ends);
    let lengths: Vec<u16> =
        ends.iter().zip(starts).map(|(end, start)| u16::try_from(end - start).unwrap_or(u16::MAX)).collect();
    let mut groups = Groups::new(&lengths);
    let level = |(at, length): (usize, &u16)| {
        let number = by_length.get(groups.next(*length)).copied().unwrap_or_default();
        different.get(usize::from(number)).copied().filter(|level| *level != u16::MAX).ok_or(PackError::Level(at))
    };
    lengths.iter().enumerate().map(level).collect()
}

/// The places of items sorted into groups, the group of the lowest number first.
struct Groups([usize; 256]);

impl Groups {
    /// Creates the groups for items of these group numbers.
    fn new(numbers: &[u16]) -> Self {
        let mut next = [0; 256];
        for number in numbers {
            if let Some(members) = next.get_mut(group(*number)) {
                *members += 1;
            }
        }
        let mut before = 0;
        for members in &mut next {
            (*members, before) = (before, before + *members);
        }
        Self(next)
    }

    /// Returns the place of the next item of a group.
    fn next(&mut self, number: u16) -> usize {
        let Some(next) = self.0.get_mut(group(number)) else { return usize::MAX };
        *next += 1;
        *next - 1
    }
}

/// Returns the group of a number.
fn group(number: u16) -> usize {
    usize::from(number.min(u8::MAX.into()))
}

/// Undoes the front coding, and checks the order: after the bytes it shares, a token must be greater.
fn join(shared: &[u16], added: &[u16], mut suffixes: &[u8]) -> Result<(Vec<u8>, Vec<u32>), PackError> {
    let mut bytes: Vec<u8> = Vec::with_capacity(suffixes.len().saturating_mul(4));
    let mut ends = Vec::with_capacity(shared.len());
    let mut before = 0..0;
    let mut groups = Groups::new(shared);
    for (at, &shared) in shared.iter().enumerate() {
        let added = added.get(groups.next(shared)).copied().unwrap_or_default();
        let (shared, added) = (usize::from(shared), usize::from(added));
        if shared > before.len()
            || added == 0
            || shared + added > LONGEST_TOKEN
            || bytes.len() + shared + added > MOST_BYTES
        {
            return Err(PackError::Token(at));
        }
        let (suffix, rest) = suffixes.split_at_checked(added).ok_or(PackError::Truncated)?;
        suffixes = rest;
        // Greater at the first byte that is not shared, or longer than the entire previous token.
        let next = bytes.get(before.start + shared..before.end).and_then(<[u8]>::first);
        if next.is_some_and(|next| suffix.first() <= Some(next)) {
            return Err(PackError::Unsorted(at));
        }
        let start = bytes.len();
        bytes.extend_from_within(before.start..before.start + shared);
        bytes.extend_from_slice(suffix);
        before = start..bytes.len();
        ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    }
    if suffixes.is_empty() { Ok((bytes, ends)) } else { Err(PackError::Suffixes) }
}

fn shorter(pack: &[u8]) -> PackError {
    let common = pack.len().min(MAGIC.len());
    if pack.get(..common) == MAGIC.get(..common) { PackError::Truncated } else { PackError::Magic }
}

/// Writes a pack of a vocabulary. Its tokens must be unique and sorted. The same tokens give the same bytes.
///
/// # Errors
/// Returns what reading the pack would reject about the tokens.
pub fn write(vocabulary: Vocabulary, tokens: &[Token<'_>]) -> Result<Vec<u8>, PackError> {
    let number = VOCABULARIES.iter().position(|known| *known == vocabulary).and_then(|at| u8::try_from(at).ok());
    let number = number.ok_or(PackError::Vocabulary(u8::MAX))?;
    let (mut shared, mut added, mut suffixes) = (Vec::new(), Vec::new(), Vec::new());
    let mut before: &[u8] = &[];
    for (at, token) in tokens.iter().enumerate() {
        let common = token.bytes.iter().zip(before).take_while(|(one, other)| one == other).count();
        let suffix = token.bytes.get(common..).unwrap_or_default();
        if token.bytes.len() > LONGEST_TOKEN || token.bytes.is_empty() {
            return Err(PackError::Token(at));
        }
        let [common, length] = [common, suffix.len()].map(|length| u16::try_from(length).unwrap_or(u16::MAX));
        shared.push(common);
        added.push((common, length));
        suffixes.extend_from_slice(suffix);
        before = token.bytes;
    }
    added.sort_by_key(|&(shared, _)| group(shared));
    let added: Vec<u16> = added.into_iter().map(|(_, added)| added).collect();
    let suffix_bytes = u32::try_from(suffixes.len()).map_err(|_too_many| PackError::Suffixes)?;
    let (different, levels) = number_levels(tokens);
    let different_bytes = different.iter().flat_map(|level| level.to_le_bytes()).collect();
    let body = [suffixes, as_bytes(&shared), as_bytes(&added), different_bytes, as_bytes(&levels)].concat();
    let mut facts = vec![number, 0];
    facts.extend_from_slice(&u16::try_from(different.len()).unwrap_or(u16::MAX).to_le_bytes());
    facts.extend_from_slice(&u32::try_from(tokens.len()).unwrap_or(u32::MAX).to_le_bytes());
    facts.extend_from_slice(&suffix_bytes.to_le_bytes());
    let sum = checksum(&facts, &body).to_le_bytes();
    let pack = [MAGIC.as_slice(), &[VERSION], &facts, &sum, &body].concat();
    read(&pack).map(|_usable| pack)
}

/// Returns the different levels, most frequent first, and each token's index into them, by length of the tokens.
fn number_levels(tokens: &[Token<'_>]) -> (Vec<u16>, Vec<u16>) {
    let mut all: Vec<u16> = tokens.iter().map(|token| token.level).collect();
    all.sort_unstable();
    let mut different: Vec<(usize, u16)> =
        all.chunk_by(u16::eq).map(|equal| (equal.len(), equal.first().copied().unwrap_or_default())).collect();
    different.sort_by_key(|&(tokens, level)| (Reverse(tokens), level));
    let number_of: BTreeMap<u16, u16> = different.iter().map(|(_, level)| *level).zip(0..).collect();
    let mut by_length: Vec<&Token<'_>> = tokens.iter().collect();
    by_length.sort_by_key(|token| token.bytes.len().min(u8::MAX.into()));
    let numbers = by_length.iter().filter_map(|token| number_of.get(&token.level).copied()).collect();
    (different.into_iter().map(|(_, level)| level).collect(), numbers)
}

/// Writes numbers.
fn as_bytes(numbers: &[u16]) -> Vec<u8> {
    let mut bytes: Vec<u8> = numbers.iter().map(|number| u8::try_from(*number).unwrap_or(u8::MAX)).collect();
    let above = || numbers.iter().filter_map(|number| number.checked_sub(u8::MAX.into())).map(u16::to_le_bytes);
    bytes.extend(above().map(|[low, _]| low));
    bytes.extend(above().map(|[_, high]| high));
    bytes
}

fn two_bytes(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |two| u16::from_le_bytes(*two))
}

pub(super) fn four_bytes(bytes: Option<&[u8]>) -> u32 {
    bytes.and_then(<[u8]>::first_chunk).map_or(0, |four| u32::from_le_bytes(*four))
}

/// FNV-1a, which detects accidents, not attacks: the file's name has its SHA-256 for those.
pub(super) fn checksum(facts: &[u8], body: &[u8]) -> u32 {
    body.iter().chain(facts).fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests;
