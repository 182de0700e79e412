//! Past conversations: opened again, searched, in two tabs, without storage.

use headroom_e2e::{Session, page::Page, playground::ENTER};
use serde_json::json;

async fn search(page: &Page, text: &str) {
    page.eval(&format!(
        "(() => {{
            const field = document.querySelector('input[type=search]');
            field.value = '{text}';
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
            return true;
        }})()"
    ))
    .await;
}

async fn until_titles(page: &Page, expected: &[&str]) {
    let titles =
        "JSON.stringify([...document.querySelectorAll('[data-testid=conversation]')].map((it) => it.textContent))";
    let expected = json!(expected).to_string();
    page.until(&format!("the history is {expected}"), &format!("{titles} === {}", json!(expected))).await;
}

/// Two conversations, the newer one open.
async fn two_chats(page: &Page) {
    page.ask_until("alpha [[sim:tokens=9]]", "done").await;
    page.press("new-chat").await;
    page.until_lane("idle").await;
    page.ask_until("beta [[sim:tokens=10]]", "done").await;
    until_titles(page, &["beta [[sim:tokens=10]]", "alpha [[sim:tokens=9]]"]).await;
}

pub async fn an_old_conversation_is_opened_again(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    two_chats(page).await;
    assert_eq!(
        page.eval("document.querySelector('[aria-current=true][data-testid=conversation]').textContent").await,
        "beta [[sim:tokens=10]]"
    );
    page.press_last("conversation").await;
    page.until_lane("done").await;
    page.until("alpha is open", "document.querySelector('[aria-current=true][data-testid=conversation]')?.textContent.startsWith('alpha') === true").await;
    assert_eq!(page.texts("message-user").await, ["alpha [[sim:tokens=9]]"]);
    assert!(!page.answer().await.is_empty());
    // It continues where it was left.
    page.ask_until("gamma [[sim:tokens=11]]", "done").await;
    assert_eq!(page.count("message-user").await, 2);
    until_titles(page, &["alpha [[sim:tokens=9]]", "beta [[sim:tokens=10]]"]).await;
}

pub async fn the_history_can_be_searched(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    two_chats(page).await;
    search(page, "ALPHA").await;
    until_titles(page, &["alpha [[sim:tokens=9]]"]).await;
    search(page, "nothing has this").await;
    until_titles(page, &[]).await;
    search(page, "").await;
    until_titles(page, &["beta [[sim:tokens=10]]", "alpha [[sim:tokens=9]]"]).await;
}

pub async fn a_conversation_is_renamed_found_by_its_name_and_deleted_for_good(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    two_chats(page).await;
    page.press("conversation-rename").await;
    page.until("its name can be typed", "document.activeElement?.getAttribute('aria-label') === 'Chat name'").await;
    page.control("a").await;
    page.keys("A better name").await;
    page.keys(ENTER).await;
    until_titles(page, &["A better name", "alpha [[sim:tokens=9]]"]).await;
    page.until_kept("A better name").await;
    page.reload().await;
    until_titles(page, &["A better name", "alpha [[sim:tokens=9]]"]).await;
    page.ask_until("again [[sim:tokens=12]]", "done").await;
    until_titles(page, &["A better name", "alpha [[sim:tokens=9]]"]).await;

    // The conversation found by its new name is the one that is deleted.
    search(page, "BETTER").await;
    until_titles(page, &["A better name"]).await;
    page.press("conversation-delete").await;
    page.reload().await;
    until_titles(page, &["alpha [[sim:tokens=9]]"]).await;
    assert!(!page.everything_kept().await.contains("beta"), "what was deleted is gone");
}

pub async fn a_conversation_deleted_while_it_is_answered_is_gone(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask("beta [[sim:speed=20]] [[sim:tokens=3000]]").await;
    page.until_sliced(40).await;
    page.press("conversation-delete").await;
    until_titles(page, &[]).await;
    page.until_lane("idle").await;
    page.until_not_kept("beta").await;
    page.reload().await;
    until_titles(page, &[]).await;
    assert!(!page.everything_kept().await.contains("beta"));
}

/// Nothing that was typed may be lost, in either tab.
pub async fn two_tabs_keep_a_draft_each(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    page.type_into("composer-input", "first draft").await;
    let (first, _) = page.another_tab(&site.address).await;
    let there = page.value("composer-input").await;
    page.type_into("composer-input", "second draft").await;
    page.go_to(&first).await;
    page.reload().await;
    assert_eq!(page.value("composer-input").await, "first draft", "the second tab began with {there:?}");
}

