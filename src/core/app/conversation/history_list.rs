//! The entries of the history, and which of them match the search. What is asked of it with each key press costs the same
//! however many there are.

use std::ops::Range;

use headroom_domain::case_folded;

use super::chat::{Entry, Id};

/// An entry as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Its position among those listed, from 0.
    pub at: usize,
    /// The chat.
    pub id: Id,
    /// Its title.
    pub title: String,
}

/// All entries, newest first.
#[derive(Debug, Default)]
pub(crate) struct HistoryList {
    entries: Vec<Entry>,
    /// The search text, without differences of case.
    search: String,
    /// The positions of the entries that match the search. `None` without one: all do.
    found: Option<Vec<usize>>,
    revision: u64,
}

impl HistoryList {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns a counter that grows when an entry or the search changes.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn get(&self, id: &Id) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// Inserts an entry in order, and replaces the one it had.
    pub(crate) fn put(&mut self, entry: Entry) {
        self.entries.retain(|other| other.id != entry.id);
        let place = self.place_of(&entry);
        self.entries.insert(place, entry);
        self.changed();
    }

    /// Adds entries that are not in the list, each in order. Storage has the oldest first.
    pub(crate) fn add(&mut self, entries: Vec<Entry>) {
        for entry in entries.into_iter().rev() {
            let place = self.place_of(&entry);
            self.entries.insert(place, entry);
        }
        self.changed();
    }

    fn place_of(&self, entry: &Entry) -> usize {
        self.entries.partition_point(|other| (other.used_ms, &other.id) > (entry.used_ms, &entry.id))
    }

    pub(crate) fn remove(&mut self, id: &Id) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.id == *id)?;
        let entry = self.entries.remove(place);
        self.changed();
        Some(entry)
    }

    /// Changes an entry where it is. Returns it if there is one and `change` says that it differs.
    pub(crate) fn change(&mut self, id: &Id, change: impl FnOnce(&mut Entry) -> bool) -> Option<Entry> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == *id)?;
        if !change(entry) {
            return None;
        }
        let entry = entry.clone();
        self.changed();
        Some(entry)
    }

    pub(crate) fn search(&mut self, text: &str) {
        self.search = case_folded(text.trim());
        self.changed();
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.found = (!self.search.is_empty()).then(|| {
            let is_found = |entry: &Entry| case_folded(&entry.title).contains(&self.search);
            self.entries.iter().enumerate().filter(|(_, entry)| is_found(entry)).map(|(at, _)| at).collect()
        });
    }

    /// Returns how many entries are listed.
    pub(crate) fn listed(&self) -> usize {
        self.found.as_ref().map_or(self.entries.len(), Vec::len)
    }

    /// Returns the listed entries at these positions, as far as there are any.
    pub(crate) fn rows(&self, positions: Range<usize>) -> Vec<HistoryRow> {
        let entry = |at: usize| match &self.found {
            Some(found) => found.get(at).and_then(|place| self.entries.get(*place)),
            None => self.entries.get(at),
        };
        let row = |at| entry(at).map(|entry| HistoryRow { at, id: entry.id.clone(), title: entry.title.clone() });
        positions.map_while(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, used_ms: u64) -> Entry {
        Entry { id: Id(id.into()), title: format!("About {id}"), used_ms, lanes: vec![], unknown: None }
    }

    fn titles(list: &HistoryList, positions: Range<usize>) -> Vec<(usize, String)> {
        list.rows(positions).into_iter().map(|row| (row.at, row.title)).collect()
    }

    #[test]
    fn rows_are_the_newest_first_and_only_those_asked_for() {
        let mut list = HistoryList::default();
        list.add((0..5_000).map(|number| entry(&format!("{number:04}"), number)).collect());
        assert_eq!(list.listed(), 5_000);
        assert_eq!(titles(&list, 2..4), [(2, "About 4997".into()), (3, "About 4996".into())]);
        assert_eq!(list.rows(4_990..5_050).len(), 10);
        list.put(entry("0007", 9_000));
        assert_eq!(titles(&list, 0..1), [(0, "About 0007".into())]);
        assert_eq!(list.listed(), 5_000, "it was moved");
    }

    #[test]
    fn a_search_lists_what_matches_and_follows_changes() {
        let mut list = HistoryList::default();
        list.add(vec![entry("apples", 1), entry("pears", 2), entry("APPLE pie", 3)]);
        list.search(" Apple ");
        assert_eq!(titles(&list, 0..9), [(0, "About APPLE pie".into()), (1, "About apples".into())]);
        let before = list.revision();
        list.change(&Id("pears".into()), |entry| {
            entry.title = "apple juice".into();
            true
        });
        assert_eq!(list.listed(), 3);
        assert!(list.revision() > before);
        assert!(list.remove(&Id("apples".into())).is_some() && list.listed() == 2);
        list.search("");
        assert_eq!(list.listed(), 2);
    }
}
