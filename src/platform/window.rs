//! The window and its document, where they can be had.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, HtmlElement, Window};

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

/// The content of the `<meta name="headroom-worker">` for this worker.
pub(super) fn worker_address(worker: &str) -> Option<String> {
    let selector = format!("meta[name=headroom-worker][data-worker={worker}]");
    document()?.query_selector(&selector).ok()??.get_attribute("content")
}

/// Where the page is drawn; the placeholder that stood for it goes.
#[must_use]
pub fn place() -> Option<HtmlElement> {
    let document = document()?;
    if let Some(placeholder) = document.get_element_by_id("loading") {
        placeholder.remove();
    }
    document.get_element_by_id("app")?.dyn_into().ok()
}

/// From here on input is accepted; tests and the start script look for this.
pub(super) fn mark_ready() {
    if let Some(root) = root() {
        root.set_attribute("data-ready", "true").ok();
    }
}
