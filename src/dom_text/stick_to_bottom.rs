//! Keeps the end of growing text in view while the reader is at the end. The only owner of scrolling; [`BottomTracker`]
//! decides whether the reader is at the end.

use std::{cell::Cell, rc::Rc};

use headroom_domain::{BottomTracker, Gesture};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{
    AddEventListenerOptions, Document, Element, Event, KeyboardEvent, PointerEvent, ResizeObserver, TouchEvent,
    WheelEvent,
};

/// The events handled on the scrolling element.
const GESTURES: [&str; 5] = ["wheel", "touchstart", "touchmove", "keydown", "pointerdown"];
/// The events handled on the document, because a pointer may be released anywhere.
const RELEASES: [&str; 2] = ["pointerup", "pointercancel"];
/// A finger that moves less than this, in pixels, counts as resting.
const FINGER: i32 = 2;

/// Watches a scrolling element. Dropping it stops watching.
pub struct StickToBottom {
    place: Rc<Place>,
    observer: Option<ResizeObserver>,
    document: Option<Document>,
    gestures: Closure<dyn FnMut(Event)>,
    _grown: Closure<dyn FnMut(JsValue)>,
}

struct Place {
    scroller: Element,
    following: Cell<BottomTracker>,
    /// The highest position of the finger moving on the text, in pixels from the top.
    finger: Cell<i32>,
    /// Receives whether there is text below the visible part.
    below: Box<dyn Fn(bool)>,
}

impl StickToBottom {
    /// Watches `content` grow inside `scroller`. `below` receives whether there is text below the visible part.
    #[must_use]
    pub fn new(scroller: Element, content: &Element, below: impl Fn(bool) + 'static) -> Self {
        let document = scroller.owner_document();
        let (following, finger) = (Cell::default(), Cell::default());
        let place = Rc::new(Place { scroller, following, finger, below: Box::new(below) });
        // Runs after layout and before paint, so the reader never sees the text jump.
        let grown = Closure::<dyn FnMut(JsValue)>::new({
            let place = place.clone();
            move |_| place.grown()
        });
        let observer = ResizeObserver::new(grown.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(content);
            observer.observe(&place.scroller);
        }
        let gestures = Closure::<dyn FnMut(Event)>::new({
            let place = place.clone();
            move |event: Event| place.gesture(&event)
        });
        let listener = gestures.as_ref().unchecked_ref();
        // Non-passive listeners would delay scrolling.
        let passive = AddEventListenerOptions::new();
        passive.set_passive(true);
        for name in GESTURES {
            let added = place
                .scroller
                .add_event_listener_with_callback_and_add_event_listener_options(name, listener, &passive);
            added.ok();
        }
        for name in RELEASES {
            document.iter().for_each(|document| {
                document.add_event_listener_with_callback(name, listener).ok();
            });
        }
        Self { place, observer, document, gestures, _grown: grown }
    }

    /// The element was scrolled, by the reader or by this code.
    pub fn scrolled(&self) {
        let place = &self.place;
        let gap = place.gap();
        place.change(|following| following.scrolled(place.scroller.scroll_top(), gap));
        (place.below)(place.following.get().has_more_below(gap));
    }

    /// Scrolls to the end and stays there.
    pub fn to_end(&self) {
        self.place.go_to_end();
        (self.place.below)(false);
    }
}

impl Place {
    fn gap(&self) -> i32 {
        self.scroller.scroll_height() - self.scroller.scroll_top() - self.scroller.client_height()
    }

    fn change(&self, change: impl FnOnce(&mut BottomTracker)) {
        let mut following = self.following.get();
        change(&mut following);
        self.following.set(following);
    }

    fn grown(&self) {
        if self.following.get().follows() {
            self.go_to_end();
        }
        (self.below)(self.following.get().has_more_below(self.gap()));
    }

    fn go_to_end(&self) {
        self.scroller.set_scroll_top(self.scroller.scroll_height());
        self.change(|following| following.went_to_end(self.scroller.scroll_top()));
    }

    fn gesture(&self, event: &Event) {
        if let Some(gesture) = self.gesture_in(event) {
            self.change(|following| following.gesture(gesture));
        }
    }

    fn gesture_in(&self, event: &Event) -> Option<Gesture> {
        match event.type_().as_str() {
            "wheel" => {
                let wheel = event.dyn_ref::<WheelEvent>()?;
                // With Control it zooms, with Shift it scrolls sideways.
                let up = wheel.delta_y() < 0.0 && !wheel.ctrl_key() && !wheel.shift_key();
                (up && !self.is_taken_inside(event)).then_some(Gesture::Up)
            }
            "touchstart" => {
                self.finger.set(touched(event)?);
                None
            }
            "touchmove" => {
                let at = touched(event)?;
                let moved = at - self.finger.get().min(at);
                self.finger.set(if moved > FINGER { at } else { self.finger.get().min(at) });
                // The text follows the finger: moving down shows what is above.
                (moved > FINGER && !self.is_taken_inside(event)).then_some(Gesture::Up)
            }
            "keydown" => {
                let key = event.dyn_ref::<KeyboardEvent>()?;
                let up = matches!(key.key().as_str(), "ArrowUp" | "PageUp" | "Home");
                (up || (key.key() == " " && key.shift_key())).then_some(Gesture::Up)
            }
            // Touch has its own events.
            "pointerdown" => {
                event.dyn_ref::<PointerEvent>().filter(|pointer| pointer.pointer_type() != "touch")?;
                Some(Gesture::Held)
            }
            "pointerup" | "pointercancel" => Some(Gesture::Released),
            _ => None,
        }
    }

    /// Whether an element inside the text would scroll up before the text does.
    fn is_taken_inside(&self, event: &Event) -> bool {
        let mut inner = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        while let Some(element) = inner.filter(|element| *element != self.scroller) {
            if element.scroll_top() > 0 {
                return true;
            }
            inner = element.parent_element();
        }
        false
    }
}

/// The position of a single finger, in pixels from the top. Two fingers zoom.
fn touched(event: &Event) -> Option<i32> {
    let touches = event.dyn_ref::<TouchEvent>()?.touches();
    Some(touches.item(0).filter(|_| touches.length() == 1)?.client_y())
}

impl Drop for StickToBottom {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        let listener = self.gestures.as_ref().unchecked_ref();
        for name in GESTURES {
            self.place.scroller.remove_event_listener_with_callback(name, listener).ok();
        }
        for name in RELEASES {
            self.document.iter().for_each(|document| {
                document.remove_event_listener_with_callback(name, listener).ok();
            });
        }
    }
}
