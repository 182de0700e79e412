//! The frame that is there before the page: one can type, compose and press Send while the page is still loading.

use std::time::Duration;

use headroom_e2e::{
    Session,
    browser::Browser,
    site::{Site, Trouble},
};
use serde_json::json;

/// The page's own wasm, which is most of what is loaded.
const WASM: &str = "headroom-*_bg.wasm";
/// How long it is held back.
const HELD_BACK: Duration = Duration::from_secs(5);
const CONTROL: &str = "\u{e009}";
const ENTER: &str = "\u{e007}";
const LEFT: &str = "\u{e012}";

/// Opens a page that was used before, whose wasm is held back: the message box is there, and nothing else.
async fn held_back(session: &Session) -> Site {
    let page = &session.page;
    let settings = r#"{"v":1,"data":{"setup":{"provider":"simulator","model":"gpt-oss-120b"},"models":{},"added":[],"started":true}}"#;
    let used = format!("() => {{ try {{ localStorage.setItem('headroom.settings', '{settings}') }} catch {{}} }}");
    page.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": used })).await;
    let site = Site::with("/", Trouble::Slow(WASM, HELD_BACK)).await;
    page.client.goto(&site.address).await.unwrap();
    assert!(!is_loaded(session).await, "the page is held back");
    page.eval("(window.box = document.querySelector('[data-testid=composer-input]')) && true").await;
    assert_eq!(page.eval("document.activeElement === window.box").await, true, "one can type at once");
    site
}

async fn is_loaded(session: &Session) -> bool {
    session.page.eval("document.documentElement.dataset.ready === 'true'").await == true
}

async fn value(session: &Session) -> String {
    session.page.eval("window.box.value").await.as_str().unwrap().to_owned()
}

pub async fn what_is_typed_before_the_page_is_loaded_stays_as_it_is(session: Session) {
    let page = &session.page;
    let _site = held_back(&session).await;
    page.type_into("composer-input", "one three").await;
    page.type_into("composer-input", &LEFT.repeat(5)).await;
    page.type_into("composer-input", "two ").await;
    assert!(!is_loaded(&session).await, "the page is still on its way");
    assert_eq!(value(&session).await, "one two three");
    page.ready().await;
    let place = "window.box === document.querySelector('[data-testid=composer-input]') && window.box.isConnected \
                 && document.activeElement === window.box && window.box.selectionStart === 8";
    assert_eq!(page.eval(place).await, true, "the same box, with its focus and caret");
    page.until_counted().await;
    page.keys("and ").await;
    assert_eq!(value(&session).await, "one two and three");
    // What was typed before the page came can be undone after it.
    for _ in 0..30 {
        page.keys(&format!("{CONTROL}z")).await;
    }
    page.until("everything is undone", "window.box.value === ''").await;
    page.until("the page knows", "document.querySelector('[data-testid=composer-send]').disabled").await;
}

/// Chromium's protocol has real compositions. In Firefox the events are synthetic: they show what the page does with them,
/// not what an input method does.
async fn compose(session: &Session, text: &str, is_open: bool) {
    if session.browser == Browser::Chromium {
        return if is_open { session.page.compose(text).await } else { session.page.commit(text).await };
    }
    let kind = if is_open { "compositionupdate" } else { "compositionend" };
    let script = format!(
        "(() => {{
            const box = window.box;
            if (!box.value) box.dispatchEvent(new CompositionEvent('compositionstart', {{ bubbles: true }}));
            box.dispatchEvent(new CompositionEvent('{kind}', {{ bubbles: true, data: '{text}' }}));
            box.value = '{text}';
            return box.dispatchEvent(new InputEvent('input', {{ bubbles: true, isComposing: {is_open} }}));
        }})()"
    );
    session.page.eval(&script).await;
}

pub async fn a_composition_goes_on_while_the_page_arrives(session: Session) {
    let page = &session.page;
    let _site = held_back(&session).await;
    compose(&session, "か", true).await;
    compose(&session, "かん", true).await;
    assert!(!is_loaded(&session).await, "the page is still on its way");
    page.ready().await;
    assert_eq!(value(&session).await, "かん", "it is still open");
    compose(&session, "かんじ", true).await;
    compose(&session, "漢字", false).await;
    assert_eq!(value(&session).await, "漢字", "nothing is doubled or lost");
    page.until("it is counted", "!document.querySelector('[data-testid=composer-send]').disabled").await;
}

pub async fn send_pressed_before_the_page_is_loaded_is_done_once(session: Session) {
    let page = &session.page;
    let _site = held_back(&session).await;
    page.type_into("composer-input", "hello").await;
    page.type_into("composer-input", &format!("{CONTROL}{ENTER}")).await;
    page.press("composer-send").await;
    let says = "document.getElementById('composer-reason').textContent";
    assert_eq!(page.eval(says).await, "Sends as soon as Headroom is loaded.");
    assert!(!is_loaded(&session).await, "the page is still on its way");
    page.until_lane("done").await;
    assert_eq!(page.text("message-user").await, "hello");
    let messages = page.eval("document.querySelectorAll('[data-testid=message-answer]').length").await;
    assert_eq!(messages, 1, "once");
    assert_eq!(value(&session).await, "");
}

pub async fn who_writes_on_after_an_early_send_has_not_sent(session: Session) {
    let page = &session.page;
    let _site = held_back(&session).await;
    page.type_into("composer-input", "hello").await;
    page.press("composer-send").await;
    page.type_into("composer-input", " world").await;
    assert!(!is_loaded(&session).await, "the page is still on its way");
    page.ready().await;
    page.until_counted().await;
    assert_eq!(value(&session).await, "hello world");
    assert_eq!(page.eval("document.querySelectorAll('[data-testid=message-user]').length").await, 0);
}

pub async fn a_page_that_never_loads_keeps_what_was_typed(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing(WASM)).await;
    page.client.goto(&site.address).await.unwrap();
    page.type_into("composer-input", "precious words").await;
    page.until("it says so", "document.getElementById('broken').checkVisibility()").await;
    page.type_into("composer-input", " and more").await;
    page.press("composer-send").await;
    site.set_trouble(Trouble::None);
    page.client.refresh().await.unwrap();
    page.ready().await;
    assert_eq!(page.value("composer-input").await, "precious words and more");
    // Another tab starts with an empty box.
    let (first, _) = page.another_tab(&site.address).await;
    assert_eq!(page.value("composer-input").await, "");
    page.go_to(&first).await;
}

pub async fn a_page_that_arrives_twice_answers_once(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let again = "const done = arguments[0];
        const named = (name) => performance.getEntriesByType('resource').map((it) => it.name).find((it) => name.test(it));
        const module_or_path = named(/headroom-[^/]*[.]wasm/);
        import(named(/headroom-[^/]*[.]js/) + '?again').then((page) => page.default({ module_or_path })).then(() => done(true), (why) => done(String(why)));";
    let arrived = page.client.execute_async(again, vec![]).await.unwrap();
    assert_eq!(arrived, true, "the second copy starts");
    page.ask_until("hello", "done").await;
    for (what, count) in [("lane", 1), ("message-user", 1), ("message-answer", 1), ("settings-open", 1)] {
        let found = page.eval(&format!("document.querySelectorAll('[data-testid={what}]').length")).await;
        assert_eq!(found, count, "{what}");
    }
}
