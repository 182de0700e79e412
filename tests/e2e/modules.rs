//! Parts of the site that arrive late or not at all.

use std::time::Duration;

use headroom_e2e::{
    Session,
    site::{Site, Trouble},
};

pub async fn a_late_painter_formats_what_is_there(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("markdown_dom", Duration::from_secs(3))).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:reply=compare]] which is better", "done").await;
    page.until("the table is a table", "!!document.querySelector('[data-testid=message-answer] table')").await;
}

pub async fn without_the_shelf_the_page_answers_and_says_that_nothing_is_kept(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing("record_store")).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:tokens=9]] hello", "done").await;
    page.until("it says so", "document.querySelector('[data-testid=storage-problem]').textContent.length > 20").await;
}

/// The later views are fetched again until they arrive.
pub async fn late_views_come_when_the_network_is_back(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("later", Duration::from_secs(3))).await;
    page.open(&site.address).await;
    page.press("settings-open").await;
    page.until("the dialog comes", "!!document.querySelector('dialog[open]')").await;
}

pub async fn an_answer_before_the_late_views_is_there_when_they_come(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Slow("later", Duration::from_secs(6))).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    let waits = page.eval("document.querySelector('.messages').textContent.includes('Loading…')").await;
    assert_eq!(waits, true, "it says that more is to come");
    page.until(
        "the answer is shown",
        "(document.querySelector('[data-testid=message-answer]')?.textContent ?? '').length > 10",
    )
    .await;
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
