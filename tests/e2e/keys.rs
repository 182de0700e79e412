//! Looks for a key where it must not be: in requests to others, in storage, in the document, in the console.

use headroom_e2e::{
    Session,
    bidi::Request,
    page::Page,
    provider::{Heard, KEY, Provider},
};
use headroom_simulator::Shape;

/// Every place of the page where a key could be visible, with its content.
async fn places(session: &Session) -> Vec<(&'static str, String)> {
    let page = &session.page;
    let script = |script: &'static str| async move { page.eval(script).await.to_string() };
    let values = "[...document.querySelectorAll('input, textarea')].map((field) => field.value).join('\\n')";
    vec![
        ("storage", page.everything_kept().await),
        ("the document", script("document.documentElement.outerHTML").await),
        ("the fields", script(values).await),
        ("the address", script("location.href + JSON.stringify(history.state) + document.title + window.name").await),
        ("cookies", script("document.cookie").await),
        ("globals", script("Object.values(globalThis).filter((it) => typeof it === 'string').join('\\n')").await),
        ("resources", script("performance.getEntries().map((entry) => entry.name).join('\\n')").await),
        ("caches", cached(page).await),
        ("the console", session.bidi.console().join("\n")),
    ]
}

/// The addresses in the service worker's cache.
async fn cached(page: &Page) -> String {
    let script = "const done = arguments[0];
        (async () => {
            const all = [];
            for (const name of await caches.keys()) {
                for (const request of await (await caches.open(name)).keys()) all.push(request.url);
            }
            return all.join('\\n');
        })().then(done, (why) => done({ why: String(why) }));";
    let kept = page.client.execute_async(script, vec![]).await.unwrap();
    kept.as_str().expect("the caches can be read").to_owned()
}

pub async fn assert_nowhere(session: &Session, but: &[&str]) {
    for (place, content) in places(session).await {
        assert!(but.contains(&place) || !content.contains(KEY), "the key is in {place}: {content}");
    }
}

/// Requests that contain the key anywhere but in `Authorization: Bearer`.
fn misplaced(heard: &[Heard]) -> Vec<Heard> {
    let bearer = format!("Bearer {KEY}");
    let right = |name: &str, value: &str| name == "authorization" && value == bearer;
    let wrong = |heard: &&Heard| {
        let header = heard.headers.iter().any(|(name, value)| value.contains(KEY) && !right(name, value));
        header || heard.target.contains(KEY) || heard.body.contains(KEY)
    };
    heard.iter().filter(wrong).cloned().collect()
}

fn with_key(heard: &[Heard]) -> usize {
    heard.iter().filter(|heard| heard.header("authorization").is_some()).count()
}

pub async fn a_key_for_this_tab_goes_to_its_provider_and_nowhere_else(session: Session) {
    let page = &session.page;
    let (own, other) = (Provider::of(Shape::Groq).await, Provider::of(Shape::LlamaCpp).await);
    let site = page.with_provider(&own).await;
    assert_nowhere(&session, &[]).await;
    page.ask_until("[[sim:tokens=30]] hello", "done").await;
    page.ask_until("[[sim:fault=wrong-key]] hello", "failed").await;
    page.ask_until("[[sim:tokens=200]] [[sim:speed=60]] [[sim:fault=cut:30]] hello", "cut-off").await;
    // Uses another provider, on another origin, without a key; then the first one again.
    page.describe_provider("Other", &other.base_url(), "").await;
    page.press("provider-save").await;
    page.until(
        "the other is chosen",
        "document.querySelector('[data-testid=lane]').dataset.provider.startsWith('added-2-')",
    )
    .await;
    page.until_a_model_is_chosen().await;
    page.ask_until("[[sim:tokens=31]] hello", "done").await;
    // Now with its own key.
    page.press("settings-open").await;
    page.type_into("provider-key", "sk-of-the-other").await;
    page.press("provider-save").await;
    page.ask_until("[[sim:tokens=32]] hello", "done").await;
    page.press("settings-open").await;
    page.find("provider-key").await;
    assert_nowhere(&session, &[]).await;
    page.press("settings-close").await;
    page.until_kept("[[sim:tokens=32]]").await;
    assert_nowhere(&session, &[]).await;

    let (own_heard, other_heard) = (own.heard(), other.heard());
    assert!(with_key(&own_heard) >= 4, "the list and three questions carried it");
    assert_eq!(misplaced(&own_heard).len(), 0, "{:?}", misplaced(&own_heard));
    assert!(!format!("{own_heard:?}").contains("of-the-other"), "nor does the first provider see another's key");
    assert!(!format!("{other_heard:?}").contains(KEY), "the other provider never saw it");
    let others_key: Vec<_> = other_heard.iter().filter_map(|heard| heard.header("authorization")).collect();
    assert!(others_key.len() >= 2, "its list and a question carried its own: {others_key:?}");
    assert!(others_key.iter().all(|value| *value == "Bearer sk-of-the-other"), "{others_key:?}");
    assert!(other_heard.len() > others_key.len() + 1, "and before it had one, it was asked without");
    assert!(!site.asked().join("\n").contains(KEY));
    let (to_own, elsewhere): (Vec<_>, Vec<_>) =
        session.bidi.requests().into_iter().partition(|request| request.address.starts_with(&own.origin()));
    let carry = |requests: &[Request]| requests.iter().filter(|it| format!("{it:?}").contains(KEY)).count();
    assert!(carry(&to_own) >= 4, "the browser's own record has the key where it belongs: {to_own:?}");
    assert!(elsewhere.len() > 4, "and knows of the other requests: {elsewhere:?}");
    assert_eq!(carry(&elsewhere), 0, "which are without it");
}

