//! The page from a user's point of view. Tests say what they do and see; this module finds it in the document.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use fantoccini::{Client, Locator, elements::Element, wd::WindowHandle};
use serde_json::{Value, json};

use crate::bidi::Bidi;

/// The timeout for anything a test waits for. Long, for slow machines: no test measures time.
const PATIENCE: Duration = Duration::from_secs(20);

/// The open page.
#[derive(Clone)]
pub struct Page {
    /// For actions without a method here.
    pub client: Client,
    /// For what WebDriver alone cannot do.
    pub bidi: Arc<Bidi>,
}

impl Page {
    // ---- Actions ----

    /// Opens an address and waits until the page takes input.
    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.expect("the address opens");
        self.ready().await;
    }

    /// Loads the page again and waits until it takes input.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page reloads");
        self.ready().await;
        // A lane knows its state before the history and error cards have been fetched. A first visit has none.
        let is_complete =
            "document.getElementById('app').dataset.started !== 'true' || !!document.getElementById('history')";
        self.until("the lazy views are there", is_complete).await;
        // Saved answers are shown as plain text until the Markdown renderer is loaded.
        let is_formatted =
            "[...document.querySelectorAll('.md')].every((it) => it.childElementCount > 0 || !it.textContent)";
        self.until("the answers are formatted", is_formatted).await;
    }

    /// Opens an address in a new tab and stays there; returns the tab that was left and the new one.
    pub async fn another_tab(&self, address: &str) -> (WindowHandle, WindowHandle) {
        let first = self.client.window().await.expect("a tab is open");
        let second = self.bidi.open_tab().await.expect("a tab can be opened");
        let second = WindowHandle::try_from(second).expect("a tab has a name");
        self.go_to(&second).await;
        self.open(address).await;
        (first, second)
    }

    /// Switches to another tab.
    pub async fn go_to(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("the tab is open");
    }

    /// Waits until the page takes input.
    pub async fn ready(&self) {
        self.until("the page is ready", "document.documentElement.dataset.ready === 'true'").await;
    }

    /// Types into an element, key by key.
    pub async fn type_into(&self, test_id: &str, text: &str) {
        self.find(test_id).await.send_keys(text).await.expect("it takes text");
    }

    /// Presses a button.
    pub async fn press(&self, test_id: &str) {
        self.find(test_id).await.click().await.expect("it can be pressed");
    }

    /// Sizes the viewport, in CSS pixels, whatever the size of the window.
    pub async fn resize(&self, width: u32, height: u32) {
        let tab = String::from(self.client.window().await.expect("a window is open"));
        self.bidi.resize(&tab, width, height).await.expect("a tab can be resized");
    }

    /// Applies a theme through the attribute that the theme button sets.
    pub async fn wear(&self, theme: &str) {
        self.eval(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
        // Colors fade gradually; halfway through, they belong to neither theme.
        let still = "!document.getAnimations().some((it) => it instanceof CSSTransition)";
        self.until("the colors stay", still).await;
    }

    /// Sets the text of an open composition in Chromium, as an input method does.
    pub async fn compose(&self, text: &str) {
        let end = text.encode_utf16().count();
        let composed = json!({ "text": text, "selectionStart": end, "selectionEnd": end });
        self.client.issue_cmd(Cdp("Input.imeSetComposition", composed)).await.expect("Chromium composes");
    }

    /// Ends the composition with this text.
    pub async fn commit(&self, text: &str) {
        self.client.issue_cmd(Cdp("Input.insertText", json!({ "text": text }))).await.expect("Chromium inserts it");
    }

    // ---- Results ----

    /// The element with this test id.
    pub async fn find(&self, test_id: &str) -> Element {
        let selector = format!("[data-testid={test_id}]");
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&selector)).await;
        found.unwrap_or_else(|why| panic!("{test_id} is on the page: {why}"))
    }

    /// A `data-*` value of an element; `None` if the attribute is absent.
    pub async fn fact(&self, test_id: &str, name: &str) -> Option<String> {
        self.find(test_id).await.attr(&format!("data-{name}")).await.expect("the element stays")
    }

    /// The visible text of an element.
    pub async fn text(&self, test_id: &str) -> String {
        self.find(test_id).await.text().await.expect("the element stays")
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, what: &str, expression: &str) {
        let started = Instant::now();
        let mut last = Value::Null;
        while started.elapsed() < PATIENCE {
            match self.client.execute(&format!("return ({expression});"), vec![]).await {
                Ok(Value::Bool(true)) => return,
                Ok(other) => last = other,
                // A page that is being replaced has no document for a moment.
                Err(why) => last = json!(why.to_string()),
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        panic!("waited in vain until {what}; last seen: {last}");
    }

    /// The value of a JavaScript expression.
    pub async fn eval(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression});"), vec![]).await.expect("the expression has a value")
    }

    /// Chromium's own measurements of this page, by name, in its units.
    pub async fn chromium_metrics(&self) -> BTreeMap<String, f64> {
        self.client.issue_cmd(Cdp("Performance.enable", json!({}))).await.expect("Chromium measures");
        let metrics =
            self.client.issue_cmd(Cdp("Performance.getMetrics", json!({}))).await.expect("Chromium has measured");
        let metrics = metrics["metrics"].as_array().expect("a list");
        let metric = |it: &Value| Some((it["name"].as_str()?.to_owned(), it["value"].as_f64()?));
        metrics.iter().filter_map(metric).collect()
    }

    /// Chromium's own log since the last call, which has what BiDi leaves out: failed loads, violations, deprecations.
    pub async fn chromium_log(&self) -> Vec<String> {
        let log = self.client.issue_cmd(ChromiumLog).await.expect("chromedriver has a log");
        let messages = log.as_array().expect("a list").iter().map(|entry| entry["message"].as_str().expect("a text"));
        // Messages of chromedriver's own BiDi tab are left out.
        messages
            .filter(|message| !message.contains("Launching Mapper"))
            .map(|message| format!("log: {message}"))
            .collect()
    }

    /// The problems axe-core finds against WCAG 2 A and AA and its best practices, one line each.
    pub async fn accessibility_problems(&self) -> Vec<String> {
        self.axe("{}").await
    }

    /// The problems it finds in colors alone: the only ones that another theme can change.
    pub async fn contrast_problems(&self) -> Vec<String> {
        self.axe("{ runOnly: ['color-contrast', 'link-in-text-block'] }").await
    }

    async fn axe(&self, options: &str) -> Vec<String> {
        if self.eval("typeof window.axe").await == "undefined" {
            let axe = std::env::var("AXE_CORE").expect("./dev test e2e says where axe-core is");
            let axe = std::fs::read_to_string(axe).expect("axe-core is there");
            self.client.execute(&axe, vec![]).await.expect("axe-core loads");
        }
        let script = "const done = arguments[0];
            window.axe.run(document, { resultTypes: ['violations'], ...OPTIONS }).then(
                ({ violations, passes }) => done(passes.length === 0 ? ['axe-core looked at nothing'] :
                    violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.target + ' ' + node.failureSummary))),
                (why) => done(['axe-core failed: ' + why]));";
        let found =
            self.client.execute_async(&script.replace("OPTIONS", options), vec![]).await.expect("axe-core runs");
        found.as_array().expect("a list").iter().map(|line| line.as_str().expect("a text").to_owned()).collect()
    }
}

/// The command for Chromium's own log.
#[derive(Debug)]
pub(crate) struct ChromiumLog;

/// A command of the DevTools protocol and its parameters, through chromedriver.
#[derive(Debug)]
struct Cdp(&'static str, Value);

impl fantoccini::wd::WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

impl fantoccini::wd::WebDriverCompatibleCommand for ChromiumLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(r#"{"type":"browser"}"#.into()))
    }
}
