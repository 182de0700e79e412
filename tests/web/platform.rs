use std::{cell::RefCell, rc::Rc};

use headroom::platform::{Platform, broken};
use headroom_app::{
    CountId,
    shell::{Effect, Event},
};
use headroom_domain::Theme;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::fixtures::document;

fn platform() -> (Platform, Rc<RefCell<Vec<Event>>>) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let record = events.clone();
    (Platform::start(Rc::new(move |event| record.borrow_mut().push(event))), events)
}

#[wasm_bindgen_test]
fn a_page_that_names_no_worker_is_told_at_the_first_count() {
    let (platform, events) = platform();
    platform.perform(Effect::Count(CountId(1), "text".into()));
    assert_eq!(*events.borrow(), [Event::WorkerLost]);
}

#[wasm_bindgen_test]
fn what_is_kept_is_there_when_the_page_opens_again() {
    let (platform, _) = platform();
    platform.perform(Effect::KeepDraft("a draft\nof two lines".into()));
    platform.perform(Effect::KeepTheme(Theme::Light));
    let expected = Event::Opened { draft: "a draft\nof two lines".into(), theme: Theme::Light };
    assert_eq!(Platform::opened(), expected);
    platform.perform(Effect::KeepDraft(String::new()));
    platform.perform(Effect::KeepTheme(Theme::System));
    assert_eq!(Platform::opened(), Event::Opened { draft: String::new(), theme: Theme::System });
}

#[wasm_bindgen_test]
fn a_chosen_theme_is_worn_and_the_systems_leaves_no_trace() {
    let (platform, _) = platform();
    let root = document().document_element().unwrap();
    platform.perform(Effect::ShowTheme(Theme::Dark));
    assert_eq!(root.get_attribute("data-theme").as_deref(), Some("dark"));
    platform.perform(Effect::ShowTheme(Theme::System));
    assert_eq!(root.get_attribute("data-theme"), None);
}

#[wasm_bindgen_test]
fn the_card_shows_what_broke_as_text_never_as_markup() {
    let document = document();
    let card: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    card.set_id("broken");
    card.set_hidden(true);
    let details = document.create_element("pre").unwrap();
    details.set_id("broken-details");
    card.append_child(&details).unwrap();
    document.body().unwrap().append_child(&card).unwrap();
    broken::show("index out of bounds: <img src=x>");
    assert!(!card.hidden());
    assert_eq!(details.text_content().as_deref(), Some("index out of bounds: <img src=x>"));
    assert_eq!(details.child_element_count(), 0);
    card.remove();
}
