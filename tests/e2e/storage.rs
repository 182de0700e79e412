//! Storage that is full, silent, or deleted while the page is open, and what a reload keeps.

use headroom_e2e::{case::Session, provider::Provider};
use headroom_simulator::Shape;
use serde_json::json;

const SAYS: &str = "document.querySelector('[data-testid=storage-problem]')?.textContent ?? ''";

/// While `full` is set, this page cannot write, as on a full disk: the transaction is aborted.
const FULL: &str = "() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...record) {
        if (globalThis.full) throw new DOMException('', 'QuotaExceededError');
        return put.apply(this, record);
    };
}";

/// Five turns were on the screen, one was there after a reload, and nothing had been said.
pub async fn a_full_disk_is_said_and_loses_nothing_once_there_is_space(session: Session) {
    let page = &session.page;
    session.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": FULL })).await;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=9]] before", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    page.eval("(globalThis.full = true)").await;
    page.ask_until("[[sim:tokens=10]] meanwhile", "done").await;
    page.until("it is said", &format!("({SAYS}).includes('no space left')")).await;
    page.press("new-chat").await;
    page.press("conversation").await;
    page.until("both turns are read", "document.querySelectorAll('[data-testid=message-user]').length === 2").await;
    let taken = "(HTMLAnchorElement.prototype.click = function () { fetch(this.href).then((it) => it.text()).then((text) => { globalThis.file = [this.download, text] }) }) && true";
    page.eval(taken).await;
    page.press("storage-action").await;
    page.until("what waits is in the file", "globalThis.file?.[1].includes('[[sim:tokens=10]] meanwhile')").await;
    page.eval("(globalThis.full = false) || true").await;
    page.until("it is saved again", "document.querySelector('.storage-notice').hidden").await;
    page.reload().await;
    page.until("both are there", "document.querySelectorAll('[data-testid=message-user]').length === 2").await;
    page.until_lane("done").await;
}

/// It blocked Send forever.
pub async fn a_database_that_never_responds_blocks_nothing(session: Session) {
    let page = &session.page;
    let silent = "() => { IDBFactory.prototype.open = () => new EventTarget() }";
    session.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": silent })).await;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=9]] hello", "done").await;
    page.until("it is said", &format!("({SAYS}).includes('not responding')")).await;
    page.press("new-chat").await;
    page.ask_until("[[sim:tokens=10]] another", "done").await;
    page.press_last("conversation").await;
    page.until(
        "the first chat is still there",
        "document.querySelector('[data-testid=message-user]')?.textContent.includes('hello')",
    )
    .await;
}

/// The next turn was all that was left of the chat.
pub async fn a_database_deleted_under_the_page_costs_only_what_is_not_open(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=9]] first", "done").await;
    page.ask_until("[[sim:tokens=10]] second", "done").await;
    page.until_kept("second").await;
    page.eval("indexedDB.deleteDatabase('headroom-2') && true").await;
    page.until("it is said", &format!("({SAYS}).includes('deleted')")).await;
    assert_eq!(page.texts("message-user").await.len(), 2, "it is still on the screen");
    page.press("storage-action").await;
    page.until_kept("[[sim:tokens=10]] second\",\"answers\":[{").await;
    page.reload().await;
    page.until("both are there", "document.querySelectorAll('[data-testid=message-user]').length === 2").await;
}

/// Sends prompts as fast as answers end, and reloads right after the last one. `left` counts what was answered.
const HUNDRED: &str = "(async () => {
    const box = document.querySelector('[data-testid=composer-input]');
    const answered = () => [...document.querySelectorAll('[data-testid=metrics]')].length;
    for (let sent = 0; sent < 100; sent += 1) {
        box.value = `[[sim:tokens=9]] number ${sent}`;
        box.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('[data-testid=composer-send]').click();
        while (answered() <= sent) await new Promise((next) => setTimeout(next, 5));
        const times = JSON.parse(sessionStorage.getItem('answered') ?? '[]');
        sessionStorage.setItem('answered', JSON.stringify([...times, Date.now()]));
    }
    sessionStorage.setItem('reloaded', String(Date.now()));
    location.reload();
})() && true";

/// Of 110 short answers in a row, a reload kept 73: each waited for several transactions of those before it.
pub async fn a_reload_keeps_all_but_the_last_second_of_a_hundred_short_answers(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::LlamaCpp).await;
    let _site = page.with_provider(&provider).await;
    page.eval(HUNDRED).await;
    page.until("it has reloaded", "!!sessionStorage.getItem('reloaded')").await;
    page.ready().await;
    page.until("the chat is read", "document.querySelectorAll('[data-testid=message-user]').length > 0").await;
    let due = page
        .eval("JSON.parse(sessionStorage.getItem('answered')).filter((at) => at < sessionStorage.getItem('reloaded') - 1000).length")
        .await;
    let kept = page.eval("document.querySelectorAll('[data-testid=metrics]').length").await;
    let (due, kept) = (due.as_u64().unwrap(), kept.as_u64().unwrap());
    assert!(kept >= due, "{kept} of 100 answers are kept; {due} were there a second before");
}
