//! The last moment of a page that is closed, reloaded or suspended by the system: saves partial responses.

use headroom_app::Event;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::Window;

use super::{Sink, clock::now_ms, local_store, window::window};

/// Sent before the page is hidden, even if it only enters the back/forward cache.
const EVENT: &str = "pagehide";

/// The listener; dropping it removes it.
pub(super) struct PageHide {
    window: Window,
    listener: Closure<dyn FnMut()>,
}

impl PageHide {
    pub(super) fn listen(sink: Sink) -> Option<Self> {
        let window = window()?;
        let listener = Closure::<dyn FnMut()>::new(move || {
            local_store::leave_draft();
            sink(Event::Tick { now_ms: now_ms() });
            sink(Event::PageHidden);
        });
        window.add_event_listener_with_callback(EVENT, listener.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, listener })
    }
}

impl Drop for PageHide {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback(EVENT, self.listener.as_ref().unchecked_ref()).ok();
    }
}
