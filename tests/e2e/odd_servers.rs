//! Nonstandard server behavior, seen in the built page: repeated keys, malformed events, addresses without a version.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
    scripted::Scripted,
};
use headroom_simulator::Shape;

use crate::keys::assert_nowhere;

pub async fn an_event_that_cannot_be_read_is_passed_over_and_said(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=60]] [[sim:fault=garbage:20]] hello", "done").await;
    assert_eq!(page.count("error").await, 0);
    let said = page.eval("document.querySelector('[data-testid=skipped]').textContent").await.to_string();
    assert!(said.contains("1 part") && said.contains("oops"), "what it was can be looked at: {said}");
}

/// Escaped, and split between two reads: searching the raw bytes would not find every key that is shown.
pub async fn a_key_that_a_provider_repeats_is_hidden_where_it_is_decoded(session: Session) {
    let page = &session.page;
    let provider = Scripted::start().await;
    let escaped = KEY.replacen("sk", r"\u0073k", 1);
    let (start, end) = escaped.split_at(16);
    let list = format!(r#"{{"data":[{{"id":"{escaped}"}},{{"id":"the-model","owned_by":"{KEY}"}}]}}"#);
    provider.says("/v1/models", 200, &[&list]);
    let _site = page.first_visit().await;
    page.describe_provider("Echo", &format!("{}/v1", provider.origin()), KEY).await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    assert_eq!(page.last_fact("lane", "model").await.as_deref(), Some("the-model"), "the key is no model");
    let chat = "/v1/chat/completions";
    let error = format!(r#"{{"error":{{"message":"Incorrect API key: {start}"#);
    provider.says(chat, 401, &[&error, &format!(r#"{end}","code":"invalid_api_key"}}}}"#)]);
    page.ask_until("refused", "failed").await;
    assert!(page.text("error-words").await.contains("Incorrect API key: [key]"));
    assert_nowhere(&session, &[]).await;
    let event = format!("data: {{\"error\":{{\"message\":\"got {start}");
    provider.says(chat, 200, &[&event, &format!("{end}\"}}}}\n\n")]);
    page.ask_until("broken", "failed").await;
    assert_eq!(page.texts("error-words").await.last().map(String::as_str), Some("got [key]"));
    let odd = format!("data: oops {KEY}\n\n");
    let whole = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    provider.says(chat, 200, &[&odd, whole]);
    page.ask_until("odd", "done").await;
    page.until_kept("oops [key]").await;
    assert_nowhere(&session, &[]).await;
}

/// A placeholder that documentation uses as the key is an ordinary word in an answer.
pub async fn a_key_that_is_a_word_takes_nothing_out_of_an_answer(session: Session) {
    let page = &session.page;
    let provider = Scripted::start().await;
    provider.says("/v1/models", 200, &[r#"{"models":[{"name":"a:7b"}]}"#]);
    let answer = "data: {\"choices\":[{\"delta\":{\"content\":\"run ollama serve\"},\"finish_reason\":\"stop\"}]}\n\n";
    provider.says("/v1/chat/completions", 200, &[answer]);
    let _site = page.first_visit().await;
    page.describe_provider("Local", &format!("{}/v1", provider.origin()), "ollama").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    page.ask_until("how?", "done").await;
    assert_eq!(page.answer().await, "run ollama serve");
}

/// LM Studio without `/v1` rejects requests with status 200: one press tries the address that probably works.
pub async fn an_address_without_its_version_is_mended_with_one_press(session: Session) {
    let page = &session.page;
    let provider = Scripted::start().await;
    let refused = |what: &str| format!(r#"{{"error":"Unexpected endpoint or method. ({what})"}}"#);
    provider.says("/models", 200, &[&refused("GET /models")]);
    provider.says("/chat/completions", 200, &[&refused("POST /chat/completions")]);
    provider.says("/v1/models", 200, &[r#"{"data":["the-model"]}"#]);
    let answer = "data: {\"choices\":[{\"delta\":{\"content\":\"Here.\"},\"finish_reason\":\"stop\"}]}\n\n";
    provider.says("/v1/chat/completions", 200, &[answer]);
    let _site = page.first_visit().await;
    page.describe_provider("LM", &provider.origin(), "").await;
    page.press("provider-save").await;
    page.choose_model("the-model").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await.0, "not-found");
    assert!(page.text("error-words").await.contains("Unexpected endpoint"));
    page.press("error-base-url").await;
    page.until_lane("done").await;
    assert_eq!(page.answer().await, "Here.");
    assert_eq!(provider.heard().len(), 2);
}
