//! Failures of the page, and what the user sees of them.

use std::time::Duration;

use headroom_e2e::{
    Locator, Session,
    site::{Site, Trouble},
};

const CARD: &str = "!document.getElementById('broken').hidden";

pub async fn a_panic_shows_a_card_and_the_draft_is_kept(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.type_into("composer-input", "typed before the panic").await;
    page.eval("dispatchEvent(new CustomEvent('headroom-drill', { detail: 'panic' }))").await;
    page.until("the card is shown", CARD).await;
    let details = page.eval("document.getElementById('broken-details').textContent").await;
    assert!(details.as_str().unwrap().contains("this panic was asked for"), "{details}");
    page.client.find(Locator::Css("#broken a")).await.unwrap().click().await.unwrap();
    page.ready().await;
    page.until("the reloaded page is whole", &format!("!({CARD})")).await;
    assert_eq!(page.value("composer-input").await, "typed before the panic");
}

pub async fn without_a_worker_the_page_counts(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing("token_worker")).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let empty = page.until_counted().await;
    page.type_into("composer-input", "three little words").await;
    page.until_counted_as(empty + 3).await;
}

pub async fn without_the_markdown_module_answers_are_plain_text(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing("markdown_dom")).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("Compare two models for me", "done").await;
    assert!(page.plain_answer().await.contains("| "), "the table is there as it was written");
    assert_eq!(page.eval("document.querySelector('.md table')").await, serde_json::Value::Null);
}

pub async fn a_missing_script_shows_a_card(session: Session) {
    let site = Site::with("/", Trouble::Missing("headroom-")).await;
    session.page.client.goto(&site.address).await.unwrap();
    session.page.until("the card is shown", CARD).await;
}

pub async fn a_slow_connection_shows_that_the_page_is_loading(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("_bg.wasm", Duration::from_millis(1_500))).await;
    // The driver would wait for the complete page; a link does not.
    page.eval(&format!("void (location.href = '{}') ?? true", site.address)).await;
    page.until("the placeholder is shown", "document.getElementById('loading')?.checkVisibility() === true").await;
    assert_eq!(page.eval("document.documentElement.dataset.ready ?? null").await, serde_json::Value::Null);
    page.ready().await;
    assert_eq!(page.eval("document.getElementById('loading')").await, serde_json::Value::Null, "it makes room");
}
