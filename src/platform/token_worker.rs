//! The counting worker, seen from the page.

use std::{cell::RefCell, rc::Rc};

use headroom_app::{CountId, Mailbox, shell::Event};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{Sink, window};
use crate::worker_protocol::{read_answer, request};

/// A running worker. Dropping it stops the worker and removes its listeners.
pub(super) struct TokenWorker {
    worker: Worker,
    mailbox: Rc<RefCell<Mailbox<JsValue>>>,
    _on_answer: Closure<dyn FnMut(MessageEvent)>,
    _on_loss: Closure<dyn FnMut(web_sys::Event)>,
}

impl TokenWorker {
    /// Starts the worker that the page names; `None` where there is none or the browser refuses.
    pub(super) fn start(sink: &Sink) -> Option<Self> {
        Self::start_at(&window::worker_address("token_worker")?, sink)
    }

    pub(super) fn start_at(address: &str, sink: &Sink) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(address, &options).ok()?;
        let mailbox = Rc::new(RefCell::new(Mailbox::default()));
        let on_answer = Closure::<dyn FnMut(MessageEvent)>::new({
            let (sink, mailbox, worker) = (sink.clone(), mailbox.clone(), worker.clone());
            move |event: MessageEvent| {
                let next = mailbox.borrow_mut().free();
                if let Some(next) = next {
                    worker.post_message(&next).ok();
                }
                if let Some((id, figures)) = read_answer(&event.data()) {
                    sink(Event::Counted(CountId(id), figures));
                }
            }
        });
        // A trap, a failed download, a policy that refuses workers: whichever it is, this worker will not answer.
        let on_loss = Closure::<dyn FnMut(web_sys::Event)>::new({
            let sink = sink.clone();
            move |event: web_sys::Event| {
                event.prevent_default();
                sink(Event::WorkerLost);
            }
        });
        worker.set_onmessage(Some(on_answer.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_loss.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_loss.as_ref().unchecked_ref()));
        Some(Self { worker, mailbox, _on_answer: on_answer, _on_loss: on_loss })
    }

    /// Asks for the figures of a text. The answer comes as an event, or [`Event::WorkerLost`] does; a request that a
    /// newer one overtakes is dropped.
    pub(super) fn count(&self, id: CountId, text: &str) {
        let now = self.mailbox.borrow_mut().put(request(id.0, text));
        if let Some(now) = now {
            self.worker.post_message(&now).ok();
        }
    }
}

impl Drop for TokenWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}