pub async fn a_key_for_this_tab_is_gone_after_a_reload(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    let marked = "!!document.querySelector('dialog .has-key')";
    page.press("settings-open").await;
    page.until("the provider is marked as one with a key", marked).await;
    page.press("settings-close").await;
    page.reload().await;
    page.until_a_model_is_chosen().await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await.0, "no-key");
    assert_eq!(provider.chats()[0].header("authorization"), None);
    page.press("settings-open").await;
    page.find("provider-key").await;
    assert_eq!(page.eval(marked).await, false, "and it says so");
    assert_nowhere(&session, &[]).await;
}

pub async fn a_forgotten_key_is_nowhere_and_goes_along_no_more(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.first_visit().await;
    page.describe_provider("Test provider", &provider.base_url(), KEY).await;
    page.eval("document.querySelector('dialog [data-testid=key-mode] input[value=browser]').click() ?? true").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    let records = "Object.keys(localStorage).filter((name) => localStorage.getItem(name).includes('sk-canary')).length";
    assert_eq!(page.eval(records).await, 1);
    assert_nowhere(&session, &["storage"]).await;
    page.reload().await;
    page.ask_until("[[sim:tokens=30]] hello", "done").await;
    assert_eq!(
        provider.chats()[0].header("authorization"),
        Some(format!("Bearer {KEY}").as_str()),
        "a reload keeps it"
    );
    page.until_kept("[[sim:tokens=30]]").await;
    assert_eq!(page.eval(records).await, 1, "and it is in no other record");
    assert!(!page.everything_kept().await.replacen(KEY, "", 1).contains(KEY), "nor in the history");

    page.press("settings-open").await;
    assert_eq!(page.value("provider-key").await, "", "a kept key is never shown");
    page.press("key-forget").await;
    page.until("the record is gone", &format!("{records} === 0")).await;
    page.press("settings-close").await;
    assert_nowhere(&session, &[]).await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await.0, "no-key");
    assert_eq!(provider.chats()[1].header("authorization"), None);
    page.reload().await;
    assert_nowhere(&session, &[]).await;
}

pub async fn a_key_that_moves_to_this_tab_leaves_the_browser(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.first_visit().await;
    page.describe_provider("Test provider", &provider.base_url(), KEY).await;
    page.eval("document.querySelector('dialog [data-testid=key-mode] input[value=browser]').click() ?? true").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    page.press("settings-open").await;
    page.type_into("provider-key", KEY).await;
    page.eval("document.querySelector('dialog [data-testid=key-mode] input[value=tab]').click() ?? true").await;
    page.press("provider-save").await;
    page.until("the settings are closed", "!document.querySelector('dialog')").await;
    assert_nowhere(&session, &[]).await;
    page.ask_until("[[sim:tokens=30]] hello", "done").await;
}

pub async fn a_key_does_not_follow_its_provider_to_another_origin(session: Session) {
    let page = &session.page;
    let (own, other) = (Provider::of(Shape::Groq).await, Provider::of(Shape::Groq).await);
    let _site = page.first_visit().await;
    page.describe_provider("Test provider", &own.base_url(), KEY).await;
    page.eval("document.querySelector('dialog [data-testid=key-mode] input[value=browser]').click() ?? true").await;
    page.press("provider-save").await;
    page.until_a_model_is_chosen().await;
    // Changes the saved settings, as another script of this origin could.
    let (from, to) = (own.origin(), other.origin());
    page.eval(&format!(
        "Object.keys(localStorage).filter((name) => name.startsWith('headroom.setting.')).forEach((name) => localStorage.setItem(name, localStorage.getItem(name).replaceAll('{from}', '{to}'))) ?? true"
    ))
    .await;
    page.reload().await;
    page.ask_until("hello", "failed").await;
    assert_eq!(other.chats().len(), 1, "the question went to the new address");
    assert!(!format!("{:?}", other.heard()).contains(KEY), "the key did not");
}
