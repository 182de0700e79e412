//! The simulator over real HTTP, on this machine only: for browser tests, for the official SDKs, and for trying things
//! out.
//!
//! [`headroom_simulator`] makes all decisions; this crate adds only a socket and a clock. Two addresses exist only on
//! this server: `GET /sim/ledger` returns the ledger as JSON, `POST /sim/reset` clears it.

mod clock;
mod fetch;
mod options;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
    serve::ListenerExt as _,
};
use futures_util::StreamExt as _;
use headroom_simulator::{Body as SimulatedBody, Config, HttpRequest, HttpResponse, Simulator};
use tokio::net::TcpListener;

use clock::Clock;
use fetch::Fetch;
pub use options::{DEFAULT_KEY, OptionError, Options, USAGE};

/// The limit for reading a body, slightly above the largest body that the simulator accepts.
const MOST_BODY_BYTES: usize = (8 << 20) + 1;

/// A server that accepts connections but does not answer them yet.
pub struct Server {
    listener: TcpListener,
    routes: Router,
}

impl Server {
    /// Binds to a port of this machine only; 0 picks a free one.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn bind(port: u16, config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let routes = Router::new()
            .route("/sim/ledger", get(ledger))
            .route("/sim/reset", post(reset))
            .fallback(answer)
            .with_state(Shared::new(config));
        Ok(Self { listener, routes })
    }

    /// Wraps a layer around every request: tests record what a client really sends.
    #[must_use]
    pub fn layered(self, layer: impl FnOnce(Router) -> Router) -> Self {
        Self { routes: layer(self.routes), ..self }
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until the process ends.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn run(self) -> io::Result<()> {
        // Tokens leave when they are written, not when the system has gathered several.
        let listener = self.listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        axum::serve(listener, self.routes).await
    }
}

/// The simulator and its clock.
#[derive(Clone)]
struct Shared {
    simulator: Arc<Mutex<Simulator>>,
    clock: Clock,
}

impl Shared {
    fn new(config: Config) -> Self {
        let clock = Clock::start();
        Self { simulator: Arc::new(Mutex::new(Simulator::new(config, clock.now_ms()))), clock }
    }

    fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ledger(State(shared): State<Shared>) -> Response {
    let now = shared.clock.now_ms();
    let ledger = shared.simulator().ledger(now).to_json();
    let head = [(header::CONTENT_TYPE, "application/json"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    respond(StatusCode::OK, head, Body::from(ledger.to_string()))
}

async fn reset(State(shared): State<Shared>) -> Response {
    let now = shared.clock.now_ms();
    let mut simulator = shared.simulator();
    *simulator = Simulator::new(simulator.config().clone(), now);
    respond(StatusCode::NO_CONTENT, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Body::empty())
}

fn respond<const N: usize>(status: StatusCode, head: [(HeaderName, &'static str); N], body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let head = head.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(head);
    response
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let request = plain(request).await;
    let now = shared.clock.now_ms();
    let answer = shared.simulator().handle(&request, now);
    // From here on, a client that disconnects drops the fetch, which aborts the request.
    let fetch = answer.request.map(|id| Fetch::new(shared.clone(), id));
    shared.clock.sleep_until(answer.at_ms).await;
    let mut response = head(&answer);
    *response.body_mut() = match (answer.body, fetch) {
        (SimulatedBody::Stream, Some(fetch)) => fetch.into_body(),
        (SimulatedBody::Whole(bytes), _) => Body::from(bytes),
        (SimulatedBody::Stream, None) => Body::empty(),
    };
    response
}

fn head(answer: &HttpResponse) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        // A reflected request header may contain anything; values that HTTP does not allow are left out.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The request as plain data. The body is read to slightly more than the simulator accepts.
async fn plain(request: Request) -> HttpRequest {
    let (parts, body) = request.into_parts();
    let mut stream = body.into_data_stream();
    let mut body = Vec::new();
    while let Some(Ok(bytes)) = stream.next().await {
        body.extend_from_slice(&bytes);
        if body.len() >= MOST_BODY_BYTES {
            break;
        }
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    }
}
