//! Conversations in IndexedDB.
//!
//! Stores of text records (see `headroom_app::saved`): entries by id, turns by `chat/turn`, slices of streaming answers
//! by `chat/turn/lane-number`, requests by id. Each tab writes only its own turns, so tabs do not overwrite each other.
//! Jobs run one after the other, in the order they were submitted.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use headroom_app::{
    Entry, Event, Id, Turn, id_at,
    saved::{self, Record, Slice},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    Sink,
    clock::{now_ms, now_unix_ms},
};
use crate::record_store::{Change, RecordStore};

const DATABASE: &str = "headroom";
/// Version 2 added requests.
const DATABASE_VERSION: u32 = 2;
const ENTRIES: &str = "entries";
const TURNS: &str = "turns";
const SLICES: &str = "slices";
const REQUESTS: &str = "requests";

/// Something to save, read or delete.
pub(super) enum Job {
    ReadHistory,
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

struct Shared {
    sink: Sink,
    waiting: RefCell<VecDeque<Job>>,
    busy: Cell<bool>,
    store: RefCell<Option<RecordStore>>,
}

impl Storage {
    pub(super) fn new(sink: Sink) -> Self {
        let shared = Shared { sink, waiting: RefCell::default(), busy: Cell::new(false), store: RefCell::default() };
        Self(Rc::new(shared))
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
        let stores = [ENTRIES, TURNS, SLICES, REQUESTS];
        let store = RecordStore::open(DATABASE, DATABASE_VERSION, &stores).await?;
        self.store.replace(Some(store.clone()));
        Ok(store)
    }

    async fn perform(&self, job: Job) -> Result<(), idb::Error> {
        let store = self.store().await?;
        let changes = match job {
            Job::ReadHistory => {
                let (entries, unreadable) = records(&texts(&store, ENTRIES, "").await?);
                (self.sink)(Event::HistoryLoaded { entries, unreadable });
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
                let records = texts(&store, REQUESTS, &format!(">{}", days_ago(days))).await?;
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
                let inside = format!("{}/", id.0);
                vec![remove(ENTRIES, &id.0), remove_all(TURNS, &inside), remove_all(SLICES, &inside)]
            }
        };
        store.write(&changes).await
    }

    async fn read_chat(&self, store: &RecordStore, id: Id) -> Result<(), idb::Error> {
        let (turns, unreadable) = records::<Turn>(&texts(store, TURNS, &format!("{}/", id.0)).await?);
        let mut restored = Vec::with_capacity(turns.len());
        for turn in turns {
            let slices = if turn.is_running() {
                // An unreadable slice is a gap in text that was cut off anyway.
                let kept = texts(store, SLICES, &format!("{}/", key(&id, &turn.id))).await?;
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

fn put(store: &'static str, key: &str, value: &str) -> Change {
    Change::Put { store, key: key.to_owned(), value: value.to_owned() }
}

fn remove(store: &'static str, key: &str) -> Change {
    Change::Remove { store, key: key.to_owned() }
}

fn remove_all(store: &'static str, keys: &str) -> Change {
    Change::RemoveAll { store, keys: keys.to_owned() }
}

async fn texts(records: &RecordStore, store: &str, keys: &str) -> Result<Vec<String>, idb::Error> {
    let found = records.read(store, keys).await?;
    Ok(found.iter().map(|text| text.as_string().unwrap_or_default()).collect())
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