pub async fn each_tab_comes_back_to_its_own_conversation(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    let (first, second) = page.another_tab(&site.address).await;
    page.until_a_model_is_chosen().await;
    // While this one is answered, the other tab asks too: neither overwrites the other.
    page.ask("from the second tab [[sim:tokens=300]] [[sim:speed=100]]").await;
    page.go_to(&first).await;
    page.ask_until("from the first tab [[sim:tokens=10]]", "done").await;
    page.go_to(&second).await;
    page.until_lane("done").await;
    page.ask_until("more from the second [[sim:tokens=11]]", "done").await;
    page.until_kept("more from the second").await;
    page.reload().await;
    let title = "from the second tab [[sim:tokens=300]] [[sim:speed=100]]";
    until_titles(page, &[title, "from the first tab [[sim:tokens=10]]"]).await;
    page.until_lane("done").await;
    let own = [title, "more from the second [[sim:tokens=11]]"];
    assert_eq!(page.texts("message-user").await, own, "a reload comes back to the tab's own conversation");
    page.go_to(&first).await;
    page.reload().await;
    page.until_lane("done").await;
    assert_eq!(page.texts("message-user").await, ["from the first tab [[sim:tokens=10]]"]);
}

const BLOCKED: &str = "() => {
    IDBFactory.prototype.open = () => { throw new DOMException('storage is blocked', 'SecurityError') };
}";

pub async fn without_a_database_chats_live_in_the_tab_as_it_says(session: Session) {
    let page = &session.page;
    session.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": BLOCKED })).await;
    let _site = page.with_simulator().await;
    page.until(
        "it says so",
        "document.querySelector('[data-testid=storage-problem]').textContent.includes('save anything')",
    )
    .await;
    page.ask_until("alpha [[sim:tokens=9]]", "done").await;
    let answer = page.answer().await;
    page.press("new-chat").await;
    page.ask_until("beta [[sim:tokens=10]]", "done").await;
    until_titles(page, &["beta [[sim:tokens=10]]", "alpha [[sim:tokens=9]]"]).await;
    // "Closing this tab loses them."
    page.press_last("conversation").await;
    page.until(
        "alpha is there again",
        "document.querySelector('[data-testid=message-user]')?.textContent.startsWith('alpha') === true",
    )
    .await;
    assert_eq!(page.answer().await, answer);
}

const NO_STORAGE: &str = "() => {
    const refuse = { get() { throw new DOMException('storage is blocked', 'SecurityError') }, configurable: true };
    Object.defineProperty(globalThis, 'localStorage', refuse);
    Object.defineProperty(globalThis, 'sessionStorage', refuse);
    Object.defineProperty(globalThis, 'indexedDB', refuse);
}";

pub async fn without_any_storage_the_page_answers(session: Session) {
    let page = &session.page;
    session.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": NO_STORAGE })).await;
    let _site = page.with_simulator().await;
    page.ask_until("alpha [[sim:tokens=9]]", "done").await;
    page.until("it says so", "document.querySelector('[data-testid=storage-problem]').textContent.length > 20").await;
}

