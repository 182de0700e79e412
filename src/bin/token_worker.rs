//! The counting worker: text in, figures out.
//!
//! It is given no key and no address, and it fetches nothing: a worker does not inherit the page's policy.

use std::cell::RefCell;

use headroom::token_protocol::{answer, read_request};
use headroom_tokenizer::TextFigures;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Answers messages.
type Listener = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    /// Lives as long as the worker does.
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let listener = Listener::new({
        let scope = scope.clone();
        move |event: MessageEvent| {
            if let Some((id, vocabularies, text)) = read_request(&event.data()) {
                let figures: Vec<_> = vocabularies.into_iter().map(|it| TextFigures::of(it, &text)).collect();
                // The page may have gone while we counted: then nobody waits for the answer.
                scope.post_message(&answer(id, &figures)).ok();
            }
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    LISTENER.set(Some(listener));
    scope.post_message(&JsValue::NULL).ok();
}
