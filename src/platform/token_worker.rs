//! The counting worker, seen from the page.

use std::{cell::RefCell, rc::Rc};

use headroom_app::{CountId, Event, Mailbox};
use headroom_tokenizer::Vocabulary;
use wasm_bindgen::JsValue;

use super::{Sink, worker::Running};
use crate::token_protocol::{read_answer, request};

/// A running worker. Dropping it stops it.
pub(super) struct TokenWorker {
    worker: Running,
    mailbox: Rc<RefCell<Mailbox<JsValue>>>,
}

impl TokenWorker {
    /// Starts the worker; `None` where the page names none or the browser refuses.
    pub(super) fn start(sink: &Sink) -> Option<Self> {
        let mailbox = Rc::new(RefCell::new(Mailbox::default()));
        let (answers, losses, waiting) = (sink.clone(), sink.clone(), mailbox.clone());
        let worker = Running::start(
            "token_worker",
            move |worker, message| {
                let next = waiting.borrow_mut().free();
                if let Some(next) = next {
                    worker.post_message(&next).ok();
                }
                if let Some((id, figures)) = read_answer(message) {
                    answers(Event::Counted(CountId(id), figures));
                }
            },
            move || losses(Event::WorkerLost),
        )?;
        Some(Self { worker, mailbox })
    }

    /// Asks for the figures of a text. The answer comes as an event, or [`Event::WorkerLost`] does; a request that a
    /// newer one overtakes is dropped.
    pub(super) fn count(&self, id: CountId, vocabularies: &[Vocabulary], text: &str) {
        let now = self.mailbox.borrow_mut().put(request(id.0, vocabularies, text));
        if let Some(now) = now {
            self.worker.post(&now);
        }
    }
}
