//! The counting worker, seen from the page.

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
    token_protocol::{WorkerReply, ask_cuts, ask_figures, ask_tokens, hand_over, hand_over_ids, read_answer, wake},
};

/// A running worker. Dropping it stops it.
pub(super) struct TokenWorker {
    worker: Running,
    worker_queue: Rc<RefCell<WorkerQueue<JsValue>>>,
}

impl TokenWorker {
    /// Starts the worker; `None` where the page names none or the browser refuses.
    pub(super) fn start(sink: &Sink) -> Option<Self> {
        let worker_queue = Rc::new(RefCell::new(WorkerQueue::default()));
        let (answers, losses, waiting) = (sink.clone(), sink.clone(), worker_queue.clone());
        let worker = Running::start(
            "token_worker",
            move |worker, message| {
                if message.is_truthy() && message.as_bool().is_some() {
                    // It was asked to wake the page. Without a network, what waits would only fail.
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
                    Some(WorkerReply::Figures(id, figures)) => answers(Event::Counted(CountId(id), figures)),
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

    /// Asks for the figures of a text. The answer comes as an event, or [`Event::WorkerLost`] does; a request that a
    /// newer one overtakes is dropped.
    pub(super) fn count(&self, id: CountId, vocabularies: &[Vocabulary], text: &str) {
        let now = self.worker_queue.borrow_mut().put(ask_figures(id.0, vocabularies, text));
        self.post(now);
    }

    /// Asks for the tokens of texts, when nothing more urgent waits.
    pub(super) fn count_texts(&self, vocabulary: Vocabulary, texts: Vec<(TextKey, String)>) {
        self.add(ask_tokens(vocabulary, texts.into_iter().map(|(key, text)| (key.0, text))));
    }

    /// Asks where the tokens of texts end, when nothing more urgent waits. A request that a newer one overtakes is dropped:
    /// the newer one asks for all that is still shown.
    pub(super) fn cut(&self, vocabulary: Vocabulary, texts: Vec<(TextKey, String)>) {
        let cuts = ask_cuts(vocabulary, texts.into_iter().map(|(key, text)| (key.0, text)));
        let now = self.worker_queue.borrow_mut().show(cuts);
        self.post(now);
    }

    /// Has the worker wake the page in so many milliseconds: the clocks of workers go on where those of hidden pages stop.
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

/// Fetches a vocabulary for whatever worker there is when it comes. [`Event::VocabularyLoaded`] follows, also when it does
/// not come.
pub(super) fn fetch_vocabulary(vocabulary: Vocabulary, worker: Rc<RefCell<Option<TokenWorker>>>, sink: Sink) {
    spawn_local(async move {
        let pack = file(vocabulary, "content").await;
        match (pack, &*worker.borrow()) {
            (Some(pack), Some(worker)) => worker.add(hand_over(vocabulary, &pack)),
            _ => sink(Event::VocabularyLoaded(vocabulary, false)),
        }
    });
}

/// Fetches the numbers of a vocabulary's tokens likewise, and once more the pack, from the browser's cache: the worker keeps
/// nothing of it that it does not count with. [`Event::TokenIdsLoaded`] follows in any case.
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

/// A file of a vocabulary: the one that this attribute of the page names.
async fn file(vocabulary: Vocabulary, attribute: &str) -> Option<JsValue> {
    let address = modules::vocabulary(vocabulary.name()?, attribute)?;
    let response = JsFuture::from(window()?.fetch_with_str(&address)).await.ok()?.unchecked_into::<Response>();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.array_buffer().ok()?).await.ok()
}
