//! Requests to providers.

use std::rc::Rc;

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use headroom_app::{Event, Outgoing, RunId};
use headroom_domain::{ApiKey, BaseUrl, Dialect, Failure};
use headroom_protocol::{Connectivity, Headers, ModelList, Probe, SentKey, Silence, read_models};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestInit};

use super::{
    Sink,
    clock::{now_ms, now_unix_ms},
    runs::{Run, Runs, Stop},
    window::{is_online, window},
};

/// Posts a request and reports its answer as it comes.
pub(super) fn send(outgoing: Outgoing, key: Option<ApiKey>, runs: &Rc<Runs>) {
    let abort = AbortController::new().ok();
    let stop = abort.clone().map(|abort| Box::new(move || abort.abort()) as Stop);
    let run = runs.begin(outgoing.run, stop);
    // What is said of the request is decoded later, and the key hidden there.
    if let Some(key) = &key {
        run.key_attached(key.mask());
    }
    let runs = runs.clone();
    spawn_local(async move {
        match post(&outgoing, key.as_ref(), abort.as_ref()).await {
            Some(response) => take(&run, &runs, response).await,
            None => run.broke(&runs),
        }
    });
}

async fn post(outgoing: &Outgoing, key: Option<&ApiKey>, abort: Option<&AbortController>) -> Option<Response> {
    let signal = abort.map(AbortController::signal);
    let mut builder = RequestBuilder::new(&outgoing.url).method(Method::POST).abort_signal(signal.as_ref());
    for (name, value) in &outgoing.headers {
        builder = builder.header(name, value);
    }
    fetch(with_key(builder, key, &outgoing.url).body(outgoing.body.as_str()).ok()?, &outgoing.url).await
}

/// Adds the key, if it may go to this address.
fn with_key(builder: RequestBuilder, key: Option<&ApiKey>, url: &str) -> RequestBuilder {
    let origin = BaseUrl::parse(url).ok();
    match key.zip(origin).and_then(|(key, url)| key.authorization_for(url.origin())) {
        Some(authorization) => builder.header("Authorization", authorization.as_str()),
        None => builder,
    }
}

/// Sends a request. `None` is all that a browser says of what went wrong.
async fn fetch(request: Request, url: &str) -> Option<Response> {
    let init = RequestInit::new();
    // Nothing of the page goes along: no cookie of the provider's, no address of ours.
    init.set_credentials(web_sys::RequestCredentials::Omit);
    init.set_referrer_policy(web_sys::ReferrerPolicy::NoReferrer);
    if BaseUrl::parse(url).is_ok_and(|url| url.origin().is_loopback()) {
        // Chromium asks the user before a page may reach this machine, and wants to be told beforehand.
        Reflect::set(&init, &"targetAddressSpace".into(), &"loopback".into()).ok();
    }
    let request = web_sys::Request::from(request);
    let fetching = window()?.fetch_with_request_and_init(&request, &init);
    let response: web_sys::Response = JsFuture::from(fetching).await.ok()?.dyn_into().ok()?;
    Some(response.into())
}

/// Hands an answer over.
async fn take(run: &Run, runs: &Runs, response: Response) {
    run.head(response.status(), response.headers().entries().collect());
    let is_json = response.headers().get("content-type").is_some_and(|kind| kind.contains("json"));
    if response.status() < 400 && !is_json {
        return stream(run, runs, response).await;
    }
    match response.binary().await {
        Ok(body) => {
            run.read(body);
            run.close(runs);
        }
        Err(_) => run.broke(runs),
    }
}

/// Reads the body portion by portion.
async fn stream(run: &Run, runs: &Runs, response: Response) {
    let Some(body) = response.body() else { return run.close(runs) };
    let Ok(reader) = body.get_reader().dyn_into::<ReadableStreamDefaultReader>() else { return run.broke(runs) };
    while run.is_alive() {
        match JsFuture::from(reader.read()).await {
            Ok(portion) if is_done(&portion) => return run.close(runs),
            Ok(portion) => run.read(bytes(&portion)),
            Err(_) => return run.broke(runs),
        }
    }
}

fn is_done(portion: &JsValue) -> bool {
    Reflect::get(portion, &"done".into()).is_ok_and(|done| done.is_truthy())
}

fn bytes(portion: &JsValue) -> Vec<u8> {
    let value = Reflect::get(portion, &"value".into()).ok().and_then(|value| value.dyn_into::<Uint8Array>().ok());
    value.map(|value| value.to_vec()).unwrap_or_default()
}

/// Asks without a key whether anything readable is there.
pub(super) fn probe(run: RunId, url: String, sink: Sink) {
    spawn_local(async move {
        let answer = match RequestBuilder::new(&url).build() {
            Ok(request) => fetch(request, &url).await,
            Err(_) => None,
        };
        sink(Event::Probed { run, reachable: answer.is_some() });
    });
}

/// Asks a provider how the account of a key stands. Nothing is told where it does not say.
pub(super) fn ask_account(url: String, key: Option<ApiKey>, told: impl FnOnce(String, f64) + 'static) {
    spawn_local(async move {
        let Ok(request) = with_key(RequestBuilder::new(&url), key.as_ref(), &url).build() else { return };
        let Some(response) = fetch(request, &url).await.filter(Response::ok) else { return };
        if let Ok(body) = response.text().await {
            told(body, now_ms());
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
    let connectivity = if is_online() { Connectivity::Online } else { Connectivity::Offline };
    let silence = Silence { connectivity, probe: Probe::NotTried, dialect: Dialect::Generic, sent_key }.failure();
    let Ok(request) = with_key(RequestBuilder::new(url), key, url).build() else { return Err(silence) };
    let Some(response) = fetch(request, url).await else { return Err(silence) };
    let Ok(body) = response.binary().await else { return Err(silence) };
    if !response.ok() {
        let headers: Headers = response.headers().entries().collect();
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