pub async fn two_tabs_in_one_conversation_keep_both_questions(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    page.ask_until("together [[sim:tokens=9]]", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    let (first, _) = page.another_tab(&site.address).await;
    page.press("conversation").await;
    page.until_lane("done").await;
    page.ask_until("from the second [[sim:tokens=10]]", "done").await;
    page.go_to(&first).await;
    page.ask_until("from the first [[sim:tokens=11]]", "done").await;
    page.until_kept("from the first [[sim:tokens=11]]\",\"answers\":[{").await;
    page.reload().await;
    page.until("all of it is there", "document.querySelectorAll('[data-testid=message-user]').length === 3").await;
    let expected =
        ["together [[sim:tokens=9]]", "from the second [[sim:tokens=10]]", "from the first [[sim:tokens=11]]"];
    assert_eq!(page.texts("message-user").await, expected, "in the order in which they were asked");
}

pub async fn a_conversation_deleted_in_another_tab_does_not_break_this_one(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    page.ask_until("shared [[sim:tokens=9]]", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    let (first, _) = page.another_tab(&site.address).await;
    page.press("conversation-delete").await;
    page.until_not_kept("shared").await;
    page.go_to(&first).await;
    page.reload().await;
    page.until_lane("idle").await;
    until_titles(page, &[]).await;
    page.ask_until("a new one [[sim:tokens=9]]", "done").await;
    until_titles(page, &["a new one [[sim:tokens=9]]"]).await;
}

pub async fn a_damaged_setting_is_reported_and_costs_no_other(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.eval("localStorage.setItem('headroom.setting.system', '{\"v\":1,') ?? true").await;
    page.reload().await;
    page.until(
        "the user is told",
        "document.querySelector('[data-testid=storage-problem]').textContent.includes('the setting system')",
    )
    .await;
    page.eval("localStorage.setItem('headroom.settings', '{\"v\":1,') ?? true").await;
    page.reload().await;
    assert_eq!(page.eval("localStorage.getItem('headroom.settings')").await, "{\"v\":1,");
    assert_eq!(page.eval("localStorage.getItem('headroom.setting.system')").await, "{\"v\":1,");
    page.ask_until("[[sim:tokens=9]] hello", "done").await;
}

pub async fn a_record_of_the_future_stays_aside_and_is_reported(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("of today", "done").await;
    let spoil = "const done = arguments[0];
        (async () => {
            const db = await new Promise((ok) => { const r = indexedDB.open('headroom-2'); r.onsuccess = () => ok(r.result) });
            const store = db.transaction('entries', 'readwrite').objectStore('entries');
            store.put('{\"v\":99,\"data\":{}}', 'zzz');
            await new Promise((ok) => { store.transaction.oncomplete = ok });
            db.close();
        })().then(() => done(true));";
    page.client.execute_async(spoil, vec![]).await.unwrap();
    page.reload().await;
    page.until(
        "the user is told",
        "document.querySelector('[data-testid=storage-problem]').textContent.includes('newer Headroom')",
    )
    .await;
    until_titles(page, &["of today"]).await;
    assert!(
        page.everything_kept().await.contains("\\\"v\\\":99") || page.everything_kept().await.contains("{\"v\":99"),
        "it is left where it is"
    );
}

/// Opening another chat stopped the answer of the one that was left.
pub async fn an_answer_goes_on_while_another_chat_is_open(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask("[[sim:tokens=200]] [[sim:speed=50]] a slow one").await;
    page.until_answered(20).await;
    page.press("new-chat").await;
    page.until("the history shows it", "!!document.querySelector('[data-testid=conversation-answering]')").await;
    page.ask_until("[[sim:tokens=5]] a quick one", "done").await;
    let quick = page.answer().await;
    page.until("both have ended", "!document.querySelector('[data-testid=conversation-answering]')").await;
    assert_eq!((page.answer().await, page.texts("message-user").await.len()), (quick, 1), "nothing else came here");
    page.eval("[...document.querySelectorAll('[data-testid=conversation]')].at(-1).click() ?? true").await;
    page.until_lane("done").await;
    page.until_answered(400).await;
    page.reload().await;
    page.until_lane("done").await;
    page.until_answered(400).await;
}

/// 5,000 chats had 91,000 nodes, and each key took 216 ms.
pub async fn a_long_history_shows_only_its_rows_in_view_and_finds_all_of_it(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=5]] the newest", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    page.leave_chats(3_000, 1, 10).await;
    page.reload().await;
    page.until("the history is read", "document.querySelectorAll('[data-testid=conversation]').length > 10").await;
    let nodes = page.eval("document.querySelectorAll('#history *').length").await.as_u64().unwrap();
    assert!(nodes < 2_000, "{nodes} nodes for 3,001 chats");
    assert_eq!(page.texts("conversation").await.first().unwrap(), "[[sim:tokens=5]] the newest");

    page.eval("document.querySelector('.entries').scrollTo(0, 1e9) ?? true").await;
    page.until(
        "the oldest is in view",
        "[...document.querySelectorAll('[data-testid=conversation]')].at(-1).textContent === 'A chat about number 0'",
    )
    .await;
    search(page, "NUMBER 1234").await;
    until_titles(page, &["A chat about number 1234"]).await;
    page.press("conversation").await;
    page.until("it is open", "document.querySelector('[data-testid=message-user]')?.textContent.includes('Question')")
        .await;
    page.press("conversation-rename").await;
    page.until("its name can be typed", "document.activeElement?.getAttribute('aria-label') === 'Chat name'").await;
    page.control("a").await;
    page.keys("found again").await;
    page.keys(ENTER).await;
    search(page, "again").await;
    until_titles(page, &["found again"]).await;
    page.until_kept("found again").await;
}
