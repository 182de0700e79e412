//! Keeps the end of a growing text in view, as long as the reader is at the end. The one owner of scrolling.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{Element, ResizeObserver};

/// A reader this close to the end, in pixels, is at the end: a line of slack for fractions and overscroll.
const SLACK: i32 = 24;

/// Watches a scrolling element. Dropping it ends the watch.
pub struct Follow {
    place: Rc<Place>,
    observer: Option<ResizeObserver>,
    _grown: Closure<dyn FnMut(JsValue)>,
}

struct Place {
    scroller: Element,
    /// Whether the reader was at the end when they last scrolled. What is added later must not change that: growth
    /// moves the end, not the reader.
    at_end: Cell<bool>,
    /// Where the reader was, in pixels from the top. Only who moved up has left the end.
    top: Cell<i32>,
    /// Told whether there is text below what is seen.
    below: Box<dyn Fn(bool)>,
}

impl Follow {
    /// Watches `content` grow inside `scroller`; `below` is told whether there is text below what is seen.
    #[must_use]
    pub fn new(scroller: Element, content: &Element, below: impl Fn(bool) + 'static) -> Self {
        let place = Rc::new(Place { scroller, at_end: Cell::new(true), top: Cell::new(0), below: Box::new(below) });
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
        Self { place, observer, _grown: grown }
    }

    /// The reader scrolled, or we did.
    pub fn scrolled(&self) {
        let top = self.place.scroller.scroll_top();
        let moved_up = top < self.place.top.replace(top);
        // Text may have come since: then the end has moved, and the reader has not.
        let at_end = self.place.gap() <= SLACK || (self.place.at_end.get() && !moved_up);
        self.place.at_end.set(at_end);
        (self.place.below)(!at_end);
    }

    /// Goes to the end and stays there.
    pub fn to_end(&self) {
        self.place.at_end.set(true);
        self.place.grown();
    }
}

impl Place {
    fn gap(&self) -> i32 {
        self.scroller.scroll_height() - self.scroller.scroll_top() - self.scroller.client_height()
    }

    fn grown(&self) {
        if self.at_end.get() {
            self.scroller.set_scroll_top(self.scroller.scroll_height());
            self.top.set(self.scroller.scroll_top());
        }
        (self.below)(self.gap() > SLACK);
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
