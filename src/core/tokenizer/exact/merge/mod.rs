//! Byte-pair encoding of one piece: of all adjacent tokens that join to a token, those of the lowest level are merged
//! first, the leftmost of several, until there are none.
//!
//! # Why a window is enough for a long piece
//!
//! A sequence of tokens is the encoding of its joined bytes if each token is the encoding of its own bytes, and each
//! two adjacent tokens are the encoding of theirs. Suppose not, and take the first merge across a boundary between two
//! of these tokens, `t` and `u`. Until then nothing was merged across the outer ends of the two, and which merge comes
//! next among their bytes does not depend on the bytes around them; so the same merges, including this one, are made in
//! the same order when `t` and `u` are merged alone. But then they stay apart.
//!
//! So a long piece is merged in parts. The tokens of a part are kept except the last ones, which the following bytes
//! might have changed; the next part begins with their bytes. If its first token stays separate from the last one kept,
//! the result is the same as merging the piece at once. If not, both are merged again with more bytes. How many are
//! needed depends only on the vocabulary, so the time is linear, and the working set stays in the processor's cache.

mod many;

use many::Many;

use super::table::{NONE, Table};

/// Above this many bytes, scanning all neighbors for each merge costs more than keeping them in order.
const FEW: usize = 96;
/// Bytes of a long piece that are merged at a time.
const WINDOW: usize = 4 << 10;
/// Marks a place where nothing can be merged.
const NEVER: u32 = u32::MAX;

/// Merges pieces. Reuses its memory between short pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Merger {
    /// By place in the piece.
    links: Vec<Link>,
    /// By place in the piece: the level of the token there merged with the next one, in the bits above the place.
    waiting: Vec<u32>,
}

/// A token of a short piece, linked to its neighbors by the places where they begin.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    previous: u8,
    next: u8,
}

impl Merger {
    /// Returns how many tokens `text[start..end]` is.
    pub(super) fn count(&mut self, table: &Table, text: &[u8], start: usize, end: usize) -> usize {
        if end - start <= FEW { self.few(table, text, start, end) } else { self.starts(table, text, start, end).len() }
    }

    /// Returns where the tokens of `text[start..end]` begin, in order. The first one begins at `start`.
    pub(super) fn starts(&mut self, table: &Table, text: &[u8], start: usize, end: usize) -> Vec<usize> {
        if end - start <= WINDOW {
            self.at_once(table, text, start, end)
        } else {
            self.by_parts(table, text, start, end)
        }
    }

    fn by_parts(&mut self, table: &Table, text: &[u8], start: usize, end: usize) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        let (mut from, mut length, mut back) = (start, WINDOW, 1);
        loop {
            let to = end.min(from + length);
            let mut part = self.at_once(table, text, from, to);
            let first_end = part.get(1).copied().unwrap_or(to);
            if let Some(&last) = kept.last()
                && self.at_once(table, text, last, first_end) != [last, from]
            {
                let staying = kept.len().saturating_sub(back);
                from = kept.get(staying).copied().unwrap_or(start);
                kept.truncate(staying);
                (length, back) = (length * 2, back * 2);
                continue;
            }
            if to == end {
                kept.append(&mut part);
                return kept;
            }
            // The last eighth might change with more bytes.
            part.truncate(part.partition_point(|at| *at <= to - length / 8));
            match part.pop() {
                Some(next) if next > from => {
                    kept.append(&mut part);
                    (from, length, back) = (next, WINDOW, 1);
                }
                _ => length *= 2,
            }
        }
    }

    fn at_once(&mut self, table: &Table, text: &[u8], start: usize, end: usize) -> Vec<usize> {
        if end - start > FEW {
            return Many::new(table, text, start, end).merge().starts().collect();
        }
        self.few(table, text, start, end);
        let next = |place: &usize| self.links.get(*place).map(|link| usize::from(link.next));
        let starts = std::iter::successors(Some(0), next).take_while(|place| start + place < end);
        starts.map(|place| start + place).collect()
    }

    /// Scans all places for each merge: quadratic, and fastest for words.
    fn few(&mut self, table: &Table, text: &[u8], start: usize, end: usize) -> usize {
        let piece = text.get(start..end).unwrap_or_default();
        self.links.clear();
        self.links
            .extend((0..=u8::MAX).take(piece.len()).map(|at| Link { previous: at.wrapping_sub(1), next: at + 1 }));
        self.waiting.clear();
        let pairs = piece.windows(2).zip(0..);
        self.waiting.extend(pairs.map(|(pair, at)| match pair {
            [first, second] => waiting(table.level_of_pair(*first, *second), at),
            _ => NEVER,
        }));
        let mut tokens = piece.len();
        loop {
            let first = self.waiting.iter().copied().min().unwrap_or(NEVER);
            if first == NEVER {
                return tokens;
            }
            tokens -= 1;
            let [at, ..] = first.to_le_bytes();
            let gone = self.next(at);
            let after = self.next(gone);
            if let Some(link) = self.links.get_mut(usize::from(at)) {
                link.next = after;
            }
            if let Some(waiting) = self.waiting.get_mut(usize::from(gone)) {
                *waiting = NEVER;
            }
            let level_of = |from: u8, to: u8| table.level_of(text, start + usize::from(from), start + usize::from(to));
            let with_next = match self.links.get_mut(usize::from(after)) {
                Some(link) => {
                    link.previous = at;
                    level_of(at, link.next)
                }
                None => NONE,
            };
            if let Some(place) = self.waiting.get_mut(usize::from(at)) {
                *place = waiting(with_next, at);
            }
            if at > 0 {
                let before = self.links.get(usize::from(at)).map_or(0, |link| link.previous);
                let with_previous = level_of(before, after);
                if let Some(place) = self.waiting.get_mut(usize::from(before)) {
                    *place = waiting(with_previous, before);
                }
            }
        }
    }

    fn next(&self, at: u8) -> u8 {
        self.links.get(usize::from(at)).map_or(at, |link| link.next)
    }
}

/// Returns the priority of a merge: the lower, the earlier.
fn waiting(level: u16, at: u8) -> u32 {
    if level == NONE { NEVER } else { u32::from(level) << 8 | u32::from(at) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Vocabulary,
        exact::{pack, tests::pack_of},
    };

    fn table() -> Table {
        let merged =
            ["aa", "ba", "cb", "aaaa", "cd", "cde", "ab", "abab", "aaaaaaaa", "de", "dede", "eab", "ee", "cdcb"];
        Table::new(&pack::read(&pack_of(Vocabulary::O200k, &merged, &[])).unwrap())
    }

    proptest! {
        /// Runs, because their far end decides how they are cut, and words whose letters fit either side.
        #[test]
        fn a_long_piece_is_merged_by_parts_as_it_is_at_once(
            parts in prop::collection::vec(("[ab]{1,5}|[a-e]{1,4}", 1_usize..3_000), 1..12),
        ) {
            let table = table();
            let text: String = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let (text, end) = (text.as_bytes(), text.len());
            let at_once: Vec<usize> = Many::new(&table, text, 0, end).merge().starts().collect();
            prop_assert_eq!(Merger::default().by_parts(&table, text, 0, end), at_once);
        }

        #[test]
        fn few_bytes_are_merged_as_many_are(text in "[a-e]{1,96}") {
            let table = table();
            let (text, end) = (text.as_bytes(), text.len());
            let many: Vec<usize> = Many::new(&table, text, 0, end).merge().starts().collect();
            let mut merger = Merger::default();
            prop_assert_eq!(merger.count(&table, text, 0, end), many.len());
            prop_assert_eq!(merger.starts(&table, text, 0, end), many);
        }
    }
}
