//! The model: chosen from the list, or typed.

use headroom_app::Event;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use crate::fixtures::{Mounted, happen, with_models};

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

/// A typed model was lost on Tab or a click elsewhere, without a message.
#[wasm_bindgen_test]
async fn leaving_takes_what_was_typed_listed_or_not_and_an_empty_field_nothing() {
    let (page, field) = at_the_field().await;
    let leave = || field.dispatch_event(&web_sys::FocusEvent::new("blur").unwrap()).unwrap();
    for model in ["beta", "my-own-model"] {
        page.fill("lane-model", model).await;
        leave();
        assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: model.into() }]);
    }
    for nothing in ["", "  ", "alpha"] {
        page.fill("lane-model", nothing).await;
        leave();
        assert_eq!(page.sent(), []);
        assert_eq!(field.value(), "alpha", "the chosen one stands there again");
    }
}

#[wasm_bindgen_test]
async fn leaving_takes_the_marked_suggestion() {
    let (page, field) = at_the_field().await;
    page.fill("lane-model", "alph").await;
    page.key("lane-model", "ArrowDown", false).await;
    field.dispatch_event(&web_sys::FocusEvent::new("blur").unwrap()).unwrap();
    assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: "alpha".into() }]);
}

#[wasm_bindgen_test]
async fn a_model_that_is_not_in_the_list_is_told() {
    let (page, _) = at_the_field().await;
    page.change(|state| happen(state, Event::ModelChosen { lane: 0, model: "alph".into() })).await;
    let note = page.query(".picker-note").unwrap().text_content().unwrap();
    assert_eq!(note, "alph is not in the model list.");
}

#[wasm_bindgen_test]
async fn words_are_found_in_any_order() {
    let (page, _) = at_the_field().await;
    page.fill("lane-model", "mini alp").await;
    assert_eq!(offered(&page), 1);
}

/// Arrow keys reached 30 of 450 models, and the marked one scrolled out of view.
#[wasm_bindgen_test]
async fn arrows_reach_every_model_and_keep_it_in_view() {
    let ids: Vec<String> = (0..450).map(|number| format!("model-{number:03}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let page = Mounted::with(with_models(&ids));
    let list = page.query("#models-0").unwrap();
    list.set_attribute("style", "display: block; height: 100px; overflow-y: auto; margin: 0; padding: 0").unwrap();
    page.fill("lane-model", "model").await;
    let in_view = |at: usize| {
        let row = page.query(&format!("#model-0-{at}")).unwrap().get_bounding_client_rect();
        let seen = list.get_bounding_client_rect();
        row.top() >= seen.top() - 1.0 && row.bottom() <= seen.bottom() + 1.0
    };
    for at in 0..80 {
        page.key("lane-model", "ArrowDown", false).await;
        assert!(in_view(at), "{at}");
    }
    for _ in 0..80 {
        page.key("lane-model", "ArrowUp", false).await;
    }
    assert!(in_view(449), "round and round");
    page.key("lane-model", "Enter", false).await;
    assert_eq!(page.sent(), [Event::ModelChosen { lane: 0, model: "model-449".into() }]);
}

#[wasm_bindgen_test]
async fn an_input_method_keeps_its_keys() {
    let (page, field) = at_the_field().await;
    page.fill("lane-model", "モデ").await;
    for key in ["Enter", "Escape", "ArrowDown"] {
        page.compose(&field, key, true).await;
        page.compose(&field, key, false).await;
    }
    assert_eq!((page.sent(), field.value().as_str()), (vec![], "モデ"));
}

#[wasm_bindgen_test]
async fn escape_closes_the_list() {
    let (page, _) = at_the_field().await;
    page.fill("lane-model", "be").await;
    page.key("lane-model", "Escape", false).await;
    let field: HtmlInputElement = page.find("lane-model").unchecked_into();
    assert_eq!(field.value(), "alpha", "and what was typed is dropped");
    assert_eq!(page.find("lane-model").get_attribute("aria-expanded").as_deref(), Some("false"));
    assert_eq!(offered(&page), 0);
}
