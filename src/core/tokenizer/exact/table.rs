//! The level of a token by its bytes.

use super::{
    key::Key,
    pack::{Unpacked, WHOLE_PIECE},
};
use crate::Vocabulary;

/// No token has this level.
pub(super) const NONE: u16 = u16::MAX;

/// All tokens of a vocabulary in a hash table with open addressing, at most four fifths full.
///
/// What merging looks up is mostly no token, and what is none is mostly found out by one look at a table of bits that stays
/// in the processor's cache. What is a token is found by two more looks, at its place and at its bytes.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// A bit for each hash that some token has, by its low bits.
    hashes: Vec<u64>,
    /// A [`Place`] for each token; 0 where there is none.
    places: Vec<u64>,
    /// What a merge of each pair of bytes is of, with which every merging begins.
    pairs: Vec<u16>,
    /// The bytes of all tokens.
    bytes: Vec<u8>,
    vocabulary: Vocabulary,
    longest: usize,
    highest: u16,
}

/// Bits of [`Table::hashes`]: 256 KiB, of which a tenth is set in the largest vocabularies.
const HASHES: usize = 1 << 21;

/// Where a token's bytes are, and its level: from the lowest bits on, 24 for where it begins among the bytes of all tokens,
/// 10 for its length, 16 for its level, and the 14 highest ones of its hash.
#[derive(Clone, Copy)]
struct Place(u64);

impl Place {
    fn new(hash: u64, start: usize, length: usize, level: u16) -> Self {
        Self(hash & !(u64::MAX >> 14) | u64::from(level) << 34 | (length as u64) << 24 | start as u64)
    }

    /// Whether a token of this hash and length may be here.
    #[inline]
    fn may_be(self, hash: u64, length: usize) -> bool {
        (self.0 ^ hash) >> 50 == 0 && (self.0 >> 24) & 0x3ff == length as u64
    }

    #[inline]
    fn start(self) -> usize {
        (self.0 & 0xff_ffff) as usize
    }

    #[expect(clippy::cast_possible_truncation, reason = "16 bits of it")]
    #[inline]
    fn level(self) -> u16 {
        (self.0 >> 34) as u16
    }
}

impl Table {
    /// The table of tokens of at most 1,023 bytes each and 2²⁴ together, which is what packs have.
    pub(super) fn new(tokens: Unpacked) -> Self {
        let mut table = Self {
            hashes: vec![0; HASHES / 64],
            places: vec![0; (tokens.ends.len() + tokens.ends.len() / 4 + 1).next_power_of_two()],
            pairs: vec![NONE; 1 << 16],
            bytes: tokens.bytes,
            vocabulary: tokens.vocabulary,
            longest: 0,
            highest: tokens.levels.iter().copied().filter(|level| *level < WHOLE_PIECE).max().unwrap_or_default(),
        };
        let mut start = 0usize;
        for (end, level) in tokens.ends.iter().zip(&tokens.levels) {
            let end = *end as usize;
            table.insert(start, end, *level);
            start = end;
        }
        table
    }

    fn insert(&mut self, start: usize, end: usize, level: u16) {
        self.longest = self.longest.max(end - start);
        if level < WHOLE_PIECE
            && let Some([first, second]) = self.bytes.get(start..end)
            && let Some(pair) = self.pairs.get_mut(usize::from(u16::from_be_bytes([*first, *second])))
        {
            *pair = level;
        }
        let hash = Key::new(&self.bytes, start, end).hash;
        let (word, bit) = low_bits(hash);
        if let Some(hashes) = self.hashes.get_mut(word) {
            *hashes |= bit;
        }
        let mut at = self.first(hash);
        while self.places.get(at).is_some_and(|place| *place != 0) {
            at = (at + 1) & (self.places.len() - 1);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = Place::new(hash, start, end - start, level).0;
        }
    }

    /// Whether the bytes are a token when they are a whole piece. The key is that of these bytes.
    #[inline]
    pub(super) fn is_token(&self, key: &Key, bytes: &[u8]) -> bool {
        self.level(key, bytes) != NONE
    }

    /// The level of the token of these bytes, or [`NONE`].
    #[inline]
    fn level(&self, key: &Key, bytes: &[u8]) -> u16 {
        self.place(key, bytes).map_or(NONE, Place::level)
    }

    /// Where the token of these bytes begins among the bytes of all tokens.
    pub(super) fn start_of(&self, key: &Key, bytes: &[u8]) -> Option<usize> {
        self.place(key, bytes).map(Place::start)
    }

    /// Where all tokens begin, in ascending order, which is that of their bytes.
    pub(super) fn starts(&self) -> Vec<u32> {
        let places = self.places.iter().filter(|place| **place != 0);
        let mut starts: Vec<u32> = places.filter_map(|place| u32::try_from(Place(*place).start()).ok()).collect();
        starts.sort_unstable();
        starts
    }

    #[inline]
    fn place(&self, key: &Key, bytes: &[u8]) -> Option<Place> {
        if bytes.len() > self.longest {
            return None;
        }
        let (word, bit) = low_bits(key.hash);
        if self.hashes.get(word).is_none_or(|hashes| hashes & bit == 0) {
            return None;
        }
        let mut at = self.first(key.hash);
        loop {
            let place = Place(self.places.get(at).copied().unwrap_or_default());
            if place.0 == 0 {
                return None;
            }
            if place.may_be(key.hash, bytes.len())
                && self.bytes.get(place.start()..place.start() + bytes.len()) == Some(bytes)
            {
                return Some(place);
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    /// The level of the token that a merge makes of `text[start..end]`, or [`NONE`].
    #[inline]
    pub(super) fn level_of(&self, text: &[u8], start: usize, end: usize) -> u16 {
        match text.get(start..end) {
            Some([first, second]) => self.level_of_pair(*first, *second),
            Some(bytes) if bytes.len() <= self.longest => match self.level(&Key::new(text, start, end), bytes) {
                WHOLE_PIECE => NONE,
                level => level,
            },
            _ => NONE,
        }
    }

    /// The level of the token that a merge makes of two bytes, or [`NONE`].
    #[inline]
    pub(super) fn level_of_pair(&self, first: u8, second: u8) -> u16 {
        self.pairs.get(usize::from(u16::from_be_bytes([first, second]))).copied().unwrap_or(NONE)
    }

    /// The bytes of the longest token, at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest.max(1)
    }

    /// Whose tokens these are.
    pub(super) fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// The highest level of all tokens that merges make.
    pub(super) fn highest(&self) -> u16 {
        self.highest
    }

    /// Where the search for a token begins. The low bits have been used.
    #[inline]
    fn first(&self, hash: u64) -> usize {
        (hash >> 21) as usize & (self.places.len() - 1)
    }
}

/// Which word, and which bit of it, tells whether there is a token of this hash.
#[expect(clippy::cast_possible_truncation, reason = "some bits of it are wanted")]
#[inline]
fn low_bits(hash: u64) -> (usize, u64) {
    (hash as usize % HASHES / 64, 1 << (hash % 64))
}
