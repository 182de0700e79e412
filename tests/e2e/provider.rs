//! A provider on another origin: our simulator over real HTTP.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request, middleware::Next};
use headroom_api_simulator::Server;
use headroom_simulator::{Config, Profile, RateHeaders, Shape};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::host::Host;

/// The key that it accepts.
pub const KEY: &str = "sk-canary-0123456789";

/// A limit above any body that the tests send.
const MOST_BODY_BYTES: usize = 16 << 20;

/// A running provider. It runs until it is stopped.
pub struct Provider {
    address: SocketAddr,
    base_path: &'static str,
    heard: Arc<Mutex<Vec<Heard>>>,
    host: Host,
}

/// A request as received over the wire.
#[derive(Clone, Debug)]
pub struct Heard {
    /// `GET`, `POST`, `OPTIONS`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Lowercase names, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Heard {
    /// The value of a header, by its lowercase name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The messages of a chat request: role and text.
    pub fn messages(&self) -> Vec<(String, String)> {
        let body: Value = serde_json::from_str(&self.body).expect("a chat request is JSON");
        let messages = body["messages"].as_array().expect("it has messages").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        messages.map(|message| (text(&message["role"]), text(&message["content"]))).collect()
    }
}

impl Provider {
    /// A provider of this shape without limits, as fast as its models are.
    pub async fn of(shape: Shape) -> Self {
        Self::with(shape, "unlimited", RateHeaders::Exposed).await
    }

    /// A provider with the limits of a built-in profile, whose headers a page cannot read, as with Cerebras.
    pub async fn limited(shape: Shape, profile: &str) -> Self {
        Self::with(shape, profile, RateHeaders::Unexposed).await
    }

    /// A provider with the limits of a built-in profile, whose headers a page may read.
    pub async fn telling(shape: Shape, profile: &str) -> Self {
        Self::with(shape, profile, RateHeaders::Exposed).await
    }

    async fn with(shape: Shape, profile: &str, rate_headers: RateHeaders) -> Self {
        let config = Config {
            shape,
            profile: Profile::named(profile).expect("a built-in profile"),
            keys: vec![KEY.into()],
            seed: 7,
            tokens_per_second: None,
            ttft_ms: None,
            rate_headers,
        };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let record = heard.clone();
        let (host, address) = Host::start(async move {
            let server = Server::bind(0, config).await.expect("a free port");
            let address = server.address().expect("its address");
            let server = server.layered(|routes| recorded(routes, record));
            let serve = async move {
                server.run().await.ok();
            };
            (address, serve)
        })
        .await;
        Self { address, base_path: shape.base_path(), heard, host }
    }

    /// The base URL that a user types.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request received over the wire, except those of the tests themselves.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The chat requests among them.
    pub fn chats(&self) -> Vec<Heard> {
        let heard = self.heard().into_iter();
        heard.filter(|heard| heard.method == "POST" && heard.target.ends_with("/chat/completions")).collect()
    }

    /// How its requests ended, oldest first: `in-flight`, `complete`, `aborted` or `broken`.
    pub async fn outcomes(&self) -> Vec<String> {
        let ledger = self.ledger().await;
        let requests = ledger["requests"].as_array().expect("its books list requests").iter();
        requests.map(|request| request["outcome"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until its requests have ended like this.
    pub async fn until_outcomes(&self, expected: &[&str]) {
        let started = Instant::now();
        loop {
            let found = self.outcomes().await;
            if found == expected {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "its requests ended as {found:?}, not {expected:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Its ledger.
    pub async fn ledger(&self) -> Value {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let request = format!("GET /sim/ledger HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        let body = answer.split_once("\r\n\r\n").expect("a head and a body").1;
        serde_json::from_str(body).expect("its books are JSON")
    }

    /// Stops it: from here on its address is unreachable.
    pub fn stop(&self) {
        self.host.stop();
    }
}

/// A base URL with no server behind it.
pub async fn nobody() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    format!("http://{}/v1", listener.local_addr().expect("its address"))
}

fn recorded(routes: Router, record: Arc<Mutex<Vec<Heard>>>) -> Router {
    routes.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
        let record = record.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, MOST_BODY_BYTES).await.unwrap_or_default();
            if !parts.uri.path().starts_with("/sim/") {
                let headers = parts.headers.iter();
                let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                record.lock().unwrap().push(Heard {
                    method: parts.method.to_string(),
                    target: parts.uri.to_string(),
                    headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
                    body: text(&body),
                });
            }
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
    }))
}
