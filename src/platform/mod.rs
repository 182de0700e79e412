//! The browser, with one small file per capability. Makes no decisions: it performs effects and reports events.

mod chat_records;
mod clock;
mod connections;
pub mod crash_card;
mod fetching;
mod keys;
mod local_store;
mod network;
mod offline;
mod older_database;
mod page_hide;
mod panic_test_hook;
mod reach;
mod read_batcher;
mod simulator;
mod storage;
mod tabs;
mod theme;
mod token_worker;
mod window;
mod worker;

pub use clock::now_ms;
pub use theme::system_is_dark;
pub use window::{announce, claim_shell, copy, focus, is_mac, is_online, pasted};

use std::{cell::RefCell, rc::Rc};

use headroom_app::{Effect, Event, SIMULATOR, StoredState, saved};
use token_worker::TokenWorker;

/// Receives the events of the platform.
pub type Sink = Rc<dyn Fn(Event)>;

/// Everything outside the page's state.
pub struct Platform {
    sink: Sink,
    worker: Rc<RefCell<Option<TokenWorker>>>,
    keys: RefCell<keys::KeyRing>,
    runs: Rc<connections::Connections>,
    simulator: Rc<simulator::Simulator>,
    storage: storage::Storage,
    tabs: Option<tabs::Tabs>,
    _settled: Option<tabs::Settled>,
    _drill: Option<panic_test_hook::PanicTestHook>,
    _leaving: Option<page_hide::PageHide>,
}

impl Platform {
    /// Starts what runs from the beginning. Sends events to `sink`.
    #[must_use]
    pub fn start(sink: Sink) -> Self {
        let runs = Rc::new(connections::Connections::new(sink.clone()));
        Self {
            worker: Rc::new(RefCell::new(TokenWorker::start(&sink))),
            keys: RefCell::new(keys::KeyRing::from_storage()),
            simulator: Rc::new(simulator::Simulator::new(sink.clone(), runs.clone())),
            runs,
            storage: storage::Storage::new(sink.clone()),
            tabs: tabs::Tabs::listen(sink.clone()),
            _settled: tabs::Settled::listen(sink.clone()),
            _drill: panic_test_hook::PanicTestHook::listen(),
            _leaving: page_hide::PageHide::listen(sink.clone()),
            sink,
        }
    }

    /// Returns what was saved last time, with the draft in the box, and whether Send was pressed already.
    #[must_use]
    pub fn opened(&self, draft: String, sends: bool) -> Event {
        Event::StateRestored(Box::new(StoredState {
            draft,
            sends_at: sends.then(now_ms),
            theme: local_store::theme(),
            settings: local_store::settings(),
            keys: self.keys.borrow().modes(),
            tab: window::random(),
            chat: local_store::open(),
        }))
    }

    /// Performs an effect.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::SaveDraft(draft) => local_store::keep_draft(&draft),
            Effect::SaveTheme(theme) => local_store::keep_theme(theme),
            Effect::ApplyTheme(theme) => theme::show(theme),
            Effect::SaveSettings(settings) => local_store::keep_settings(&settings),
            Effect::SaveKey { provider, key, mode } => self.keys.borrow_mut().keep(provider, key, mode),
            Effect::DeleteKey(provider) => self.keys.borrow_mut().forget(&provider),

            Effect::Count { id, vocabularies, text } => match &*self.worker.borrow() {
                Some(worker) => worker.count(id, &vocabularies, &text),
                None => (self.sink)(Event::WorkerLost),
            },
            Effect::CountTexts { vocabulary, texts } => {
                if let Some(worker) = &*self.worker.borrow() {
                    worker.count_texts(vocabulary, texts);
                }
            }
            Effect::FindTokenBoundaries { vocabulary, texts } => {
                if let Some(worker) = &*self.worker.borrow() {
                    worker.cut(vocabulary, texts);
                }
            }
            Effect::FetchVocabulary(vocabulary) => {
                token_worker::fetch_vocabulary(vocabulary, self.worker.clone(), self.sink.clone());
            }
            Effect::FetchIds(vocabulary) => {
                token_worker::fetch_ids(vocabulary, self.worker.clone(), self.sink.clone());
            }
            Effect::RestartWorker => {
                let worker = TokenWorker::start(&self.sink);
                self.worker.replace(worker);
            }

            Effect::Send(outgoing) if outgoing.provider == SIMULATOR => self.simulator.send(*outgoing),
            Effect::Send(outgoing) => {
                let key = self.keys.borrow().key_for(&outgoing.provider, &outgoing.url);
                network::send(*outgoing, key, &self.runs);
            }
            Effect::Abort(run) => self.runs.end(run),
            Effect::CheckReachability { run, list, server } => reach::probe(run, list, server, self.sink.clone()),
            Effect::ListModels { provider, .. } if provider == SIMULATOR => self.simulator.list_models(),
            Effect::ListModels { provider, url, with_key } => {
                let key = with_key.then(|| self.keys.borrow().key_for(&provider, &url)).flatten();
                network::list_models(provider, url, key, self.sink.clone());
            }

            Effect::SaveOpenChat(chat) => local_store::keep_open(chat.as_ref()),
            Effect::ReadHistory => self.storage.read(storage::Read::History),
            Effect::ReadOlderHistory => self.storage.read_older_history(),
            Effect::ReadChat(id) => self.storage.read(storage::Read::Chat(id)),
            Effect::SaveEntry(entry) => {
                self.storage.write([chat_records::put(chat_records::ENTRIES, &entry.id.0, saved::write(&entry))]);
            }
            Effect::SaveTurn(turn) => self.storage.write([chat_records::save_turn(&turn)]),
            Effect::SaveSlice { chat, turn, number, slice } => {
                self.storage.write([chat_records::save_slice(&chat, &turn, number, slice)]);
            }
            Effect::ReadRequests { days } => self.storage.read(storage::Read::Requests(days)),
            Effect::SaveRequest { id, record } => {
                self.tell(&record);
                self.storage.write([chat_records::put(chat_records::REQUESTS, &id, record)]);
            }
            Effect::DeleteOldRequests { days } => self.storage.write([chat_records::delete_old_requests(days)]),
            Effect::BroadcastToTabs(record) => self.tell(&record),
            Effect::ScheduleWake(at_ms) => {
                if let Some(worker) = &*self.worker.borrow() {
                    worker.wake_in(at_ms.saturating_sub(clock::now_unix_ms()));
                }
            }
            Effect::FetchAccount { provider, key_changes, url } => {
                let key = self.keys.borrow().key_for(&provider, &url);
                let sink = self.sink.clone();
                network::ask_account(url, key, move |body, now_ms| {
                    sink(Event::AccountReported { provider, key_changes, body, now_ms });
                });
            }
            Effect::DeleteTurns { chat, turns } => self.storage.write(chat_records::delete_turns(&chat, &turns)),
            Effect::DeleteChat(id) => {
                self.storage.write(chat_records::delete_chat(&id.0, false));
                self.storage.read(storage::Read::DeletedChat(id));
            }
            Effect::Flush => self.storage.flush(),
            Effect::SaveUnsavedToFile => window::download("headroom-unsaved.json", &self.storage.unsaved_text()),

            Effect::Announce(text) => announce(&text),
        }
    }

    /// Sends a record to the other tabs.
    fn tell(&self, record: &str) {
        if let Some(tabs) = &self.tabs {
            tabs.tell(record);
        }
    }

    /// Signals that the page accepts input, and prepares it for offline use.
    pub fn ready(&self) {
        window::mark_ready();
        offline::register();
    }
}
