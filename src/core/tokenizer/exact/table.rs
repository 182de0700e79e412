//! Looks up the level of a token by its bytes.

use super::{
    key::{Key, WORD},
    pack::{Unpacked, WHOLE_PIECE},
};
use crate::Vocabulary;

/// No token has this level.
pub(super) const NONE: u16 = u16::MAX;

/// All tokens of a vocabulary, in hash tables with open addressing: one for each length up to [`WORD`], which covers
/// most text and takes one lookup, and one for all longer tokens.
///
/// Most lookups during merging are not tokens, and one check of a bit table that stays in the processor's cache rejects
/// most of those.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// A bit for each hash of some token, by its low bits.
    hashes: Vec<u64>,
    /// The tables of the short tokens, one after another: their bytes as a number, up to [`WITH_LEVEL`] bytes with the
    /// level plus one above them; 0 if empty. There is a table for each length because merging mostly looks up two to
    /// four bytes, so that their tables stay in the processor's cache.
    words: Vec<u64>,
    /// The location in `words` of the table of each length.
    tables: [Slots; WORD + 1],
    /// The levels of entries without one, starting with the first of their tables.
    levels: Vec<u16>,
    /// A [`Place`] for each other token, longer or all zeros; 0 if empty.
    places: Vec<u64>,
    /// The hash table over `places`.
    others: Slots,
    /// The bytes of those tokens.
    bytes: Vec<u8>,
    /// The level of merging each pair of bytes, the first step of every merge.
    pairs: Vec<u16>,
    vocabulary: Vocabulary,
    longest: usize,
    highest: u16,
}

/// Longest token, in bytes, that leaves room for its level in a number.
const WITH_LEVEL: usize = 6;

/// A hash table within a larger one.
#[derive(Clone, Copy, Debug, Default)]
struct Slots {
    first: usize,
    slots: usize,
    /// The bits of an entry that hold the token.
    mask: u64,
}

impl Slots {
    /// Allocates enough slots that three quarters of them are used.
    fn of(tokens: usize, first: usize, mask: u64) -> Self {
        Self { first, slots: tokens + tokens / 3 + 1, mask }
    }

    /// Returns where the search for an entry begins, by half a hash.
    #[inline]
    fn begin(&self, hash: u64) -> usize {
        self.first + (((hash & (u64::MAX >> 32)) * self.slots as u64) >> 32) as usize
    }

    /// Returns the next slot; the first after the last.
    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 < self.first + self.slots { at + 1 } else { self.first }
    }

    /// Puts an entry into the first free slot and returns that slot.
    fn put(&self, table: &mut [u64], hash: u64, entry: u64) -> Option<usize> {
        let mut at = self.begin(hash);
        while table.get(at).is_some_and(|taken| *taken != 0) {
            at = self.after(at);
        }
        *table.get_mut(at)? = entry;
        Some(at)
    }
}

/// Bits of [`Table::hashes`]: 256 KiB, of which a tenth is set in the largest vocabularies.
const HASHES: usize = 1 << 21;

/// The location of a token's bytes, and its level: from the lowest bits on, 24 for its start among the bytes, 10 for
/// its length, 16 for its level, and the 14 highest ones of its hash.
#[derive(Clone, Copy)]
struct Place(u64);

impl Place {
    fn new(hash: u64, start: usize, length: usize, level: u16) -> Self {
        Self(hash & !(u64::MAX >> 14) | u64::from(level) << 34 | (length as u64) << 24 | start as u64)
    }

    /// Returns whether a token of this hash and length may be here.
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
    /// Builds the table of tokens of at most 1,023 bytes each and 2²⁴ together, the limits of packs.
    pub(super) fn new(tokens: &Unpacked) -> Self {
        let (mut of_length, mut longer) = ([0; WORD + 1], (0, 0));
        for (token, _level) in tokens.tokens() {
            match of_length.get_mut(token.len()) {
                Some(number) if !is_zero(token) => *number += 1,
                _ => longer = (longer.0 + 1, longer.1 + token.len()),
            }
        }
        let mut first = 0;
        let mut tables = [Slots::default(); WORD + 1];
        for ((length, number), table) in (0..).zip(of_length).zip(&mut tables) {
            *table = Slots::of(number, first, if length > WITH_LEVEL { u64::MAX } else { u64::MAX >> 16 });
            first += table.slots;
        }
        let with_level: usize = tables.iter().take(WITH_LEVEL + 1).map(|table| table.slots).sum();
        let mut table = Self {
            hashes: vec![0; HASHES / 64],
            words: vec![0; first],
            tables,
            levels: vec![NONE; first - with_level],
            others: Slots::of(longer.0, 0, u64::MAX),
            places: vec![0; Slots::of(longer.0, 0, u64::MAX).slots],
            bytes: Vec::with_capacity(longer.1),
            pairs: vec![NONE; 1 << 16],
            vocabulary: tokens.vocabulary,
            longest: 0,
            highest: 0,
        };
        for (bytes, level) in tokens.tokens() {
            table.insert(bytes, level);
        }
        table
    }

