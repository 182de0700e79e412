//! From nothing to a first answer.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
    site::Site,
};
use headroom_simulator::Shape;

pub async fn a_newcomer_gets_an_answer_from_the_simulator(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("Compare two models for me", "done").await;
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("stop"));
    assert!(!page.answer().await.is_empty());
    page.until("the answer is formatted", "!!document.querySelector('[data-testid=message-answer] table')").await;
    assert!(page.last_number("metrics", "ttftMs").await > 0.0);
    assert!(page.last_number("metrics", "totalMs").await >= page.last_number("metrics", "ttftMs").await);
    let (prompt, estimated) =
        (page.last_number("metrics", "promptTokens").await, page.last_number("metrics", "estimatedPromptTokens").await);
    assert!((estimated / prompt - 1.0).abs() < 0.25, "estimated {estimated}, counted {prompt}");
    assert!(page.last_number("metrics", "completionTokens").await > 10.0);
    assert!(page.text("lane").await.contains("Simulated"), "what is simulated says so");
}

pub async fn a_newcomer_with_a_key_gets_an_answer_from_a_provider(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let provider = Provider::of(Shape::Cerebras).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    assert_eq!(page.fact("lane", "model").await.as_deref(), Some("gpt-oss-120b"), "of those listed");
    page.ask_until("Write a small Rust program", "done").await;
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("stop"));
    let books = provider.ledger().await;
    let counted = books["requests"][0]["prompt"].as_f64().unwrap();
    assert_eq!(page.last_number("metrics", "promptTokens").await, counted, "the figures are the provider's: {books}");
}

pub async fn a_model_may_be_typed_and_stays_chosen(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    // A press selects what stands in the field, so typing replaces it.
    page.press("lane-model").await;
    page.keys("LLAMA").await;
    page.until("suggestions fit", "document.querySelectorAll('[role=option]').length === 1").await;
    page.press("composer-input").await;
    assert_eq!(page.value("lane-model").await, "gpt-oss-120b", "leaving a half-typed name changes nothing");
    page.press("lane-model").await;
    page.keys("my-own-model\u{e007}").await;
    page.until("it is chosen", "document.querySelector('[data-testid=lane]').dataset.model === 'my-own-model'").await;
    page.reload().await;
    assert_eq!(page.fact("lane", "model").await.as_deref(), Some("my-own-model"));
}

pub async fn the_whole_way_is_open_to_the_keyboard(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    let (tab, enter, control) = ("\u{e004}", "\u{e007}", "\u{e009}");
    let focused = "document.activeElement.dataset.testid ?? ''";
    for _ in 0..20 {
        if page.eval(focused).await == "onboarding-simulator" {
            break;
        }
        page.keys(tab).await;
    }
    assert_eq!(page.eval(focused).await, "onboarding-simulator");
    page.keys(enter).await;
    page.until("the box has the focus", "document.activeElement.dataset.testid === 'composer-input'").await;
    page.until("a model is chosen", "!!document.querySelector('[data-testid=lane]').dataset.model").await;
    page.keys("hello").await;
    page.keys(&format!("{control}{enter}")).await;
    page.until_lane("done").await;
    // Into the settings and back.
    let shift = "\u{e008}";
    for _ in 0..40 {
        if page.eval(focused).await == "settings-open" {
            break;
        }
        page.keys(&format!("{shift}{tab}")).await;
    }
    page.keys(enter).await;
    page.until("the dialog is open", "document.querySelector('dialog')?.open === true").await;
    page.keys("\u{e00c}").await;
    page.until("Escape closes it", "!document.querySelector('dialog')").await;
}
