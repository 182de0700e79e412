//! Requests as the provider receives them over the wire.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
};
use headroom_simulator::Shape;

pub async fn one_question_is_one_request_with_nothing_of_the_page_in_it(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    assert_eq!(page.fact("lane", "model").await.as_deref(), Some("gpt-oss-120b"), "from the provider's own list");
    let chosen = "(() => { const it = document.querySelector('[data-testid=provider-select]'); return it.options[it.selectedIndex].text })()";
    assert_eq!(page.eval(chosen).await, "Test provider");
    page.ask_until("[[sim:tokens=40]] hello", "done").await;
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("stop"));
    assert_eq!(page.last_number("metrics", "completionTokens").await, 40.0);
    provider.until_outcomes(&["complete"]).await;
    let chats = provider.chats();
    assert_eq!(chats.len(), 1, "one question, one request");
    assert_eq!(chats[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(chats[0].header("cookie"), None);
    assert_eq!(chats[0].header("referer"), None, "the provider does not learn where the page lives");
    let books = provider.ledger().await;
    let counted = books["requests"][0]["prompt"].as_f64().unwrap();
    assert_eq!(page.last_number("metrics", "promptTokens").await, counted, "the figures are the provider's: {books}");
}

pub async fn every_dialect_of_provider_answers(session: Session) {
    let page = &session.page;
    let _site = page.first_visit().await;
    for (at, shape) in Shape::ALL.into_iter().enumerate() {
        let provider = Provider::of(shape).await;
        page.describe_provider(shape.name(), &provider.base_url(), KEY).await;
        page.press("provider-save").await;
        page.until(
            "the new provider is chosen",
            &format!("document.querySelector('[data-testid=lane]')?.dataset.provider.startsWith('added-{}-')", at + 1),
        )
        .await;
        page.until_a_model_is_chosen().await;
        page.press("new-chat").await;
        page.ask_until("[[sim:tokens=25]] hello", "done").await;
        assert_eq!(page.last_number("metrics", "completionTokens").await, 25.0, "{}", shape.name());
    }
}

pub async fn a_typed_model_is_what_the_provider_is_asked_for(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::LlamaCpp).await;
    let _site = page.with_provider(&provider).await;
    let listed = page.value("lane-model").await;
    // A press selects the content of the field, so typing replaces it.
    page.press("lane-model").await;
    let start: String = listed.chars().take(4).flat_map(char::to_uppercase).collect();
    page.keys(&start).await;
    page.until(
        "what fits is offered",
        &format!("[...document.querySelectorAll('[role=option] b')].some((it) => it.textContent === '{listed}')"),
    )
    .await;
    page.press("composer-input").await;
    let chosen = format!("document.querySelector('[data-testid=lane]').dataset.model === '{start}'");
    page.until("what was typed is kept when the field is left", &chosen).await;
    page.choose_model("my-own/model.gguf").await;
    page.ask_until("[[sim:tokens=5]] hello", "done").await;
    assert!(provider.chats()[0].body.contains("\"my-own/model.gguf\""), "{}", provider.chats()[0].body);
    page.reload().await;
    page.until_a_model_is_chosen().await;
    assert_eq!(page.fact("lane", "model").await.as_deref(), Some("my-own/model.gguf"), "it is remembered");
}

pub async fn asking_again_sends_the_same_question(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    page.press_last("regenerate").await;
    provider.until_outcomes(&["complete", "complete"]).await;
    page.until_lane("done").await;
    assert_eq!(page.count("message-user").await, 1);
    assert_eq!(page.count("message-answer").await, 1);
    let chats = provider.chats();
    assert_eq!(chats[0].messages(), chats[1].messages(), "the answer is not part of the question");
}

pub async fn a_conversation_goes_along_with_the_next_question(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=8]] first", "done").await;
    page.ask("[[sim:tokens=9]] second").await;
    provider.until_outcomes(&["complete", "complete"]).await;
    let messages = provider.chats()[1].messages();
    let roles: Vec<&str> = messages.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!(messages[0].1, "[[sim:tokens=8]] first");
    assert!(!messages[1].1.is_empty());
}

pub async fn a_refused_question_is_not_repeated_to_the_provider(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:fault=503]] refused", "failed").await;
    page.ask_until("[[sim:tokens=9]] next", "done").await;
    assert_eq!(provider.chats()[1].messages(), [("user".to_owned(), "[[sim:tokens=9]] next".to_owned())]);
}

pub async fn parameters_go_along_and_only_those_that_were_set(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    // The browser cannot parse this and hides the value: the field showed it, and no cap was sent.
    page.type_into("composer-cap", "1e").await;
    page.type_into("composer-input", "hello").await;
    page.until(
        "Send says why it is off",
        "document.getElementById('composer-reason').textContent.includes('Max output')",
    )
    .await;
    assert_eq!(page.eval("document.querySelector('[data-testid=composer-send]').disabled").await, true);
    page.type_into("composer-cap", "1").await;
    page.ask_until("[[sim:tokens=400]] hello", "done").await;
    assert!(provider.chats()[0].body.contains("\"max_completion_tokens\":10,"), "{}", provider.chats()[0].body);
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("length"));
    assert_eq!(page.last_number("metrics", "completionTokens").await, 10.0);
    let body: serde_json::Value = serde_json::from_str(&provider.chats()[0].body).unwrap();
    let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let expected = ["max_completion_tokens", "messages", "model", "stream", "stream_options"];
    assert_eq!(fields, expected, "what was not set is not sent");
    page.press("composer-knobs-open").await;
    page.type_into("knob-temperature", "3").await;
    page.type_into("composer-input", "hello").await;
    page.until("Send says why not", "document.getElementById('composer-reason').textContent.includes('Temperature')")
        .await;
    assert!(!page.find("composer-send").await.is_enabled().await.unwrap());
}

pub async fn nothing_is_asked_of_anybody_before_a_provider_is_chosen(session: Session) {
    let page = &session.page;
    let site = page.first_visit().await;
    page.press("settings-open").await;
    page.find("provider-name").await;
    page.press("settings-close").await;
    let (own, elsewhere): (Vec<_>, Vec<_>) = session
        .bidi
        .requests()
        .into_iter()
        .filter(|request| request.address.starts_with("http"))
        .partition(|request| request.address.starts_with(&site.address));
    assert!(own.len() > 3, "the page itself was asked for: {own:?}");
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

pub async fn two_presses_of_send_are_one_request(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.type_into("composer-input", "[[sim:tokens=20]] hello").await;
    let twice = "(() => {
        const send = document.querySelector('[data-testid=composer-send]');
        send.click();
        send.click();
        return true;
    })()";
    page.eval(twice).await;
    provider.until_outcomes(&["complete"]).await;
    page.until_lane("done").await;
    assert_eq!(provider.chats().len(), 1);
    assert_eq!(page.count("message-user").await, 1);
}

/// The steps of a number field are for its arrows; a value typed between them is valid too.
pub async fn a_temperature_between_the_steps_goes_along(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.press("composer-knobs-open").await;
    page.type_into("knob-temperature", "0.75").await;
    page.ask_until("[[sim:tokens=9]] hello", "done").await;
    assert!(provider.chats()[0].body.contains("\"temperature\":0.75"), "{}", provider.chats()[0].body);
}
