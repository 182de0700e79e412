//! The window and its document, if available.

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast as _;
use web_sys::{Document, HtmlAnchorElement, HtmlElement, Window};

use crate::shell::Shell;

/// How long a file stays available after it was offered.
const DOWNLOAD_MS: u32 = 60_000;
/// Set on the body by the copy of the page that uses it.
const CLAIMED: &str = "data-claimed";

pub(super) fn window() -> Option<Window> {
    web_sys::window()
}

pub(super) fn document() -> Option<Document> {
    window()?.document()
}

/// The `<html>` element, which carries `data-theme` and `data-ready`.
pub(super) fn root() -> Option<web_sys::Element> {
    document()?.document_element()
}

/// Returns the frame in `index.html`, once: a second copy of the page gets nothing.
#[must_use]
pub fn claim_shell() -> Option<Shell> {
    let body = document()?.body()?;
    if body.has_attribute(CLAIMED) {
        return None;
    }
    body.set_attribute(CLAIMED, "true").ok()?;
    Shell::find(&body)
}

/// Marks the page as accepting input; tests and the start script look for this.
pub(super) fn mark_ready() {
    if let Some(root) = root() {
        root.set_attribute("data-ready", "true").ok();
    }
}

/// A random number, for ids created by this tab.
pub(super) fn random() -> u64 {
    let mut bytes = [0; 8];
    if let Some(crypto) = window().and_then(|window| window.crypto().ok()) {
        crypto.get_random_values_with_u8_array(&mut bytes).ok();
    }
    u64::from_le_bytes(bytes)
}

/// Returns `navigator.onLine`. Only "offline" is reliable.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Whether this is a Mac or an iPad, where shortcuts have other names.
#[must_use]
pub fn is_mac() -> bool {
    window().and_then(|window| window.navigator().platform().ok()).is_some_and(|platform| platform.starts_with("Mac"))
}

/// Copies text to the clipboard, if the browser allows it.
pub fn copy(text: &str) {
    let Some(window) = window().filter(Window::is_secure_context) else { return };
    let writing = window.navigator().clipboard().write_text(text);
    wasm_bindgen_futures::spawn_local(async move {
        wasm_bindgen_futures::JsFuture::from(writing).await.ok();
    });
}

/// Returns the pasted text before a field takes it: single-line fields drop line breaks.
#[must_use]
pub fn pasted(event: &web_sys::Event) -> Option<String> {
    let clipboard = Reflect::get(event, &"clipboardData".into()).ok()?;
    let read = Reflect::get(&clipboard, &"getData".into()).ok()?.dyn_into::<Function>().ok()?;
    read.call1(&clipboard, &"text/plain".into()).ok()?.as_string()
}

/// Offers a text as a file.
pub(super) fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Some(address) = web_sys::Blob::new_with_str_sequence(&parts)
        .ok()
        .and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok())
    else {
        return;
    };
    let link = document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    wasm_bindgen_futures::spawn_local(async move {
        gloo_timers::future::TimeoutFuture::new(DOWNLOAD_MS).await;
        web_sys::Url::revoke_object_url(&address).ok();
    });
}

/// Announces text to screen readers, through the live region in `index.html`.
pub fn announce(text: &str) {
    if let Some(region) = document().and_then(|document| document.get_element_by_id("announcements")) {
        region.set_text_content(Some(text));
    }
}

/// Focuses the element with this id, if it exists.
pub fn focus(id: &str) {
    let element = window().and_then(|window| window.document()?.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}
