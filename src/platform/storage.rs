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
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    Sink,
    clock::{now_ms, now_unix_ms},
};
use crate::modules;

const DATABASE: &str = "headroom";
/// Version 2 added requests.
const DATABASE_VERSION: u32 = 2;
const ENTRIES: &str = "entries";
const TURNS: &str = "turns";
const SLICES: &str = "slices";
const REQUESTS: &str = "requests";

#[wasm_bindgen]
extern "C" {
    /// The exports of `src/bin/record_store.rs`.
    type Module;
    #[wasm_bindgen(catch, method)]
    fn open(this: &Module, name: &str, version: u32, stores: Vec<String>) -> Result<Promise, JsValue>;

    /// An open database.
    #[derive(Clone)]
    type RecordStore;
    #[wasm_bindgen(catch, method)]
    fn read(this: &RecordStore, store: &str, prefix: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn write(this: &RecordStore, changes: Array) -> Result<Promise, JsValue>;
}

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
                        (shared.sink)(Event::StorageFailed(in_words(&why)));
                    }
                }
                shared.busy.set(false);
            });
        }
    }
}

impl Shared {
    async fn store(&self) -> Result<RecordStore, JsValue> {
        let open = self.store.borrow().clone();
        if let Some(store) = open {
            return Ok(store);
        }
        let module: Module = modules::load("record_store").await?;
        let stores = [ENTRIES, TURNS, SLICES, REQUESTS].map(str::to_owned).to_vec();
        let store: RecordStore =
            JsFuture::from(module.open(DATABASE, DATABASE_VERSION, stores)?).await?.unchecked_into();
        self.store.replace(Some(store.clone()));
        Ok(store)
    }

    async fn perform(&self, job: Job) -> Result<(), JsValue> {
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
        JsFuture::from(store.write(changes.into_iter().collect())?).await.map(drop)
    }

    async fn read_chat(&self, store: &RecordStore, id: Id) -> Result<(), JsValue> {
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

fn put(store: &str, key: &str, value: &str) -> Array {
    Array::of3(&store.into(), &key.into(), &value.into())
}

fn remove(store: &str, key: &str) -> Array {
    Array::of2(&store.into(), &key.into())
}

fn remove_all(store: &str, keys: &str) -> Array {
    Array::of3(&store.into(), &keys.into(), &JsValue::TRUE)
}

async fn texts(records: &RecordStore, store: &str, prefix: &str) -> Result<Vec<String>, JsValue> {
    let found: Array = JsFuture::from(records.read(store, prefix)?).await?.unchecked_into();
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

/// Formats an error in the browser's words.
fn in_words(why: &JsValue) -> String {
    let message = js_sys::Reflect::get(why, &"message".into()).ok().and_then(|message| message.as_string());
    why.as_string().or(message).unwrap_or_else(|| "the browser gives no reason".to_owned())
}
