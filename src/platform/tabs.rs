//! Other tabs of this browser. Limits and settings apply to all tabs together, so each tab shares its requests and
//! settings.

use headroom_app::Event;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent, Window};

use super::{Sink, clock::now_ms, local_store, window::window};

const NAME: &str = "headroom.requests";

/// Ends the messages of this build. Older builds have none, and read past it.
const END: char = '\n';

/// Sent to all other tabs when one changes local storage.
const STORED: &str = "storage";

/// Listens for settings saved by other tabs. Dropping it stops that.
pub(super) struct Settled {
    window: Window,
    heard: Closure<dyn FnMut(StorageEvent)>,
}

impl Settled {
    pub(super) fn listen(sink: Sink) -> Option<Self> {
        let window = window()?;
        let heard = Closure::<dyn FnMut(StorageEvent)>::new(move |event: StorageEvent| {
            if let Some(heard) = local_store::setting_in(&event) {
                sink(heard);
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

/// The channel to the other tabs. Dropping it closes the channel.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    /// Starts listening; `None` if the browser does not allow it.
    pub(super) fn listen(sink: Sink) -> Option<Self> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(record) = message.data().as_string() {
                let is_older = !record.ends_with(END);
                sink(Event::TabMessage { record, is_older, now_ms: now_ms() });
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self { channel, _heard: heard })
    }

    /// Sends a record to the other tabs.
    pub(super) fn tell(&self, record: &str) {
        self.channel.post_message(&JsValue::from_str(&format!("{record}{END}"))).ok();
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
