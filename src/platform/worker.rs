//! The page's side of a worker.

use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::modules;

/// A running worker. Dropping it stops the worker and removes its listeners.
pub(super) struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_loss: Closure<dyn FnMut(web_sys::Event)>,
}

impl Running {
    /// Starts the worker named by the page; `None` if there is none or the browser does not allow it.
    ///
    /// `on_message` gets each message, and the worker to reply to. `on_loss` is called if the worker will send nothing
    /// more: a trap, a failed download, or a policy that forbids workers.
    pub(super) fn start(
        module: &str,
        mut on_message: impl FnMut(&Worker, &JsValue) + 'static,
        mut on_loss: impl FnMut() + 'static,
    ) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&modules::address(module)?, &options).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let worker = worker.clone();
            move |event: MessageEvent| on_message(&worker, &event.data())
        });
        let on_loss = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            on_loss();
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_loss.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_loss.as_ref().unchecked_ref()));
        Some(Self { worker, _on_message: on_message, _on_loss: on_loss })
    }

    /// Sends a message to the worker.
    pub(super) fn post(&self, message: &JsValue) {
        self.worker.post_message(message).ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}
