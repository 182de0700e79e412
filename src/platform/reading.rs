//! From many small reads to one event a frame.
//!
//! A fast provider sends hundreds of portions a second. Each keeps the time of its arrival; together they become one
//! event when the browser is about to paint, or, where it does not paint (a hidden tab), a little later.

use std::{cell::RefCell, rc::Rc};

use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use headroom_app::{Event, Read, RunId};

use super::Sink;

/// What waits no longer than this, in milliseconds, even where no frame comes.
const LONGEST_MS: u32 = 250;

/// The reads of one run that have not been reported.
pub(super) struct Reading {
    run: RunId,
    sink: Sink,
    waiting: RefCell<Vec<Read>>,
    /// The frame and the timer that will report; whichever comes first drops both.
    due: RefCell<Option<(AnimationFrame, Timeout)>>,
}

impl Reading {
    pub(super) fn new(run: RunId, sink: Sink) -> Rc<Self> {
        Rc::new(Self { run, sink, waiting: RefCell::default(), due: RefCell::default() })
    }

    /// Takes a portion.
    pub(super) fn take(self: &Rc<Self>, read: Read) {
        self.waiting.borrow_mut().push(read);
        if self.due.borrow().is_none() {
            let (at_frame, at_timer) = (Rc::downgrade(self), Rc::downgrade(self));
            let frame = request_animation_frame(move |_| {
                if let Some(reading) = at_frame.upgrade() {
                    reading.flush();
                }
            });
            let timer = Timeout::new(LONGEST_MS, move || {
                if let Some(reading) = at_timer.upgrade() {
                    reading.flush();
                }
            });
            self.due.replace(Some((frame, timer)));
        }
    }

    /// Reports what waits, now.
    pub(super) fn flush(&self) {
        // The handle that is running now must not be dropped inside its own call: it goes with the next turn of events.
        if let Some(due) = self.due.take() {
            wasm_bindgen_futures::spawn_local(async move { drop(due) });
        }
        let reads = self.waiting.take();
        if !reads.is_empty() {
            (self.sink)(Event::Received { run: self.run, reads });
        }
    }
}
