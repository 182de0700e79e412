//! A listener for WebDriver BiDi events: the page's console messages and its network requests.
//!
//! Implements only what these tests need of the protocol (W3C WebDriver BiDi): subscribe, add a preload script, collect
//! events.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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
    /// `None` once the connection has ended: no response will arrive anymore.
    waiting: Option<Vec<(u64, oneshot::Sender<Value>)>>,
    console: Vec<String>,
    requests: Vec<Request>,
    /// Where tabs are opened; `None` means the browser's default.
    user_context: Option<String>,
    /// The tabs of this test.
    tabs: Vec<String>,
    /// The tabs of earlier tests. Their late events are ignored.
    closed: HashSet<String>,
    /// Scripts that run in each document before its own scripts, for this test only.
    preloads: Vec<String>,
}

/// A network request of a document.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its URL.
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
        let shared = Arc::new(Mutex::new(Shared { waiting: Some(Vec::new()), ..Shared::default() }));
        let inbox = shared.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = receiver.next().await {
                if let Message::Text(text) = message
                    && let Ok(value) = serde_json::from_str::<Value>(text.as_str())
                {
                    inbox.lock().unwrap_or_else(PoisonError::into_inner).take(value);
                }
            }
            // Makes pending commands fail, because no response will come.
            inbox.lock().unwrap_or_else(PoisonError::into_inner).waiting = None;
        });
        let bidi = Self { sender: tokio::sync::Mutex::new((0, sender)), shared };
        bidi.ask("session.subscribe", json!({ "events": ["log.entryAdded", "network.beforeRequestSent"] })).await?;
        bidi.ask("script.addPreloadScript", json!({ "functionDeclaration": WATCH_POLICY })).await?;
        Ok(bidi)
    }

    /// Sends a command and waits for its result. Scripts that it adds are removed after the test.
    pub async fn command(&self, method: &str, parameters: Value) -> Value {
        let result = self.ask(method, parameters).await.expect("the browser does what it is told");
        if method == "script.addPreloadScript" {
            self.shared().preloads.push(text(&result["script"]));
        }
        result
    }

    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        {
            let mut sender = self.sender.lock().await;
            sender.0 += 1;
            let id = sender.0;
            self.shared().waiting.as_mut().ok_or("the BiDi connection has ended")?.push((id, answer));
            let text = json!({ "id": id, "method": method, "params": parameters }).to_string();
            sender.1.send(Message::text(text)).await.map_err(|why| format!("{method}: {why}"))?;
        }
        let answer = answered.await.map_err(|why| format!("{method}: the BiDi connection has ended: {why}"))?;
        if answer["type"] == "success" { Ok(answer["result"].clone()) } else { Err(format!("{method}: {answer}")) }
    }

    /// Opens a tab in a new user context and returns its id. Further tabs share its context.
    pub(crate) async fn begin(&self) -> Result<String, String> {
        let context = self.ask("browser.createUserContext", json!({})).await?;
        self.shared().user_context = Some(text(&context["userContext"]));
        self.open_tab().await
    }

    /// Opens a tab that shares storage with those of this test, and returns its id.
    pub(crate) async fn open_tab(&self) -> Result<String, String> {
        let mut parameters = json!({ "type": "tab" });
        if let Some(context) = &self.shared().user_context {
            parameters["userContext"] = json!(context);
        }
        let tab = text(&self.ask("browsingContext.create", parameters).await?["context"]);
        self.shared().tabs.push(tab.clone());
        Ok(tab)
    }

    /// Sizes the viewport of a tab, in CSS pixels.
    pub(crate) async fn resize(&self, tab: &str, width: u32, height: u32) -> Result<(), String> {
        let viewport = json!({ "context": tab, "viewport": { "width": width, "height": height } });
        self.ask("browsingContext.setViewport", viewport).await.map(drop)
    }

    /// Closes the tabs of this test, and deletes what they stored.
    pub(crate) async fn end(&self) -> Result<(), String> {
        let (context, preloads) = {
            let mut shared = self.shared();
            let tabs = std::mem::take(&mut shared.tabs);
            shared.closed.extend(tabs);
            (shared.user_context.take(), std::mem::take(&mut shared.preloads))
        };
        for script in preloads {
            self.ask("script.removePreloadScript", json!({ "script": script })).await?;
        }
        if let Some(context) = context {
            self.ask("browser.removeUserContext", json!({ "userContext": context })).await?;
        }
        Ok(())
    }

    /// Discards what was recorded so far.
    pub(crate) fn forget(&self) {
        let mut shared = self.shared();
        (shared.console, shared.requests) = (Vec::new(), Vec::new());
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every message of the console and every uncaught error so far.
    pub fn console(&self) -> Vec<String> {
        self.shared().console.clone()
    }

    /// Every network request of a document so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared().requests.clone()
    }
}

impl Shared {
    fn take(&mut self, message: Value) {
        if let (Some(id), Some(waiting)) = (message["id"].as_u64(), &mut self.waiting) {
            if let Some(at) = waiting.iter().position(|(waiting, _)| *waiting == id) {
                waiting.swap_remove(at).1.send(message).ok();
            }
            return;
        }
        let parameters = &message["params"];
        let tabs = [&parameters["context"], &parameters["source"]["context"]];
        if tabs.iter().filter_map(|tab| tab.as_str()).any(|tab| self.closed.contains(tab)) {
            return;
        }
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
