//! Counting exactly, with the vocabulary there.
//!
//! # Why levels are enough
//!
//! The reference merges, of all neighbouring tokens that together are a token, those of the lowest rank first. A pack has
//! no ranks. It has a small level per token, and merging by level gives the same tokens if the levels keep two promises,
//! where (p, q) are the parts of which a token is made when its own bytes are encoded:
//!
//! 1. a token's level is higher than those of its parts;
//! 2. if one token's right part is another's left part, their levels are in the order of their ranks, and differ.
//!
//! The packer checks both for every token, and also that every token's own bytes encode to it, by parts of lower ranks.
//!
//! *In the reference only parts merge.* Take neighbours x, y that together are a token t. Nothing was merged across t's
//! ends, so within them the same was done as when t is encoded alone; and the one time that leaves two tokens is before the
//! last step, when they are t's parts. As parts are of lower ranks, the ranks of the merges never fall.
//!
//! *By level, merges of parts are those of the reference.* Take the first one that the reference does not make here: q with
//! s, into u. The reference also came to have q and s, and one of them went elsewhere first: say q with p, to its left,
//! into t (to the right it is the same). Then t's rank is lower than u's: either both were possible and t was taken, or s
//! was not there yet, so that its rank, which is lower than u's, is at least t's. By promise 2, t's level is lower than u's
//! (or t is u, and lies further left). If p is there, t was to be merged before u. If not, some part of p can be merged
//! now, of a level that by promise 1 is lower still. Either way u was not next. And what the reference merges remains
//! possible until it is done, so nothing is left out.
//!
//! *By level, too, only parts merge.* Take the first neighbours x, y that together are a token t and are not its parts. So
//! far only parts were merged, and none across t's ends: by the paragraph above, for t's bytes alone, all of that is among
//! the steps that make t. Of those, only the parts cover t with two.

mod cache;
mod classes;
mod key;
mod merge;
pub mod pack;
mod pieces;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use pack::PackError;

use self::{
    cache::Cache,
    classes::Classes,
    key::Key,
    merge::Merger,
    table::{NONE, Table},
};

/// Counts the tokens of texts in o200k, the vocabulary of GPT-4o and later and of gpt-oss (whose harmony format differs
/// in special tokens only).
///
/// What a text spells that looks like a special token, such as `<|end|>`, is counted as ordinary text: providers encode
/// what users write so. [`overhead`](crate::overhead) counts the special tokens of the chat template.
///
/// Memory: for o200k about 9 MB, and while a piece is counted that is longer than 160 bytes (letters or signs without a
/// space), some 30 bytes (on a 64-bit machine 60) for each byte of it. Time: linear in the text, except that within one
/// long piece it is n log n at worst.
///
/// ```no_run
/// # fn read_the_pack() -> Vec<u8> { Vec::new() }
/// use headroom_tokenizer::exact::Counter;
///
/// let mut counter = Counter::new(&read_the_pack())?;
/// assert_eq!(counter.count("Hello, world!"), 4);
/// assert_eq!(counter.count_up_to("Hello, world!", 3), None);
/// # Ok::<(), headroom_tokenizer::exact::PackError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Counter {
    classes: Classes,
    table: Table,
    cache: Cache,
    merger: Merger,
}

impl Counter {
    /// Makes a counter of a vocabulary in the format of [`pack`].
    ///
    /// # Errors
    /// Why the bytes are not such a vocabulary.
    pub fn new(pack: &[u8]) -> Result<Self, PackError> {
        Ok(Self {
            classes: Classes::unpack(),
            table: Table::new(pack::read(pack)?),
            cache: Cache::new(),
            merger: Merger::default(),
        })
    }

    /// The tokens of the text.
    pub fn count(&mut self, text: &str) -> u64 {
        let text = text.as_bytes();
        let (mut at, mut total) = (0, 0);
        while at < text.len() {
            let end = pieces::end(&self.classes, text, at).max(at + 1);
            total += self.count_piece(text, at, end);
            at = end;
        }
        total
    }

    /// The tokens of the text, or `None` as soon as it is certain that they are more than `limit`.
    pub fn count_up_to(&mut self, text: &str, limit: u64) -> Option<u64> {
        let text = text.as_bytes();
        let longest = self.table.longest() as u64;
        // A token has a longest length, so a text has a least count.
        if text.len() as u64 > limit.saturating_mul(longest) {
            return None;
        }
        let (mut at, mut total) = (0, 0);
        while at < text.len() {
            let end = pieces::end(&self.classes, text, at).max(at + 1);
            total += self.count_piece(text, at, end);
            if total > limit {
                return None;
            }
            at = end;
        }
        Some(total)
    }

    /// The bytes of each token of the text, in order; joined, they are the text. A token may end within a character.
    pub fn segments(&mut self, text: &str) -> Vec<Range<usize>> {
        let text = text.as_bytes();
        let (mut at, mut segments) = (0, Vec::new());
        while at < text.len() {
            let end = pieces::end(&self.classes, text, at).max(at + 1);
            if self.table.level_of(text, at, end) == NONE {
                let starts = self.merger.starts(&self.table, text, at, end);
                let ends = starts.iter().skip(1).copied().chain([end]);
                segments.extend(starts.iter().copied().zip(ends).map(|(start, end)| start..end));
            } else {
                segments.push(at..end);
            }
            at = end;
        }
        segments
    }

    #[inline]
    fn count_piece(&mut self, text: &[u8], start: usize, end: usize) -> u64 {
        let Some(piece) = text.get(start..end) else { return 0 };
        if piece.len() == 1 {
            return 1;
        }
        let key = Key::new(text, start, end);
        if let Some(count) = self.cache.get(&key, piece) {
            return u64::from(count);
        }
        // Every token's own bytes encode to it, so this is a short cut and not another rule.
        let count = if self.table.level(&key, piece) == NONE {
            self.merger.starts(&self.table, text, start, end).len()
        } else {
            1
        };
        if let Ok(count) = u32::try_from(count) {
            self.cache.put(&key, piece, count);
        }
        count as u64
    }
}
