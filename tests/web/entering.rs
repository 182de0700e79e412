//! Forms into which keys and addresses are pasted, and names are typed.

use headroom_app::{Entry, Event, Id, Panel};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use crate::fixtures::{Mounted, first_visit, happen, with_models};

#[wasm_bindgen_test]
async fn what_is_taken_off_a_pasted_key_is_said_under_its_field() {
    let page = Mounted::with(first_visit());
    for (pasted, note) in
        [("export OPENAI_API_KEY=\"sk-test-1234\"", "Removed the variable name and quotes."), ("sk-test-1234", "")]
    {
        page.fill("onboarding-key", pasted).await;
        assert_eq!(page.text("key-note"), note);
    }
}

#[wasm_bindgen_test]
async fn what_an_address_becomes_is_said_and_a_guess_is_one_press_away() {
    let mut state = with_models(&["alpha"]);
    happen(&mut state, Event::PanelShown(Panel::Settings(String::new())));
    let page = Mounted::with(state);
    page.fill("provider-base-url", "localhost:11434/v1/models").await;
    assert!(page.text("provider-note").starts_with("Using http://localhost:11434/v1: "));
    page.fill("provider-base-url", "http://[::1]:9000/v1").await;
    assert_eq!(page.text("provider-suggestion"), "Use http://localhost:9000/v1");
    page.press("provider-suggestion").await;
    let field: HtmlInputElement = page.find("provider-base-url").unchecked_into();
    assert_eq!(field.value(), "http://localhost:9000/v1");
    assert!(!page.has("provider-suggestion"));
    assert_eq!(page.text("provider-note").trim(), "");
}

async fn renaming() -> (Mounted, HtmlInputElement) {
    let mut state = with_models(&["alpha"]);
    let entries = vec![Entry { id: Id("c1".into()), title: "Old".into(), used_ms: 1, lanes: vec![], unknown: None }];
    happen(&mut state, Event::HistoryLoaded { entries, unreadable: vec![] });
    let page = Mounted::with(state);
    page.press("conversation-rename").await;
    let field: HtmlInputElement = page.query(".entry input").unwrap().unchecked_into();
    field.set_value("New");
    (page, field)
}

#[wasm_bindgen_test]
async fn a_new_name_is_kept_by_leaving_its_field_and_by_no_key_of_an_input_method() {
    let (page, field) = renaming().await;
    for key in ["Enter", "Escape"] {
        page.compose(&field, key, true).await;
        page.compose(&field, key, false).await;
    }
    assert!(page.query(".entry input").is_some() && page.sent().is_empty());
    field.dispatch_event(&web_sys::FocusEvent::new("blur").unwrap()).unwrap();
    assert_eq!(page.sent(), [Event::ChatRenamed(Id("c1".into()), "New".into())]);
    leptos::task::tick().await;
    assert!(page.query(".entry input").is_none());
}
