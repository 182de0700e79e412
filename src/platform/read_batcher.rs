//! From many small reads to one event a frame and run.
//!
//! A fast provider sends hundreds of portions a second. Each keeps the time of its arrival; together they are reported
//! when the browser is about to paint, or, where it does not paint (a hidden tab), a little later. All runs share the
//! frame: the page is drawn once for six lanes, not six times.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use headroom_app::{Event, Read, RunId};

use super::Sink;

/// What waits no longer than this, in milliseconds, even where no frame comes.
const LONGEST_MS: u32 = 250;

/// What waits is reported at once when it is more than this, in bytes: in a hidden tab timers are slow, and a server may
/// not be.
const MOST_BYTES: usize = 1 << 20;

/// The reads that have not been reported.
pub(super) struct ReadBatcher {
    sink: Sink,
    waiting: RefCell<Vec<(RunId, Vec<Read>)>>,
    /// How many bytes they are.
    bytes: Cell<usize>,
    /// The frame and the timer that will report; whichever comes first drops both.
    due: RefCell<Option<(AnimationFrame, Timeout)>>,
}

impl ReadBatcher {
    pub(super) fn new(sink: Sink) -> Rc<Self> {
        Rc::new(Self { sink, waiting: RefCell::default(), bytes: Cell::default(), due: RefCell::default() })
    }

    /// Takes a portion.
    pub(super) fn take(self: &Rc<Self>, run: RunId, read: Read) {
        self.bytes.set(self.bytes.get() + read.bytes.len());
        {
            let mut waiting = self.waiting.borrow_mut();
            match waiting.iter_mut().find(|(other, _)| *other == run) {
                Some((_, reads)) => reads.push(read),
                None => waiting.push((run, vec![read])),
            }
        }
        if self.bytes.get() > MOST_BYTES {
            self.flush();
        } else if self.due.borrow().is_none() {
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
        self.bytes.set(0);
        for (run, reads) in self.waiting.take() {
            (self.sink)(Event::Received { run, reads });
        }
    }

    /// Forgets what waits of a run.
    pub(super) fn forget(&self, run: RunId) {
        self.waiting.borrow_mut().retain(|(other, _)| *other != run);
    }
}
