//! Diagnoses the connection to a provider after a request got no response. Sends no user data.

use gloo_net::http::RequestBuilder;
use headroom_app::{Event, RunId};
use headroom_domain::{BaseUrl, Origin};
use headroom_protocol::{LocalPermission, Reach, ReachabilityCheck};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    Sink,
    fetching::{Deadline, Fetched, fetch, is_there},
    window::window,
};

/// The timeout for a response, in milliseconds.
const LONGEST_MS: u32 = 10_000;

/// Runs the checks and reports the results.
pub(super) fn probe(run: RunId, list: Option<String>, server: String, sink: Sink) {
    spawn_local(async move {
        sink(Event::ReachabilityChecked { run, reach: reach(list.as_deref(), &server).await });
    });
}

async fn reach(list: Option<&str>, server: &str) -> Reach {
    let permission = permission(server).await;
    if permission != LocalPermission::NotNeeded {
        // A request to the server would make the browser prompt its user again.
        return Reach { permission, ..Reach::default() };
    }
    let list = match list {
        Some(url) => readable(url).await,
        None => ReachabilityCheck::NotTried,
    };
    let server = match list {
        ReachabilityCheck::Answered => ReachabilityCheck::NotTried,
        ReachabilityCheck::NotTried | ReachabilityCheck::Failed => {
            let deadline = Deadline::in_ms(LONGEST_MS);
            if is_there(server, deadline.signal().as_ref()).await {
                ReachabilityCheck::Answered
            } else {
                ReachabilityCheck::Failed
            }
        }
    };
    Reach { permission, list, server }
}

/// Whether anything readable is at an address.
async fn readable(url: &str) -> ReachabilityCheck {
    let deadline = Deadline::in_ms(LONGEST_MS);
    let Ok(request) = RequestBuilder::new(url).abort_signal(deadline.signal().as_ref()).build() else {
        return ReachabilityCheck::Failed;
    };
    match fetch(request, url).await {
        Fetched::Answer(_) => ReachabilityCheck::Answered,
        Fetched::Redirected | Fetched::Nothing => ReachabilityCheck::Failed,
    }
}

/// Whether this page may reach an address on this computer or in a private network.
async fn permission(server: &str) -> LocalPermission {
    let Some(origin) = BaseUrl::parse(server).ok().map(|url| url.origin().clone()) else {
        return LocalPermission::NotNeeded;
    };
    // A page on this computer needs no permission, and the browser would report that it has none.
    if !origin.is_nearby() || is_page_on_loopback() {
        return LocalPermission::NotNeeded;
    }
    let name = if origin.is_loopback() { "loopback-network" } else { "local-network" };
    // Before the two permissions were split, they had one name.
    for name in [name, "local-network-access"] {
        match state(name).await.as_deref() {
            Some("denied") => return LocalPermission::Denied,
            Some("prompt") => return LocalPermission::Unanswered,
            Some(_) => return LocalPermission::NotNeeded,
            // A browser that does not know the name does not prompt for it either.
            None => {}
        }
    }
    LocalPermission::NotNeeded
}

fn is_page_on_loopback() -> bool {
    let origin = window().and_then(|window| window.location().origin().ok());
    origin.and_then(|origin| Origin::parse(&origin).ok()).is_some_and(|origin| origin.is_loopback())
}

/// Returns the state of a permission (`granted`, `denied`, `prompt`). The names are too new for the `web_sys` list.
async fn state(name: &str) -> Option<String> {
    let permissions = Reflect::get(&window()?.navigator(), &"permissions".into()).ok()?;
    let query = Reflect::get(&permissions, &"query".into()).ok()?.dyn_into::<Function>().ok()?;
    let wanted = Object::new();
    Reflect::set(&wanted, &"name".into(), &JsValue::from_str(name)).ok()?;
    let asking = query.call1(&permissions, &wanted).ok()?.dyn_into::<Promise>().ok()?;
    let status = JsFuture::from(asking).await.ok()?;
    Reflect::get(&status, &"state".into()).ok()?.as_string()
}
