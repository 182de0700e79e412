//! What waits to be stored. Of each record only the newest text waits, so however slow storage is, what waits is no more than
//! what would be stored, and one transaction writes all of it.

use std::collections::VecDeque;

use crate::{Change, Selection, Unsaved, is_selected};

/// How long written records are kept in case the connection breaks: browsers report a transaction as complete before its
/// data is on the disk.
const RECENT_MS: f64 = 10_000.0;
const FIRST_RETRY_MS: u32 = 1_000;
const LONGEST_RETRY_MS: u32 = 30_000;

/// The text of a record, and the records it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    value: String,
    replaces: Option<Selection>,
}

/// A record to be written or, without a text, deleted.
#[derive(Clone, Debug)]
struct Record {
    store: &'static str,
    key: String,
    text: Option<Text>,
}

/// Changes that were merged: first the selections are deleted, then the records are written or deleted.
#[derive(Clone, Debug, Default)]
struct Batch {
    removed: Vec<Selection>,
    /// Sorted by store and key. Lists are small, and smaller to ship than a tree.
    records: Vec<Record>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.records.is_empty()
    }

    fn texts(&self) -> impl Iterator<Item = (&Record, &Text)> {
        self.records.iter().filter_map(|record| Some((record, record.text.as_ref()?)))
    }

    /// Returns what its records replace.
    fn replaced(&self) -> impl Iterator<Item = &Selection> {
        self.texts().filter_map(|(_, text)| text.replaces.as_ref())
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::Put { store, key, value, replaces } => {
                if let Some(replaced) = &replaces {
                    self.drop_selected(replaced);
                }
                self.set(Record { store, key, text: Some(Text { value, replaces }) });
            }
            Change::Remove { store, key } => self.set(Record { store, key, text: None }),
            Change::RemoveAll(selection) => {
                self.drop_selected(&selection);
                self.remove_first(selection);
            }
        }
    }

    /// Adds a later batch.
    fn extend(&mut self, later: Self) {
        for selection in later.removed.iter().chain(later.replaced()) {
            self.drop_selected(selection);
        }
        for selection in later.removed {
            self.remove_first(selection);
        }
        for record in later.records {
            self.set(record);
        }
    }

    /// Sets the text of a record, and still deletes what its former text was to replace.
    fn set(&mut self, mut record: Record) {
        let place = self
            .records
            .binary_search_by(|other| (other.store, other.key.as_str()).cmp(&(record.store, record.key.as_str())));
        let known = place.ok().and_then(|at| self.records.get_mut(at));
        if let Some(before) = known.and_then(|known| known.text.take()).and_then(|text| text.replaces) {
            match &mut record.text {
                Some(text) if text.replaces.is_none() => text.replaces = Some(before),
                Some(text) if text.replaces.as_ref() == Some(&before) => {}
                _ => self.remove_first(before),
            }
        }
        match place.map(|at| self.records.get_mut(at)) {
            Ok(Some(known)) => *known = record,
            Ok(None) => {}
            Err(at) => self.records.insert(at, record),
        }
    }

    fn remove_first(&mut self, selection: Selection) {
        if !self.removed.contains(&selection) {
            self.removed.push(selection);
        }
    }

    fn drop_selected(&mut self, selection: &Selection) {
        let mut replaced = Vec::new();
        self.records.retain_mut(|record| {
            let is_dropped = selection.contains(record.store, &record.key);
            if is_dropped {
                replaced.extend(record.text.take().and_then(|text| text.replaces));
            }
            !is_dropped
        });
        for selection in replaced {
            self.remove_first(selection);
        }
    }

    /// Returns the changes in the order they must be made.
    fn changes(&self) -> Vec<Change> {
        let removed = self.removed.iter().chain(self.replaced()).cloned();
        let mut changes: Vec<Change> = removed.map(Change::RemoveAll).collect();
        let of = |record: &Record| match &record.text {
            None => Change::Remove { store: record.store, key: record.key.clone() },
            Some(text) => {
                Change::Put { store: record.store, key: record.key.clone(), value: text.value.clone(), replaces: None }
            }
        };
        changes.extend(self.records.iter().map(of));
        changes
    }

    /// Splits it so that what fits on a full disk is stored although the rest does not: deletions, then each record, small
    /// ones first. A record that replaces others comes before those that are written after it.
    fn split(self) -> Vec<Self> {
        let (mut texts, deleted): (Vec<Record>, Vec<Record>) =
            self.records.into_iter().partition(|record| record.text.is_some());
        let single = |record| Self { removed: Vec::new(), records: vec![record] };
        let mut parts = vec![Self { removed: self.removed, records: deleted }];
        // There are few: a sort would be more to ship than it is worth.
        let size = |(_, record): &(usize, &Record)| {
            record.text.as_ref().map(|text| (text.replaces.is_none(), text.value.len()))
        };
        while let Some((smallest, _)) = texts.iter().enumerate().min_by_key(size) {
            parts.push(single(texts.remove(smallest)));
        }
        parts
    }

    /// Whether it deletes a record of the other batch.
    fn deletes_any_of(&self, other: &Self) -> bool {
        let mut deleted = self.removed.iter().chain(self.replaced());
        deleted.any(|selection| other.records.iter().any(|record| selection.contains(record.store, &record.key)))
    }
}

/// What to do after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWrite {
    /// Write the next one, if there is one.
    GoOn,
    /// The same; it is the first that was written completely after a failure.
    Recovered,
    /// Wait this many milliseconds before the next one.
    RetryIn(u32),
}

/// A part of what is written in a round. After a failure, a round has many.
#[derive(Debug)]
struct Part {
    batch: Batch,
    has_failed: bool,
}

