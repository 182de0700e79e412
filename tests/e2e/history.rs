//! Chats that were had.

use headroom_e2e::{Session, page::Page, site::Site};

async fn titles(page: &Page) -> Vec<String> {
    let titles = page
        .eval("[...document.querySelectorAll('[data-testid=conversation]')].map((entry) => entry.textContent.trim())")
        .await;
    titles.as_array().unwrap().iter().map(|title| title.as_str().unwrap().to_owned()).collect()
}

async fn until_titles(page: &Page, expected: &[&str]) {
    let list = serde_json::json!(expected);
    let now = "[...document.querySelectorAll('[data-testid=conversation]')].map((entry) => entry.textContent.trim())";
    page.until(&format!("the history is {list}"), &format!("JSON.stringify({now}) === JSON.stringify({list})")).await;
}

pub async fn chats_are_found_renamed_and_deleted_again(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("about apples", "done").await;
    page.press("new-chat").await;
    page.ask_until("about pears", "done").await;
    until_titles(page, &["about pears", "about apples"]).await;
    page.reload().await;
    until_titles(page, &["about pears", "about apples"]).await;
    page.until("the open chat is back", "document.querySelectorAll('[data-testid=message-answer]').length === 1").await;
    assert_eq!(
        page.eval("document.querySelector('[aria-current=true][data-testid=conversation]').textContent.trim()").await,
        "about pears"
    );

    page.press_last("conversation").await;
    page.until(
        "the other chat is open",
        "document.querySelector('[data-testid=message-user]')?.textContent === 'about apples'",
    )
    .await;
    page.press_last("conversation-rename").await;
    page.keys("Fruit, red or green\u{e007}").await;
    until_titles(page, &["about pears", "Fruit, red or green"]).await;
    page.client.find(headroom_e2e::Locator::Css("[type=search]")).await.unwrap().send_keys("FRUIT").await.unwrap();
    until_titles(page, &["Fruit, red or green"]).await;
    page.press("conversation-delete").await;
    page.reload().await;
    until_titles(page, &["about pears"]).await;
    assert!(!page.everything_kept().await.contains("about apples"), "what was deleted is gone");
}

pub async fn two_tabs_do_not_overwrite_each_other(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    let (first, second) = page.another_tab(&site.address).await;
    page.ask("[[sim:tokens=600]] [[sim:speed=400]] in the second tab").await;
    page.go_to(&first).await;
    page.ask_until("in the first tab", "done").await;
    page.go_to(&second).await;
    page.until_lane("done").await;
    page.reload().await;
    page.until("both chats are in the history", "document.querySelectorAll('[data-testid=conversation]').length === 2")
        .await;
    let mut both = titles(page).await;
    both.sort();
    assert_eq!(both[1], "in the first tab");
    page.press_last("conversation").await;
    page.until("it opens", "document.querySelectorAll('[data-testid=message-answer]').length === 1").await;
}

pub async fn without_storage_the_page_goes_on_in_memory_and_says_so(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let refuse = "() => { IDBFactory.prototype.open = () => { throw new DOMException('refused for this test', 'SecurityError') } }";
    page.bidi.command("script.addPreloadScript", serde_json::json!({ "functionDeclaration": refuse })).await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("still here", "done").await;
    page.until(
        "the user is told",
        "document.querySelector('[data-testid=storage-problem]').textContent.includes('does not keep')",
    )
    .await;
    assert_eq!(titles(page).await, ["still here"]);
    page.press("new-chat").await;
    page.ask_until("and again", "done").await;
}

pub async fn a_record_of_the_future_stays_aside_and_is_told(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    page.open(&site.address).await;
    page.try_the_simulator().await;
    page.ask_until("of today", "done").await;
    let spoil = "const done = arguments[0];
        (async () => {
            const db = await new Promise((ok) => { const r = indexedDB.open('headroom'); r.onsuccess = () => ok(r.result) });
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
