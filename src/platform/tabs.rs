//! Other tabs of this browser: limits hold for all of them together, so what one sends the others hear of.

use headroom_app::Event;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use super::Sink;

const NAME: &str = "headroom.requests";

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
                sink(Event::RequestHeard(record));
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
