//! Key presses that are meant for the page. Those that an input method takes to compose a character are not: Enter takes
//! a candidate then, and Escape drops it.

use leptos::{
    ev::{self, KeyboardEvent},
    leptos_dom::helpers::WindowListenerHandle,
    prelude::*,
};

use super::reactive::on;

/// The code of a key that an input method has taken. Safari says of the Enter that ends a composition that none is open.
const TAKEN: u32 = 229;

/// What is done when a key is pressed in an element.
pub(super) fn on_key(mut pressed: impl FnMut(KeyboardEvent) + 'static) -> Box<dyn FnMut(KeyboardEvent)> {
    on(move |event: KeyboardEvent| {
        if !composes(&event) {
            pressed(event);
        }
    })
}

/// What is done when a key is pressed anywhere in the page.
pub(super) fn on_key_anywhere(pressed: impl Fn(&KeyboardEvent) + 'static) -> WindowListenerHandle {
    window_event_listener(ev::keydown, move |event| {
        if !composes(&event) {
            pressed(&event);
        }
    })
}

/// Whether an input method has the key.
fn composes(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == TAKEN
}
