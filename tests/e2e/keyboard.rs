//! The page without a mouse.

use headroom_e2e::{
    Session,
    page::Page,
    playground::{ENTER, ESCAPE},
};

pub async fn the_keyboard_reaches_everything(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=30]] hello", "done").await;
    for control in [
        "provider-select",
        "theme",
        "settings-open",
        "new-chat",
        "conversation",
        "conversation-rename",
        "conversation-delete",
        "lane-model",
        "edit",
        "regenerate",
        "copy",
        "composer-input",
        "composer-system-open",
        "composer-cap",
    ] {
        page.tab_to(control).await;
    }
}

pub async fn the_first_stop_of_the_keyboard_skips_to_the_message(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.eval("document.activeElement.blur() ?? true").await;
    page.tab_to("skip-link button").await;
    page.keys(ENTER).await;
    page.until("the box has the focus", "document.activeElement?.dataset.testid === 'composer-input'").await;
}

async fn open_the_settings(page: &Page) {
    page.tab_back_to("settings-open").await;
    page.keys(ENTER).await;
    page.until("the settings are open", "document.querySelector('dialog')?.open === true").await;
}

pub async fn the_settings_close_give_the_focus_back_and_open_again(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    for closed_by in ["Escape", "Escape once more", "the button"] {
        open_the_settings(page).await;
        if closed_by == "the button" {
            page.tab_to("settings-close").await;
            page.keys(ENTER).await;
        } else {
            page.keys(ESCAPE).await;
        }
        page.until("the settings are closed", "!document.querySelector('dialog')").await;
        assert_eq!(page.focused().await, "settings-open", "closed by {closed_by}");
    }
}

pub async fn the_arrow_keys_choose_a_model(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    let first = page.fact("lane", "model").await.unwrap();
    page.tab_to("lane-model").await;
    let marked = "document.querySelector('[role=option][aria-selected=true] b')?.textContent ?? null";
    let mut other = serde_json::Value::Null;
    for _ in 0..5 {
        page.keys("\u{e015}").await;
        other = page.eval(marked).await;
        if other.is_string() && other != first.as_str() {
            break;
        }
    }
    assert!(other.is_string() && other != first.as_str(), "another model is marked: {other}");
    page.keys(ENTER).await;
    let chosen = format!("document.querySelector('[data-testid=lane]').dataset.model === {other}");
    page.until("the marked model is chosen", &chosen).await;
}

pub async fn escape_stops_an_answer(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask("[[sim:speed=20]] [[sim:tokens=2000]] hello").await;
    page.until_lane("streaming").await;
    page.tab_to("composer-input").await;
    page.keys(ESCAPE).await;
    page.until_lane("stopped").await;
}

pub async fn a_new_visitor_can_type_at_once(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.until("the box has the focus", "document.activeElement?.dataset.testid === 'composer-input'").await;
    page.reload().await;
    page.until("it has it again after a reload", "document.activeElement?.dataset.testid === 'composer-input'").await;
}
