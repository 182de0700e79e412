//! The running requests, what cancels each, and the timer that ticks while any is running.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Interval;
use headroom_app::{ConnectionError, Event, Read, RunId};
use headroom_domain::KeyMask;

use super::{Sink, clock::now_ms, read_batcher::ReadBatcher};

/// The interval, in milliseconds, for saving partial responses and detecting silence while requests run.
const TICK_MS: u32 = 500;

/// All running requests.
pub(super) struct Connections {
    sink: Sink,
    reading: Rc<ReadBatcher>,
    handles: RefCell<Vec<Rc<Connection>>>,
    tick: RefCell<Option<Interval>>,
}

/// One request. All its events pass through here, so that none is reported after its end.
pub(super) struct Connection {
    id: RunId,
    sink: Sink,
    reading: Rc<ReadBatcher>,
    alive: Cell<bool>,
    stop: RefCell<Option<Stop>>,
}

/// Aborts the network request of a run.
pub(super) type Stop = Box<dyn FnOnce()>;

impl Connections {
    pub(super) fn new(sink: Sink) -> Self {
        let reading = ReadBatcher::new(sink.clone());
        Self { sink, reading, handles: RefCell::default(), tick: RefCell::default() }
    }

    /// Starts a run.
    pub(super) fn begin(&self, id: RunId, stop: Option<Stop>) -> Rc<Connection> {
        let reading = self.reading.clone();
        let run = Rc::new(Connection {
            id,
            sink: self.sink.clone(),
            reading,
            alive: Cell::new(true),
            stop: RefCell::new(stop),
        });
        self.handles.borrow_mut().push(run.clone());
        self.tick.borrow_mut().get_or_insert_with(|| {
            let sink = self.sink.clone();
            Interval::new(TICK_MS, move || sink(Event::Tick { now_ms: now_ms() }))
        });
        run
    }

    /// Ends a run: aborts its network request and reports no more events for it.
    pub(super) fn end(&self, id: RunId) {
        if let Some(run) = self.take(id) {
            run.alive.set(false);
            self.reading.forget(id);
            let stop = run.stop.take();
            if let Some(stop) = stop {
                stop();
            }
        }
        self.rest_if_idle();
    }

    /// Removes a run that ended by itself. Its request may have been sent again by then, under the same id.
    fn ended(&self, run: &Connection) {
        self.handles.borrow_mut().retain(|other| !std::ptr::eq(Rc::as_ptr(other), run));
        self.rest_if_idle();
    }

    fn take(&self, id: RunId) -> Option<Rc<Connection>> {
        let mut handles = self.handles.borrow_mut();
        let at = handles.iter().position(|run| run.id == id)?;
        Some(handles.swap_remove(at))
    }

    fn rest_if_idle(&self) {
        if self.handles.borrow().is_empty() {
            self.tick.take();
        }
    }
}

impl Connection {
    pub(super) fn is_alive(&self) -> bool {
        self.alive.get()
    }

    pub(super) fn key_attached(&self, mask: KeyMask) {
        self.report(Event::KeyAttached { run: self.id, mask });
    }

    pub(super) fn head(&self, status: u16, headers: Vec<(String, String)>) {
        self.report(Event::ResponseHeaders { run: self.id, status, headers });
    }

    pub(super) fn read(&self, bytes: Vec<u8>) {
        if self.is_alive() {
            self.reading.take(self.id, Read { at_ms: now_ms(), bytes });
        }
    }

    /// The body ended.
    pub(super) fn close(&self, runs: &Connections) {
        self.last(runs, Event::Ended { run: self.id, now_ms: now_ms() });
    }

    /// The request or its body failed.
    pub(super) fn broke(&self, runs: &Connections) {
        let link = if super::window::is_online() { ConnectionError::Online } else { ConnectionError::Offline };
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link });
    }

    /// The server redirects to another address.
    pub(super) fn redirected(&self, runs: &Connections) {
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link: ConnectionError::Redirected });
    }

    /// The other side no longer exists.
    pub(super) fn gone(&self, runs: &Connections) {
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link: ConnectionError::Gone });
    }

    fn last(&self, runs: &Connections, event: Event) {
        if self.is_alive() {
            self.reading.flush();
            // The flush may already have caused the end.
            self.report(event);
        }
        runs.ended(self);
    }

    fn report(&self, event: Event) {
        if self.is_alive() {
            (self.sink)(event);
        }
    }
}
