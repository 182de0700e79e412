//! Conversations in IndexedDB.
//!
//! One transaction at a time writes everything that waits. What cannot be written waits for the next try, and reading finds it
//! as if it were stored.
//!
//! What older builds keep in a database of their own is taken over whenever it is read: see [`older_database`].
//!
//! [`older_database`]: super::older_database

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use gloo_timers::{callback::Timeout, future::TimeoutFuture};
use headroom_app::{
    Event, Id, StorageProblem, Turn,
    saved::{self, Slice},
};
use headroom_records::{AfterWrite, Change, WriteQueue};
use wasm_bindgen_futures::spawn_local;

use super::{
    Sink,
    chat_records::{ENTRIES, REQUESTS, SEEN, SLICES, STORES, TURNS, days_ago, key, records, remove},
    clock::now_ms,
    older_database,
};
use crate::record_store::{RecordStore, StoreError};

/// A new name: tabs with older builds keep theirs open, and do not know the new fields.
const DATABASE: &str = "headroom-2";
const DATABASE_VERSION: u32 = 1;

/// A tab with an older build tells before it writes.
const OLDER_TAB_WRITES_MS: u32 = 1_000;
/// After this long without a response, the user is told, and nothing waits for storage anymore.
const PATIENCE_MS: u32 = 3_000;

/// Something to read, after what was written before.
pub(super) enum Read {
    History,
    /// A tab with an older build did something.
    OlderHistory,
    Chat(Id),
    /// Requests of this many days.
    Requests(u64),
    /// Deletes a chat in the database of older builds, too.
    DeletedChat(Id),
}

/// The database, and what waits to be read and written.
pub(super) struct Storage(Rc<Shared>);

struct Shared {
    sink: Sink,
    older_tab_writes: Cell<bool>,
    writes: RefCell<WriteQueue>,
    reads: RefCell<VecDeque<Read>>,
    /// Whether [`Shared::work`] runs.
    busy: Cell<bool>,
    /// The timer for the next try after a failure.
    retry: RefCell<Option<Timeout>>,
    store: RefCell<Option<RecordStore>>,
    /// Whether the browser has closed a connection.
    was_closed: Cell<bool>,
    /// Whether the user was told that something failed, and not yet that it works again.
    has_failed: Cell<bool>,
    /// Whether storage has not responded for a while.
    is_silent: Cell<bool>,
    /// Whether the history could not be read yet.
    lacks_history: Cell<bool>,
}

impl Storage {
    pub(super) fn new(sink: Sink) -> Self {
        let shared = Shared {
            sink,
            older_tab_writes: Cell::new(false),
            writes: RefCell::default(),
            reads: RefCell::default(),
            busy: Cell::new(false),
            retry: RefCell::default(),
            store: RefCell::default(),
            was_closed: Cell::new(false),
            has_failed: Cell::new(false),
            is_silent: Cell::new(false),
            lacks_history: Cell::new(false),
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
                storage.read(Read::OlderHistory);
            });
        }
    }

    pub(super) fn read(&self, read: Read) {
        match read {
            // What waits to be written is all there is to show until storage responds.
            Read::Chat(id) if self.0.is_silent.get() && self.0.show_waiting(&id) => {}
            read => {
                self.0.reads.borrow_mut().push_back(read);
                self.0.start();
            }
        }
    }

    pub(super) fn write(&self, changes: impl IntoIterator<Item = Change>) {
        self.0.writes.borrow_mut().add(changes);
        self.0.start();
    }

    /// Begins to write everything that waits, at once: the page may be gone in a moment. If it is not, the same is written
    /// once more.
    pub(super) fn flush(&self) {
        let store = self.0.store.borrow();
        if let Some(store) = &*store {
            drop(store.write(&self.0.writes.borrow().everything(), false));
        }
    }

    /// Returns what waits to be written, as text for a file.
    pub(super) fn unsaved_text(&self) -> String {
        self.0.writes.borrow().to_json()
    }
}

