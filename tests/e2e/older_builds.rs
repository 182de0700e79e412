//! A browser in which an older build was used, and may still be open in another tab. Its storage was recorded from build
//! b2584da.

use headroom_e2e::{Session, page::Page};
use serde_json::{Value, json};

const RECORDED: &str = include_str!("../../src/core/app/tests/fixtures/version_1.json");
const FIRST: &str = "01a22eb8d9f0-6c187eac-1";
const SECOND: &str = "01a22eb8f087-6c187eac-8";

/// Runs a script with an older build's database open as `db`; it may await `done(store)`.
async fn in_older_database(page: &Page, script: &str) -> Value {
    let script = format!(
        "const done = arguments[0];
        (async () => {{
            const of = (request) => new Promise((ok, no) => {{ request.onsuccess = () => ok(request.result); request.onerror = no }});
            const opening = indexedDB.open('headroom', 2);
            opening.onupgradeneeded = () => ['entries', 'turns', 'slices', 'requests'].forEach((name) => opening.result.createObjectStore(name));
            const db = await of(opening);
            const put = (store, key, text) => of(db.transaction(store, 'readwrite').objectStore(store).put(text, key));
            const get = (store, key) => of(db.transaction(store).objectStore(store).get(key));
            const remove = (store, key) => of(db.transaction(store, 'readwrite').objectStore(store).delete(key));
            const result = await (async () => {{ {script} }})();
            db.close();
            return result ?? true;
        }})().then(done, (why) => done(String(why)));"
    );
    page.client.execute_async(&script, vec![]).await.unwrap()
}

/// Everything that the older build keeps.
async fn older_storage(page: &Page) -> Value {
    let all = "const all = { settings: localStorage.getItem('headroom.settings') };
        for (const name of db.objectStoreNames) {
            const store = db.transaction(name).objectStore(name);
            all[name] = [await of(store.getAllKeys()), await of(db.transaction(name).objectStore(name).getAll())];
        }
        return all;";
    in_older_database(page, all).await
}

/// Opens the page in a browser that was used with an older build.
async fn used_before(page: &Page) -> headroom_e2e::site::Site {
    let site = page.first_visit().await;
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let stores = &recorded["indexedDB"]["headroom"]["stores"];
    // Its lane asks the simulator, which is here.
    let settings = recorded["localStorage"]["headroom.settings"].as_str().unwrap();
    let settings = settings.replace(r#""provider":"added-1""#, r#""provider":"simulator""#);
    let fill = format!(
        "for (const [store, records] of Object.entries({stores})) for (const [key, text] of records) await put(store, key, text);
        localStorage.setItem('headroom.settings', {});
        sessionStorage.setItem('headroom.open', '{SECOND}');",
        json!(settings)
    );
    assert_eq!(in_older_database(page, &fill).await, true);
    page.reload().await;
    site
}

async fn until_titles(page: &Page, expected: &[&str]) {
    let titles =
        "JSON.stringify([...document.querySelectorAll('[data-testid=conversation]')].map((it) => it.textContent))";
    let expected = json!(expected).to_string();
    page.until(&format!("the history is {expected}"), &format!("{titles} === {}", json!(expected))).await;
}

const FIRST_TITLE: &str = "[[sim:tokens=30]] the first question, with one lane";
const SECOND_TITLE: &str = "[[sim:fault=cut:8]] [[sim:tokens=60]] a chat that is cut off";

pub async fn what_an_older_build_kept_is_there_and_stays_as_it_was(session: Session) {
    let page = &session.page;
    let _site = used_before(page).await;
    let before = older_storage(page).await;
    until_titles(page, &[SECOND_TITLE, FIRST_TITLE]).await;
    assert_eq!(page.fact("lane", "state").await.as_deref(), Some("failed"));
    page.press_last("conversation").await;
    page.until("three lanes come back", "document.querySelectorAll('[data-testid=lane]').length === 3").await;
    assert!(page.answers().await[0].starts_with("A long document"));
    page.press("new-chat").await;
    page.ask_until("[[sim:tokens=9]] a new one", "done").await;
    page.reload().await;
    until_titles(page, &["[[sim:tokens=9]] a new one", SECOND_TITLE, FIRST_TITLE]).await;
    assert_eq!(older_storage(page).await, before);
}

pub async fn what_an_older_tab_does_meanwhile_is_taken_over(session: Session) {
    let page = &session.page;
    let _site = used_before(page).await;
    until_titles(page, &[SECOND_TITLE, FIRST_TITLE]).await;
    page.ask_until("[[sim:tokens=9]] asked here", "done").await;
    page.until_kept("asked here").await;
    // The older tab asks in the same chat, renames the other one, changes a setting, and logs a request.
    let acts = format!(
        "const entry = JSON.parse(await get('entries', '{FIRST}'));
        entry.data.title = 'renamed there';
        await put('entries', '{FIRST}', JSON.stringify(entry));
        const other = JSON.parse(await get('entries', '{SECOND}'));
        await put('entries', '{SECOND}', JSON.stringify(other));
        const turn = {{ v: 1, data: {{ id: 'zz', chat: '{SECOND}', asked_ms: Date.now() + 5, prompt: 'asked there',
            answers: [{{ provider: 'simulator', model: 'gpt-oss-120b', text: 'answered there', ending: 'done', usage: {{}}, timing: {{}} }}] }} }};
        await put('turns', '{SECOND}/zz', JSON.stringify(turn));
        const channel = new BroadcastChannel('headroom.requests');
        channel.postMessage(JSON.stringify({{ greeting: 'of an older build' }}));
        channel.close();"
    );
    assert_eq!(in_older_database(page, &acts).await, true);
    until_titles(page, &[SECOND_TITLE, "renamed there"]).await;
    page.reload().await;
    until_titles(page, &[SECOND_TITLE, "renamed there"]).await;
    page.until_lane("done").await;
    assert_eq!(
        page.texts("message-user").await,
        [SECOND_TITLE, "[[sim:fault=429-minute]] refused", "[[sim:tokens=9]] asked here", "asked there"],
        "both turns are there"
    );
    assert_eq!(page.answer().await, "answered there");
    // It deletes the chat that nothing was asked in here, and then the one that was continued here.
    let deletes = format!(
        "await remove('entries', '{FIRST}');
        await remove('entries', '{SECOND}');
        const channel = new BroadcastChannel('headroom.requests');
        channel.postMessage(JSON.stringify({{ deleted: '{SECOND}' }}));
        channel.close();"
    );
    assert_eq!(in_older_database(page, &deletes).await, true);
    until_titles(page, &[SECOND_TITLE]).await;
    page.reload().await;
    until_titles(page, &[SECOND_TITLE]).await;
}

pub async fn a_chat_that_is_deleted_is_deleted_in_the_older_database_too(session: Session) {
    let page = &session.page;
    let _site = used_before(page).await;
    until_titles(page, &[SECOND_TITLE, FIRST_TITLE]).await;
    page.until_kept("a chat that is cut off").await;
    page.press("conversation-delete").await;
    page.until_not_kept("a chat that is cut off").await;
    page.reload().await;
    until_titles(page, &[FIRST_TITLE]).await;
}
