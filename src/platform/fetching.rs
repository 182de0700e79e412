//! One request over the network, and its body portion by portion.

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

/// So many bytes are read before the browser gets its turn: a server that sends without a pause must not keep clicks
/// waiting.
const MOST_AT_ONCE: usize = 1 << 20;

/// What came of a request.
pub(super) enum Fetched {
    /// Status and headers; the body is on its way.
    Answer(Response),
    /// The server sends it on to another address. It was not followed: neither prompt nor key goes where nobody sent
    /// them.
    Redirected,
    /// All that a browser says of what went wrong.
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

/// Whether anything answers at an address, readable or not.
pub(super) async fn is_there(url: &str, signal: Option<&AbortSignal>) -> bool {
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    init.set_signal(signal);
    let Ok(request) = web_sys::Request::new_with_str(url) else { return false };
    with_init(&request, &init, url).await.is_some()
}

async fn with_init(request: &web_sys::Request, init: &RequestInit, url: &str) -> Option<Response> {
    // Nothing of the page goes along: no cookie of the provider's, no address of ours.
    init.set_credentials(web_sys::RequestCredentials::Omit);
    init.set_referrer_policy(web_sys::ReferrerPolicy::NoReferrer);
    if BaseUrl::parse(url).is_ok_and(|url| url.origin().is_loopback()) {
        // Chromium asks the user before a page may reach this machine, and wants to be told beforehand.
        Reflect::set(init, &"targetAddressSpace".into(), &"loopback".into()).ok();
    }
    let fetching = window()?.fetch_with_request_and_init(request, init);
    JsFuture::from(fetching).await.ok()?.dyn_into().ok()
}

/// Aborts a request when it takes too long. Dropping it calls that off.
pub(super) struct Deadline {
    abort: Option<AbortController>,
    _timer: Option<Timeout>,
}

impl Deadline {
    /// For a request that is yet to be sent.
    pub(super) fn in_ms(ms: u32) -> Self {
        Self::of(AbortController::new().ok(), ms)
    }

    /// For one that is under way.
    pub(super) fn of(abort: Option<AbortController>, ms: u32) -> Self {
        let timer = abort.clone().map(|abort| Timeout::new(ms, move || abort.abort()));
        Self { abort, _timer: timer }
    }

    pub(super) fn signal(&self) -> Option<AbortSignal> {
        self.abort.as_ref().map(AbortController::signal)
    }

    /// Ends it now.
    pub(super) fn abort(&self) {
        self.abort.iter().for_each(AbortController::abort);
    }
}

/// A body that is being read.
pub(super) struct Body {
    reader: ReadableStreamDefaultReader,
    since_pause: usize,
}

/// What a body brought next.
pub(super) enum Next {
    /// Some of it.
    Bytes(Vec<u8>),
    /// It ended as bodies end.
    End,
    /// It broke off.
    RequestFailed,
}

impl Body {
    /// None where there is no body.
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

/// All that is taken in of a body; none where it broke off. What is larger is given up at that point.
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
