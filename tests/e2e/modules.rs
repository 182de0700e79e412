//! Parts of the site that arrive late or not at all.

use std::time::Duration;

use headroom_e2e::{
    Session,
    site::{Site, Trouble},
};

pub async fn late_markdown_formats_what_is_there(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("markdown_dom", Duration::from_secs(3))).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:reply=compare]] which is better", "done").await;
    page.until("the table is a table", "!!document.querySelector('[data-testid=message-answer] table')").await;
}

pub async fn without_storage_the_page_answers_and_says_that_nothing_is_saved(session: Session) {
    let page = &session.page;
    // Time to deny it before the page asks.
    let site = Site::with("/", Trouble::Slow("headroom-*_bg.wasm", Duration::from_secs(2))).await;
    page.client.goto(&site.address).await.unwrap();
    let deny = "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') }";
    page.eval(&format!("({deny}) && true")).await;
    page.ready().await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:tokens=9]] hello", "done").await;
    let says = "document.querySelector('[data-testid=storage-problem]')?.textContent.includes('save anything')";
    page.until("it says so", says).await;
}

/// They are fetched again until they arrive.
pub async fn lazy_views_come_when_the_network_is_back(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("later-", Duration::from_secs(3))).await;
    page.open(&site.address).await;
    page.press("settings-open").await;
    page.until("the dialog comes", "!!document.querySelector('dialog[open]')").await;
}

pub async fn an_answer_does_not_wait_for_the_lazy_views(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Held("later-")).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.type_into("composer-input", "[[sim:tokens=20]] hello").await;
    assert!(page.find("verdict").await.is_displayed().await.unwrap(), "the verdict is there before anything is sent");
    assert!(page.find("limit-gauge").await.is_displayed().await.unwrap(), "and so are the gauges");
    page.press("composer-send").await;
    page.until_lane("done").await;
    assert!(!page.answer().await.is_empty());
    assert_eq!(page.eval("document.querySelector('#history')").await, serde_json::Value::Null, "the rest is to come");
    site.set_trouble(Trouble::None);
    page.until("the rest comes", "!!document.querySelector('#history')").await;
}

pub async fn without_its_worker_the_simulator_says_that_it_is_not_there(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing("simulator_worker")).await;
    page.open(&site.address).await;
    page.press("onboarding-simulator").await;
    page.until(
        "it says that there is no list",
        "document.querySelector('.picker-note')?.textContent.includes('load the model list')",
    )
    .await;
    page.choose_model("gpt-oss-120b").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await.0, "unreachable");
}
