//! The page in use.

use headroom_e2e::{Session, site::Site};
use headroom_tokenizer::TextFigures;

const FIGURES: &str = "document.querySelector('[data-testid=figures]').dataset";

pub async fn typing_is_counted_by_the_worker(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    let text = "How many tokens is “naïve café”? 漢字 too. 🦀";
    page.type_into("text", text).await;
    let expected = TextFigures::of(text);
    page.until(
        "the count is there",
        &format!("{FIGURES}.tokens === '{}' && {FIGURES}.current === 'true'", expected.tokens),
    )
    .await;
    assert_eq!(page.fact("counted-by", "counter").await.as_deref(), Some("worker"));
    let shown = page.text("figures").await;
    for figure in [format!("≈ {}", expected.tokens), expected.characters.to_string(), expected.bytes.to_string()] {
        assert!(shown.contains(&figure), "{figure} is shown: {shown}");
    }
}

pub async fn a_large_paste_is_counted_and_the_page_stays_alive(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    // 1 MB, then a key press while it is counted: the newest text wins.
    let paste = "(() => {
        const box = document.querySelector('[data-testid=text]');
        box.value = 'word '.repeat(200000);
        box.dispatchEvent(new Event('input', { bubbles: true }));
        box.value += 'x';
        box.dispatchEvent(new Event('input', { bubbles: true }));
        return true;
    })()";
    page.eval(paste).await;
    page.until("the newest text is counted", &format!("{FIGURES}.tokens === '200001' && {FIGURES}.current === 'true'"))
        .await;
}

pub async fn the_draft_survives_a_reload(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.type_into("text", "do not lose me").await;
    page.reload().await;
    assert_eq!(page.eval("document.querySelector('[data-testid=text]').value").await, "do not lose me");
    page.until("it is counted again", &format!("{FIGURES}.current === 'true' && {FIGURES}.tokens > 0")).await;
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

pub async fn both_themes_are_accessible_on_desktop_and_phone(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.type_into("text", "some words").await;
    for (width, height) in [(1440, 900), (390, 844)] {
        page.resize(width, height).await;
        for theme in ["light", "dark"] {
            page.wear(theme).await;
            assert_eq!(page.accessibility_problems().await, [""; 0], "{theme}, {width} wide");
            let overflow =
                page.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
            assert_eq!(overflow, 0, "nothing sticks out sideways at {width}");
        }
    }
}

pub async fn the_keyboard_reaches_everything(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    let focused = "document.activeElement.dataset.testid ?? document.activeElement.className";
    assert_eq!(page.eval(focused).await, "text", "a new visitor can type at once");
    let tab = "\u{e004}";
    // From the end of the page the focus goes round to its start.
    page.eval("document.activeElement.blur() ?? true").await;
    let mut met = Vec::new();
    for _ in 0..4 {
        page.client.active_element().await.unwrap().send_keys(tab).await.unwrap();
        met.push(page.eval(focused).await.as_str().unwrap().to_owned());
    }
    for control in ["skip-link button", "theme", "text"] {
        assert!(met.iter().any(|name| name == control), "{control} is reached by Tab: {met:?}");
    }
}
