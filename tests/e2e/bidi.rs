//! A listener for WebDriver BiDi events: what the page logs and what it asks the network for.
//!
//! Only what these tests need of the protocol (W3C WebDriver BiDi): subscribe, add a preload script, collect events.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::oneshot};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

type Sender = SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>;

/// A connection that collects events.
pub struct Bidi {
    sender: tokio::sync::Mutex<(u64, Sender)>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    waiting: Vec<(u64, oneshot::Sender<Value>)>,
    console: Vec<String>,
    requests: Vec<Request>,
}

/// What a document asked the network for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub address: String,
    /// Names in any case, and values.
    pub headers: Vec<(String, String)>,
}

/// Runs in every document before its own scripts: violations of the policy are events of the document, not messages.
const WATCH_POLICY: &str = "() => {
    globalThis.policyViolations = [];
    addEventListener('securitypolicyviolation', (event) => policyViolations.push(event.effectiveDirective + ' blocked ' + event.blockedURI));
}";

impl Bidi {
    /// Connects and starts to listen.
    pub async fn connect(socket: &str) -> Result<Self, String> {
        let (stream, _) = connect_async(socket).await.map_err(|why| format!("the BiDi socket: {why}"))?;
        let (sender, mut receiver) = stream.split();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let inbox = shared.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = receiver.next().await {
                if let Message::Text(text) = message
                    && let Ok(value) = serde_json::from_str::<Value>(text.as_str())
                {
                    inbox.lock().unwrap().take(value);
                }
            }
        });
        let bidi = Self { sender: tokio::sync::Mutex::new((0, sender)), shared };
        bidi.ask("session.subscribe", json!({ "events": ["log.entryAdded", "network.beforeRequestSent"] })).await?;
        bidi.ask("script.addPreloadScript", json!({ "functionDeclaration": WATCH_POLICY })).await?;
        Ok(bidi)
    }

    /// Sends a command and waits for its result.
    pub async fn command(&self, method: &str, parameters: Value) -> Value {
        self.ask(method, parameters).await.expect("the browser does what it is told")
    }

    async fn ask(&self, method: &str, parameters: Value) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        {
            let mut sender = self.sender.lock().await;
            sender.0 += 1;
            let id = sender.0;
            self.shared.lock().unwrap().waiting.push((id, answer));
            let text = json!({ "id": id, "method": method, "params": parameters }).to_string();
            sender.1.send(Message::text(text)).await.map_err(|why| format!("{method}: {why}"))?;
        }
        let answer = answered.await.map_err(|why| format!("{method}: {why}"))?;
        if answer["type"] == "success" { Ok(answer["result"].clone()) } else { Err(format!("{method}: {answer}")) }
    }

    /// Every message of the console and every uncaught error so far.
    pub fn console(&self) -> Vec<String> {
        self.shared.lock().unwrap().console.clone()
    }

    /// Everything that documents asked the network for so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().unwrap().requests.clone()
    }
}

impl Shared {
    fn take(&mut self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == id) {
                self.waiting.swap_remove(at).1.send(message).ok();
            }
            return;
        }
        let parameters = &message["params"];
        match message["method"].as_str() {
            Some("log.entryAdded") => {
                self.console.push(format!("{}: {}", text(&parameters["level"]), text(&parameters["text"])));
            }
            Some("network.beforeRequestSent") => self.requests.push(request(&parameters["request"])),
            _ => {}
        }
    }
}

fn request(request: &Value) -> Request {
    let headers = request["headers"].as_array().into_iter().flatten();
    let headers = headers.map(|header| (text(&header["name"]), text(&header["value"]["value"]))).collect();
    Request { address: text(&request["url"]), headers }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
