//! A mounted page with a recorder in place of the event loop.

use std::{cell::RefCell, rc::Rc};

use headroom::{
    shell::Shell,
    ui::{self, BrowserApi, Dispatch, LazyViews, Ui},
};
use headroom_app::{Event, Settings, State, StoredState};
use headroom_domain::Model;
use js_sys::{Array, Function};
use leptos::{mount::UnmountHandle, prelude::*, tachys::view::any_view::AnyViewState};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// The page on its own; dropping it unmounts it.
pub struct Mounted {
    place: HtmlElement,
    state: RwSignal<State>,
    sent: Rc<RefCell<Vec<Event>>>,
    clock: RwSignal<f64>,
    _handles: Vec<UnmountHandle<AnyViewState>>,
}

/// The state at a first visit.
pub fn first_visit() -> State {
    opened(&Settings::default())
}

/// The state with the simulator chosen and these models listed.
pub fn with_models(models: &[&str]) -> State {
    let mut state = opened(&Settings::default());
    happen(&mut state, Event::ProviderChosen { lane: None, provider: "simulator".into() });
    let models = models.iter().copied().map(Model::named).collect();
    happen(&mut state, Event::ModelsListed { provider: "simulator".into(), outcome: Ok(models) });
    state
}

/// Applies an event and discards its effects.
pub fn happen(state: &mut State, event: Event) {
    drop(state.update(event));
}

/// The frame of the real page, without its scripts.
fn frame() -> HtmlElement {
    let read = Function::new_with_args(
        "html",
        "const body = new DOMParser().parseFromString(html, 'text/html').body;
        body.querySelectorAll('script').forEach((script) => script.remove());
        const place = document.createElement('div');
        place.append(...body.childNodes);
        return place;",
    );
    read.call1(&JsValue::NULL, &include_str!("../../index.html").into()).unwrap().unchecked_into()
}

fn opened(settings: &Settings) -> State {
    let mut state = State::default();
    happen(
        &mut state,
        Event::StateRestored(Box::new(StoredState { settings: settings.into(), ..StoredState::default() })),
    );
    state
}

impl Mounted {
    /// Mounts the page with this state.
    pub fn with(state: State) -> Self {
        let place = frame();
        document().body().unwrap().append_child(&place).unwrap();
        let shell = Shell::find(&place).unwrap_or_else(|| panic!("a part of the frame is missing"));
        let state = RwSignal::new(state);
        let sent = Rc::new(RefCell::new(Vec::new()));
        let record = sent.clone();
        let dispatch = Dispatch::new(move |event| record.borrow_mut().push(event));
        let hands = BrowserApi {
            system_is_dark: || true,
            now_ms: || 1_000.0,
            copy: |_| {},
            pasted: |_| None,
            announce: |_| {},
            focus: |_| {},
            is_online: || true,
            is_mac: || false,
        };
        let formatted = RwSignal::new(false).read_only();
        let lazy_views = RwSignal::new(Some(LazyViews::here())).read_only();
        let clock = RwSignal::new(1_000.0);
        let ui = Ui::new(state.read_only(), dispatch, hands, formatted, lazy_views, clock.read_only());
        let handles = ui::mount(ui, &shell);
        Self { place, state, sent, clock, _handles: handles }
    }

    // ---- Actions ----

    pub async fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.update(change);
        leptos::task::tick().await;
    }

    /// Sets the clock to this time, in milliseconds.
    pub async fn at(&self, now_ms: f64) {
        self.clock.set(now_ms);
        leptos::task::tick().await;
    }

    pub async fn press(&self, test_id: &str) {
        self.find(test_id).unchecked_into::<HtmlElement>().click();
        leptos::task::tick().await;
    }

    /// Types into a field.
    pub async fn fill(&self, test_id: &str, text: &str) {
        let field = self.find(test_id);
        match field.dyn_ref::<HtmlTextAreaElement>() {
            Some(field) => field.set_value(text),
            None => field.unchecked_ref::<HtmlInputElement>().set_value(text),
        }
        field.dispatch_event(&web_sys::Event::new("input").unwrap()).unwrap();
        leptos::task::tick().await;
    }

    pub async fn key(&self, test_id: &str, key: &str, with_control: bool) {
        let press = Function::new_with_args(
            "key, ctrlKey, target",
            "target.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }))",
        );
        press.call3(&JsValue::NULL, &key.into(), &with_control.into(), &self.find(test_id)).unwrap();
        leptos::task::tick().await;
    }

    /// Presses a key that an input method uses: while a composition is open, or, as Safari reports it, right after.
    pub async fn compose(&self, target: &Element, key: &str, is_open: bool) {
        let press = Function::new_with_args(
            "key, isComposing, target",
            "target.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing, keyCode: isComposing ? 0 : 229, bubbles: true, cancelable: true }))",
        );
        press.call3(&JsValue::NULL, &key.into(), &is_open.into(), target).unwrap();
        leptos::task::tick().await;
    }

    // ---- Results ----

    /// Applies the events that were sent, as the page would.
    pub async fn perform_sent(&self) {
        for event in self.sent() {
            self.change(|state| happen(state, event)).await;
        }
    }

    /// The events sent since the last call.
    pub fn sent(&self) -> Vec<Event> {
        self.sent.take()
    }

    pub fn query(&self, selector: &str) -> Option<Element> {
        self.place.query_selector(selector).unwrap()
    }

    pub fn find(&self, test_id: &str) -> Element {
        self.query(&format!("[data-testid={test_id}]")).unwrap_or_else(|| panic!("{test_id} is drawn"))
    }

    pub fn has(&self, test_id: &str) -> bool {
        self.query(&format!("[data-testid={test_id}]")).is_some()
    }

    pub fn attribute(&self, test_id: &str, name: &str) -> Option<String> {
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

/// Every element inside another that matches a selector. (In JavaScript: another `web-sys` feature would make the tests
/// rebuild everything that the page was built from.)
pub fn all(place: &Element, selector: &str) -> Vec<Element> {
    let find = Function::new_with_args("place, selector", "return [...place.querySelectorAll(selector)]");
    let found: Array = find.call2(&JsValue::NULL, place, &selector.into()).unwrap().unchecked_into();
    found.iter().map(JsCast::unchecked_into).collect()
}

/// An empty element in the page.
pub fn element() -> HtmlElement {
    let element: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&element).unwrap();
    element
}
