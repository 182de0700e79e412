//! The built-in simulator: a provider without a network, in a separate worker.
//!
//! Sends status, headers, and bytes split at arbitrary points, like a network connection. It gets no key and fetches
//! nothing, because a worker does not inherit the page's policy.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use headroom::simulator_protocol::{SimulatorMessage, SimulatorRequest};
use headroom_simulator::{
    Body, Config, HttpRequest, HttpResponse, Next, Profile, RateHeaders, RequestId, Shape, Simulator,
};
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The timer resolution in milliseconds. Everything due in between arrives in one chunk, as on a network.
const FINEST_MS: u64 = 4;
/// The interval, in milliseconds, for checking whether the page still wants a silent connection.
const SILENCE_MS: u64 = 1_000;

/// Handles messages.
type Listener = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    /// Lives as long as the worker does.
    static PROVIDER: OnceCell<(Rc<Provider>, Listener)> = const { OnceCell::new() };
}

struct Provider {
    scope: DedicatedWorkerGlobalScope,
    simulator: RefCell<Simulator>,
    /// The responses in progress: the page's run number, and our request id once there is one.
    running: RefCell<BTreeMap<u64, Option<RequestId>>>,
}

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let provider = Rc::new(Provider::new(scope.clone()));
    let listener = Listener::new({
        let provider = provider.clone();
        move |event: MessageEvent| {
            if let Some(asked) = SimulatorRequest::from_message(&event.data()) {
                provider.asked(asked);
            }
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    PROVIDER.with(|place| place.set((provider, listener)).ok());
    scope.post_message(&wasm_bindgen::JsValue::NULL).ok();
}

impl Provider {
    fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        let config = Config {
            shape: Shape::Cerebras,
            profile: Profile::guide(),
            // There is no account to protect, and the page sends no key.
            keys: Vec::new(),
            seed: now_ms(),
            tokens_per_second: None,
            ttft_ms: None,
            rate_headers: RateHeaders::Exposed,
        };
        Self { scope, simulator: RefCell::new(Simulator::new(config, now_ms())), running: RefCell::default() }
    }

    fn asked(self: &Rc<Self>, asked: SimulatorRequest) {
        match asked {
            SimulatorRequest::Models => self.say(&SimulatorMessage::Models(self.models())),
            SimulatorRequest::Answer { run, headers, body } => {
                let provider = self.clone();
                self.running.borrow_mut().insert(key(run), None);
                spawn_local(async move { provider.answer(run, headers, body).await });
            }
            SimulatorRequest::Abort(run) => {
                if let Some(Some(request)) = self.running.borrow_mut().remove(&key(run)) {
                    self.simulator.borrow_mut().abort(request, now_ms());
                }
            }
        }
    }

    fn models(&self) -> Vec<u8> {
        let asked = HttpRequest {
            method: "GET".into(),
            path: "/public/v1/models".into(),
            headers: vec![origin()],
            ..HttpRequest::default()
        };
        match self.simulator.borrow_mut().fetch_as_page(&asked, now_ms()) {
            Ok(HttpResponse { body: Body::Whole(body), .. }) => body,
            _ => Vec::new(),
        }
    }

    async fn answer(&self, run: f64, headers: Vec<(String, String)>, body: String) {
        let request = HttpRequest {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            headers: headers.into_iter().chain([origin()]).collect(),
            body: body.into_bytes(),
        };
        let answer = self.simulator.borrow_mut().fetch_as_page(&request, now_ms());
        let last = match answer {
            Ok(response) => self.stream(run, response).await,
            Err(_) => SimulatorMessage::RequestFailed(run),
        };
        if self.running.borrow_mut().remove(&key(run)).is_some() {
            self.say(&last);
        }
    }

    /// Streams a response and reports how it ended.
    async fn stream(&self, run: f64, response: HttpResponse) -> SimulatorMessage {
        if let Some(request) = self.running.borrow_mut().get_mut(&key(run)) {
            *request = response.request;
        }
        sleep_until(response.at_ms).await;
        self.say_of(run, &SimulatorMessage::Head { run, status: response.status, headers: response.headers });
        match (response.body, response.request) {
            (Body::Whole(body), _) => {
                self.say_of(run, &SimulatorMessage::Portion(run, body));
                SimulatorMessage::End(run)
            }
            (Body::Stream, Some(request)) => self.poll(run, request).await,
            (Body::Stream, None) => SimulatorMessage::RequestFailed(run),
        }
    }

    async fn poll(&self, run: f64, request: RequestId) -> SimulatorMessage {
        while self.is_running(run) {
            let (portions, next) = self.simulator.borrow_mut().poll(request, now_ms());
            // Everything due is sent in one chunk, as on a network: thousands of messages a second have no benefit.
            if !portions.is_empty() {
                self.say_of(run, &SimulatorMessage::Portion(run, portions.concat()));
            }
            match next {
                Next::At(at_ms) => sleep_until(at_ms).await,
                // Nothing more arrives and no end is reported; the page has to detect that.
                Next::NetworkFailure => sleep_until(now_ms() + SILENCE_MS).await,
                Next::End => return SimulatorMessage::End(run),
                Next::Break => return SimulatorMessage::RequestFailed(run),
            }
        }
        SimulatorMessage::RequestFailed(run)
    }

    fn is_running(&self, run: f64) -> bool {
        self.running.borrow().contains_key(&key(run))
    }

    fn say_of(&self, run: f64, said: &SimulatorMessage) {
        if self.is_running(run) {
            self.say(said);
        }
    }

    fn say(&self, said: &SimulatorMessage) {
        // The page may be gone by now, so no one is waiting for the response.
        self.scope.post_message(&said.to_message()).ok();
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the page numbers its runs from 1")]
fn key(run: f64) -> u64 {
    run as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970; `as` saturates")]
fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

async fn sleep_until(at_ms: u64) {
    let wait = at_ms.saturating_sub(now_ms()).max(FINEST_MS);
    TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX)).await;
}

/// To the simulator, as to any provider, the page is another origin, so responses must list the headers they expose.
fn origin() -> (String, String) {
    ("origin".into(), "https://headroom.example".into())
}
