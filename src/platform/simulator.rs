//! The page's side of the built-in simulator: a provider that is reached through a worker.
//!
//! Its responses use the same events as network responses. Nothing else on the page knows the difference.

use std::{cell::RefCell, rc::Rc};

use headroom_app::{Event, Outgoing, RunId, SIMULATOR};
use headroom_domain::{Failure, FailureKind, Phase};
use headroom_protocol::read_models;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Worker;

use super::{
    Sink,
    connections::{Connection, Connections},
    worker::Running,
};
use crate::simulator_protocol::{SimulatorMessage, SimulatorRequest};

/// The simulator of this tab. Its worker starts with the first request.
pub(super) struct Simulator {
    inner: Rc<Inner>,
}

struct Inner {
    sink: Sink,
    runs: Rc<Connections>,
    wire: RefCell<Option<Running>>,
    running: RefCell<Vec<(RunId, Rc<Connection>)>>,
    /// Requests from before the worker was ready; `None` once it is.
    unsent: RefCell<Option<Vec<SimulatorRequest>>>,
}

impl Simulator {
    pub(super) fn new(sink: Sink, runs: Rc<Connections>) -> Self {
        let (wire, running, unsent) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { inner: Rc::new(Inner { sink, runs, wire, running, unsent }) }
    }

    /// Requests its models, which arrive as an event.
    pub(super) fn list_models(&self) {
        self.ask(SimulatorRequest::Models);
    }

    /// Sends a request. The response arrives as the events of its run.
    pub(super) fn send(self: &Rc<Self>, outgoing: Outgoing) {
        let id = outgoing.run;
        let simulator = Rc::downgrade(self);
        let stop = move || {
            if let Some(simulator) = simulator.upgrade() {
                simulator.inner.take(id);
                simulator.ask(SimulatorRequest::Abort(number(id)));
            }
        };
        let run = self.inner.runs.begin(id, Some(Box::new(stop)));
        self.inner.running.borrow_mut().push((id, run));
        self.ask(SimulatorRequest::Answer { run: number(id), headers: outgoing.headers, body: outgoing.body });
    }

    fn ask(&self, asked: SimulatorRequest) {
        if self.inner.wire.borrow().is_none() {
            self.inner.unsent.replace(Some(Vec::new()));
            let wire = self.inner.connect();
            if wire.is_none() {
                return self.inner.lost();
            }
            self.inner.wire.replace(wire);
        }
        match &mut *self.inner.unsent.borrow_mut() {
            Some(unsent) => unsent.push(asked),
            None => {
                if let Some(wire) = &*self.inner.wire.borrow() {
                    wire.post(&asked.to_message());
                }
            }
        }
    }
}

impl Inner {
    fn connect(self: &Rc<Self>) -> Option<Running> {
        let (inner, lost) = (self.clone(), self.clone());
        let on_message = move |worker: &Worker, message: &JsValue| match SimulatorMessage::from_message(message) {
            Some(message) => inner.receive(message),
            // The worker is ready now.
            None => {
                for asked in inner.unsent.take().into_iter().flatten() {
                    worker.post_message(&asked.to_message()).ok();
                }
            }
        };
        Running::start("simulator_worker", on_message, move || lost.lost())
    }

    fn receive(&self, message: SimulatorMessage) {
        match message {
            SimulatorMessage::Models(body) => {
                let unreadable = |why: headroom_protocol::ModelListError| Box::new(Failure::from(why));
                let outcome = read_models(&body).map(|list| list.models).map_err(unreadable);
                (self.sink)(Event::ModelsListed { provider: SIMULATOR.into(), outcome });
            }
            SimulatorMessage::Head { run, status, headers } => self.with(run, |run| run.head(status, headers)),
            SimulatorMessage::Portion(run, portion) => self.with(run, |run| run.read(portion)),
            SimulatorMessage::End(run) => self.last(run, |run| run.close(&self.runs)),
            SimulatorMessage::RequestFailed(run) => self.last(run, |run| run.broke(&self.runs)),
        }
    }

    fn with(&self, run: f64, act: impl FnOnce(&Connection)) {
        let id = run_id(run);
        let run = self.running.borrow().iter().find(|(other, _)| *other == id).map(|(_, run)| run.clone());
        if let Some(run) = run {
            act(&run);
        }
    }

    fn last(&self, run: f64, act: impl FnOnce(&Connection)) {
        if let Some(run) = self.take(run_id(run)) {
            act(&run);
        }
    }

    fn take(&self, id: RunId) -> Option<Rc<Connection>> {
        let mut running = self.running.borrow_mut();
        let at = running.iter().position(|(other, _)| *other == id)?;
        Some(running.swap_remove(at).1)
    }

    /// The worker will send nothing more: a trap, a failed download, or a policy that forbids workers.
    fn lost(&self) {
        // The next request tries again. The closure running now must not be dropped inside its own call.
        let wire = self.wire.take();
        spawn_local(async move { drop(wire) });
        for (_, run) in self.running.take() {
            run.gone(&self.runs);
        }
        let failure = Failure::new(FailureKind::Unreachable, Phase::BeforeHeaders);
        (self.sink)(Event::ModelsListed { provider: SIMULATOR.into(), outcome: Err(Box::new(failure)) });
    }
}

#[expect(clippy::cast_precision_loss, reason = "runs are numbered from 1")]
fn number(run: RunId) -> f64 {
    run.0 as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made by `number`")]
fn run_id(run: f64) -> RunId {
    RunId(run as u64)
}
