//! Requests to providers.

use std::rc::Rc;

use gloo_net::http::{Headers as SentHeaders, Method, RequestBuilder};
use headroom_app::{Event, Outgoing};
use headroom_domain::{ApiKey, BaseUrl, Dialect, Failure, NetworkCause, Phase};
use headroom_protocol::{
    Connectivity, Headers, Intake, ModelList, NetworkFailure, Portion, Reach, SentKey, read_models,
};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, Response};

use super::{
    Sink,
    clock::{now_ms, now_unix_ms},
    connections::{Connection, Connections, Stop},
    fetching::{Body, Deadline, Fetched, Next, fetch, whole},
    window::is_online,
};

/// The timeout for the body of a rejection, in milliseconds. The status already says most of it.
const REFUSAL_MS: u32 = 10_000;
/// The timeout for a list of models, in milliseconds.
const LIST_MS: u32 = 60_000;

/// Posts a request and reports its response as it arrives.
pub(super) fn send(outgoing: Outgoing, key: Option<ApiKey>, runs: &Rc<Connections>) {
    let abort = AbortController::new().ok();
    let stop = abort.clone().map(|abort| Box::new(move || abort.abort()) as Stop);
    let run = runs.begin(outgoing.run, stop);
    // Text about the request is decoded later, and the key is masked there.
    if let Some(key) = &key {
        run.key_attached(key.mask());
    }
    let runs = runs.clone();
    spawn_local(async move {
        match post(&outgoing, key.as_ref(), abort.as_ref()).await {
            Fetched::Answer(response) => take(&run, &runs, &response, abort).await,
            Fetched::Redirected => run.redirected(&runs),
            Fetched::Nothing => run.broke(&runs),
        }
    });
}

async fn post(outgoing: &Outgoing, key: Option<&ApiKey>, abort: Option<&AbortController>) -> Fetched {
    let signal = abort.map(AbortController::signal);
    let mut builder = RequestBuilder::new(&outgoing.url).method(Method::POST).abort_signal(signal.as_ref());
    for (name, value) in &outgoing.headers {
        builder = builder.header(name, value);
    }
    match with_key(builder, key, &outgoing.url).body(outgoing.body.as_str()) {
        Ok(request) => fetch(request, &outgoing.url).await,
        Err(_) => Fetched::Nothing,
    }
}

/// Adds the key if it may be sent to this address.
fn with_key(builder: RequestBuilder, key: Option<&ApiKey>, url: &str) -> RequestBuilder {
    let origin = BaseUrl::parse(url).ok();
    match key.zip(origin).and_then(|(key, url)| key.authorization_for(url.origin())) {
        Some(authorization) => builder.header("Authorization", authorization.as_str()),
        None => builder,
    }
}

/// Reports a response: a stream as it arrives, anything else in one piece.
async fn take(run: &Connection, runs: &Connections, response: &Response, abort: Option<AbortController>) {
    let status = response.status();
    run.head(status, headers_of(response));
    let mut intake = Intake::of_answer(status);
    let deadline = (status >= 400).then(|| Deadline::of(abort.clone(), REFUSAL_MS));
    let mut broke = false;
    if let Some(mut body) = Body::of(response) {
        while run.is_alive() {
            match body.next().await {
                Next::Bytes(bytes) => match intake.take(&bytes) {
                    Portion::HandOn(bytes) => run.read(bytes),
                    Portion::Held => run.read(Vec::new()),
                    Portion::Full => {
                        abort.iter().for_each(AbortController::abort);
                        break;
                    }
                },
                Next::End => break,
                // For a rejection, the status and a partial body are enough.
                Next::RequestFailed => {
                    broke = status < 400;
                    break;
                }
            }
        }
    }
    drop(deadline);
    run.read(intake.finish());
    if broke { run.broke(runs) } else { run.close(runs) }
}

fn headers_of(response: &Response) -> Vec<(String, String)> {
    SentHeaders::from_raw(response.headers()).entries().collect()
}

/// Asks a provider for the account status of a key. Does not call `told` on failure.
pub(super) fn ask_account(url: String, key: Option<ApiKey>, told: impl FnOnce(String, f64) + 'static) {
    spawn_local(async move {
        if let Some((response, body)) = list(&url, key.as_ref()).await.ok().filter(|(response, _)| response.ok()) {
            drop(response);
            told(String::from_utf8_lossy(&body).into_owned(), now_ms());
        }
    });
}

/// Fetches the models of a provider.
pub(super) fn list_models(provider: String, url: String, key: Option<ApiKey>, sink: Sink) {
    spawn_local(async move {
        let mask = key.as_ref().map(ApiKey::mask).unwrap_or_default();
        let outcome = models(&url, key.as_ref()).await;
        let outcome = outcome.map(|list| list.redacted(&mask).models);
        let outcome = outcome.map_err(|failure| Box::new(failure.redacted(&mask)));
        sink(Event::ModelsListed { provider, outcome });
    });
}

async fn models(url: &str, key: Option<&ApiKey>) -> Result<ModelList, Failure> {
    let sent_key = if key.is_some() { SentKey::Yes } else { SentKey::No };
    let (response, body) = list(url, key).await?;
    if response.status() >= 400 {
        let headers: Headers = headers_of(&response).into_iter().collect();
        let refused = headroom_protocol::Response {
            status: response.status(),
            headers: &headers,
            body: &body,
            dialect: Dialect::Generic,
            sent_key,
            now_unix_ms: now_unix_ms(),
        };
        return Err(refused.failure());
    }
    read_models(&body).map_err(Failure::from)
}

/// Fetches a complete response.
async fn list(url: &str, key: Option<&ApiKey>) -> Result<(Response, Vec<u8>), Failure> {
    let sent_key = if key.is_some() { SentKey::Yes } else { SentKey::No };
    let connectivity = if is_online() { Connectivity::Online } else { Connectivity::Offline };
    let (reach, dialect) = (Reach::default(), Dialect::Generic);
    let silence = NetworkFailure { connectivity, reach, was_readable: false, dialect, sent_key }.failure();
    let deadline = Deadline::in_ms(LIST_MS);
    let builder = RequestBuilder::new(url).abort_signal(deadline.signal().as_ref());
    let Ok(request) = with_key(builder, key, url).build() else { return Err(silence) };
    let response = match fetch(request, url).await {
        Fetched::Answer(response) => response,
        Fetched::Redirected => return Err(Failure::of_network(NetworkCause::Redirect, Phase::BeforeHeaders)),
        Fetched::Nothing => return Err(silence),
    };
    let body = whole(&response, Intake::of_list(response.status()), &deadline).await;
    body.map(|body| (response, body)).ok_or(silence)
}
