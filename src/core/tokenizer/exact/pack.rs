//! The file a vocabulary comes in: what counting needs of it, and no ids.
//!
//! ```text
//! bytes  0..7    "hr-bpe\n"
//! byte   7       version, 1
//! bytes  8..12   tokens
//! bytes 12..16   bytes of all suffixes
//! bytes 16..20   checksum (FNV-1a, 32 bits) of everything after it
//! then, for the tokens in ascending order of their bytes, four columns:
//!   how many bytes a token shares with the one before it, one byte each
//!   how many bytes follow those, one byte each
//!   the bytes that follow, of all tokens
//!   the levels: all low bytes, then all high bytes
//! ```
//!
//! Numbers are little-endian. Columns, because a general compressor (HTTP's brotli) does better on them than on rows.

use std::fmt;

/// The longest token, in bytes.
pub const LONGEST_TOKEN: usize = 255;

const MAGIC: &[u8; 7] = b"hr-bpe\n";
const VERSION: u8 = 1;
const HEADER: usize = 20;
/// More tokens than any vocabulary has; it bounds what a foreign file can make us allocate.
const MOST_TOKENS: usize = 1 << 20;

/// A token and when its merge comes: of two merges that could both be made, the one of the lower level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its bytes, from 1 to [`LONGEST_TOKEN`]; they need not be UTF-8.
    pub bytes: &'a [u8],
    /// Its level. `u16::MAX` is not used.
    pub level: u16,
}

/// Why a pack cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackError {
    /// It does not begin as a pack does.
    Magic,
    /// It is of a version this code does not know.
    Version(u8),
    /// It ends before it should.
    Truncated,
    /// It goes on after its end.
    TooLong,
    /// Its checksum does not match: it was changed on its way.
    Checksum,
    /// It says it has more tokens than any vocabulary.
    TooManyTokens(u32),
    /// The token of this number shares more bytes with the one before it than that has, or is empty or too long.
    Token(usize),
    /// The token of this number does not come after the one before it.
    Unsorted(usize),
    /// The token of this number has no usable level.
    Level(usize),
    /// The suffixes are more bytes than the tokens use.
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
#[derive(Clone, Debug, Default)]
pub(super) struct Unpacked {
    /// The bytes of all tokens.
    pub(super) bytes: Vec<u8>,
    /// Where each ends; it begins where the one before it ends.
    pub(super) ends: Vec<u32>,
    /// The level of each.
    pub(super) levels: Vec<u16>,
}

/// Reads a pack. At most 255 bytes of memory per token of the file are taken, and a token has at least four in it.
pub(super) fn read(pack: &[u8]) -> Result<Unpacked, PackError> {
    let (header, body) = pack.split_at_checked(HEADER).ok_or_else(|| shorter(pack))?;
    let (magic, header) = header.split_at_checked(MAGIC.len()).ok_or(PackError::Truncated)?;
    if magic != MAGIC {
        return Err(PackError::Magic);
    }
    let (&version, numbers) = header.split_first().ok_or(PackError::Truncated)?;
    if version != VERSION {
        return Err(PackError::Version(version));
    }
    let mut numbers = numbers.chunks_exact(4).map(|four| four.first_chunk().map_or(0, |n| u32::from_le_bytes(*n)));
    let mut number = || numbers.next().unwrap_or_default();
    let (tokens, suffixes, checksum) = (number(), number(), number());
    let count = tokens as usize;
    if count > MOST_TOKENS {
        return Err(PackError::TooManyTokens(tokens));
    }
    let (shared, rest) = body.split_at_checked(count).ok_or(PackError::Truncated)?;
    let (added, rest) = rest.split_at_checked(count).ok_or(PackError::Truncated)?;
    let (suffixes, rest) = rest.split_at_checked(suffixes as usize).ok_or(PackError::Truncated)?;
    let (low, rest) = rest.split_at_checked(count).ok_or(PackError::Truncated)?;
    let (high, rest) = rest.split_at_checked(count).ok_or(PackError::Truncated)?;
    if !rest.is_empty() {
        return Err(PackError::TooLong);
    }
    if fnv(body) != checksum {
        return Err(PackError::Checksum);
    }
    let levels = low.iter().zip(high).map(|(low, high)| u16::from_le_bytes([*low, *high])).collect::<Vec<_>>();
    if let Some(at) = levels.iter().position(|level| *level == u16::MAX) {
        return Err(PackError::Level(at));
    }
    let (bytes, ends) = join(shared, added, suffixes)?;
    Ok(Unpacked { bytes, ends, levels })
}

