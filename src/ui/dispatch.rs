//! How views send events.

use headroom_app::shell::Event;
use leptos::prelude::*;

/// Sends an event to whoever owns the state. Cheap to copy into every handler.
#[derive(Clone, Copy)]
pub struct Dispatch(StoredValue<Box<dyn Fn(Event)>, LocalStorage>);

impl Dispatch {
    /// Wraps the receiver of events: the page's event loop, or a recorder in a test.
    pub fn new(receive: impl Fn(Event) + 'static) -> Self {
        Self(StoredValue::new_local(Box::new(receive)))
    }

    /// Sends the event. After the page was taken down there is nobody to receive it, and it is dropped.
    pub fn send(&self, event: Event) {
        self.0.try_with_value(|receive| receive(event));
    }
}
