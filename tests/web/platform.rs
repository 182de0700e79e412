//! The browser as the state sees it.

use std::{cell::RefCell, rc::Rc};

use headroom::platform::{Platform, crash_card};
use headroom_app::{CountId, Effect, Event, Id, KeyMode, Settings, StoredSettings, StoredState};
use headroom_domain::{ApiKey, Origin, Theme};
use headroom_tokenizer::Vocabulary;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, Storage};

use crate::fixtures::document;

fn platform() -> (Platform, Rc<RefCell<Vec<Event>>>) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let record = events.clone();
    (Platform::start(Rc::new(move |event| record.borrow_mut().push(event))), events)
}

fn kept() -> StoredState {
    match platform().0.opened(String::new(), false) {
        Event::StateRestored(kept) => *kept,
        other => panic!("the page opens: {other:?}"),
    }
}

fn local() -> Storage {
    web_sys::window().unwrap().local_storage().unwrap().unwrap()
}

fn draft() -> Option<String> {
    web_sys::window().unwrap().session_storage().unwrap().unwrap().get_item("headroom.draft").unwrap()
}

#[wasm_bindgen_test]
fn a_page_that_names_no_worker_is_told_at_the_first_count() {
    let (platform, events) = platform();
    platform.perform(Effect::Count { id: CountId(1), vocabularies: vec![Vocabulary::O200k], text: "text".into() });
    assert_eq!(*events.borrow(), [Event::WorkerLost]);
}

#[wasm_bindgen_test]
fn what_is_kept_is_there_when_the_page_opens_again() {
    let (platform, _) = platform();
    platform.perform(Effect::SaveDraft("a draft\nof two lines".into()));
    platform.perform(Effect::SaveTheme(Theme::Light));
    platform.perform(Effect::SaveOpenChat(Some(Id("c1".into()))));
    let mut settings = Settings::default();
    settings.choose(0, "groq");
    let stored = StoredSettings::from(&settings);
    let records = stored.records.iter().map(|(name, text)| (name.clone(), Some(text.clone()))).collect();
    platform.perform(Effect::SaveSettings(records));
    let again = kept();
    assert_eq!((draft().as_deref(), again.theme), (Some("a draft\nof two lines"), Theme::Light));
    assert_eq!((sorted(again.settings), again.chat), (sorted(stored.clone()), Some(Id("c1".into()))));
    platform.perform(Effect::SaveDraft(String::new()));
    platform.perform(Effect::SaveTheme(Theme::System));
    platform.perform(Effect::SaveOpenChat(None));
    platform.perform(Effect::SaveSettings(stored.records.into_iter().map(|(name, _)| (name, None)).collect()));
    let nothing = kept();
    let none = StoredSettings::default();
    assert_eq!((draft(), nothing.theme, nothing.settings, nothing.chat), (None, Theme::System, none, None));
}

#[wasm_bindgen_test]
fn what_an_older_build_saved_is_read_and_left_as_it_is() {
    let version_1 = r#"{"v":1,"data":{}}"#;
    local().set_item("headroom.settings", version_1).unwrap();
    assert_eq!(kept().settings.version_1.as_deref(), Some(version_1));
    assert_eq!(local().get_item("headroom.settings").unwrap().as_deref(), Some(version_1));
    local().remove_item("headroom.settings").unwrap();
}

fn sorted(mut stored: StoredSettings) -> StoredSettings {
    stored.records.sort();
    stored
}

#[wasm_bindgen_test]
fn a_key_for_the_tab_is_not_stored_and_one_for_the_browser_is_stored_once() {
    let (platform, _) = platform();
    let key = || ApiKey::new("sk-canary-1", Origin::parse("https://llm.example").unwrap()).unwrap();
    let stored = || {
        let storage = local();
        let names = (0..storage.length().unwrap()).map(|at| storage.key(at).unwrap().unwrap());
        names.filter(|name| storage.get_item(name).unwrap().unwrap().contains("canary")).count()
    };
    let keep = |mode| platform.perform(Effect::SaveKey { provider: "mine".into(), key: key(), mode });
    keep(KeyMode::Tab);
    assert_eq!(stored(), 0);
    keep(KeyMode::Browser);
    assert_eq!((stored(), kept().keys), (1, vec![("mine".into(), KeyMode::Browser)]));
    keep(KeyMode::Tab);
    assert_eq!(stored(), 0, "what was kept and is now for this tab only does not stay behind");
    keep(KeyMode::Browser);
    platform.perform(Effect::DeleteKey("mine".into()));
    assert_eq!((stored(), kept().keys), (0, vec![]));
}

#[wasm_bindgen_test]
fn a_chosen_theme_is_worn_and_the_systems_leaves_no_trace() {
    let (platform, _) = platform();
    let root = document().document_element().unwrap();
    platform.perform(Effect::ApplyTheme(Theme::Dark));
    assert_eq!(root.get_attribute("data-theme").as_deref(), Some("dark"));
    platform.perform(Effect::ApplyTheme(Theme::System));
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
    crash_card::show("index out of bounds: <img src=x>");
    assert!(!card.hidden());
    assert_eq!(details.text_content().as_deref(), Some("index out of bounds: <img src=x>"));
    assert_eq!(details.child_element_count(), 0);
    card.remove();
}