impl Shared {
    fn start(self: &Rc<Self>) {
        if !self.busy.replace(true) {
            let shared = self.clone();
            spawn_local(async move {
                while shared.work().await {}
                shared.busy.set(false);
            });
        }
    }

    /// Writes what waits, then reads once. Returns whether there was anything to do.
    async fn work(self: &Rc<Self>) -> bool {
        let batch = if self.retry.borrow().is_some() { None } else { self.writes.borrow_mut().next_batch() };
        let has_written = batch.is_some();
        if let Some(batch) = batch {
            let written = self.patiently(self.write(&batch)).await;
            self.after_write(written);
        }
        let read = self.reads.borrow_mut().pop_front();
        let has_read = read.is_some();
        if let Some(read) = read {
            match self.patiently(self.perform(read)).await {
                Ok(()) => self.recovered(),
                Err(why) => self.failed(&why),
            }
        }
        has_written || has_read
    }

    async fn write(self: &Rc<Self>, batch: &[Change]) -> Result<(), StoreError> {
        // Slices and the log are written many times a second, and the next ones follow: they may be lost with the power.
        let is_strict = batch.iter().any(|change| !matches!(change, Change::Put { store: SLICES | REQUESTS, .. }));
        let written = self.store().await?.write(batch, is_strict).await;
        match written {
            Err(why) if why.is_closed() => self.store().await?.write(batch, is_strict).await,
            written => written,
        }
    }

    fn after_write(self: &Rc<Self>, written: Result<(), StoreError>) {
        let after = match &written {
            Ok(()) => self.writes.borrow_mut().written(now_ms()),
            Err(_) => self.writes.borrow_mut().failed(),
        };
        if let AfterWrite::RetryIn(wait_ms) = after {
            let shared = self.clone();
            let again = Timeout::new(wait_ms, move || {
                shared.retry.replace(None);
                shared.start();
            });
            self.retry.replace(Some(again));
        }
        match written {
            Ok(()) => self.recovered(),
            Err(why) => self.failed(&why),
        }
    }

    fn failed(&self, why: &StoreError) {
        self.tell(StorageProblem::from_exception(&why.name, &why.message));
    }

    fn tell(&self, problem: StorageProblem) {
        self.has_failed.set(true);
        let unsaved = self.writes.borrow().unsaved();
        (self.sink)(Event::StorageFailed { problem, unsaved });
    }

    fn recovered(&self) {
        if self.writes.borrow().has_failed() {
            return;
        }
        if self.lacks_history.take() {
            self.reads.borrow_mut().push_back(Read::History);
        }
        if self.has_failed.take() {
            (self.sink)(Event::StorageRecovered);
        }
    }

    /// Waits for storage, and says so if that takes long.
    async fn patiently<T>(self: &Rc<Self>, work: impl Future<Output = T>) -> T {
        let shared = self.clone();
        let impatient = Timeout::new(PATIENCE_MS, move || {
            shared.is_silent.set(true);
            shared.tell(StorageProblem::NotResponding);
        });
        let done = work.await;
        drop(impatient);
        self.is_silent.set(false);
        done
    }

    async fn store(self: &Rc<Self>) -> Result<RecordStore, StoreError> {
        let open = self.store.borrow().clone().filter(|store| !store.is_closed());
        if let Some(store) = open {
            return Ok(store);
        }
        let shared = Rc::downgrade(self);
        let closed = move || {
            if let Some(shared) = shared.upgrade() {
                shared.was_closed.set(true);
                shared.writes.borrow_mut().connection_lost();
                // Finds out why.
                shared.reads.borrow_mut().push_back(Read::History);
                shared.start();
            }
        };
        self.store.replace(None);
        let store = RecordStore::open(DATABASE, DATABASE_VERSION, &STORES, closed).await?;
        self.store.replace(Some(store.clone()));
        if self.was_closed.take() && store.is_new() {
            (self.sink)(Event::StorageCleared);
        }
        Ok(store)
    }

