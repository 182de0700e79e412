//! The message box, the cost of its content, and the parameters.

use std::{cell::Cell, rc::Rc};

use headroom_app::{ConnectionError, CountId, Effect, Event, RunId, State, StoredState};
use headroom_domain::Parameters;
use headroom_tokenizer::{TextStats, Vocabulary};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use crate::fixtures::{Mounted, happen, with_models};

fn ready() -> Mounted {
    Mounted::with(with_models(&["gpt-oss-120b"]))
}

#[wasm_bindgen_test]
async fn typing_sends_the_text() {
    let page = ready();
    page.fill("composer-input", "hello").await;
    assert_eq!(page.sent(), [Event::DraftChanged("hello".into())]);
}

#[wasm_bindgen_test]
async fn send_is_always_there_and_says_why_it_cannot() {
    let page = ready();
    assert_eq!(page.find("composer-send").get_attribute("title").as_deref(), Some("Write a message first"));
    assert!(page.find("composer-send").has_attribute("disabled"));
    page.key("composer-input", "Enter", true).await;
    assert_eq!(page.sent(), [], "nothing is sent that cannot be");
    page.change(|state| happen(state, Event::DraftChanged("hello".into()))).await;
    assert!(!page.find("composer-send").has_attribute("disabled"));
    page.key("composer-input", "Enter", true).await;
    page.press("composer-send").await;
    assert_eq!(page.sent(), [Event::SendPressed { now_ms: 1_000.0 }, Event::SendPressed { now_ms: 1_000.0 }]);
}

#[wasm_bindgen_test]
async fn escape_stops_what_runs() {
    let page = ready();
    page.change(|state| {
        happen(state, Event::DraftChanged("hello".into()));
        happen(state, Event::SendPressed { now_ms: 0.0 });
    })
    .await;
    assert!(page.has("composer-stop"));
    page.key("composer-input", "Escape", false).await;
    assert_eq!(page.sent(), [Event::StopPressed { lane: None, now_ms: 1_000.0 }]);
    page.change(|state| happen(state, Event::StopPressed { lane: None, now_ms: 1.0 })).await;
    assert!(!page.has("composer-stop"));
}

#[wasm_bindgen_test]
async fn escape_drops_an_edit_and_the_message_it_would_replace_is_marked() {
    let page = ready();
    page.change(|state| {
        happen(state, Event::DraftChanged("first".into()));
        happen(state, Event::SendPressed { now_ms: 0.0 });
        happen(state, Event::RequestFailed { run: RunId(1), now_ms: 1.0, link: ConnectionError::Online });
    })
    .await;
    page.press("edit").await;
    let sent = page.sent();
    let [edit] = sent.as_slice() else { panic!("one event: {sent:?}") };
    let edit = edit.clone();
    page.change(|state| happen(state, edit)).await;
    assert_eq!(page.query(".turn").unwrap().get_attribute("data-edited").as_deref(), Some("true"));
    page.key("composer-input", "Escape", false).await;
    page.press("edit-drop").await;
    assert_eq!(page.sent(), [Event::EditDropped, Event::EditDropped]);
}

#[wasm_bindgen_test]
async fn an_unknown_count_is_no_attribute_and_a_known_one_has_every_digit() {
    let page = ready();
    // A short text is counted immediately.
    let long = "word ".repeat(10_000);
    let text = long.clone();
    let id = Rc::new(Cell::new(None));
    let asked = id.clone();
    page.change(move |state| {
        // As when the page opens with a long draft.
        let kept = StoredState { draft: text, settings: state.settings().into(), ..StoredState::default() };
        *state = State::default();
        let effects = state.update(Event::StateRestored(Box::new(kept)));
        asked.set(effects.iter().rev().find_map(|effect| match effect {
            Effect::Count { id, .. } => Some(*id),
            _ => None,
        }));
    })
    .await;
    assert_eq!(page.attribute("composer-tokens", "count"), None, "an unknown value is absent, never 0");
    let id = id.get().unwrap();
    let counted = move |id| Event::Counted(id, vec![TextStats::of(Vocabulary::O200k, &long)]);
    let unasked = counted(CountId(id.0 + 1));
    page.change(move |state| happen(state, unasked)).await;
    assert_eq!(page.attribute("composer-tokens", "count"), None, "a count that nobody asked for is none");
    page.change(move |state| happen(state, counted(id))).await;
    let count: u64 = page.attribute("composer-tokens", "count").unwrap().parse().unwrap();
    assert!(count > 10_000, "the template counts too: {count}");
    assert_eq!(page.attribute("composer-tokens", "vocabulary").as_deref(), Some("o200k"));
    assert!(page.text("composer-tokens").contains("≈ "));
    assert_eq!(page.attribute("composer-tokens", "exact").as_deref(), Some("false"));
}

#[wasm_bindgen_test]
async fn each_knob_turns_itself_alone() {
    let page = ready();
    page.press("composer-knobs-open").await;
    let set = |set: fn(&mut Parameters)| {
        let mut parameters = Parameters::default();
        set(&mut parameters);
        Event::ParametersChanged { lane: None, parameters }
    };
    let cases = [
        ("composer-cap", "64", set(|it| it.max_completion_tokens = Some(64))),
        ("knob-temperature", ".5", set(|it| it.temperature = Some(0.5))),
        ("knob-top-p", "0.9", set(|it| it.top_p = Some(0.9))),
        ("knob-seed", "7", set(|it| it.seed = Some(7))),
        ("knob-frequency-penalty", "-1", set(|it| it.frequency_penalty = Some(-1.0))),
        ("knob-presence-penalty", "", set(|_| {})),
        ("knob-stop", "END\n\nSTOP\n", set(|it| it.stop = vec!["END".into(), "STOP".into()])),
    ];
    for (knob, text, sent) in cases {
        page.fill(knob, text).await;
        assert_eq!(page.sent(), [sent], "{knob}");
    }
}

