//! Conversations in IndexedDB.
//!
//! Stores of text records (see `headroom_app::saved`): entries by id, turns by `chat/turn`, slices of streaming answers
//! by `chat/turn/lane-number`, requests by id. Each tab writes only its own turns, so tabs do not overwrite each other.
//! Jobs run one after the other, in the order they were submitted.
//!
//! What older builds keep in a database of their own is taken over whenever it is read: see [`older_database`].
//!
//! [`older_database`]: super::older_database

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use headroom_app::{
    Entry, Event, Id, Turn, id_at,
    saved::{self, Record, Slice},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    Sink,
    clock::{now_ms, now_unix_ms},
    older_database,
};
use crate::record_store::{Change, RecordStore};

/// A new name: tabs with older builds keep theirs open, and do not know the new fields.
const DATABASE: &str = "headroom-2";
const DATABASE_VERSION: u32 = 1;
pub(super) const ENTRIES: &str = "entries";
pub(super) const TURNS: &str = "turns";
pub(super) const SLICES: &str = "slices";
pub(super) const REQUESTS: &str = "requests";
/// What was last seen of the older build's records.
pub(super) const SEEN: &str = "version-1";

/// Something to save, read or delete.
pub(super) enum Job {
    ReadHistory,
    /// A tab with an older build did something.
    ReadOlderHistory,
    ReadChat(Id),
    SaveEntry(Entry),
    SaveTurn(Box<Turn>),
    SaveSlice {
        chat: Id,
        turn: Id,
        number: u32,
        slice: Slice,
    },
    DeleteTurns(Id, Vec<Id>),
    DeleteChat(Id),
    /// Requests of this many days.
    ReadRequests(u64),
    /// The id and the record.
    SaveRequest(String, String),
    /// Requests from more than this many days ago.
    DeleteOldRequests(u64),
}

/// The database and its pending jobs.
pub(super) struct Storage(Rc<Shared>);

/// A tab with an older build tells before it writes.
const OLDER_TAB_WRITES_MS: u32 = 1_000;

struct Shared {
    sink: Sink,
    older_tab_writes: Cell<bool>,
    waiting: RefCell<VecDeque<Job>>,
    busy: Cell<bool>,
    store: RefCell<Option<RecordStore>>,
}

impl Storage {
    pub(super) fn new(sink: Sink) -> Self {
        let shared = Shared {
            sink,
            older_tab_writes: Cell::new(false),
            waiting: RefCell::default(),
            busy: Cell::new(false),
            store: RefCell::default(),
        };
        Self(Rc::new(shared))
    }

    /// Reads the history of an older build a moment after one of its tabs did something, once for all it does until then.
    pub(super) fn read_older_history(&self) {
        if !self.0.older_tab_writes.replace(true) {
            let storage = Self(self.0.clone());
            spawn_local(async move {
                TimeoutFuture::new(OLDER_TAB_WRITES_MS).await;
                storage.0.older_tab_writes.set(false);
                storage.put(Job::ReadOlderHistory);
            });
        }
    }

    /// Runs a job after the earlier ones.
    pub(super) fn put(&self, job: Job) {
        self.0.waiting.borrow_mut().push_back(job);
        if !self.0.busy.replace(true) {
            let shared = self.0.clone();
            spawn_local(async move {
                loop {
                    let Some(job) = shared.waiting.borrow_mut().pop_front() else { break };
                    if let Err(why) = shared.perform(job).await {
                        (shared.sink)(Event::StorageFailed(why.to_string()));
                    }
                }
                shared.busy.set(false);
            });
        }
    }
}

impl Shared {
    async fn store(&self) -> Result<RecordStore, idb::Error> {
        let open = self.store.borrow().clone();
        if let Some(store) = open {
            return Ok(store);
        }
        let stores = [ENTRIES, TURNS, SLICES, REQUESTS, SEEN];
        let store = RecordStore::open(DATABASE, DATABASE_VERSION, &stores).await?;
        self.store.replace(Some(store.clone()));
        Ok(store)
    }

