//! The browser, one small file for each thing it does. Nothing here decides; it performs effects and reports events.

pub mod broken;
mod drill;
mod local_store;
mod offline;
mod theme;
mod token_worker;
mod window;

pub use theme::system_is_dark;
pub use window::place;

use std::{cell::RefCell, rc::Rc};

use headroom_app::shell::{Effect, Event};
use token_worker::TokenWorker;

/// Where the platform reports what happened.
pub type Sink = Rc<dyn Fn(Event)>;

/// Everything outside the page's own state.
pub struct Platform {
    sink: Sink,
    worker: RefCell<Option<TokenWorker>>,
    _drill: Option<drill::Drill>,
}

impl Platform {
    /// Starts what runs from the beginning. Events go to `sink`.
    #[must_use]
    pub fn start(sink: Sink) -> Self {
        let worker = RefCell::new(TokenWorker::start(&sink));
        Self { sink, worker, _drill: drill::Drill::listen() }
    }

    /// What was kept from last time.
    #[must_use]
    pub fn opened() -> Event {
        Event::Opened { draft: local_store::draft(), theme: local_store::theme() }
    }

    /// Does what was decided.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::KeepDraft(draft) => local_store::keep_draft(&draft),
            Effect::KeepTheme(theme) => local_store::keep_theme(theme),
            Effect::ShowTheme(theme) => theme::show(theme),
            Effect::Count(id, text) => match &*self.worker.borrow() {
                Some(worker) => worker.count(id, &text),
                None => (self.sink)(Event::WorkerLost),
            },
            Effect::RestartWorker => {
                let worker = TokenWorker::start(&self.sink);
                self.worker.replace(worker);
            }
        }
    }

    /// Tells the world that the page takes input, and prepares it for a day without network.
    pub fn ready(&self) {
        window::mark_ready();
        offline::register();
    }
}