#[wasm_bindgen_test]
async fn a_number_on_its_way_is_left_alone_and_another_one_is_shown() {
    let page = ready();
    page.change(|_| {}).await;
    let cap: HtmlInputElement = page.find("composer-cap").unchecked_into();
    let set = |cap| Event::ParametersChanged {
        lane: None,
        parameters: Parameters { max_completion_tokens: cap, ..Parameters::default() },
    };
    page.fill("composer-cap", "012").await;
    page.change(|state| happen(state, set(Some(12)))).await;
    assert_eq!(cap.value(), "012", "it is that number already");
    page.change(|state| happen(state, set(Some(64)))).await;
    assert_eq!(cap.value(), "64");
    page.change(|state| happen(state, set(None))).await;
    assert_eq!(cap.value(), "");
}

#[wasm_bindgen_test]
async fn reasoning_effort_is_offered_where_the_model_takes_it() {
    let page = ready();
    page.press("composer-knobs-open").await;
    assert!(page.has("knob-effort"));
    page.change(|state| happen(state, Event::ModelChosen { lane: 0, model: "llama3.1-8b".into() })).await;
    assert!(!page.has("knob-effort"));
}

/// A cap of `12.5` was shown in its field, and the request went without one.
#[wasm_bindgen_test]
async fn a_number_that_cannot_be_sent_is_marked_and_said() {
    let page = ready();
    page.change(|state| happen(state, Event::DraftChanged("hello".into()))).await;
    for (text, is_fine) in [("12.5", false), ("-5", false), ("1e3", true), ("0", false), ("64", true)] {
        page.fill("composer-cap", text).await;
        page.perform_sent().await;
        let invalid = page.find("composer-cap").get_attribute("aria-invalid");
        assert_eq!(invalid.is_none(), is_fine, "{text}");
        assert_eq!(page.find("composer-send").has_attribute("disabled"), !is_fine, "{text}");
        let said = page.query("#composer-reason").unwrap().text_content().unwrap();
        assert_eq!(said.contains("Max output must be a whole number"), !is_fine, "{text}: {said}");
        let cap: HtmlInputElement = page.find("composer-cap").unchecked_into();
        assert_eq!(cap.value(), text, "it stays as it was typed");
    }
    assert_eq!(page.attribute("verdict", "verdict").as_deref(), Some("fits"));
}

/// With two lanes, one with a temperature of 7 was left out without a message.
#[wasm_bindgen_test]
async fn a_lane_that_is_left_out_for_a_value_says_so() {
    let page = ready();
    page.change(|state| {
        happen(state, Event::LanesSet(2));
        happen(state, Event::DraftChanged("hello".into()));
    })
    .await;
    let mut parameters = Parameters::default();
    parameters.type_into(headroom_domain::NumberField::Temperature, Some("7"));
    page.change(move |state| happen(state, Event::ParametersChanged { lane: Some(1), parameters })).await;
    let verdict = page.query(".verdict[data-lane='1']").unwrap();
    assert_eq!(verdict.get_attribute("data-verdict").as_deref(), Some("invalid"));
    assert!(verdict.text_content().unwrap().contains("Not sent: temperature must be a number from 0 to 2"));
    assert!(page.query(".lane[data-lane='1'] [data-testid=lane-params][data-invalid]").is_some());
    assert!(page.query(".lane[data-lane='0'] [data-testid=lane-params][data-invalid]").is_none());
}

#[wasm_bindgen_test]
async fn an_input_method_keeps_its_keys() {
    let page = ready();
    page.change(|state| {
        happen(state, Event::DraftChanged("hello".into()));
        happen(state, Event::SendPressed { now_ms: 0.0 });
    })
    .await;
    let (input, body) = (page.find("composer-input"), crate::fixtures::document().body().unwrap());
    for (target, key) in [(&input, "Escape"), (&input, "ArrowUp"), (body.as_ref(), "Escape"), (body.as_ref(), "?")] {
        page.compose(target, key, true).await;
        page.compose(target, key, false).await;
    }
    assert_eq!(page.sent(), [], "nothing is stopped, edited or opened");
    assert!(page.query("dialog").is_none());
}

/// 180 seconds without a byte ended a request, without any message before.
#[wasm_bindgen_test]
async fn an_answer_that_is_overdue_says_so_and_can_be_waited_for() {
    let page = ready();
    page.change(|state| {
        happen(state, Event::DraftChanged("hello".into()));
        happen(state, Event::SendPressed { now_ms: 0.0 });
    })
    .await;
    assert!(!page.has("overdue"));
    page.at(100_000.0).await;
    assert_eq!(page.text("overdue"), "No answer yet.No data for 100 s. Times out in 80 s.Keep waiting");
    page.press("keep-waiting").await;
    assert_eq!(page.sent(), [Event::KeepWaitingPressed { lane: 0 }]);
}
