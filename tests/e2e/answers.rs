//! Stop, ask again, edit, go on.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
    site::Site,
};
use headroom_simulator::Shape;

const LONG: &str = "[[sim:tokens=4000]] [[sim:speed=300]] a long text";

pub async fn stop_keeps_the_text_and_reaches_the_server(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let provider = Provider::of(Shape::Cerebras).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    page.ask(LONG).await;
    page.until_answered(40).await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    let kept = page.answer().await;
    assert!(kept.len() >= 40);
    assert_eq!(page.count("error").await, 0, "an abort is not an error");
    let mut outcome = String::new();
    for _ in 0..100 {
        outcome = provider.ledger().await["requests"][0]["outcome"].to_string();
        if outcome.contains("abort") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(outcome.contains("abort"), "the server was told: {outcome}");
    assert_eq!(page.answer().await, kept, "nothing is added after Stop");
}

pub async fn asking_again_replaces_the_answer(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:fault=500*1]] hello", "failed").await;
    assert_eq!(page.last_fact("error", "kind").await.as_deref(), Some("server"));
    page.press_last("regenerate").await;
    page.until_lane("done").await;
    assert_eq!(page.count("error").await, 0);
    assert_eq!(page.count("message-user").await, 1);
    assert_eq!(page.count("message-answer").await, 1);
}

pub async fn an_edited_message_replaces_itself_and_what_follows(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("first question", "done").await;
    page.ask_until("second question", "done").await;
    let edit = "document.querySelectorAll('[data-testid=edit]')[0].click() ?? true";
    page.eval(edit).await;
    assert_eq!(page.value("composer-input").await, "first question");
    page.press("edit-drop").await;
    assert_eq!(page.value("composer-input").await, "", "an edit can be dropped");
    assert_eq!(page.count("message-user").await, 2);
    page.eval(edit).await;
    page.ask(" and more").await;
    page.until_lane("done").await;
    assert_eq!(page.count("message-user").await, 1);
    assert!(page.text("message-user").await.contains("first question and more"));
    page.reload().await;
    page.until("the chat is back", "document.querySelectorAll('[data-testid=message-user]').length === 1").await;
}

pub async fn a_reload_in_the_middle_brings_the_text_back_as_cut_off(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask(LONG).await;
    page.until_answered(2_500).await;
    let before = page.answer().await;
    page.reload().await;
    page.until_lane("cut-off").await;
    let after = page.answer().await;
    let start: String = before.chars().take(150).collect();
    assert!(after.starts_with(&start), "{after:?} begins as {before:?}");
    assert_eq!(page.last_fact("error", "kind").await.as_deref(), Some("bad-stream"));
    page.press_last("regenerate").await;
    page.until_answered(40).await;
}

pub async fn reasoning_is_shown_apart_and_never_sent_back(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let provider = Provider::of(Shape::Cerebras).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    page.ask_until("How does a token bucket work?", "done").await;
    assert!(page.last_number("reasoning", "tokens").await > 0.0);
    let first = provider.ledger().await["requests"][0].clone();
    page.ask_until("And a sliding window?", "done").await;
    let second = provider.ledger().await["requests"][1].clone();
    let number = |entry: &serde_json::Value, name: &str| entry[name].as_f64().unwrap();
    let answer = number(&first, "completion") - number(&first, "reasoning");
    let grown = number(&second, "prompt") - number(&first, "prompt");
    assert!(grown < answer + 60.0, "the second prompt has grown by {grown}, the answer had {answer}");
}

pub async fn parameters_go_along_and_only_those_that_were_set(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.type_into("composer-cap", "12").await;
    page.ask_until("[[sim:tokens=200]] count", "done").await;
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("length"));
    assert_eq!(page.last_number("metrics", "completionTokens").await, 12.0);
    page.press("composer-knobs-open").await;
    page.type_into("knob-temperature", "3").await;
    page.type_into("composer-input", "hello").await;
    page.until("Send says why not", "document.getElementById('composer-reason').textContent.includes('temperature')")
        .await;
    assert!(!page.find("composer-send").await.is_enabled().await.unwrap());
}

/// Only some providers go on with an answer. A test cannot stand where they are, so the page is told that ours is one.
pub async fn a_stopped_answer_goes_on_where_it_stopped(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    let as_groq = "localStorage.setItem('headroom.settings', localStorage.getItem('headroom.settings').replace('\"dialect\":\"generic\"', '\"dialect\":\"groq\"')) ?? true";
    page.eval(as_groq).await;
    page.reload().await;
    page.press("settings-open").await;
    page.type_into("provider-key", KEY).await;
    page.press("provider-save").await;
    page.ask(LONG).await;
    page.until_answered(40).await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    let kept = page.answer().await;
    page.press("continue").await;
    page.until_answered(kept.len() + 20).await;
    let asked = provider.chats().last().unwrap().messages();
    let (role, beginning) = asked.last().unwrap();
    assert_eq!(role, "assistant", "the model is given the beginning of its own answer");
    // Marks that were open when it was stopped are shown no more once they are closed.
    let letters = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
    let answer = letters(&page.answer().await);
    assert!(!beginning.is_empty() && answer.starts_with(&letters(&kept)), "and what it adds comes after it: {answer}");
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
}
