//! How views send events, and the little they may ask the browser themselves.

use headroom_app::Event;
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

/// What views ask of the browser at the moment something happens. Tests bring their own.
#[derive(Clone, Copy)]
pub struct BrowserApi {
    /// Whether the system asks for dark colours now.
    pub system_is_dark: fn() -> bool,
    /// Milliseconds since 1970.
    pub now_ms: fn() -> f64,
    /// Puts a text into the clipboard.
    pub copy: fn(&str),
    /// The text that a paste brings, with its line breaks.
    pub pasted: fn(&leptos::ev::Event) -> Option<String>,
    /// Says this to screen readers.
    pub announce: fn(&str),
    /// Gives the focus to the element with this id.
    pub focus: fn(&str),
    /// Whether the browser thinks that it has a network.
    pub is_online: fn() -> bool,
    /// Whether this is a Mac, where shortcuts are named otherwise.
    pub is_mac: fn() -> bool,
}
