//! Around the chat: first visit, top bar, history, settings.

use headroom_app::{Entry, Event, Id, KeyMode, Panel, SecretInput};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlFormElement};

use crate::fixtures::{Mounted, first_visit, happen, with_models};

fn submit(page: &Mounted, selector: &str) {
    page.query(selector).unwrap().unchecked_into::<HtmlFormElement>().request_submit().unwrap();
}

#[wasm_bindgen_test]
async fn a_first_visit_leads_to_the_simulator_or_takes_a_key() {
    let page = Mounted::with(first_visit());
    page.press("onboarding-simulator").await;
    assert_eq!(page.sent(), [Event::ProviderChosen { lane: None, provider: "simulator".into() }]);
    page.fill("onboarding-key", "csk-canary").await;
    page.query("[data-testid=key-mode] input[value=browser]").unwrap().unchecked_into::<HtmlElement>().click();
    submit(&page, ".onboarding form");
    let (provider, key, mode) = ("cerebras".into(), SecretInput("csk-canary".into()), KeyMode::Browser);
    assert_eq!(page.sent(), [Event::KeyEntered { provider, key, mode }]);
}

#[wasm_bindgen_test]
async fn a_key_that_cannot_be_one_is_reported_where_it_was_pasted() {
    let page = Mounted::with(first_visit());
    page.change(|state| {
        let (provider, key, mode) = ("cerebras".into(), SecretInput("two words".into()), KeyMode::Tab);
        happen(state, Event::KeyEntered { provider, key, mode });
    })
    .await;
    let alert = page.query(".onboarding [role=alert]").unwrap().text_content().unwrap();
    assert!(alert.contains("space"), "{alert}");
}

#[wasm_bindgen_test]
async fn the_theme_button_says_what_the_system_asks_for_at_the_press() {
    let page = Mounted::with(first_visit());
    page.press("theme").await;
    assert_eq!(page.sent(), [Event::ThemePressed { system_is_dark: true }]);
}

#[wasm_bindgen_test]
async fn there_is_one_choice_of_where_to_keep_a_key_at_a_time() {
    let page = Mounted::with(first_visit());
    page.press("settings-open").await;
    page.change(|state| happen(state, Event::PanelShown(Panel::Settings("groq".into())))).await;
    let all = page.query("[data-testid=key-mode]").unwrap();
    assert!(all.closest("dialog").unwrap().is_some(), "the one in front");
    page.change(|state| happen(state, Event::PanelShown(Panel::None))).await;
    assert!(page.find("key-mode").closest("dialog").unwrap().is_none());
}

fn entry(id: &str, title: &str, used_ms: u64) -> Entry {
    Entry { id: Id(id.into()), title: title.into(), used_ms, lanes: vec![], unknown: None }
}

fn with_history() -> Mounted {
    let mut state = with_models(&["m"]);
    let entries = vec![entry("1", "apples", 1), entry("2", "pears", 2)];
    happen(&mut state, Event::HistoryLoaded { entries, unreadable: vec![] });
    happen(&mut state, Event::ChatOpened(Id("2".into())));
    Mounted::with(state)
}

#[wasm_bindgen_test]
async fn the_history_shows_the_newest_first_and_which_is_open() {
    let page = with_history();
    let newest = page.find("conversation");
    assert_eq!(
        (newest.text_content().as_deref(), newest.get_attribute("aria-current").as_deref()),
        (Some("pears"), Some("true"))
    );
    page.change(|state| happen(state, Event::SearchChanged("APP".into()))).await;
    assert_eq!(page.text("conversation"), "apples");
    page.press("conversation").await;
    page.press("conversation-delete").await;
    assert_eq!(page.sent(), [Event::ChatOpened(Id("1".into())), Event::ChatDeleted(Id("1".into()))]);
}

