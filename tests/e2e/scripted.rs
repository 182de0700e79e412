//! A provider on another origin that sends exactly what a test specifies, byte by byte.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, Response, StatusCode},
};
use futures_util::stream;

use crate::host::Host;

/// The pause between two portions, so that a browser reads them one by one.
const PAUSE: Duration = Duration::from_millis(60);

/// A running provider. It runs until it is stopped.
pub struct Scripted {
    port: u16,
    script: Script,
    heard: Arc<Mutex<Vec<String>>>,
    _host: Host,
}

type Script = Arc<Mutex<HashMap<String, (u16, Vec<Bytes>)>>>;

impl Scripted {
    /// A provider without responses: it answers 404.
    pub async fn start() -> Self {
        let (script, heard) = (Script::default(), Arc::new(Mutex::new(Vec::new())));
        let (known, record) = (script.clone(), heard.clone());
        let routes = Router::new().fallback(move |request: Request| {
            let (known, record) = (known.clone(), record.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
                if parts.method == Method::POST {
                    record.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
                }
                let scripted = known.lock().unwrap().get(parts.uri.path()).cloned();
                answer(parts.method == Method::OPTIONS, scripted)
            }
        });
        let (host, port) = Host::serve(routes).await;
        Self { port, script, heard, _host: host }
    }

    /// Sets the response for a path from now on.
    pub fn says(&self, path: &str, status: u16, portions: &[&str]) {
        let portions = portions.iter().map(|portion| Bytes::copy_from_slice(portion.as_bytes())).collect();
        self.script.lock().unwrap().insert(path.to_owned(), (status, portions));
    }

    /// Its origin, which is also a base URL.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bodies that were posted to it.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn answer(is_preflight: bool, scripted: Option<(u16, Vec<Bytes>)>) -> Response<Body> {
    let response = Response::builder()
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "*")
        .header("access-control-allow-headers", "authorization, content-type");
    let (status, portions) = match scripted {
        _ if is_preflight => (204, Vec::new()),
        Some(scripted) => scripted,
        None => (404, Vec::new()),
    };
    let portions = stream::unfold(portions.into_iter(), |mut portions| async move {
        let portion = portions.next()?;
        tokio::time::sleep(PAUSE).await;
        Some((Ok::<_, std::convert::Infallible>(portion), portions))
    });
    let response = response.status(StatusCode::from_u16(status).expect("a status"));
    response.body(Body::from_stream(portions)).expect("a response")
}