/// What waits to be stored, and what is being written.
#[derive(Debug, Default)]
pub struct WriteQueue {
    waiting: Batch,
    /// What is still to be written in this round, in order.
    round: Vec<Part>,
    /// Which part of the round is being written.
    writing: Option<usize>,
    /// Written recently, oldest first, with the time.
    recent: VecDeque<(f64, Batch)>,
    /// The number of failed rounds in a row.
    failures: u32,
}

impl WriteQueue {
    /// Adds changes, after all earlier ones.
    pub fn add(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.waiting.add(change);
        }
    }

    /// Returns what to write next, in one transaction, until [`Self::written`] or [`Self::failed`] is called. `None` if
    /// nothing waits or is being written already.
    pub fn next_batch(&mut self) -> Option<Vec<Change>> {
        if self.writing.is_some() {
            return None;
        }
        if self.round.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            let batches = if self.failures > 0 { waiting.split() } else { vec![waiting] };
            let batches = batches.into_iter().filter(|batch| !batch.is_empty());
            self.round = batches.map(|batch| Part { batch, has_failed: false }).collect();
        }
        self.writing = self.next_part();
        self.writing.and_then(|at| self.round.get(at)).map(|part| part.batch.changes())
    }

    /// Returns the part to write next. What an earlier part would delete that has failed, or waits for one that has, is not
    /// written before it.
    fn next_part(&self) -> Option<usize> {
        let mut kept: Vec<&Batch> = Vec::new();
        self.round.iter().position(|Part { batch, has_failed }| {
            if *has_failed || kept.iter().any(|kept| kept.deletes_any_of(batch)) {
                kept.push(batch);
                return false;
            }
            true
        })
    }

    /// The batch was written.
    pub fn written(&mut self, now_ms: f64) -> AfterWrite {
        if let Some(at) = self.writing.take() {
            self.recent.push_back((now_ms, self.round.remove(at).batch));
        }
        while self.recent.front().is_some_and(|(at_ms, _)| !(now_ms - RECENT_MS..=now_ms).contains(at_ms)) {
            self.recent.pop_front();
        }
        self.after_write()
    }

    /// The batch was not written.
    pub fn failed(&mut self) -> AfterWrite {
        if let Some(part) = self.writing.take().and_then(|at| self.round.get_mut(at)) {
            part.has_failed = true;
        }
        self.after_write()
    }

    fn after_write(&mut self) -> AfterWrite {
        if self.next_part().is_some() {
            return AfterWrite::GoOn;
        }
        if !self.round.is_empty() {
            let parts = std::mem::take(&mut self.round);
            self.put_back(parts.into_iter().map(|part| part.batch));
            self.failures = self.failures.saturating_add(1);
            let wait_ms = FIRST_RETRY_MS.saturating_mul(1 << (self.failures - 1).min(5));
            return AfterWrite::RetryIn(wait_ms.min(LONGEST_RETRY_MS));
        }
        match std::mem::take(&mut self.failures) {
            0 => AfterWrite::GoOn,
            _ => AfterWrite::Recovered,
        }
    }

    /// The connection broke: what was written a moment ago may be lost, and is written again.
    pub fn connection_lost(&mut self) {
        self.writing = None;
        let recent = std::mem::take(&mut self.recent).into_iter().map(|(_, batch)| batch);
        let parts = std::mem::take(&mut self.round).into_iter().map(|part| part.batch);
        self.put_back(recent.chain(parts));
    }

    /// Puts batches back before what waits.
    fn put_back(&mut self, batches: impl IntoIterator<Item = Batch>) {
        let mut all = Batch::default();
        for batch in batches {
            all.extend(batch);
        }
        all.extend(std::mem::take(&mut self.waiting));
        self.waiting = all;
    }

    /// Returns everything that is not known to be stored, as one transaction: for the moment the page closes.
    #[must_use]
    pub fn everything(&self) -> Vec<Change> {
        self.pending().changes()
    }

    /// Returns the records that wait, as JSON for a file: store, key and text of each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let pending = self.pending();
        let texts = pending.texts().map(|(record, text)| vec![record.store, &record.key, &text.value]);
        serde_json::to_string(&texts.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// Whether the last try failed.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Returns how much is not stored.
    #[must_use]
    pub fn unsaved(&self) -> Unsaved {
        self.pending().texts().fold(Unsaved::default(), |sum, (_, text)| Unsaved {
            records: sum.records + 1,
            bytes: sum.bytes + text.value.len(),
        })
    }

    /// Returns the records with these keys as they will be once everything is stored. `stored` are those that are, with
    /// their keys, in the order of keys, which is kept.
    #[must_use]
    pub fn with_pending(&self, store: &str, keys: &str, stored: Vec<(String, String)>) -> Vec<(String, String)> {
        let (pending, mut records) = (self.pending(), stored);
        records.retain(|(key, _)| {
            let mut removed = pending.removed.iter().chain(pending.replaced());
            !removed.any(|selection| selection.contains(store, key))
        });
        for Record { key, text, .. } in
            pending.records.into_iter().filter(|record| record.store == store && is_selected(keys, &record.key))
        {
            let place = records.binary_search_by(|(other, _)| other.cmp(&key));
            match (place, text) {
                (Ok(at), None) => drop(records.remove(at)),
                (Err(_), None) => {}
                (Ok(at), Some(text)) => {
                    if let Some((_, known)) = records.get_mut(at) {
                        *known = text.value;
                    }
                }
                (Err(at), Some(text)) => records.insert(at, (key, text.value)),
            }
        }
        records
    }

    fn pending(&self) -> Batch {
        let mut all = Batch::default();
        for batch in self.round.iter().map(|part| &part.batch).chain([&self.waiting]) {
            all.extend(batch.clone());
        }
        all
    }
}

#[cfg(test)]
#[path = "write_queue_tests.rs"]
mod tests;
