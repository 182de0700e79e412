//! Exact counting, with a vocabulary.
//!
//! # Why levels are enough
//!
//! Of all adjacent tokens that join to a token, the reference merges those of the lowest rank first. A pack has no
//! ranks. It has a small level per token, and merging by level gives the same tokens if the levels keep two promises,
//! where (p, q) are the parts a token is made of when its own bytes are encoded:
//!
//! 1. a token's level is higher than those of its parts;
//! 2. if one token's right part is another's left part, their levels are in the order of their heights, and differ.
//!
//! The *height* of a token is the highest rank of itself and of everything it is made of, down to the bytes. Nearly
//! always that is its own rank; Llama 3 and GLM-4 have some tokens of lower ranks than their parts. For two tokens as
//! in promise 2, the heights differ, or the token with the shared right part has that height as its rank and the other
//! is made of it, and then it comes first. Otherwise there is no pack: the packer checks that, and both promises, for
//! every token. Tokens that their own bytes do not encode to have no parts; they are discussed below.
//!
//! *In the reference only parts merge.* Take adjacent x, y that join to a token t. Nothing was merged across t's ends,
//! so within them the same was done as when t is encoded alone; and the only time that leaves two tokens is before the
//! last step, when they are t's parts.
//!
//! *In the reference, of two competing tokens, the one of the lower height is merged.* Suppose the reference produces
//! p, q and s in adjacent places, though perhaps not at the same time; let t have the parts p, q, and u the parts q, s,
//! and let t be merged. If u's height were the lower one, take, among t and everything it is made of, the token w whose
//! rank is t's height. When w was merged, u could have been merged, or, since q and s come to be there, some token they
//! still had to be made of: in any case one of a rank of at most u's height, which is lower than w's rank. So it was
//! not w's turn. (With equal heights, u's parts are made by lower ranks and u lies left of the w in t, which is another
//! u: so it was not w's turn.)
//!
//! *By level, merges of parts are those of the reference.* Take the first merge that the reference does not make: q
//! with s, into u. The reference also produced q and s, and one of them was merged elsewhere first: say q with p, to
//! its left, into t (to the right it is the same). By the paragraph above t's height is not the higher one, so t's
//! level is lower than u's by promise 2 (or t is u, and lies further left). If p is there, t had to be merged before u.
//! If not, some part of p can be merged now, of a level that is lower still by promise 1. Either way u was not next.
//! And what the reference merges remains possible until it is done, so nothing is left out.
//!
//! *By level, too, only parts merge.* Take the first adjacent x, y that join to a token t and are not its parts. So far
//! only parts were merged, and none across t's ends: by the paragraph above, for t's bytes alone, all of these merges
//! are among the steps that make t. Of those, only the parts cover t with two tokens.
//!
//! *Tokens that their own bytes do not encode to* are not made by the reference, because only parts merge, and are kept
//! from being made here. But the references of Llama 3, GLM-4, o200k and Kimi first check whether an entire piece is a
//! token, so those of Llama 3 and GLM-4 count there. For all other tokens that check is a shortcut. (The vocabularies
//! of Qwen and DeepSeek, whose references do not check, have no such tokens.)

mod cache;
mod classes;
mod growing;
mod ids;
mod key;
mod merge;
mod nfc;
pub mod pack;
mod pieces;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use growing::Growing;
pub use ids::Ids;
pub use pack::PackError;

use self::{
    cache::Cache,
    classes::Classes,
    key::{Key, WORD},
    merge::Merger,
    nfc::{Nfc, Normal},
    table::Table,
};
use crate::Vocabulary;

/// Counts the tokens of text in one of the vocabularies with a pack.
///
/// Text that looks like a special token, such as `<|end|>`, is counted as ordinary text: providers encode user input
/// that way. [`overhead`](crate::overhead) counts the special tokens of the chat template.
///
/// Memory: for o200k, the largest, about 5 MB, and 4 MB more while a pack is read; while a piece of more than a hundred
/// bytes is counted (letters or signs without a space), a few bytes for each of its tokens; for Qwen a second copy of
/// text that must be normalized. Time: linear in the text, except n log n at worst within one run of combining marks
/// that is normalized.
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
    /// For the vocabulary whose texts are normalized first.
    nfc: Option<Nfc>,
}

