//! How views send events, and the few browser calls they may make themselves.

use headroom_app::Event;
use leptos::prelude::*;

/// Sends an event to the owner of the state. Cheap to copy into every handler.
#[derive(Clone, Copy)]
pub struct Dispatch(StoredValue<Box<dyn Fn(Event)>, LocalStorage>);

impl Dispatch {
    /// Wraps the receiver of events: the page's event loop, or a recorder in a test.
    pub fn new(receive: impl Fn(Event) + 'static) -> Self {
        Self(StoredValue::new_local(Box::new(receive)))
    }

    /// Sends the event. Drops it if the page has been torn down.
    pub fn send(&self, event: Event) {
        self.0.try_with_value(|receive| receive(event));
    }
}

/// Browser calls that views make while handling an event. Tests supply their own.
#[derive(Clone, Copy)]
pub struct BrowserApi {
    /// Whether the system prefers dark colors now.
    pub system_is_dark: fn() -> bool,
    /// Milliseconds since 1970.
    pub now_ms: fn() -> f64,
    /// Copies text to the clipboard.
    pub copy: fn(&str),
    /// Returns the pasted text, with its line breaks.
    pub pasted: fn(&leptos::ev::Event) -> Option<String>,
    /// Announces this to screen readers.
    pub announce: fn(&str),
    /// Focuses the element with this id.
    pub focus: fn(&str),
    /// Whether the browser believes it is online.
    pub is_online: fn() -> bool,
    /// Whether this is a Mac, where shortcuts have other names.
    pub is_mac: fn() -> bool,
}
