//! The service worker that opens the site offline.

use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::window::window;

/// Registers it if the browser allows that: not on plain HTTP or in some private windows. The site works without it.
pub(super) fn register() {
    let Some(window) = window().filter(web_sys::Window::is_secure_context) else {
        return;
    };
    let registering = window.navigator().service_worker().register("./sw.js");
    spawn_local(async move {
        JsFuture::from(registering).await.ok();
    });
}
