//! The page in use.

use std::time::Duration;

use headroom_e2e::{Session, browser::Browser, page::Page, site::Site};
use headroom_tokenizer::{TextStats, Vocabulary};

pub async fn typing_is_counted_by_the_worker(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let empty = page.until_counted().await;
    assert!(empty > 0, "the chat template has a price of its own");
    let text = "How many tokens is “naïve café”? 漢字 too. 🦀";
    page.type_into("composer-input", text).await;
    page.until_counted_as(empty + TextStats::of(Vocabulary::O200k, text).tokens).await;
    assert_eq!(page.fact("composer-tokens", "vocabulary").await.as_deref(), Some("o200k"));
    assert_eq!(page.fact("composer-tokens", "exact").await.as_deref(), Some("false"));
    assert!(page.text("composer-tokens").await.starts_with('≈'));
}

pub async fn a_large_paste_is_counted_and_the_page_stays_alive(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let empty = page.until_counted().await;
    // 1 MB, then a key press while it is counted: the newest text wins.
    let paste = "(() => {
        const box = document.querySelector('[data-testid=composer-input]');
        box.value = 'word '.repeat(200000);
        box.dispatchEvent(new Event('input', { bubbles: true }));
        box.value += 'x';
        box.dispatchEvent(new Event('input', { bubbles: true }));
        return true;
    })()";
    page.eval(paste).await;
    page.until_counted_as(empty + 200_001).await;
}

pub async fn the_draft_survives_a_reload(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let empty = page.until_counted().await;
    page.type_into("composer-input", "do not lose me").await;
    page.reload().await;
    assert_eq!(page.value("composer-input").await, "do not lose me");
    page.until_counted_as(empty + 4).await;
}

pub async fn the_theme_is_switched_and_kept(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    let background = "getComputedStyle(document.body).backgroundColor";
    let before = page.eval(background).await;
    page.press("theme").await;
    let after = page.eval(background).await;
    assert_ne!(before, after, "the first press changes what is seen");
    page.reload().await;
    assert_eq!(page.eval(background).await, after);
    page.press("theme").await;
    assert_eq!(page.eval(background).await, before);
}

pub async fn every_screen_is_accessible_in_both_themes(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    look(page).await;
    page.try_the_simulator().await;
    look(page).await;
    page.ask_until("Compare two models for me", "done").await;
    page.until("the answer is formatted", "!!document.querySelector('.md table')").await;
    page.press("composer-knobs-open").await;
    page.press("composer-system-open").await;
    look(page).await;
    page.ask("[[sim:fault=429-minute:60]] hello").await;
    page.until_lane("queued").await;
    look(page).await;
    page.press("queue-cancel").await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-minute]] hello", "failed").await;
    look(page).await;
    page.eval("document.querySelector('[data-testid=settings-open]').click() ?? true").await;
    page.press("provider-add").await;
    look(page).await;
}

async fn look(page: &Page) {
    crate::screens::fits_everybody(page).await;
    page.resize(1440, 900).await;
}

/// The page worked out all limits four times a second, though nothing ran, waited or refilled.
pub async fn an_idle_page_rests_and_a_busy_one_does_not(session: Session) {
    // Firefox keeps a script of ours from replacing what the page reads.
    if session.browser != Browser::Chromium {
        return;
    }
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.type_into("composer-input", "a draft").await;
    page.until_counted().await;
    // The page asks for the network whenever its clock goes on.
    let looks = "(() => {
        window.looks = 0;
        const online = Object.getOwnPropertyDescriptor(Navigator.prototype, 'onLine').get;
        Object.defineProperty(Navigator.prototype, 'onLine', { get() { window.looks += 1; return online.call(this); } });
        return true;
    })()";
    page.eval(looks).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = page.eval("window.looks").await.as_u64().unwrap();
    assert!(idle < 6, "{idle} looks in three seconds");
    page.ask("[[sim:tokens=400]] [[sim:speed=50]] hello").await;
    page.until("the clock goes on while an answer streams", &format!("window.looks > {}", idle + 12)).await;
}
