//! The service worker that makes the site open without a network.

use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::window::window;

/// Registers it, where the browser allows it: not on plain http, not in some private windows. The site works without.
pub(super) fn register() {
    let Some(window) = window().filter(web_sys::Window::is_secure_context) else {
        return;
    };
    let registering = window.navigator().service_worker().register("./sw.js");
    spawn_local(async move {
        JsFuture::from(registering).await.ok();
    });
}