    /// Returns the records as they will be once everything is written.
    async fn records(self: &Rc<Self>, store: &'static str, keys: &str) -> Result<Vec<String>, StoreError> {
        let stored = match self.store().await {
            Ok(open) => open.read_with_keys(store, keys).await,
            Err(why) => Err(why),
        };
        let (stored, failure) = match stored {
            Ok(stored) => (stored, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let found = self.writes.borrow().with_pending(store, keys, stored);
        match failure {
            Some(why) if found.is_empty() => Err(why),
            _ => Ok(found.into_iter().map(|(_, text)| text).collect()),
        }
    }

    async fn perform(self: &Rc<Self>, read: Read) -> Result<(), StoreError> {
        match read {
            Read::History => {
                let read = self.read_history().await;
                self.lacks_history.set(read.is_err());
                read
            }
            Read::OlderHistory => {
                let older = self.take_over(ENTRIES, "").await;
                let (changed, _) = records(&older.changed);
                let removed = older.removed.into_iter().map(Id).collect();
                (self.sink)(Event::OlderTabChats { changed, removed });
                Ok(())
            }
            Read::Chat(id) => self.read_chat(id).await,
            Read::Requests(days) => self.read_requests(days).await,
            Read::DeletedChat(id) => {
                if older_database::delete(&id.0).await {
                    self.writes.borrow_mut().add([remove(SEEN, &format!("{ENTRIES}/{}", id.0))]);
                }
                Ok(())
            }
        }
    }

    /// Takes over what changed in the database of older builds, unless that could not be written.
    async fn take_over(self: &Rc<Self>, store: &'static str, keys: &str) -> older_database::TakenOver {
        if self.writes.borrow().has_failed() {
            return older_database::TakenOver::default();
        }
        match self.store().await {
            Ok(open) => older_database::take_over(&open, store, keys).await,
            Err(_) => older_database::TakenOver::default(),
        }
    }

    /// Shows a chat as far as it waits to be written. Returns whether anything of it does.
    fn show_waiting(&self, id: &Id) -> bool {
        let inside = format!("{}/", id.0);
        let waiting = self.writes.borrow().with_pending(TURNS, &inside, Vec::new());
        let texts: Vec<String> = waiting.into_iter().map(|(_, text)| text).collect();
        let (turns, unreadable) = records(&texts);
        let is_any = !turns.is_empty();
        if is_any {
            (self.sink)(Event::ChatLoaded { id: id.clone(), turns, unreadable });
        }
        is_any
    }

    async fn read_history(self: &Rc<Self>) -> Result<(), StoreError> {
        let older = self.take_over(ENTRIES, "").await;
        let (entries, mut unreadable) = records(&self.records(ENTRIES, "").await?);
        unreadable.extend(older.unreadable);
        (self.sink)(Event::HistoryLoaded { entries, unreadable });
        Ok(())
    }

    async fn read_requests(self: &Rc<Self>, days: u64) -> Result<(), StoreError> {
        let since = format!(">{}", days_ago(days));
        let mut records = older_database::requests(&since).await;
        records.extend(self.records(REQUESTS, &since).await?);
        (self.sink)(Event::RequestsLoaded { records, days, now_ms: now_ms() });
        Ok(())
    }

    async fn read_chat(self: &Rc<Self>, id: Id) -> Result<(), StoreError> {
        let inside = format!("{}/", id.0);
        let older = self.take_over(TURNS, &inside).await;
        let (turns, mut unreadable) = records::<Turn>(&self.records(TURNS, &inside).await?);
        unreadable.extend(older.unreadable);
        let mut restored = Vec::with_capacity(turns.len());
        for turn in turns {
            let slices = if turn.is_running() {
                // An unreadable slice is a gap in text that was cut off anyway.
                let kept = self.records(SLICES, &format!("{}/", key(&id, &turn.id))).await?;
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
