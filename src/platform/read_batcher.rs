//! Batches many small reads into one event per frame and run.
//!
//! A fast provider sends hundreds of chunks a second. Each keeps its arrival time; together they are reported when the
//! browser is about to paint or, if it does not paint (a hidden tab), a little later. All runs share the frame, so the
//! page is drawn once for six lanes instead of six times.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use headroom_app::{Event, Read, RunId};

use super::Sink;

/// The longest delay of a chunk without a frame, in milliseconds.
const LONGEST_MS: u32 = 250;

/// Pending chunks above this size, in bytes, are reported at once: in a hidden tab timers are slow, but the server may
/// not be.
const MOST_BYTES: usize = 1 << 20;

/// The reads that are not reported yet.
pub(super) struct ReadBatcher {
    sink: Sink,
    waiting: RefCell<Vec<(RunId, Vec<Read>)>>,
    /// Their total bytes.
    bytes: Cell<usize>,
    /// The frame and the timer that will report. Whichever fires first drops both.
    due: RefCell<Option<(AnimationFrame, Timeout)>>,
}

impl ReadBatcher {
    pub(super) fn new(sink: Sink) -> Rc<Self> {
        Rc::new(Self { sink, waiting: RefCell::default(), bytes: Cell::default(), due: RefCell::default() })
    }

    /// Adds a chunk.
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

    /// Reports pending chunks now.
    pub(super) fn flush(&self) {
        // The handle running now must not be dropped inside its own call, so it is dropped in the next event turn.
        if let Some(due) = self.due.take() {
            wasm_bindgen_futures::spawn_local(async move { drop(due) });
        }
        self.bytes.set(0);
        for (run, reads) in self.waiting.take() {
            (self.sink)(Event::Received { run, reads });
        }
    }

    /// Drops the pending chunks of a run.
    pub(super) fn forget(&self, run: RunId) {
        self.waiting.borrow_mut().retain(|(other, _)| *other != run);
    }
}
