//! One network request, and its body chunk by chunk.

use gloo_net::http::Request;
use gloo_timers::{callback::Timeout, future::TimeoutFuture};
use headroom_domain::BaseUrl;
use headroom_protocol::{Intake, Portion};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, ReadableStreamDefaultReader, RequestInit, RequestMode, RequestRedirect, Response,
    ResponseType,
};

use super::window::window;

/// The bytes read before yielding to the browser, so that a server that sends without a pause cannot delay clicks.
const MOST_AT_ONCE: usize = 1 << 20;

/// The result of a request.
pub(super) enum Fetched {
    /// Status and headers; the body follows.
    Answer(Response),
    /// The server redirects to another address. It was not followed: neither prompt nor key is sent anywhere
    /// unintended.
    Redirected,
    /// A failure. The browser reports no details.
    Nothing,
}

/// Sends a request.
pub(super) async fn fetch(request: Request, url: &str) -> Fetched {
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Manual);
    let request = web_sys::Request::from(request);
    match with_init(&request, &init, url).await {
        Some(response) if response.type_() == ResponseType::Opaqueredirect => Fetched::Redirected,
        Some(response) => Fetched::Answer(response),
        None => Fetched::Nothing,
    }
}

/// Whether anything responds at an address, readable or not.
pub(super) async fn is_there(url: &str, signal: Option<&AbortSignal>) -> bool {
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    init.set_signal(signal);
    let Ok(request) = web_sys::Request::new_with_str(url) else { return false };
    with_init(&request, &init, url).await.is_some()
}

async fn with_init(request: &web_sys::Request, init: &RequestInit, url: &str) -> Option<Response> {
    // Sends nothing identifying: no cookies for the provider, no address of this page.
    init.set_credentials(web_sys::RequestCredentials::Omit);
    init.set_referrer_policy(web_sys::ReferrerPolicy::NoReferrer);
    if BaseUrl::parse(url).is_ok_and(|url| url.origin().is_loopback()) {
        // Chromium asks the user before a page may access the local machine, and requires this declaration.
        Reflect::set(init, &"targetAddressSpace".into(), &"loopback".into()).ok();
    }
    let fetching = window()?.fetch_with_request_and_init(request, init);
    JsFuture::from(fetching).await.ok()?.dyn_into().ok()
}

/// Aborts a request that takes too long. Dropping it cancels the timer.
pub(super) struct Deadline {
    abort: Option<AbortController>,
    _timer: Option<Timeout>,
}

impl Deadline {
    /// For a request that is about to be sent.
    pub(super) fn in_ms(ms: u32) -> Self {
        Self::of(AbortController::new().ok(), ms)
    }

    /// For a request in flight.
    pub(super) fn of(abort: Option<AbortController>, ms: u32) -> Self {
        let timer = abort.clone().map(|abort| Timeout::new(ms, move || abort.abort()));
        Self { abort, _timer: timer }
    }

    pub(super) fn signal(&self) -> Option<AbortSignal> {
        self.abort.as_ref().map(AbortController::signal)
    }

    /// Aborts the request now.
    pub(super) fn abort(&self) {
        self.abort.iter().for_each(AbortController::abort);
    }
}

/// A body that is being read.
pub(super) struct Body {
    reader: ReadableStreamDefaultReader,
    since_pause: usize,
}

/// The next part of a body.
pub(super) enum Next {
    /// A chunk.
    Bytes(Vec<u8>),
    /// The normal end.
    End,
    /// The connection failed.
    RequestFailed,
}

impl Body {
    /// `None` if there is no body.
    pub(super) fn of(response: &Response) -> Option<Self> {
        Some(Self { reader: response.body()?.get_reader().dyn_into().ok()?, since_pause: 0 })
    }

    pub(super) async fn next(&mut self) -> Next {
        if self.since_pause > MOST_AT_ONCE {
            self.since_pause = 0;
            TimeoutFuture::new(0).await;
        }
        match JsFuture::from(self.reader.read()).await {
            Ok(portion) if is_done(&portion) => Next::End,
            Ok(portion) => {
                let bytes = bytes(&portion);
                self.since_pause += bytes.len();
                Next::Bytes(bytes)
            }
            Err(_) => Next::RequestFailed,
        }
    }
}

/// Reads a body into `intake`. `None` if the connection failed. Stops when `intake` is full.
pub(super) async fn whole(response: &Response, mut intake: Intake, deadline: &Deadline) -> Option<Vec<u8>> {
    let Some(mut body) = Body::of(response) else { return Some(Vec::new()) };
    loop {
        match body.next().await {
            Next::Bytes(bytes) => {
                if intake.take(&bytes) == Portion::Full {
                    deadline.abort();
                    return Some(intake.finish());
                }
            }
            Next::End => return Some(intake.finish()),
            Next::RequestFailed => return None,
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
