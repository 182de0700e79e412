//! Screens with more content than usual: accessible in both themes, on desktop and phone, without overflow.

use headroom_e2e::{Session, page::Page};

const SIZES: [(u32, u32); 2] = [(1440, 900), (390, 844)];

/// Checks the open screen in both sizes and themes, and reports all problems at once.
pub async fn fits_everybody(page: &Page) {
    let mut problems = Vec::new();
    for (width, height) in SIZES {
        page.resize(width, height).await;
        page.wear("light").await;
        let mut found = page.accessibility_problems().await;
        page.wear("dark").await;
        found.extend(page.contrast_problems().await.into_iter().map(|problem| format!("dark: {problem}")));
        problems.extend(found.into_iter().map(|problem| format!("{width} wide: {problem}")));
        let overflow = page.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        if overflow != 0 {
            problems.push(format!("{width} wide: {overflow} pixels stick out sideways"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

pub async fn a_long_word_without_a_break_does_not_stick_out(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until(&format!("[[sim:tokens=9]] {}", "unbreakable".repeat(40)), "done").await;
    fits_everybody(page).await;
}

pub async fn every_sort_of_answer_fits_everybody(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    for reply in ["compare", "python", "sql", "recipe", "plan", "streaming", "tokenizers"] {
        page.ask_until(&format!("[[sim:reply={reply}]]"), "done").await;
        page.until(
            "the answer is formatted",
            "document.querySelectorAll('.md').length === document.querySelectorAll('.md:has(p)').length",
        )
        .await;
    }
    fits_everybody(page).await;
}

pub async fn the_details_of_an_error_fit_everybody(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-minute]] hello", "failed").await;
    page.eval("document.querySelector('[data-testid=error] details').open = true").await;
    fits_everybody(page).await;
}

pub async fn the_history_on_a_phone_fits_everybody(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=5]] hello", "done").await;
    page.resize(390, 844).await;
    page.eval("document.querySelector('.rail-toggle').click() ?? true").await;
    page.until("the history is shown", "document.querySelector('[data-testid=conversation]').checkVisibility()").await;
    fits_everybody(page).await;
}
