//! The page's side of the token worker.

use std::{cell::RefCell, rc::Rc};

use headroom_app::{CountId, Event, TextKey, TokenBoundaries, WorkerQueue};
use headroom_tokenizer::Vocabulary;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

use super::{
    Sink,
    clock::now_ms,
    window::{is_online, window},
    worker::Running,
};
use crate::{
    modules,
    token_protocol::{WorkerReply, ask_cuts, ask_stats, ask_tokens, hand_over, hand_over_ids, read_answer, wake},
};

/// A running worker. Dropping it stops it.
pub(super) struct TokenWorker {
    worker: Running,
    worker_queue: Rc<RefCell<WorkerQueue<JsValue>>>,
}

impl TokenWorker {
    /// Starts the worker; `None` if the page names none or the browser does not allow it.
    pub(super) fn start(sink: &Sink) -> Option<Self> {
        let worker_queue = Rc::new(RefCell::new(WorkerQueue::default()));
        let (answers, losses, waiting) = (sink.clone(), sink.clone(), worker_queue.clone());
        let worker = Running::start(
            "token_worker",
            move |worker, message| {
                if message.is_truthy() && message.as_bool().is_some() {
                    // The worker wakes the page. Offline, queued requests would only fail.
                    if is_online() {
                        answers(Event::QueueDue { now_ms: now_ms() });
                    }
                    return;
                }
                let next = waiting.borrow_mut().free();
                if let Some(next) = next {
                    worker.post_message(&next).ok();
                }
                match read_answer(message) {
                    Some(WorkerReply::Stats(id, stats)) => answers(Event::Counted(CountId(id), stats)),
                    Some(WorkerReply::Has(vocabulary, is_usable)) => {
                        answers(Event::VocabularyLoaded(vocabulary, is_usable))
                    }
                    Some(WorkerReply::HasIds(vocabulary, are_usable)) => {
                        answers(Event::TokenIdsLoaded(vocabulary, are_usable))
                    }
                    Some(WorkerReply::Tokens(counts)) => {
                        let counts = counts.into_iter().map(|(key, tokens)| (TextKey(key), tokens));
                        answers(Event::TextsCounted(counts.collect()));
                    }
                    Some(WorkerReply::TokenBoundaries(cuts)) => {
                        let cut = |(key, ends, ids): (_, Vec<_>, Vec<_>)| {
                            (TextKey(key), TokenBoundaries { ends: ends.into(), ids: ids.into() })
                        };
                        let cuts = cuts.into_iter().map(cut);
                        answers(Event::TokenBoundaries(cuts.collect()));
                    }
                    None => {}
                }
            },
            move || losses(Event::WorkerLost),
        )?;
        Some(Self { worker, worker_queue })
    }

    /// Requests the stats of text. The reply arrives as an event, or [`Event::WorkerLost`] does. A request superseded
    /// by a newer one is dropped.
    pub(super) fn count(&self, id: CountId, vocabularies: &[Vocabulary], text: &str) {
        let now = self.worker_queue.borrow_mut().put(ask_stats(id.0, vocabularies, text));
        self.post(now);
    }

    /// Requests the token counts of texts, at low priority.
    pub(super) fn count_texts(&self, vocabulary: Vocabulary, texts: Vec<(TextKey, String)>) {
        self.add(ask_tokens(vocabulary, texts.into_iter().map(|(key, text)| (key.0, text))));
    }

    /// Requests the token boundaries of texts, at low priority. A request superseded by a newer one is dropped, because
    /// the newer one covers everything that is still shown.
    pub(super) fn cut(&self, vocabulary: Vocabulary, texts: Vec<(TextKey, String)>) {
        let cuts = ask_cuts(vocabulary, texts.into_iter().map(|(key, text)| (key.0, text)));
        let now = self.worker_queue.borrow_mut().show(cuts);
        self.post(now);
    }

    /// Makes the worker wake the page in `ms` milliseconds: worker timers run even when those of hidden pages stop.
    pub(super) fn wake_in(&self, ms: u64) {
        self.worker.post(&wake(ms));
    }

    fn add(&self, errand: JsValue) {
        let now = self.worker_queue.borrow_mut().add(errand);
        self.post(now);
    }

    fn post(&self, message: Option<JsValue>) {
        if let Some(message) = message {
            self.worker.post(&message);
        }
    }
}

/// Fetches a vocabulary for the worker that exists when it arrives. [`Event::VocabularyLoaded`] follows, even on
/// failure.
pub(super) fn fetch_vocabulary(vocabulary: Vocabulary, worker: Rc<RefCell<Option<TokenWorker>>>, sink: Sink) {
    spawn_local(async move {
        let pack = file(vocabulary, "content").await;
        match (pack, &*worker.borrow()) {
            (Some(pack), Some(worker)) => worker.add(hand_over(vocabulary, &pack)),
            _ => sink(Event::VocabularyLoaded(vocabulary, false)),
        }
    });
}

/// Fetches the token ids of a vocabulary, and its pack again from the browser's cache, because the worker keeps only
/// what it counts with. [`Event::TokenIdsLoaded`] follows, even on failure.
pub(super) fn fetch_ids(vocabulary: Vocabulary, worker: Rc<RefCell<Option<TokenWorker>>>, sink: Sink) {
    spawn_local(async move {
        let ids = file(vocabulary, "data-ids").await;
        let pack = file(vocabulary, "content").await;
        match (pack.zip(ids), &*worker.borrow()) {
            (Some((pack, ids)), Some(worker)) => worker.add(hand_over_ids(vocabulary, &pack, &ids)),
            _ => sink(Event::TokenIdsLoaded(vocabulary, false)),
        }
    });
}

/// Fetches a file of a vocabulary: the one named by this attribute of the page.
async fn file(vocabulary: Vocabulary, attribute: &str) -> Option<JsValue> {
    let address = modules::vocabulary(vocabulary.name()?, attribute)?;
    let response = JsFuture::from(window()?.fetch_with_str(&address)).await.ok()?.unchecked_into::<Response>();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.array_buffer().ok()?).await.ok()
}
