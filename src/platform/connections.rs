//! What runs: each request with what stops it, and the clock that ticks while any does.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Interval;
use headroom_app::{ConnectionError, Event, Read, RunId};
use headroom_domain::KeyMask;

use super::{Sink, clock::now_ms, read_batcher::ReadBatcher};

/// How often what runs is looked after, in milliseconds: slices are kept and silence is noticed.
const TICK_MS: u32 = 500;

/// Everything that runs.
pub(super) struct Connections {
    sink: Sink,
    reading: Rc<ReadBatcher>,
    handles: RefCell<Vec<Rc<Connection>>>,
    tick: RefCell<Option<Interval>>,
}

/// One request. Its events go through here, so that none is heard after its end.
pub(super) struct Connection {
    id: RunId,
    sink: Sink,
    reading: Rc<ReadBatcher>,
    alive: Cell<bool>,
    stop: RefCell<Option<Stop>>,
}

/// Stops the network of a run.
pub(super) type Stop = Box<dyn FnOnce()>;

impl Connections {
    pub(super) fn new(sink: Sink) -> Self {
        let reading = ReadBatcher::new(sink.clone());
        Self { sink, reading, handles: RefCell::default(), tick: RefCell::default() }
    }

    /// Begins a run.
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

    /// Ends a run: the network stops, and no event of it follows.
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

    /// A run came to its own end. Its request may have been sent again by then, under the same id.
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

    /// The request or its body broke.
    pub(super) fn broke(&self, runs: &Connections) {
        let link = if super::window::is_online() { ConnectionError::Online } else { ConnectionError::Offline };
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link });
    }

    /// The server sends it on to another address.
    pub(super) fn redirected(&self, runs: &Connections) {
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link: ConnectionError::Redirected });
    }

    /// There is nobody to answer it any more.
    pub(super) fn gone(&self, runs: &Connections) {
        self.last(runs, Event::RequestFailed { run: self.id, now_ms: now_ms(), link: ConnectionError::Gone });
    }

    fn last(&self, runs: &Connections, event: Event) {
        if self.is_alive() {
            self.reading.flush();
            // The flush may have brought the end itself.
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
