//! Lists whose entries have stable ids and versions, so that a keyed view updates only what changed.

use std::{mem, ops::Deref};

/// One entry of a [`Cells`].
#[derive(Clone, Debug)]
pub struct Cell<T> {
    /// Unique within the document for its lifetime. The kind of content (paragraph, list, …) never changes under one
    /// id: a block that turns into another kind gets a new id.
    pub id: u64,
    /// The [revision](crate::Document::revision) in which the content, or anything inside it, last changed.
    pub version: u64,
    /// The content.
    pub content: T,
}

/// An ordered list that records which entries changed when. Reads like a slice.
#[derive(Clone, Debug)]
pub struct Cells<T> {
    cells: Vec<Cell<T>>,
    /// `(revision, first index touched in it)`, both ascending: an entry undercut by a later one can never be the
    /// answer again and is dropped. So there is at most one more entry than cells.
    log: Vec<(u64, usize)>,
}

/// The source of versions and ids: one per document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamps {
    /// The number of pushes, including the current one.
    pub(crate) revision: u64,
    next_id: u64,
}

impl Stamps {
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

impl<T> Cells<T> {
    /// Returns the first index that may have changed since `revision`. Everything before it is untouched; everything
    /// shown from there on is replaced by the current entries (possibly none). `O(log n)`.
    #[must_use]
    pub fn changed_since(&self, revision: u64) -> usize {
        let later = self.log.partition_point(|(at, _)| *at <= revision);
        self.log.get(later).map_or(self.cells.len(), |(_, index)| *index)
    }

    pub(crate) fn push(&mut self, content: T, stamps: &mut Stamps) {
        self.touched(self.cells.len(), stamps);
        self.cells.push(Cell { id: stamps.id(), version: stamps.revision, content });
    }

    /// Removes the last entry.
    pub(crate) fn pop(&mut self, stamps: &Stamps) {
        self.cells.pop();
        self.touched(self.cells.len(), stamps);
    }

    /// Returns the last entry, marked as changed.
    pub(crate) fn touch_last(&mut self, stamps: &Stamps) -> Option<&mut T> {
        self.touch(self.cells.len().checked_sub(1)?, stamps)
    }

    /// Returns the entry at `index`, marked as changed.
    pub(crate) fn touch(&mut self, index: usize, stamps: &Stamps) -> Option<&mut T> {
        let cell = self.cells.get_mut(index)?;
        cell.version = stamps.revision;
        let content = &mut cell.content;
        touched(&mut self.log, index, stamps);
        Some(content)
    }

    /// Replaces everything from `first` on with `contents`. Equal entries stay untouched.
    pub(crate) fn replace_from(&mut self, first: usize, contents: impl IntoIterator<Item = T>, stamps: &mut Stamps)
    where
        T: PartialEq,
    {
        let mut index = first;
        for content in contents {
            match self.cells.get_mut(index) {
                None => self.push(content, stamps),
                Some(cell) if cell.content == content => {}
                Some(cell) => {
                    if mem::discriminant(&cell.content) != mem::discriminant(&content) {
                        cell.id = stamps.id();
                    }
                    cell.version = stamps.revision;
                    cell.content = content;
                    touched(&mut self.log, index, stamps);
                }
            }
            index += 1;
        }
        if index < self.cells.len() {
            self.cells.truncate(index);
            self.touched(index, stamps);
        }
    }

    fn touched(&mut self, index: usize, stamps: &Stamps) {
        touched(&mut self.log, index, stamps);
    }
}

fn touched(log: &mut Vec<(u64, usize)>, index: usize, stamps: &Stamps) {
    while log.last().is_some_and(|(_, later)| *later > index) {
        log.pop();
    }
    match log.last_mut() {
        Some((revision, at)) if *at == index => *revision = stamps.revision,
        // This revision already touched something earlier, so that index stands.
        Some((revision, _)) if *revision == stamps.revision => {}
        _ => log.push((stamps.revision, index)),
    }
}

// Not derived: that would ask for `T: Default`.
impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self { cells: Vec::new(), log: Vec::new() }
    }
}

impl<T> Deref for Cells<T> {
    type Target = [Cell<T>];

    fn deref(&self) -> &[Cell<T>] {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_equal_keeps_its_version_and_what_changes_its_kind_gets_a_new_id() {
        let mut stamps = Stamps::default();
        let mut cells = Cells::default();
        stamps.revision = 1;
        cells.replace_from(0, [Some(1), None, Some(3)], &mut stamps);
        let before: Vec<u64> = cells.iter().map(|cell| cell.id).collect();
        stamps.revision = 2;
        cells.replace_from(0, [Some(1), Some(2), Some(4)], &mut stamps);
        let versions: Vec<u64> = cells.iter().map(|cell| cell.version).collect();
        assert_eq!(versions, [1, 2, 2]);
        let same: Vec<bool> = cells.iter().zip(before).map(|(cell, id)| cell.id == id).collect();
        assert_eq!(same, [true, false, true]);
        assert_eq!(cells.changed_since(1), 1);
        assert_eq!(cells.changed_since(2), 3);
    }

    proptest! {
        #[test]
        fn a_view_that_replaces_only_what_changed_shows_what_is_there(
            steps in prop::collection::vec((0_u8..4, 0_usize..9, any::<bool>()), 1..80),
        ) {
            let mut stamps = Stamps::default();
            let mut cells: Cells<usize> = Cells::default();
            let mut view: Vec<(u64, u64)> = Vec::new();
            let mut seen = 0;
            stamps.revision = 1;
            for (number, (kind, index, look)) in steps.into_iter().enumerate() {
                match kind {
                    0 | 1 => cells.push(number, &mut stamps),
                    2 if cells.len() > 1 => cells.pop(&stamps),
                    _ => if let Some(content) = cells.touch(index, &stamps) { *content = number },
                }
                if look {
                    let first = cells.changed_since(seen);
                    view.truncate(first);
                    view.extend(cells.iter().skip(first).map(|cell| (cell.id, cell.version)));
                    seen = stamps.revision;
                    let all: Vec<(u64, u64)> = cells.iter().map(|cell| (cell.id, cell.version)).collect();
                    prop_assert_eq!(&view, &all);
                    prop_assert!(cells.log.len() <= cells.len() + 1);
                    stamps.revision += 1;
                }
            }
        }
    }
}
