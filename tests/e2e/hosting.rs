//! The site as served by a host and guarded by a browser.

use headroom_e2e::{Session, site::Site};

pub async fn the_page_opens_at_the_root_with_few_requests(session: Session) {
    let site = Site::under("/").await;
    session.page.open(&site.address).await;
    assert_eq!(session.page.client.title().await.unwrap(), "Headroom");
    assert!(!site.asked().is_empty());
    // Modules and later parts are fetched only after the page is ready.
    let names = "performance.getEntriesByType('resource').map((entry) => entry.name)";
    let early = format!("{names}.filter((name) => !/worker|markdown_dom|later-/.test(name))");
    let before_ready = session.page.eval(&early).await;
    let count = before_ready.as_array().unwrap().len() + 1;
    assert!((3..=8).contains(&count), "{count} requests before the page is ready: {before_ready}");
}

pub async fn the_page_opens_under_a_sub_path(session: Session) {
    let site = Site::under("/some/deep/path/").await;
    // Without the slash every relative address would point one folder too high: the server redirects.
    session.page.open(site.address.trim_end_matches('/')).await;
    assert_eq!(session.page.client.current_url().await.unwrap().path(), "/some/deep/path/");
    session.page.try_the_simulator().await;
    session.page.ask_until("hello", "done").await;
    let outside: Vec<String> = site
        .asked()
        .into_iter()
        .filter(|path| !path.starts_with("/some/deep/path") && path != "/favicon.ico")
        .collect();
    assert!(outside.is_empty(), "nothing is asked for outside the sub-path: {outside:?}");
}

pub async fn the_site_opens_without_a_network(session: Session) {
    let site = Site::under("/offline/").await;
    session.page.open(&site.address).await;
    session.page.try_the_simulator().await;
    session.page.type_into("composer-input", "kept words").await;
    let active = "(await navigator.serviceWorker.ready).active.state === 'activated'";
    let wait = format!(
        "(async () => {{ while (!({active})) await new Promise((next) => setTimeout(next, 50)); arguments[0](true) }})()"
    );
    session
        .page
        .client
        .execute_async(&format!("const done = arguments[0]; {}", wait.replace("arguments[0]", "done")), vec![])
        .await
        .unwrap();
    site.stop();
    session.page.open(&site.address).await;
    assert_eq!(session.page.value("composer-input").await, "kept words");
    session.page.press("composer-send").await;
    session.page.until_lane("done").await;
    session.page.until("the answer is formatted", "!!document.querySelector('.md p')").await;
}

pub async fn the_policy_blocks_an_injected_inline_script(session: Session) {
    let site = Site::under("/").await;
    session.page.open(&site.address).await;
    let inject = "(() => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.injected = true';
        document.body.append(script);
        const button = document.createElement('button');
        button.setAttribute('onclick', 'globalThis.injected = true');
        document.body.append(button);
        button.click();
        return globalThis.injected === undefined;
    })()";
    assert_eq!(session.page.eval(inject).await, true, "an inline script ran");
    session.page.until("both violations are reported", "policyViolations.length >= 2").await;
}

pub async fn the_policy_blocks_a_foreign_script(session: Session) {
    let site = Site::under("/").await;
    session.page.open(&site.address).await;
    let inject = "(() => {
        const script = document.createElement('script');
        script.src = 'https://scripts.example/x.js';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'https://images.example/pixel.png';
        document.body.append(image);
        return true;
    })()";
    session.page.eval(inject).await;
    session.page.until("both violations are reported", "policyViolations.length >= 2").await;
    assert_eq!(session.trap.caught(), [""; 0], "nothing left the machine");
}
