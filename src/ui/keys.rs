//! Key presses meant for the page. Excludes those that an input method uses to compose a character: there, Enter
//! accepts a candidate and Escape drops it.

use leptos::{
    ev::{self, KeyboardEvent},
    leptos_dom::helpers::WindowListenerHandle,
    prelude::*,
};

use super::reactive::on;

/// The key code of a key taken by an input method. Safari reports no open composition for the Enter that ends one.
const TAKEN: u32 = 229;

/// Wraps a handler for key presses in an element.
pub(super) fn on_key(mut pressed: impl FnMut(KeyboardEvent) + 'static) -> Box<dyn FnMut(KeyboardEvent)> {
    on(move |event: KeyboardEvent| {
        if !composes(&event) {
            pressed(event);
        }
    })
}

/// Handles key presses anywhere on the page.
pub(super) fn on_key_anywhere(pressed: impl Fn(&KeyboardEvent) + 'static) -> WindowListenerHandle {
    window_event_listener(ev::keydown, move |event| {
        if !composes(&event) {
            pressed(&event);
        }
    })
}

/// Whether an input method is using the key.
fn composes(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == TAKEN
}