/// Undoes the front coding, and checks the order on the way: after the bytes it shares, a token must be greater.
fn join(shared: &[u8], added: &[u8], mut suffixes: &[u8]) -> Result<(Vec<u8>, Vec<u32>), PackError> {
    let mut bytes: Vec<u8> = Vec::with_capacity(suffixes.len().saturating_mul(2));
    let mut ends = Vec::with_capacity(shared.len());
    let mut before = 0..0;
    for (at, (&shared, &added)) in shared.iter().zip(added).enumerate() {
        let (shared, added) = (usize::from(shared), usize::from(added));
        if shared > before.len() || added == 0 || shared + added > LONGEST_TOKEN {
            return Err(PackError::Token(at));
        }
        let (suffix, rest) = suffixes.split_at_checked(added).ok_or(PackError::Truncated)?;
        suffixes = rest;
        // Greater at the first byte that is not shared, or longer than the whole of the one before.
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

/// Writes a pack of tokens that are sorted by their bytes, each once. The same tokens give the same bytes.
///
/// # Errors
/// What reading the pack would find wrong with the tokens.
pub fn write(tokens: &[Token<'_>]) -> Result<Vec<u8>, PackError> {
    let (mut shared, mut added, mut suffixes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut low, mut high) = (Vec::new(), Vec::new());
    let mut before: &[u8] = &[];
    for (at, token) in tokens.iter().enumerate() {
        let common = token.bytes.iter().zip(before).take_while(|(one, other)| one == other).count();
        let suffix = token.bytes.get(common..).unwrap_or_default();
        if token.bytes.len() > LONGEST_TOKEN || token.bytes.is_empty() {
            return Err(PackError::Token(at));
        }
        shared.push(u8::try_from(common).map_err(|_too_long| PackError::Token(at))?);
        added.push(u8::try_from(suffix.len()).map_err(|_too_long| PackError::Token(at))?);
        suffixes.extend_from_slice(suffix);
        let [less, more] = token.level.to_le_bytes();
        low.push(less);
        high.push(more);
        before = token.bytes;
    }
    let suffix_bytes = u32::try_from(suffixes.len()).map_err(|_too_many| PackError::Suffixes)?;
    let body = [shared, added, suffixes, low, high].concat();
    let mut pack = Vec::with_capacity(HEADER + body.len());
    pack.extend_from_slice(MAGIC);
    pack.push(VERSION);
    pack.extend_from_slice(&u32::try_from(tokens.len()).unwrap_or(u32::MAX).to_le_bytes());
    pack.extend_from_slice(&suffix_bytes.to_le_bytes());
    pack.extend_from_slice(&fnv(&body).to_le_bytes());
    pack.extend_from_slice(&body);
    read(&pack).map(|_usable| pack)
}

/// FNV-1a, which finds accidents, not intentions: the file's name has its SHA-256 for those.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack(words: &[(&str, u16)]) -> Vec<u8> {
        let tokens: Vec<_> = words.iter().map(|&(word, level)| Token { bytes: word.as_bytes(), level }).collect();
        write(&tokens).unwrap()
    }

    fn small() -> Vec<u8> {
        pack(&[("a", 0), ("ab", 1), ("abc", 2), ("b", 0), ("bc", 300), ("c", 0)])
    }

    /// A pack whose checksum is right again after a change.
    fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
        let sum = fnv(&pack[HEADER..]);
        pack[16..20].copy_from_slice(&sum.to_le_bytes());
        pack
    }

    #[test]
    fn what_is_written_is_read_again() {
        let read = read(&small()).unwrap();
        assert_eq!(read.bytes, b"aababcbbcc");
        assert_eq!(read.ends, [1, 3, 6, 7, 9, 10]);
        assert_eq!(read.levels, [0, 1, 2, 0, 300, 0]);
    }

    #[test]
    fn each_fault_is_named() {
        let with = |at: usize, byte: u8| {
            let mut pack = small();
            pack[at] = byte;
            pack
        };
        let mut unused = with(12, 7);
        unused.insert(HEADER + 18, b'd');
        let cases = [
            (Vec::new(), PackError::Truncated),
            (b"PK\x03\x04".to_vec(), PackError::Magic),
            (with(0, b'H'), PackError::Magic),
            (with(7, 2), PackError::Version(2)),
            (with(10, 255), PackError::TooManyTokens(0x00ff_0006)),
            (small()[..HEADER + 3].to_vec(), PackError::Truncated),
            ([small(), vec![0]].concat(), PackError::TooLong),
            (with(HEADER + 14, b'z'), PackError::Checksum),
            // Shared bytes that the token before does not have.
            (sealed(with(HEADER + 3, 4)), PackError::Token(3)),
            // No bytes of its own.
            (sealed(with(HEADER + 6, 0)), PackError::Token(0)),
            (sealed(with(HEADER + 12, b'c')), PackError::Unsorted(3)),
            (sealed(with(HEADER + 6, 2)), PackError::Truncated),
            (sealed(unused), PackError::Suffixes),
        ];
        for (number, (pack, why)) in cases.into_iter().enumerate() {
            assert_eq!(read(&pack).err(), Some(why), "case {number}");
        }
    }

    #[test]
    fn tokens_that_no_pack_can_hold_are_refused() {
        let long = [b'x'; LONGEST_TOKEN + 1];
        for (tokens, why) in [
            (&[(&b"b"[..], 0), (b"a", 0)][..], PackError::Unsorted(1)),
            (&[(b"a", 0), (b"a", 0)], PackError::Token(1)),
            (&[(b"", 0)], PackError::Token(0)),
            (&[(&long, 0)], PackError::Token(0)),
            (&[(b"a", u16::MAX)], PackError::Level(0)),
        ] {
            let tokens: Vec<_> = tokens.iter().map(|&(bytes, level)| Token { bytes, level }).collect();
            assert_eq!(write(&tokens), Err(why));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_reading_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            at in 0usize..50, byte: u8, cut in 0usize..50,
        ) {
            read(&bytes).ok();
            read(&sealed([&small()[..HEADER], &bytes].concat())).ok();
            let mut damaged = small();
            damaged[at] = byte;
            if let Ok(unpacked) = read(&sealed(damaged.clone())) {
                prop_assert_eq!(unpacked.ends.len(), unpacked.levels.len());
            }
            prop_assert!(read(&damaged[..cut]).is_err());
        }
    }
}