impl Counter {
    /// Creates a counter from a vocabulary in the format of [`pack`].
    ///
    /// # Errors
    /// Returns why the bytes are not such a vocabulary.
    pub fn new(pack: &[u8]) -> Result<Self, PackError> {
        let table = Table::new(&pack::read(pack)?);
        let classes = Classes::unpack(table.vocabulary());
        let nfc = (table.vocabulary() == Vocabulary::Qwen).then(Nfc::unpack);
        Ok(Self { classes, table, cache: Cache::new(), merger: Merger::default(), nfc })
    }

    /// Returns the vocabulary stated by the pack. It also decides how text is split.
    #[must_use]
    pub fn vocabulary(&self) -> Vocabulary {
        self.table.vocabulary()
    }

    /// Returns the tokens of the text.
    pub fn count(&mut self, text: &str) -> u64 {
        self.count_until(text, u64::MAX).unwrap_or(u64::MAX)
    }

    /// Returns the tokens of the text, or `None` as soon as they certainly exceed `limit`.
    pub fn count_up_to(&mut self, text: &str, limit: u64) -> Option<u64> {
        // Tokens have a maximum length, so text has a minimum count. Normalizing leaves at least a third.
        let longest = self.table.longest() as u64 * if self.nfc.is_some() { 3 } else { 1 };
        if text.len() as u64 > limit.saturating_mul(longest) {
            return None;
        }
        self.count_until(text, limit)
    }

    /// Returns the bytes of each token of the text, in order; joined, they are the text. They may split characters.
    ///
    /// Qwen's tokens are of the text in normalization form C. Where that differs, the tokens of a changed stretch, such
    /// as a letter with its accent, share its original bytes: each takes as many as its own length while any are left,
    /// and the last one takes the rest. So a range may be empty there.
    pub fn segments(&mut self, text: &str) -> Vec<Range<usize>> {
        let normal = self.normal(text);
        let mut ends = self.ends(normal.text.as_bytes());
        normal.original_ends(&mut ends);
        let starts = [0].into_iter().chain(ends.iter().copied());
        starts.zip(ends.iter().copied()).map(|(start, end)| start..end).collect()
    }

    /// Returns where the tokens of normalized text end.
    fn ends(&mut self, text: &[u8]) -> Vec<usize> {
        let (mut at, mut ends) = (0, Vec::new());
        while at < text.len() {
            let end = self.end(text, at);
            if !text.get(at..end).is_some_and(|piece| self.table.is_token(&Key::new(text, at, end), piece)) {
                ends.extend(self.merger.starts(&self.table, text, at, end).into_iter().skip(1));
            }
            ends.push(end);
            at = end;
        }
        ends
    }

    #[inline]
    fn count_until(&mut self, text: &str, limit: u64) -> Option<u64> {
        let normal = self.normal(text);
        let text = normal.text.as_bytes();
        let (mut at, mut total) = (0, 0);
        while at < text.len() {
            let end = self.end(text, at);
            total += self.count_piece(text, at, end);
            if total > limit {
                return None;
            }
            at = end;
        }
        Some(total)
    }

    /// Returns the text as the vocabulary's patterns expect it.
    fn normal<'a>(&self, text: &'a str) -> Normal<'a> {
        self.nfc.as_ref().map_or_else(|| Normal::unchanged(text), |nfc| nfc.normal(text))
    }

    /// Returns where the piece that begins at `start` ends.
    #[inline]
    fn end(&self, text: &[u8], start: usize) -> usize {
        pieces::end(self.table.vocabulary(), &self.classes, text, start).max(start + 1)
    }

    #[inline]
    fn count_piece(&mut self, text: &[u8], start: usize, end: usize) -> u64 {
        let Some(piece) = text.get(start..end) else { return 0 };
        if piece.len() == 1 {
            return 1;
        }
        let key = Key::new(text, start, end);
        // What a single lookup finds need not be cached.
        if piece.len() <= WORD && self.table.is_token(&key, piece) {
            1
        } else {
            self.count_again(&key, text, start, end)
        }
    }

    /// Counts a piece that may be cached.
    fn count_again(&mut self, key: &Key, text: &[u8], start: usize, end: usize) -> u64 {
        let piece = text.get(start..end).unwrap_or_default();
        if let Some(count) = self.cache.get(key, piece) {
            return u64::from(count);
        }
        let is_token = piece.len() > WORD && self.table.is_token(key, piece);
        let count = if is_token { 1 } else { self.merger.count(&self.table, text, start, end) };
        if let Ok(count) = u32::try_from(count) {
            self.cache.put(key, piece, count);
        }
        count as u64
    }
}
