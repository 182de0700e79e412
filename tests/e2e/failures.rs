//! Failures on the way to a provider: one card each, and nothing is lost.

use headroom_e2e::{
    Session,
    page::Page,
    provider::{KEY, Provider},
    site::Site,
};
use headroom_simulator::Shape;

/// A fault, the kind and status of its card, and the state of the lane afterward.
type Expected = (&'static str, &'static str, Option<&'static str>, &'static str);

/// Provokes each fault in a separate chat.
async fn each(page: &Page, faults: &[Expected]) {
    for (fault, kind, status, state) in faults {
        page.press("new-chat").await;
        let prompt = format!("[[sim:fault={fault}]] hello");
        page.ask(&prompt).await;
        page.until_lane(state).await;
        let seen = (page.last_fact("error", "kind").await, page.last_fact("error", "status").await);
        assert_eq!(seen, (Some((*kind).to_owned()), status.map(str::to_owned)), "{fault}");
        assert_eq!(page.count("error").await, 1, "{fault}: an error is shown once");
        assert!(page.text("message-user").await.contains("hello"), "{fault}: the message stays");
        if *state == "cut-off" {
            assert!(page.answer().await.len() > 20, "{fault}: what came is kept");
        }
    }
}

async fn opened(session: &Session, shape: Shape) -> (Site, Provider) {
    let (site, provider) = (Site::under("/").await, Provider::of(shape).await);
    session.page.open(&site.address).await;
    session.page.add_provider(&provider, KEY).await;
    session.page.without_queue().await;
    (site, provider)
}

pub async fn refusals_have_a_card_each(session: Session) {
    let _running = opened(&session, Shape::Groq).await;
    let faults = [
        ("wrong-key", "wrong-key", Some("401"), "failed"),
        ("402", "payment", Some("402"), "failed"),
        ("404", "not-found", Some("404"), "failed"),
        ("400", "bad-request", Some("400"), "failed"),
        ("context", "context", Some("400"), "failed"),
        ("413", "too-large", Some("413"), "failed"),
        ("429-requests-minute", "rate-limited", Some("429"), "failed"),
        ("429-tokens-day", "rate-limited", Some("429"), "failed"),
        ("503", "server", Some("503"), "failed"),
        ("empty", "server", Some("500"), "failed"),
        ("html", "bot-check", Some("403"), "failed"),
    ];
    each(&session.page, &faults).await;
}

pub async fn the_first_provider_refuses_in_its_own_ways(session: Session) {
    let _running = opened(&session, Shape::Cerebras).await;
    let faults = [
        // Without a CORS header the page cannot read the rejection, only that there was one.
        ("wrong-key", "blocked", None, "failed"),
        ("402", "payment", Some("402"), "failed"),
        ("context", "context", Some("400"), "failed"),
        ("429-requests-hour", "rate-limited", Some("429"), "failed"),
    ];
    each(&session.page, &faults).await;
}

pub async fn broken_streams_keep_what_came(session: Session) {
    let _running = opened(&session, Shape::Cerebras).await;
    let faults = [
        // Slowly: what a busy browser has not read when the connection breaks is lost with it.
        ("cut:200]] [[sim:speed=400", "bad-stream", None, "cut-off"),
        ("stream-error:200", "server", Some("500"), "cut-off"),
        ("no-finish", "bad-stream", None, "cut-off"),
    ];
    each(&session.page, &faults).await;
    let figure = session.page.last_fact("metrics", "completionTokens").await;
    assert_eq!(figure, None, "no usage came, so no figure is shown");
}

pub async fn odd_streams_that_are_whole_are_no_errors(session: Session) {
    let _running = opened(&session, Shape::Cerebras).await;
    let page = &session.page;
    for order in ["fault=slow:300", "fault=no-done", "tokens=40]] [[sim:fault=one-read", "eol=crlf", "eol=cr"] {
        page.press("new-chat").await;
        page.ask_until(&format!("[[sim:{order}]] hello"), "done").await;
        assert_eq!(page.count("error").await, 0, "{order}");
        assert!(!page.answer().await.is_empty(), "{order}");
        if order.ends_with("one-read") {
            assert_eq!(page.last_fact("metrics", "tokensPerSecond").await, None, "no speed can be told from one read");
        }
    }
}

pub async fn a_missing_key_is_asked_for_and_a_wrong_one_can_be_replaced(session: Session) {
    let (_site, provider) = opened(&session, Shape::Groq).await;
    let page = &session.page;
    page.press("settings-open").await;
    page.type_into("provider-key", "sk-not-this-one").await;
    page.press("provider-save").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await, ("wrong-key".to_owned(), Some("401".to_owned())));
    assert!(!page.text("lane").await.contains("sk-not-this-one"), "the refused key is not repeated");
    page.press("settings-open").await;
    page.type_into("provider-key", KEY).await;
    page.press("provider-save").await;
    page.press_last("regenerate").await;
    page.until_lane("done").await;
    assert_eq!(provider.ledger().await["requests"].as_array().unwrap().len(), 1, "the refused one is not in the books");
}

pub async fn a_provider_that_is_gone_costs_nothing(session: Session) {
    let (_site, provider) = opened(&session, Shape::Cerebras).await;
    let page = &session.page;
    page.ask_until("hello", "done").await;
    provider.stop();
    page.ask_until("are you there?", "failed").await;
    assert_eq!(page.last_fact("error", "kind").await.as_deref(), Some("unreachable"));
    assert_eq!(page.count("message-user").await, 2);
    page.reload().await;
    page.until("both messages are back", "document.querySelectorAll('[data-testid=message-user]').length === 2").await;
    assert_eq!(page.last_fact("error", "kind").await.as_deref(), Some("unreachable"), "and so is the card");
}
