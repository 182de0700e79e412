//! The level of a token by its bytes.

use super::{
    key::Key,
    pack::{Unpacked, WHOLE_PIECE},
};
use crate::Vocabulary;

/// No token has this level.
pub(super) const NONE: u16 = u16::MAX;

/// All tokens of a vocabulary in a hash table with open addressing, at most half full.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// For each place the high half of a hash over one more than the number of the token; 0 where there is none.
    places: Vec<u64>,
    /// What a merge of each pair of bytes is of, with which every merging begins.
    pairs: Vec<u16>,
    tokens: Unpacked,
    longest: usize,
    highest: u16,
}

impl Table {
    pub(super) fn new(tokens: Unpacked) -> Self {
        let mut table = Self {
            places: vec![0; (tokens.ends.len().max(1) * 2).next_power_of_two()],
            pairs: vec![NONE; 1 << 16],
            longest: 0,
            highest: tokens.levels.iter().copied().filter(|level| *level < WHOLE_PIECE).max().unwrap_or_default(),
            tokens,
        };
        let mut start = 0usize;
        for number in 0..table.tokens.ends.len() {
            let end = table.end(number);
            table.insert(number, start, end);
            start = end;
        }
        table
    }

    fn insert(&mut self, number: usize, start: usize, end: usize) {
        self.longest = self.longest.max(end - start);
        let level = self.tokens.levels.get(number).copied().unwrap_or(NONE);
        if level < WHOLE_PIECE
            && let Some([first, second]) = self.tokens.bytes.get(start..end)
            && let Some(pair) = self.pairs.get_mut(usize::from(u16::from_be_bytes([*first, *second])))
        {
            *pair = level;
        }
        let hash = Key::new(&self.tokens.bytes, start, end).hash;
        let mut at = self.first(hash);
        while self.places.get(at).is_some_and(|place| *place != 0) {
            at = (at + 1) & (self.places.len() - 1);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = hash & HIGH | (number as u64 + 1);
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
        if bytes.len() > self.longest {
            return NONE;
        }
        let mut at = self.first(key.hash);
        loop {
            let place = self.places.get(at).copied().unwrap_or_default();
            if place == 0 {
                return NONE;
            }
            if (place ^ key.hash) & HIGH == 0 {
                let number = (place & !HIGH) as usize - 1;
                let start = number.checked_sub(1).map_or(0, |before| self.end(before));
                if self.tokens.bytes.get(start..self.end(number)) == Some(bytes) {
                    return self.tokens.levels.get(number).copied().unwrap_or(NONE);
                }
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
        self.tokens.vocabulary
    }

    /// The highest level of all tokens that merges make.
    pub(super) fn highest(&self) -> u16 {
        self.highest
    }

    fn end(&self, number: usize) -> usize {
        self.tokens.ends.get(number).map_or(0, |end| *end as usize)
    }

    fn first(&self, hash: u64) -> usize {
        (hash >> 20) as usize & (self.places.len() - 1)
    }
}

/// The part of a hash that a place keeps.
const HIGH: u64 = 0xffff_ffff_0000_0000;
