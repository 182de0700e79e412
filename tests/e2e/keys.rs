//! Where a key goes, and where it does not.

use headroom_e2e::{
    Session,
    provider::{KEY, Provider},
    site::Site,
};
use headroom_simulator::Shape;

pub async fn a_key_for_this_tab_is_nowhere_but_in_its_own_header(session: Session) {
    let page = &session.page;
    let (site, provider) = (Site::under("/").await, Provider::of(Shape::Cerebras).await);
    let other = Provider::of(Shape::Groq).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    page.ask_until("hello", "done").await;
    page.ask_until("[[sim:fault=400]] hello", "failed").await;
    page.describe_provider("Another", &other.base_url(), "sk-of-the-other").await;
    page.press("provider-save").await;
    page.until(
        "the other is chosen",
        "document.querySelector('[data-testid=provider-select]').selectedOptions[0].text === 'Another'",
    )
    .await;
    page.type_into("lane-model", "gpt-oss-120b\u{e007}").await;
    page.ask_until("hello again", "failed").await;

    let kept = page.everything_kept().await;
    assert!(kept.contains("hello again"), "the chat is kept: {kept}");
    assert!(!kept.contains(KEY) && !kept.contains("canary"), "the key is not: {kept}");
    let document = page.eval("document.documentElement.outerHTML + location.href").await.to_string();
    assert!(!document.contains("canary"), "the key is not in the document");
    let mut carried = 0;
    for request in session.bidi.requests() {
        assert!(!request.address.contains("canary"), "{}", request.address);
        for (name, value) in request.headers {
            if value.contains(KEY) {
                assert!(name.eq_ignore_ascii_case("authorization"), "{name}");
                assert!(request.address.starts_with(&provider.origin()), "{}", request.address);
                carried += 1;
            }
        }
    }
    assert!(carried >= 2, "its own requests carried it");
    assert!(session.bidi.console().iter().all(|line| !line.contains("canary")));
    page.reload().await;
    page.until(
        "the key is forgotten with the page",
        "document.querySelector('[data-testid=composer-tokens]') !== null && !document.querySelector('.has-key')",
    )
    .await;
}

pub async fn a_key_for_this_browser_is_one_record_and_can_be_forgotten(session: Session) {
    let page = &session.page;
    let (site, provider) = (Site::under("/").await, Provider::of(Shape::Cerebras).await);
    page.open(&site.address).await;
    page.describe_provider("Test provider", &provider.base_url(), KEY).await;
    page.client
        .find(headroom_e2e::Locator::Css("[data-testid=key-mode] input[value=browser]"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    page.press("provider-save").await;
    page.until("a model is chosen", "!!document.querySelector('[data-testid=lane]')?.dataset.model").await;
    let records = format!("Object.values({{ ...localStorage }}).filter((value) => value.includes('{KEY}')).length");
    assert_eq!(page.eval(&records).await, 1);
    assert_eq!(page.everything_kept().await.matches(KEY).count(), 1, "in no other place");
    page.reload().await;
    page.ask_until("hello", "done").await;
    page.press("settings-open").await;
    assert_eq!(page.value("provider-key").await, "", "a kept key is never shown");
    page.press("key-forget").await;
    page.until("the record is gone", &format!("{records} === 0")).await;
    page.press("settings-close").await;
    page.ask_until("hello?", "failed").await;
}

pub async fn a_key_is_never_sent_to_another_origin(session: Session) {
    let page = &session.page;
    let (site, provider) = (Site::under("/").await, Provider::of(Shape::Cerebras).await);
    let other = Provider::of(Shape::Cerebras).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    // Whoever can change what the page keeps points the provider elsewhere; the key stays with its origin.
    let moved = format!(
        "(() => {{ const kept = localStorage.getItem('headroom.settings').replaceAll('{}', '{}'); localStorage.setItem('headroom.settings', kept); return kept }})()",
        provider.origin(),
        other.origin()
    );
    let moved = page.eval(&moved).await.to_string();
    assert!(moved.contains(&other.origin()), "{moved}");
    page.eval(&format!("localStorage.setItem('headroom.key.added-1', '{} {KEY}') ?? true", provider.origin())).await;
    page.reload().await;
    page.ask_until("hello", "failed").await;
    for request in session.bidi.requests().into_iter().filter(|request| request.address.starts_with(&other.origin())) {
        assert!(request.headers.iter().all(|(_, value)| !value.contains(KEY)), "{request:?}");
    }
}
