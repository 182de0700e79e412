//! The model: chosen from the list, or typed.

use headroom_app::Event;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use crate::fixtures::{Mounted, with_models};

fn offered(page: &Mounted) -> usize {
    (0..).take_while(|at| page.query(&format!("#model-0-{at}")).is_some()).count()
}

async fn at_the_field() -> (Mounted, HtmlInputElement) {
    let page = Mounted::with(with_models(&["alpha", "beta", "alpha-mini"]));
    let field: HtmlInputElement = page.find("lane-model").unchecked_into();
    field.focus().unwrap();
    field.dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    leptos::task::tick().await;
    (page, field)
}

#[wasm_bindgen_test]
async fn the_field_offers_all_and_typing_narrows() {
    let (page, _) = at_the_field().await;
    assert_eq!(offered(&page), 3);
    page.fill("lane-model", "ALPH").await;
    assert_eq!(offered(&page), 2);
}

#[wasm_bindgen_test]
async fn enter_takes_what_was_typed_unless_an_arrow_chose() {
    let (page, _) = at_the_field().await;
    page.fill("lane-model", "alph").await;
    page.key("lane-model", "Enter", false).await;
    assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: "alph".into() }]);
    page.fill("lane-model", "alph").await;
    page.key("lane-model", "ArrowDown", false).await;
    page.key("lane-model", "ArrowDown", false).await;
    page.key("lane-model", "Enter", false).await;
    assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: "alpha-mini".into() }]);
}

#[wasm_bindgen_test]
async fn leaving_takes_a_listed_model_and_nothing_half_typed() {
    let (page, field) = at_the_field().await;
    page.fill("lane-model", "alph").await;
    field.dispatch_event(&web_sys::FocusEvent::new("blur").unwrap()).unwrap();
    assert_eq!(page.sent(), []);
    assert_eq!(field.value(), "alpha", "the chosen one stands there again");
    page.fill("lane-model", "beta").await;
    field.dispatch_event(&web_sys::FocusEvent::new("blur").unwrap()).unwrap();
    assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: "beta".into() }]);
}

#[wasm_bindgen_test]
async fn escape_closes_the_list() {
    let (page, _) = at_the_field().await;
    page.key("lane-model", "Escape", false).await;
    assert_eq!(page.find("lane-model").get_attribute("aria-expanded").as_deref(), Some("false"));
    assert_eq!(offered(&page), 0);
}
