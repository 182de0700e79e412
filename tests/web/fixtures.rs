//! A mounted page with a recorder in place of the event loop.

use std::{cell::RefCell, rc::Rc};

use headroom::ui::{App, Dispatch};
use headroom_app::shell::{Event, State};
use leptos::{mount::UnmountHandle, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

/// The page on its own, taken down when dropped.
pub struct Mounted {
    place: HtmlElement,
    state: RwSignal<State>,
    sent: Rc<RefCell<Vec<Event>>>,
    _handle: Box<dyn std::any::Any>,
}

impl Mounted {
    /// Draws the page with this state.
    pub fn with(state: State) -> Self {
        let document = document();
        let place: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        document.body().unwrap().append_child(&place).unwrap();
        let state = RwSignal::new(state);
        let sent = Rc::new(RefCell::new(Vec::new()));
        let record = sent.clone();
        let dispatch = Dispatch::new(move |event| record.borrow_mut().push(event));
        let read = state.read_only();
        let handle: UnmountHandle<_> =
            mount_to(place.clone(), move || view! { <App state=read dispatch system_is_dark=|| true /> });
        Self { place, state, sent, _handle: Box::new(handle) }
    }

    // ---- Actions ----

    pub async fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.update(change);
        leptos::task::tick().await;
    }

    pub fn press(&self, test_id: &str) {
        self.find(test_id).unchecked_into::<HtmlElement>().click();
    }

    pub fn type_text(&self, text: &str) {
        let input: HtmlTextAreaElement = self.find("text").unchecked_into();
        input.set_value(text);
        let event = web_sys::Event::new("input").unwrap();
        input.dispatch_event(&event).unwrap();
    }

    // ---- Results ----

    pub fn sent(&self) -> Vec<Event> {
        self.sent.borrow().clone()
    }

    pub fn find(&self, test_id: &str) -> Element {
        let selector = format!("[data-testid={test_id}]");
        self.place.query_selector(&selector).unwrap().unwrap_or_else(|| panic!("{test_id} is drawn"))
    }

    pub fn fact(&self, test_id: &str, name: &str) -> Option<String> {
        self.find(test_id).get_attribute(&format!("data-{name}"))
    }

    pub fn text(&self, test_id: &str) -> String {
        self.find(test_id).text_content().unwrap_or_default()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.place.remove();
    }
}

pub fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}
