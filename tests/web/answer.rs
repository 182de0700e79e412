//! An answer on the screen: text, reasoning, stats, card.

use headroom_app::{Event, Read, RunId, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{Mounted, happen, with_models};

fn asked() -> State {
    let mut state = with_models(&["gpt-oss-120b"]);
    happen(&mut state, Event::DraftChanged("hello".into()));
    happen(&mut state, Event::SendPressed { now_ms: 0.0 });
    state
}

fn hears(state: &mut State, at_ms: f64, lines: &str) {
    happen(state, Event::Received { run: RunId(1), reads: vec![Read { at_ms, bytes: lines.as_bytes().to_vec() }] });
}

fn head(state: &mut State, status: u16) {
    happen(state, Event::ResponseHeaders { run: RunId(1), status, headers: vec![] });
}

#[wasm_bindgen_test]
async fn an_answer_goes_from_waiting_to_text_to_stats() {
    let page = Mounted::with(asked());
    assert_eq!(page.attribute("lane", "state").as_deref(), Some("waiting"));
    assert!(page.text("message-answer").contains("Waiting"));
    assert_eq!(page.attribute("metrics", "ttft-ms"), None, "an unknown value is absent, never 0");
    page.change(|state| {
        head(state, 200);
        hears(state, 100.0, "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n");
        hears(state, 120.0, "data: {\"choices\":[{\"delta\":{\"content\":\"Hi **you**\"}}]}\n\n");
    })
    .await;
    assert_eq!(page.attribute("lane", "state").as_deref(), Some("streaming"));
    assert_eq!(page.attribute("message-answer", "finish"), None);
    // This page has no Markdown renderer, but the text is still there.
    assert_eq!(page.text("message-answer"), "Hi **you**");
    assert!(page.text("reasoning").contains("hm"));
    page.change(|state| {
        hears(
            state,
            200.0,
            "data: {\"choices\":[{\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":9,\"completion_tokens_details\":{\"reasoning_tokens\":4}}}\n\ndata: [DONE]\n\n",
        );
    })
    .await;
    assert_eq!(page.attribute("lane", "state").as_deref(), Some("done"));
    assert_eq!(page.attribute("message-answer", "finish").as_deref(), Some("stop"));
    assert_eq!(page.attribute("reasoning", "tokens").as_deref(), Some("4"));
    let facts = [("ttft-ms", "100"), ("prompt-tokens", "70"), ("completion-tokens", "9"), ("reasoning-tokens", "4")];
    for (name, value) in facts {
        assert_eq!(page.attribute("metrics", name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(page.attribute("metrics", "cached-tokens"), None);
    page.press("regenerate").await;
    assert_eq!(page.sent(), [Event::RegeneratePressed { lane: Some(0), now_ms: 1_000.0 }]);
}

#[wasm_bindgen_test]
async fn a_refusal_is_one_card_with_the_facts_under_details() {
    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 404);
        hears(state, 50.0, "{\"message\":\"Model <b>x</b> does not exist\",\"code\":\"model_not_found\"}");
        happen(state, Event::Ended { run: RunId(1), now_ms: 60.0 });
    })
    .await;
    assert_eq!(page.attribute("lane", "state").as_deref(), Some("failed"));
    assert_eq!(page.attribute("error", "kind").as_deref(), Some("not-found"));
    assert_eq!(page.attribute("error", "status").as_deref(), Some("404"));
    assert!(page.text("error").contains("Model <b>x</b> does not exist"), "foreign text is text");
}

#[wasm_bindgen_test]
async fn what_was_stopped_says_so_and_is_no_error() {
    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 200);
        hears(state, 100.0, "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n");
        happen(state, Event::StopPressed { lane: None, now_ms: 150.0 });
    })
    .await;
    assert_eq!(page.attribute("lane", "state").as_deref(), Some("stopped"));
    assert!(!page.has("error"));
    assert!(page.text("lane").contains("Stopped"));
}

#[wasm_bindgen_test]
async fn a_tool_call_is_shown_by_its_name_and_arguments() {
    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 200);
        hears(
            state,
            100.0,
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}}]}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
        );
    })
    .await;
    assert_eq!(page.attribute("message-answer", "finish").as_deref(), Some("tool_calls"));
    assert!(page.text("lane").contains("weather") && page.text("lane").contains("Oslo"));
}

fn content(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": { "content": text } }] }))
}

#[wasm_bindgen_test]
async fn text_that_turns_out_to_be_reasoning_leaves_the_answer() {
    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 200);
        hears(state, 100.0, &content("A long thought about it."));
    })
    .await;
    assert_eq!(page.text("message-answer"), "A long thought about it.");
    page.change(|state| hears(state, 120.0, &content("\n</think>\n\nShort."))).await;
    assert_eq!(page.text("message-answer"), "Short.");
    assert!(page.text("reasoning").contains("A long thought about it."));
    page.change(|state| hears(state, 140.0, &content(" And more."))).await;
    assert_eq!(page.text("message-answer"), "Short. And more.");
}

#[wasm_bindgen_test]
async fn what_the_provider_says_stands_in_the_card_and_what_was_passed_over_under_the_answer() {
    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 400);
        hears(state, 50.0, "{\"message\":\"Field top_k is not allowed\"}");
        happen(state, Event::Ended { run: RunId(1), now_ms: 60.0 });
    })
    .await;
    assert_eq!(page.text("error-words"), "Field top_k is not allowed");
    assert!(page.text("lane").contains("Later requests skip this prompt."));

    let page = Mounted::with(asked());
    page.change(|state| {
        head(state, 200);
        let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"weird\"}]}\n\ndata: [DONE]\n\n";
        hears(state, 100.0, &format!("{}data: <b>oops</b>\n\n{finish}", content("Hi")));
    })
    .await;
    assert!(!page.has("error"));
    assert!(page.text("skipped").contains("1 part") && page.text("skipped").contains("<b>oops</b>"));
    assert!(page.text("lane").contains("“weird”"), "an unknown reason is said");
}