    async fn perform(&self, job: Job) -> Result<(), idb::Error> {
        let store = self.store().await?;
        let changes = match job {
            Job::ReadHistory => {
                let older = older_database::take_over(&store, ENTRIES, "").await;
                let (entries, mut unreadable) = records(&store.read(ENTRIES, "").await?);
                unreadable.extend(older.unreadable);
                (self.sink)(Event::HistoryLoaded { entries, unreadable });
                return Ok(());
            }
            Job::ReadOlderHistory => {
                let older = older_database::take_over(&store, ENTRIES, "").await;
                let (changed, _) = records(&older.changed);
                let removed = older.removed.into_iter().map(Id).collect();
                (self.sink)(Event::OlderTabChats { changed, removed });
                return Ok(());
            }
            Job::ReadChat(id) => return self.read_chat(&store, id).await,
            Job::SaveEntry(entry) => vec![put(ENTRIES, &entry.id.0, &saved::write(&entry))],
            Job::SaveTurn(turn) => {
                let key = key(&turn.chat, &turn.id);
                // The slices saved while it streamed are now part of it.
                vec![put(TURNS, &key, &saved::write(&*turn)), remove_all(SLICES, &format!("{key}/"))]
            }
            Job::SaveSlice { chat, turn, number, slice } => {
                let key = format!("{}/{}-{number:08}", key(&chat, &turn), slice.lane.0);
                vec![put(SLICES, &key, &slice.write())]
            }
            Job::ReadRequests(days) => {
                let since = format!(">{}", days_ago(days));
                let mut records = older_database::requests(&since).await;
                records.extend(store.read(REQUESTS, &since).await?);
                (self.sink)(Event::RequestsLoaded { records, days, now_ms: now_ms() });
                return Ok(());
            }
            Job::SaveRequest(id, record) => vec![put(REQUESTS, &id, &record)],
            Job::DeleteOldRequests(days) => vec![remove_all(REQUESTS, &format!("<{}", days_ago(days)))],
            Job::DeleteTurns(chat, turns) => {
                let keys = turns.iter().map(|turn| key(&chat, turn));
                keys.flat_map(|key| [remove(TURNS, &key), remove_all(SLICES, &format!("{key}/"))]).collect()
            }
            Job::DeleteChat(id) => {
                let is_gone_there = older_database::delete(&id.0).await;
                delete_chat(&id.0, is_gone_there)
            }
        };
        store.write(&changes).await
    }

    async fn read_chat(&self, store: &RecordStore, id: Id) -> Result<(), idb::Error> {
        let inside = format!("{}/", id.0);
        let older = older_database::take_over(store, TURNS, &inside).await;
        let (turns, mut unreadable) = records::<Turn>(&store.read(TURNS, &inside).await?);
        unreadable.extend(older.unreadable);
        let mut restored = Vec::with_capacity(turns.len());
        for turn in turns {
            let slices = if turn.is_running() {
                // An unreadable slice is a gap in text that was cut off anyway.
                let kept = store.read(SLICES, &format!("{}/", key(&id, &turn.id))).await?;
                kept.iter().filter_map(|slice| Slice::read(slice)).collect()
            } else {
                Vec::new()
            };
            restored.push(saved::restored(turn, &slices));
        }
        (self.sink)(Event::ChatLoaded { id, turns: restored, unreadable });
        Ok(())
    }
}

/// Returns the prefix of ids created this many days ago.
fn days_ago(days: u64) -> String {
    id_at(now_unix_ms().saturating_sub(days * 86_400_000))
}

fn key(chat: &Id, turn: &Id) -> String {
    format!("{}/{}", chat.0, turn.0)
}

pub(super) fn put(store: &'static str, key: &str, value: &str) -> Change {
    Change::Put { store, key: key.to_owned(), value: value.to_owned() }
}

pub(super) fn remove(store: &'static str, key: &str) -> Change {
    Change::Remove { store, key: key.to_owned() }
}

fn remove_all(store: &'static str, keys: &str) -> Change {
    Change::RemoveAll { store, keys: keys.to_owned() }
}

/// Deletes a chat with all its turns. What was seen of it in an older database is forgotten once it is gone there.
pub(super) fn delete_chat(id: &str, is_gone_there: bool) -> Vec<Change> {
    let mut changes = chat_records(id);
    changes.push(remove_all(SEEN, &format!("{TURNS}/{id}/")));
    if is_gone_there {
        changes.push(remove(SEEN, &format!("{ENTRIES}/{id}")));
    }
    changes
}

/// Deletes the records of a chat.
pub(super) fn chat_records(id: &str) -> Vec<Change> {
    let inside = format!("{id}/");
    vec![remove(ENTRIES, id), remove_all(TURNS, &inside), remove_all(SLICES, &inside)]
}

/// Parses records. Returns one sentence for each unreadable one, which stays in storage.
fn records<T: Record>(texts: &[String]) -> (Vec<T>, Vec<String>) {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    for text in texts {
        match saved::read(text) {
            Ok(record) => records.push(record),
            Err(why) => unreadable.push(why.to_string()),
        }
    }
    (records, unreadable)
}