/// 5,000 chats had 91,000 nodes and 15,000 listeners.
#[wasm_bindgen_test]
async fn of_a_long_history_only_the_rows_in_view_exist_and_the_one_with_the_focus() {
    let mut state = with_models(&["m"]);
    let entries = (0..5_000).map(|number| entry(&format!("{number:04}"), &format!("chat {number}"), number)).collect();
    happen(&mut state, Event::HistoryLoaded { entries, unreadable: vec![] });
    let page = Mounted::with(state);
    let list = page.query(".entries").unwrap().unchecked_into::<HtmlElement>();
    let style = list.owner_document().unwrap().create_element("style").unwrap();
    style.set_text_content(Some(concat!(
        include_str!("../../style/frame.css"),
        ".rail { visibility: visible } .entries { max-height: 320px }"
    )));
    list.before_with_node_1(&style).unwrap();
    let nodes = || list.get_elements_by_tag_name("*").length();
    assert!(nodes() < 1_000, "{} nodes", nodes());
    assert_eq!(page.find("conversation").text_content().as_deref(), Some("chat 4999"));
    let first = page.find("conversation").unchecked_into::<HtmlElement>();
    let row = first.closest("li").unwrap().unwrap();
    assert_eq!(row.get_attribute("aria-setsize").as_deref(), Some("5000"));
    assert_eq!(row.get_attribute("aria-posinset").as_deref(), Some("1"));
    first.focus().unwrap();
    page.change(|_| ()).await;
    list.set_scroll_top(2_500 * 32);
    list.dispatch_event(&web_sys::Event::new("scroll").unwrap()).unwrap();
    page.change(|_| ()).await;
    let texts = list.text_content().unwrap();
    assert!(texts.contains("chat 2499") && !texts.contains("chat 4900"), "{texts}");
    assert!(texts.contains("chat 4999"), "the focus stays where it is");
    assert!(nodes() < 1_000, "{} nodes", nodes());
    first.blur().unwrap();
    page.change(|_| ()).await;
    assert!(!list.text_content().unwrap().contains("chat 4999"));
}

#[wasm_bindgen_test]
async fn a_chat_is_renamed_with_enter_and_left_alone_with_escape() {
    let page = with_history();
    for (key, sent) in [("Escape", vec![]), ("Enter", vec![Event::ChatRenamed(Id("2".into()), "Fruit".into())])] {
        page.press("conversation-rename").await;
        let field = page.query("input[aria-label='Chat name']").unwrap();
        field.set_attribute("data-testid", "name-field").unwrap();
        page.fill("name-field", "Fruit").await;
        page.key("name-field", key, false).await;
        assert_eq!(page.sent(), sent, "{key}");
        assert!(page.has("conversation-rename"), "{key} ends the renaming");
    }
}

#[wasm_bindgen_test]
async fn a_provider_is_described_in_the_settings() {
    let page = Mounted::with(with_models(&["m"]));
    page.change(|state| happen(state, Event::PanelShown(Panel::Settings(String::new())))).await;
    page.fill("provider-name", "Mine").await;
    page.fill("provider-base-url", "http://127.0.0.1:1/v1").await;
    page.fill("provider-key", "sk-1").await;
    submit(&page, "dialog form");
    let (name, base_url) = ("Mine".into(), "http://127.0.0.1:1/v1".into());
    let key = SecretInput("sk-1".into());
    assert_eq!(page.sent(), [Event::ProviderAdded { name, base_url, key, mode: KeyMode::Tab }]);
}

#[wasm_bindgen_test]
async fn a_kept_key_can_be_forgotten_and_is_never_shown() {
    let mut state = with_models(&["m"]);
    let (provider, key) = ("groq".to_owned(), SecretInput("gsk-canary".into()));
    happen(&mut state, Event::KeyEntered { provider, key, mode: KeyMode::Browser });
    happen(&mut state, Event::PanelShown(Panel::Settings("groq".into())));
    let page = Mounted::with(state);
    assert!(page.text("key-forget").contains("Delete"));
    assert!(!page.query("dialog").unwrap().outer_html().contains("canary"));
    page.press("key-forget").await;
    assert_eq!(page.sent(), [Event::KeyRemoved("groq".into())]);
}
