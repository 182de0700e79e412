//! Storage that is full, silent, or deleted while the page is open, and what a reload keeps.

use std::time::{Duration, Instant};

use headroom_e2e::{case::Session, scripted::Scripted};
use serde_json::json;

const SAYS: &str = "document.querySelector('[data-testid=storage-problem]')?.textContent ?? ''";

/// While `full` is in local storage, this page cannot write, as on a full disk. The text of a file goes to `file` there.
const FULL: &str = "() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...record) {
        if (localStorage.full) throw new DOMException('', 'QuotaExceededError');
        return put.apply(this, record);
    };
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => { localStorage.file = text });
        return '#';
    };
}";

/// Five turns were on the screen, one was there after a reload, and nothing had been said.
pub async fn a_full_disk_is_said_and_loses_nothing_once_there_is_space(session: Session) {
    let page = &session.page;
    session.bidi.command("script.addPreloadScript", json!({ "functionDeclaration": FULL })).await;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:tokens=9]] before", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    page.eval("(localStorage.full = 'yes')").await;
    page.ask_until("[[sim:tokens=10]] meanwhile", "done").await;
    page.until("it is said", &format!("({SAYS}).includes('no space left')")).await;
    page.press("new-chat").await;
    page.press("conversation").await;
    page.until("both turns are read", "document.querySelectorAll('[data-testid=message-user]').length === 2").await;
    page.press("storage-action").await;
    page.until("what waits is in the file", "!!localStorage.file?.includes('[[sim:tokens=10]] meanwhile')").await;
    page.eval("localStorage.removeItem('full') ?? true").await;
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

/// Sends prompts as fast as answers end, ten to a chat, and reloads right after the last one. Session storage has when each
/// answer ended.
const HUNDRED: &str = "(async () => {
    const box = document.querySelector('[data-testid=composer-input]');
    const answered = () => document.querySelectorAll('[data-testid=metrics]').length;
    const lane = () => document.querySelector('[data-testid=lane]');
    const ends = [];
    for (let sent = 0; sent < 100; sent += 1) {
        if (sent > 0 && sent % 10 === 0) document.querySelector('[data-testid=new-chat]').click();
        box.value = `number ${sent}`;
        box.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((next) => setTimeout(next, 5));
        document.querySelector('[data-testid=composer-send]').click();
        while (answered() <= sent % 10 || lane().dataset.state !== 'done') await new Promise((next) => setTimeout(next, 5));
        ends.push(Date.now());
    }
    sessionStorage.setItem('ends', JSON.stringify(ends));
    sessionStorage.setItem('reloaded', Date.now());
    location.reload();
})() && true";

/// Of 110 short answers in a row, a reload kept 73: each waited for several transactions of those before it.
pub async fn a_reload_keeps_all_but_the_last_second_of_a_hundred_short_answers(session: Session) {
    let page = &session.page;
    let provider = Scripted::start().await;
    provider.says("/v1/models", 200, &[r#"{"data":[{"id":"m"}]}"#]);
    let answer =
        "data: {\"choices\":[{\"delta\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    provider.says("/v1/chat/completions", 200, &[answer]);
    let _site = page.first_visit().await;
    page.describe_provider("Quick", &format!("{}/v1", provider.origin()), "none").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    page.eval(HUNDRED).await;
    let (started, reloaded) = (Instant::now(), "return !!sessionStorage.getItem('reloaded')");
    while !page.client.execute(reloaded, vec![]).await.is_ok_and(|it| it == true) {
        let (took, sent) = (started.elapsed(), provider.heard().len());
        assert!(took < Duration::from_secs(90), "a hundred answers take too long: {sent} were sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.until("it is another document", "performance.timeOrigin > sessionStorage.reloaded - 20").await;
    page.ready().await;
    let before = "JSON.parse(sessionStorage.ends).filter((at) => at < sessionStorage.reloaded - 1000).length";
    let due = page.eval(before).await.as_u64().unwrap();
    let kept = page.everything_kept().await.matches("\"ending\":\"done\"").count() as u64;
    assert!(kept >= due, "{kept} of 100 answers are kept; {due} had ended a second before the reload");
    let requests = provider.heard().len();
    assert_eq!(requests, 100, "none is sent twice");
}
