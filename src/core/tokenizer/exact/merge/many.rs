//! Merges many bytes, in almost linear time.

use super::super::table::{NONE, Table};

/// Many bytes: a doubly linked list of tokens, and for each level the places where a merge of it may be made. A merge
/// only enables merges of higher levels (guaranteed by the order of the levels; violations in a foreign pack are
/// ignored), so the levels are visited once: n log n at most, for the sorting within a level.
pub(super) struct Many<'a> {
    table: &'a Table,
    text: &'a [u8],
    start: usize,
    end: usize,
    /// By place in the piece: where the next token begins, for tokens that begin here.
    next: Vec<usize>,
    /// Where the previous token begins.
    previous: Vec<usize>,
    /// The level of this token merged with the next; [`NONE`] also where no token begins anymore.
    level: Vec<u16>,
    /// The places found so far for each level. Some are out of date.
    waiting: Vec<Vec<usize>>,
}

impl<'a> Many<'a> {
    pub(super) fn new(table: &'a Table, text: &'a [u8], start: usize, end: usize) -> Self {
        let length = end - start;
        let mut many = Self {
            table,
            text,
            start,
            end,
            next: (1..=length).collect(),
            previous: (0..length).map(|at| at.saturating_sub(1)).collect(),
            level: vec![NONE; length],
            waiting: vec![Vec::new(); usize::from(table.highest()) + 1],
        };
        for (at, pair) in text.get(start..end).unwrap_or_default().windows(2).enumerate() {
            if let [first, second] = pair {
                many.wait(at, table.level_of_pair(*first, *second));
            }
        }
        many
    }

    pub(super) fn merge(mut self) -> Self {
        for level in 0..=self.table.highest() {
            let mut places = self.waiting.get_mut(usize::from(level)).map(std::mem::take).unwrap_or_default();
            // From left to right; they arrive as a few ascending runs, which this sort exploits.
            places.sort();
            for at in places {
                if self.level.get(at) == Some(&level) {
                    self.merge_at(at, level);
                }
            }
        }
        self
    }

    /// Returns where the tokens begin.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        let length = self.next.len();
        let following = move |at: &usize| self.next.get(*at).copied().filter(|next| *next < length);
        std::iter::successors((length > 0).then_some(0), following).map(|at| self.start + at)
    }

    /// Joins the token at `at` with the next.
    fn merge_at(&mut self, at: usize, level: u16) {
        let length = self.end - self.start;
        let next = |at: usize| self.next.get(at).copied().unwrap_or(length);
        let gone = next(at);
        let after = next(gone);
        let beyond = next(after);
        if let Some(next) = self.next.get_mut(at) {
            *next = after;
        }
        if let Some(previous) = self.previous.get_mut(after) {
            *previous = at;
        }
        if let Some(level) = self.level.get_mut(gone) {
            *level = NONE;
        }
        let with_next = if after < length { self.level_of(at, beyond) } else { NONE };
        self.wait(at, if with_next > level { with_next } else { NONE });
        if at > 0 {
            let before = self.previous.get(at).copied().unwrap_or_default();
            let with_previous = self.level_of(before, after);
            self.wait(before, if with_previous > level { with_previous } else { NONE });
        }
    }

    fn level_of(&self, from: usize, to: usize) -> u16 {
        self.table.level_of(self.text, self.start + from, self.start + to)
    }

    /// Records the level of merging the token at `at` with the next.
    fn wait(&mut self, at: usize, level: u16) {
        if let Some(now) = self.level.get_mut(at) {
            *now = level;
        }
        if let Some(waiting) = self.waiting.get_mut(usize::from(level)) {
            waiting.push(at);
        }
    }
}
