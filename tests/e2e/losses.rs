//! Faults of providers and networks must never lose what the user wrote.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider, nobody},
};
use headroom_simulator::Shape;

pub async fn a_missing_key_is_named(session: Session) {
    let page = &session.page;
    for shape in [Shape::Groq, Shape::Cerebras] {
        let provider = Provider::of(shape).await;
        let _site = page.first_visit().await;
        page.describe_provider(shape.name(), &provider.base_url(), "").await;
        page.press("provider-save").await;
        page.choose_model("gpt-oss-120b").await;
        page.press("new-chat").await;
        page.ask_until("hello", "failed").await;
        assert_eq!(page.error().await.0, "no-key", "{}", shape.name());
        assert_eq!(provider.chats()[0].header("authorization"), None);
    }
}

/// The built-in simulator is always there, so a hidden 401 can only be the key, as with Cerebras itself.
pub async fn a_hidden_refusal_of_the_simulator_is_the_key(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:fault=wrong-key]] hello", "failed").await;
    assert_eq!(page.error().await, ("wrong-key".to_owned(), None));
}

pub async fn a_cut_answer_and_its_card_are_there_after_a_reload(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    // Slow enough that the text is read before the connection breaks: browsers drop data that is unread by then.
    page.ask_until("[[sim:tokens=300]] [[sim:speed=60]] [[sim:fault=cut:60]] hello", "cut-off").await;
    assert_eq!(page.error().await, ("bad-stream".to_owned(), None));
    let text = page.answer().await;
    assert!(!text.is_empty(), "what came is kept");
    provider.until_outcomes(&["broken"]).await;
    page.until_kept("\"ending\":\"cut-off\"").await;
    page.reload().await;
    page.until_lane("cut-off").await;
    assert_eq!(page.answer().await, text, "after a reload too");
    assert_eq!(page.error().await, ("bad-stream".to_owned(), None));
}

/// A server on this machine has a quarter of an hour; the page's clock is advanced instead of waiting.
pub async fn a_stream_that_stalls_is_given_up_with_its_text(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask("[[sim:tokens=300]] [[sim:fault=stall:60]] hello").await;
    page.until_answered(60).await;
    let text = page.answer().await;
    page.eval(
        "(() => {
            const now = Performance.prototype.now;
            Performance.prototype.now = function () { return now.call(this) + 920_000 };
            return true;
        })()",
    )
    .await;
    page.until_lane("cut-off").await;
    assert_eq!(page.error().await.0, "timeout");
    assert!(page.answer().await.starts_with(&text));
    provider.until_outcomes(&["aborted"]).await;
}

pub async fn a_slow_first_token_is_waited_for(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask("[[sim:tokens=20]] [[sim:fault=slow:2500]] hello").await;
    page.until_lane("waiting").await;
    page.until(
        "it says that it waits",
        "document.querySelector('[data-testid=message-answer] [role=status]') !== null",
    )
    .await;
    page.until_lane("done").await;
    // The server writes nothing before that; a lower bound holds on any machine.
    assert!(page.last_number("metrics", "ttftMs").await >= 2_500.0);
}

pub async fn try_again_after_a_failure_brings_the_answer(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=20]] [[sim:fault=503*1]] hello", "failed").await;
    page.press_last("regenerate").await;
    page.until_lane("done").await;
    assert_eq!(page.count("error").await, 0, "the card goes with what it was about");
    assert_eq!(page.count("message-user").await, 1);
    assert_eq!(page.count("message-answer").await, 1);
}

pub async fn a_failure_costs_neither_draft_nor_history(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=20]] before", "done").await;
    let answer = page.answer().await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-minute]] refused", "failed").await;
    page.type_into("composer-input", "the next thought").await;
    page.until_kept("\"kind\":\"rate-limited\"").await;
    page.reload().await;
    page.until_lane("failed").await;
    assert_eq!(page.error().await, ("rate-limited".to_owned(), Some("429".to_owned())), "the card is there again");
    assert_eq!(page.texts("message-user").await, ["[[sim:tokens=20]] before", "[[sim:fault=429-minute]] refused"]);
    assert_eq!(page.answers().await[0], answer);
    assert_eq!(page.value("composer-input").await, "the next thought");
    assert_eq!(page.count("conversation").await, 1);
}

pub async fn a_wrong_address_is_unreachable_and_the_question_is_kept(session: Session) {
    let page = &session.page;
    let _site = page.first_visit().await;
    page.describe_provider("Nobody", &nobody().await, KEY).await;
    page.press("provider-save").await;
    page.until(
        "it says that there is no list",
        "document.querySelector('.picker-note')?.textContent.includes('load the model list')",
    )
    .await;
    page.choose_model("some-model").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await, ("unreachable".to_owned(), None));
    assert_eq!(page.texts("message-user").await, ["hello"], "the question is not lost");
}

pub async fn a_provider_that_goes_away_in_the_middle_leaves_the_text(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask("[[sim:speed=20]] [[sim:tokens=3000]] hello").await;
    page.until_answered(60).await;
    let text = page.answer().await;
    provider.stop();
    page.until_lane("cut-off").await;
    assert!(page.answer().await.starts_with(&text));
    assert_eq!(page.error().await.0, "bad-stream");
}

/// Some servers reject requests with status 200: it is still a rejection.
pub async fn a_refusal_with_status_200_is_a_failure(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:fault=json-200]] hello", "failed").await;
    assert_eq!(page.error().await.0, "server");
}

pub async fn a_form_that_cannot_be_saved_keeps_what_was_typed(session: Session) {
    let page = &session.page;
    let _site = page.first_visit().await;
    page.describe_provider("Mine", "not an address", KEY).await;
    page.press("provider-save").await;
    page.until("it says why", "document.querySelector('.settings-form .form-problem').textContent.length > 5").await;
    assert_eq!(page.value("provider-name").await, "Mine");
    assert_eq!(page.value("provider-base-url").await, "not an address");
    assert_eq!(page.value("provider-key").await, KEY);
    assert_eq!(
        page.eval("Object.keys(localStorage).filter((name) => name.startsWith('headroom.setting'))").await,
        serde_json::json!([]),
        "nothing is kept"
    );
}

pub async fn a_removed_provider_leaves_its_answers_and_takes_its_key(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.first_visit().await;
    page.describe_provider("Test provider", &provider.base_url(), KEY).await;
    page.eval("document.querySelector('dialog [data-testid=key-mode] input[value=browser]').click() ?? true").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    page.ask_until("[[sim:fault=503]] hello", "failed").await;
    let answers = page.answers().await;
    page.press("settings-open").await;
    page.press("provider-remove").await;
    page.until("the settings are closed", "!document.querySelector('dialog')").await;
    assert_eq!(page.answers().await, answers);
    assert_eq!(page.error().await, ("server".to_owned(), Some("503".to_owned())));
    assert!(!page.everything_kept().await.contains(KEY));
    // The simulator replaces it.
    page.until_a_model_is_chosen().await;
    page.ask_until("[[sim:tokens=20]] go on", "done").await;
}
