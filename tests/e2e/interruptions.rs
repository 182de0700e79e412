//! Interrupted conversations: stopped, left, edited, reloaded.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
};
use headroom_simulator::Shape;

/// An answer that runs for minutes unless it is stopped.
const LONG: &str = "[[sim:speed=20]] [[sim:tokens=3000]] tell me a story";

pub async fn a_stopped_answer_says_so_and_is_there_after_a_reload(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask(LONG).await;
    page.until_answered(60).await;
    let before = page.answer().await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    provider.until_outcomes(&["aborted"]).await;
    assert!(page.answer().await.starts_with(&before), "what came is kept");
    assert!(page.lane_text().await.contains("Stopped"), "it says so");
    assert_eq!(page.count("error").await, 0, "an abort is not an error");
    page.until_kept("\"ending\":\"stopped\"").await;
    let kept = page.answer().await;
    assert!(kept.len() >= 60, "nothing is lost or added after Stop: {kept}");
    page.reload().await;
    page.until_lane("stopped").await;
    assert_eq!(page.answer().await, kept, "and it is there after a reload");
}

pub async fn stop_before_the_first_token_ends_the_request(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask("[[sim:ttft=60000]] hello").await;
    page.until_lane("waiting").await;
    provider.until_outcomes(&["in-flight"]).await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    provider.until_outcomes(&["aborted"]).await;
    assert_eq!(page.count("error").await, 0);
}

pub async fn deleting_a_chat_ends_its_request_and_leaving_it_does_not(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask(LONG).await;
    page.until_answered(30).await;
    page.press("new-chat").await;
    page.until_lane("idle").await;
    provider.until_outcomes(&["in-flight"]).await;
    page.press("conversation").await;
    page.until_lane("streaming").await;
    page.until_answered(30).await;
    page.press("new-chat").await;
    page.press("conversation-delete").await;
    provider.until_outcomes(&["aborted"]).await;
    assert_eq!(page.count("conversation").await, 0);
}

pub async fn a_message_can_be_written_while_an_answer_comes(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask(LONG).await;
    page.until_answered(30).await;
    page.type_into("composer-input", "meanwhile").await;
    assert_eq!(page.value("composer-input").await, "meanwhile");
    assert_eq!(page.eval("document.querySelector('[data-testid=composer-send]').disabled").await, true);
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    assert_eq!(page.value("composer-input").await, "meanwhile", "the next message is still there");
}

pub async fn a_conversation_goes_on_after_a_reload_in_the_middle(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask(LONG).await;
    let kept = page.until_sliced(150).await;
    let before = page.answer().await;
    page.reload().await;
    page.until_lane("cut-off").await;
    let after = page.answer().await;
    assert!(after.len() >= 100, "{} bytes of {kept} that were kept are shown: {after}", after.len());
    let start: String = after.chars().take(60).collect();
    assert!(before.starts_with(&start), "it is the same text: {start} / {before}");
    assert_eq!(page.error().await, ("bad-stream".to_owned(), None));
    // From here the user can ask again, and continue.
    page.press_last("regenerate").await;
    page.until_answered(40).await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    page.ask_until("[[sim:tokens=9]] go on", "done").await;
}

pub async fn a_reload_before_the_first_token_keeps_the_question(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask("[[sim:ttft=60000]] are you there?").await;
    page.until_lane("waiting").await;
    page.until_kept("are you there?\",\"answers\":[{").await;
    page.reload().await;
    page.until_lane("failed").await;
    assert_eq!(page.texts("message-user").await, ["[[sim:ttft=60000]] are you there?"]);
    assert_eq!(page.error().await, ("bad-stream".to_owned(), None));
}

pub async fn the_model_is_not_told_what_an_edit_replaced(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("[[sim:tokens=8]] one", "done").await;
    page.ask("[[sim:tokens=9]] two").await;
    page.until("the second answer is there", "document.querySelectorAll('[data-finish=stop]').length === 2").await;
    page.press("edit").await;
    page.until(
        "the question is in the box",
        "document.querySelector('[data-testid=composer-input]').value.endsWith('one')",
    )
    .await;
    assert_eq!(page.count("message-user").await, 2, "nothing is lost before it is sent");
    page.type_into("composer-input", " and a half").await;
    page.press("composer-send").await;
    page.until("one turn is left", "document.querySelectorAll('[data-testid=message-user]').length === 1").await;
    provider.until_outcomes(&["complete", "complete", "complete"]).await;
    page.until_lane("done").await;
    assert_eq!(page.texts("message-user").await, ["[[sim:tokens=8]] one and a half"]);
    assert_eq!(
        provider.chats()[2].messages(),
        [("user".to_owned(), "[[sim:tokens=8]] one and a half".to_owned())],
        "the model is not told what was replaced"
    );
    page.until_kept("one and a half\",\"answers\":[{").await;
    page.reload().await;
    page.until_lane("done").await;
    assert_eq!(page.texts("message-user").await, ["[[sim:tokens=8]] one and a half"], "and storage agrees");
}

/// Nothing that was typed may be lost: taking a question back into the message box must not cost the draft in it.
pub async fn a_draft_outlives_an_edit_that_is_dropped(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=8]] one", "done").await;
    page.type_into("composer-input", "half a thought").await;
    page.press("edit").await;
    page.press("edit-drop").await;
    page.until(
        "the draft is back in the box",
        "document.querySelector('[data-testid=composer-input]').value === 'half a thought'",
    )
    .await;
}

pub async fn a_long_answer_leaves_room_to_write(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask("[[sim:tokens=7000]] a very long story").await;
    page.until_answered(5_000).await;
    page.type_into("composer-input", "the page listens meanwhile").await;
    assert_eq!(page.value("composer-input").await, "the page listens meanwhile");
    page.until_lane("done").await;
    assert_eq!(page.last_number("metrics", "completionTokens").await, 7_000.0);
}

/// The same, many times faster.
const FAST: &str = "[[sim:tokens=4000]] [[sim:speed=300]] a long text";

/// Only some providers can continue an answer. A test cannot use their addresses, so the page's settings mark ours as
/// one.
pub async fn a_stopped_answer_goes_on_where_it_stopped(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    let as_groq = "Object.keys(localStorage).filter((name) => name.startsWith('headroom.setting.provider/')).forEach((name) => localStorage.setItem(name, localStorage.getItem(name).replace('\"dialect\":\"generic\"', '\"dialect\":\"groq\"'))) ?? true";
    page.eval(as_groq).await;
    page.reload().await;
    page.press("settings-open").await;
    page.type_into("provider-key", KEY).await;
    page.press("provider-save").await;
    page.ask(FAST).await;
    page.until_answered(40).await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    let kept = page.answer().await;
    page.press("continue").await;
    page.until_answered(kept.len() + 20).await;
    let asked = provider.chats().last().unwrap().messages();
    let (role, beginning) = asked.last().unwrap();
    assert_eq!(role, "assistant", "the model is given the beginning of its own answer");
    // Markup that was open when it was stopped disappears once it is closed.
    let letters = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
    let answer = letters(&page.answer().await);
    assert!(!beginning.is_empty() && answer.starts_with(&letters(&kept)), "and what it adds comes after it: {answer}");
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
}
