//! The token worker: text in, token stats out.
//!
//! It gets no key and no address and fetches nothing, because a worker does not inherit the page's policy. The page
//! passes it the vocabularies: with those it counts exactly, with all others it estimates.

use std::cell::RefCell;

use headroom::token_protocol::{WorkerRequest, cuts, has, has_ids, read_request, stats, tokens};
use headroom_tokenizer::{
    TextStats, Vocabulary,
    exact::{Counter, Growing, Ids},
};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Handles messages.
type Listener = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    /// Lives as long as the worker does.
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let mut counters = Counters::default();
    let listener = Listener::new({
        let scope = scope.clone();
        move |event: MessageEvent| {
            match read_request(&event.data()) {
                Some(WorkerRequest::Wake(ms)) => wake(&scope, ms),
                // The page may be gone by now, so no one is waiting for the reply.
                Some(request) => drop(scope.post_message(&counters.answer(request))),
                None => {}
            }
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    LISTENER.set(Some(listener));
    scope.post_message(&JsValue::NULL).ok();
}

/// Posts `true` after a delay.
#[expect(clippy::cast_possible_truncation, reason = "it saturates at 24 days")]
fn wake(scope: &DedicatedWorkerGlobalScope, ms: f64) {
    let post = js_sys::Reflect::get(scope, &"postMessage".into()).map(js_sys::Function::from);
    if let Ok(post) = post {
        scope.set_timeout_with_callback_and_timeout_and_arguments_1(&post, ms as i32, &JsValue::TRUE).ok();
    }
}

/// A loaded vocabulary.
struct Held {
    vocabulary: Vocabulary,
    counter: Counter,
    /// The last counted draft.
    draft: Growing,
    /// The token ids, if they were requested.
    ids: Option<Ids>,
}

impl Held {
    /// Returns where the tokens of the text end, and their ids. No text in a browser has 4 GB.
    fn cut(&mut self, key: f64, text: &str) -> (f64, Vec<u32>, Vec<u32>) {
        let tokens = self.counter.segments(text);
        let ends = tokens.into_iter().map(|token| u32::try_from(token.end).unwrap_or(u32::MAX)).collect();
        (key, ends, self.ids.as_ref().map_or_else(Vec::new, |ids| ids.of(&mut self.counter, text)))
    }
}

/// All loaded vocabularies.
#[derive(Default)]
struct Counters(Vec<Held>);

impl Counters {
    fn of(&mut self, vocabulary: Vocabulary) -> Option<&mut Held> {
        self.0.iter_mut().find(|held| held.vocabulary == vocabulary)
    }

    fn answer(&mut self, request: WorkerRequest) -> JsValue {
        match request {
            WorkerRequest::Wake(_) => JsValue::UNDEFINED,
            WorkerRequest::Stats(id, vocabularies, text) => {
                let all: Vec<_> = vocabularies.into_iter().map(|it| self.stats(it, &text)).collect();
                stats(id, &all)
            }
            WorkerRequest::Have(vocabulary, pack) => {
                // A loaded vocabulary is kept if its replacement is unusable.
                if let Ok(counter) = Counter::new(&pack) {
                    self.0.retain(|held| held.vocabulary != vocabulary);
                    self.0.push(Held { vocabulary, counter, draft: Growing::default(), ids: None });
                }
                has(vocabulary, self.of(vocabulary).is_some())
            }
            WorkerRequest::Number(vocabulary, pack, ids) => {
                let held = self.of(vocabulary);
                let ids = Ids::read(&ids, &pack).ok();
                has_ids(vocabulary, held.zip(ids).map(|(held, ids)| held.ids = Some(ids)).is_some())
            }
            WorkerRequest::Tokens(vocabulary, texts) => match self.of(vocabulary) {
                Some(held) => tokens(vocabulary, texts.into_iter().map(|(key, text)| (key, held.counter.count(&text)))),
                None => tokens(vocabulary, std::iter::empty()),
            },
            WorkerRequest::TokenBoundaries(vocabulary, texts) => match self.of(vocabulary) {
                Some(held) => cuts(texts.into_iter().map(|(key, text)| held.cut(key, &text))),
                None => cuts(std::iter::empty()),
            },
        }
    }

    fn stats(&mut self, vocabulary: Vocabulary, text: &str) -> TextStats {
        match self.of(vocabulary) {
            Some(held) => TextStats::counted(held.draft.count(&mut held.counter, text), text),
            None => TextStats::of(vocabulary, text),
        }
    }
}
