//! From a first visit to a first answer.

use headroom_e2e::{Session, site::Site};

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
