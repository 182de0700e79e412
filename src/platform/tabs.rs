//! Other tabs of this browser: limits and settings hold for all of them together, so what one sends or sets up the others
//! hear of.

use headroom_app::Event;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent, Window};

use super::{Sink, local_store, window::window};

const NAME: &str = "headroom.requests";

/// Sent to all other tabs when one changes the local storage.
const STORED: &str = "storage";

/// Hears of settings that other tabs keep. Dropping it ends that.
pub(super) struct Settled {
    window: Window,
    heard: Closure<dyn FnMut(StorageEvent)>,
}

impl Settled {
    pub(super) fn listen(sink: Sink) -> Option<Self> {
        let window = window()?;
        let heard = Closure::<dyn FnMut(StorageEvent)>::new(move |event: StorageEvent| {
            if let Some(settings) = local_store::settings_in(&event) {
                sink(Event::TabSettings(Box::new(settings)));
            }
        });
        window.add_event_listener_with_callback(STORED, heard.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, heard })
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback(STORED, self.heard.as_ref().unchecked_ref()).ok();
    }
}

/// The line to the other tabs. Dropping it hangs up.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    /// Listens; `None` where the browser refuses.
    pub(super) fn listen(sink: Sink) -> Option<Self> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(record) = message.data().as_string() {
                sink(Event::TabMessage(record));
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self { channel, _heard: heard })
    }

    /// Tells the others.
    pub(super) fn tell(&self, record: &str) {
        self.channel.post_message(&JsValue::from_str(record)).ok();
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
