//! Keeps the end of a growing text in view, as long as the reader is at the end. The one owner of scrolling; who is at
//! the end, [`BottomTracker`] decides.

use std::{cell::Cell, rc::Rc};

use headroom_domain::{BottomTracker, Gesture};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{
    AddEventListenerOptions, Document, Element, Event, KeyboardEvent, PointerEvent, ResizeObserver, TouchEvent,
    WheelEvent,
};

/// What is listened for on the scrolling element.
const GESTURES: [&str; 5] = ["wheel", "touchstart", "touchmove", "keydown", "pointerdown"];
/// What is listened for on the document: what is held may be let go anywhere.
const RELEASES: [&str; 2] = ["pointerup", "pointercancel"];
/// A finger that moves less, in pixels, rests.
const FINGER: i32 = 2;

/// Watches a scrolling element. Dropping it ends the watch.
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
    /// The highest place of the finger that moves on the text, in pixels from the top.
    finger: Cell<i32>,
    /// Told whether there is text below what is seen.
    below: Box<dyn Fn(bool)>,
}

impl StickToBottom {
    /// Watches `content` grow inside `scroller`; `below` is told whether there is text below what is seen.
    #[must_use]
    pub fn new(scroller: Element, content: &Element, below: impl Fn(bool) + 'static) -> Self {
        let document = scroller.owner_document();
        let (following, finger) = (Cell::default(), Cell::default());
        let place = Rc::new(Place { scroller, following, finger, below: Box::new(below) });
        // Runs after layout and before the frame is painted: the reader never sees the text jump.
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
        // A browser that has to ask us first scrolls late.
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

    /// The reader scrolled, or we did.
    pub fn scrolled(&self) {
        let place = &self.place;
        let gap = place.gap();
        place.change(|following| following.scrolled(place.scroller.scroll_top(), gap));
        (place.below)(place.following.get().has_more_below(gap));
    }

    /// Goes to the end and stays there.
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
                // With Control it enlarges, with Shift it goes sideways.
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
                // The text follows the finger: down shows what is above.
                (moved > FINGER && !self.is_taken_inside(event)).then_some(Gesture::Up)
            }
            "keydown" => {
                let key = event.dyn_ref::<KeyboardEvent>()?;
                let up = matches!(key.key().as_str(), "ArrowUp" | "PageUp" | "Home");
                (up || (key.key() == " " && key.shift_key())).then_some(Gesture::Up)
            }
            // A finger has its own events.
            "pointerdown" => {
                event.dyn_ref::<PointerEvent>().filter(|pointer| pointer.pointer_type() != "touch")?;
                Some(Gesture::Held)
            }
            "pointerup" | "pointercancel" => Some(Gesture::Released),
            _ => None,
        }
    }

    /// Whether something inside the text scrolls up before the text does.
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

/// Where the only finger is, in pixels from the top; two enlarge.
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