    fn insert(&mut self, bytes: &[u8], level: u16) {
        self.longest = self.longest.max(bytes.len());
        if level < WHOLE_PIECE {
            self.highest = self.highest.max(level);
            if let [first, second] = bytes
                && let Some(pair) = self.pairs.get_mut(usize::from(u16::from_be_bytes([*first, *second])))
            {
                *pair = level;
            }
        }
        let key = Key::new(bytes, 0, bytes.len());
        let (at, bit) = low_bits(key.hash);
        if let Some(hashes) = self.hashes.get_mut(at) {
            *hashes |= bit;
        }
        match self.tables.get(key.length()).filter(|_| !is_zero(bytes)) {
            Some(table) if bytes.len() > WITH_LEVEL => {
                let at = table.put(&mut self.words, key.hash >> 32, key.low);
                let at = at.and_then(|at| (at + self.levels.len()).checked_sub(self.words.len()));
                if let Some(of_word) = at.and_then(|at| self.levels.get_mut(at)) {
                    *of_word = level;
                }
            }
            Some(table) => {
                table.put(&mut self.words, key.hash >> 32, key.low | (u64::from(level) + 1) << 48);
            }
            None => {
                let place = Place::new(key.hash, self.bytes.len(), bytes.len(), level);
                self.bytes.extend_from_slice(bytes);
                self.others.put(&mut self.places, key.hash, place.0);
            }
        }
    }

    /// Returns whether the bytes, as an entire piece, are a token. The key must be that of these bytes.
    #[inline]
    pub(super) fn is_token(&self, key: &Key, bytes: &[u8]) -> bool {
        match self.tables.get(key.length()) {
            Some(table) if key.low != 0 => self.find(table, key).is_some(),
            _ => self.level_of_other(key, bytes) != NONE,
        }
    }

    /// Returns the level of the token of these bytes, or [`NONE`].
    #[inline]
    fn level(&self, key: &Key, bytes: &[u8]) -> u16 {
        let (at, bit) = low_bits(key.hash);
        if self.hashes.get(at).is_none_or(|hashes| hashes & bit == 0) {
            return NONE;
        }
        match self.tables.get(key.length()) {
            Some(table) if key.low != 0 => match self.find(table, key) {
                None => NONE,
                Some((_, word)) if key.length() <= WITH_LEVEL => level_in(word),
                Some((at, _)) => {
                    let at = (at + self.levels.len()).wrapping_sub(self.words.len());
                    self.levels.get(at).copied().unwrap_or(NONE)
                }
            },
            _ => self.level_of_other(key, bytes),
        }
    }

    /// Returns the slot and the entry of a short token.
    #[inline]
    fn find(&self, table: &Slots, key: &Key) -> Option<(usize, u64)> {
        let mut at = table.begin(key.hash >> 32);
        loop {
            match self.words.get(at) {
                Some(&word) if word & table.mask == key.low => return Some((at, word)),
                None | Some(0) => return None,
                Some(_) => at = table.after(at),
            }
        }
    }

    /// Returns the level of a token that is not in the tables of the short ones.
    fn level_of_other(&self, key: &Key, bytes: &[u8]) -> u16 {
        let mut at = self.others.begin(key.hash);
        loop {
            let place = Place(self.places.get(at).copied().unwrap_or_default());
            if place.0 == 0 {
                return NONE;
            }
            if place.may_be(key.hash, bytes.len())
                && self.bytes.get(place.start()..place.start() + bytes.len()) == Some(bytes)
            {
                return place.level();
            }
            at = self.others.after(at);
        }
    }

    /// Returns the level of the token that a merge makes of `text[start..end]`, or [`NONE`].
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

    /// Returns the level of the token that a merge makes of two bytes, or [`NONE`].
    #[inline]
    pub(super) fn level_of_pair(&self, first: u8, second: u8) -> u16 {
        self.pairs.get(usize::from(u16::from_be_bytes([first, second]))).copied().unwrap_or(NONE)
    }

    /// Returns the length in bytes of the longest token, at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest.max(1)
    }

    /// Returns the vocabulary of the tokens.
    pub(super) fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// Returns the highest level of all tokens that merges make.
    pub(super) fn highest(&self) -> u16 {
        self.highest
    }
}

/// Returns whether a token would look like an empty slot.
fn is_zero(token: &[u8]) -> bool {
    token.iter().all(|byte| *byte == 0)
}

/// Returns the level in an entry.
#[inline]
fn level_in(word: u64) -> u16 {
    (word >> 48) as u16 - 1
}

/// Returns the word, and the bit in it, that show whether there is a token of this hash.
#[expect(clippy::cast_possible_truncation, reason = "some bits of it are wanted")]
#[inline]
fn low_bits(hash: u64) -> (usize, u64) {
    (hash as usize % HASHES / 64, 1 << (hash % 64))
}
