//! Crashes the page on demand, so that tests (and the curious) can see what a panic looks like in the built site.
//!
//! `dispatchEvent(new CustomEvent("headroom-drill", { detail: "panic" }))` in the console of the page. Only a script
//! that already runs in the page can send it; no link can.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CustomEvent, Window};

const EVENT: &str = "headroom-drill";

/// The listener; dropping it removes it.
pub(super) struct PanicTestHook {
    window: Window,
    listener: Closure<dyn FnMut(CustomEvent)>,
}

impl PanicTestHook {
    pub(super) fn listen() -> Option<Self> {
        let window = super::window::window()?;
        let listener = Closure::<dyn FnMut(CustomEvent)>::new(|event: CustomEvent| {
            #[expect(clippy::panic, reason = "this is what was asked for")]
            if event.detail() == "panic" {
                panic!("a drill: this panic was asked for");
            }
        });
        window.add_event_listener_with_callback(EVENT, listener.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, listener })
    }
}

impl Drop for PanicTestHook {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback(EVENT, self.listener.as_ref().unchecked_ref()).ok();
    }
}
