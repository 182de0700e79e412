//! What users do in the playground, in their words.

use fantoccini::Locator;
use serde_json::Value;

use crate::{page::Page, provider::Provider};

/// The last element with a test id, as a JavaScript expression.
fn last(test_id: &str) -> String {
    format!("[...document.querySelectorAll('[data-testid={test_id}]')].at(-1)")
}

impl Page {
    // ---- Actions ----

    /// First visit: the built-in simulator.
    pub async fn try_the_simulator(&self) {
        self.press("onboarding-simulator").await;
        self.until_a_model_is_chosen().await;
    }

    /// Describes a provider in the settings and begins to use it.
    pub async fn add_provider(&self, provider: &Provider, key: &str) {
        self.describe_provider("Test provider", &provider.base_url(), key).await;
        self.press("provider-save").await;
        self.until_a_model_is_chosen().await;
    }

    /// Fills the form of a new provider.
    pub async fn describe_provider(&self, name: &str, base_url: &str, key: &str) {
        self.press("settings-open").await;
        self.press("provider-add").await;
        self.type_into("provider-name", name).await;
        self.type_into("provider-base-url", base_url).await;
        self.type_into("provider-key", key).await;
    }

    async fn until_a_model_is_chosen(&self) {
        self.until("a model is chosen", "!!document.querySelector('[data-testid=lane]')?.dataset.model").await;
    }

    /// Writes a message and sends it.
    pub async fn ask(&self, prompt: &str) {
        self.type_into("composer-input", prompt).await;
        self.press("composer-send").await;
        self.until("the message is taken", "document.querySelector('[data-testid=composer-input]').value === ''").await;
    }

    /// The same, and waits until the lane has come to this state.
    pub async fn ask_until(&self, prompt: &str, state: &str) {
        self.ask(prompt).await;
        self.until_lane(state).await;
    }

    /// Waits until the lane is in this state.
    pub async fn until_lane(&self, state: &str) {
        self.until(
            &format!("the lane is {state}"),
            &format!("document.querySelector('[data-testid=lane]').dataset.state === '{state}'"),
        )
        .await;
    }

    /// Waits until the answer that is being written has this many characters.
    pub async fn until_answered(&self, characters: usize) {
        let written = format!("({}?.textContent.length ?? 0) >= {characters}", last("message-answer"));
        self.until("some of the answer is there", &written).await;
    }

    /// Presses the last element with this test id: the newest answer, the newest message.
    pub async fn press_last(&self, test_id: &str) {
        let all =
            self.client.find_all(Locator::Css(&format!("[data-testid={test_id}]"))).await.expect("the page is there");
        all.last().unwrap_or_else(|| panic!("{test_id} is on the page")).click().await.expect("it can be pressed");
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .expect("something has the focus")
            .send_keys(keys)
            .await
            .expect("it takes keys");
    }

    /// Waits until the request is counted as this many tokens.
    pub async fn until_counted_as(&self, tokens: u64) {
        let now = "document.querySelector('[data-testid=composer-tokens]').dataset.count";
        self.until(&format!("{tokens} tokens are counted"), &format!("{now} === '{tokens}' || {now}")).await;
    }

    // ---- Results ----

    /// What the request costs, once it is known.
    pub async fn until_counted(&self) -> u64 {
        self.until(
            "the request is counted",
            "document.querySelector('[data-testid=composer-tokens]')?.dataset.count > 0",
        )
        .await;
        self.fact("composer-tokens", "count").await.and_then(|count| count.parse().ok()).expect("a count")
    }

    /// The text of the newest answer.
    pub async fn answer(&self) -> String {
        self.eval(&format!("{}?.textContent ?? ''", last("message-answer"))).await.as_str().expect("a text").to_owned()
    }

    /// A `data-*` fact of the last element with a test id, by its name in `dataset`.
    pub async fn last_fact(&self, test_id: &str, name: &str) -> Option<String> {
        self.eval(&format!("{}?.dataset.{name} ?? null", last(test_id))).await.as_str().map(str::to_owned)
    }

    /// The same as a number.
    pub async fn last_number(&self, test_id: &str, name: &str) -> f64 {
        let fact = self.last_fact(test_id, name).await;
        fact.as_ref()
            .and_then(|fact| fact.parse().ok())
            .unwrap_or_else(|| panic!("{test_id} has a number {name}: {fact:?}"))
    }

    /// How many elements with a test id there are.
    pub async fn count(&self, test_id: &str) -> u64 {
        self.eval(&format!("document.querySelectorAll('[data-testid={test_id}]').length"))
            .await
            .as_u64()
            .expect("a count")
    }

    /// What stands in a field.
    pub async fn value(&self, test_id: &str) -> String {
        let value = self.eval(&format!("document.querySelector('[data-testid={test_id}]').value")).await;
        value.as_str().expect("a text").to_owned()
    }

    /// Everything that the page keeps: local storage, session storage and every record of every database, as one text.
    pub async fn everything_kept(&self) -> String {
        let script = "const done = arguments[0];
            (async () => {
                const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
                for (const { name } of await indexedDB.databases()) {
                    const db = await new Promise((ok, no) => { const r = indexedDB.open(name); r.onsuccess = () => ok(r.result); r.onerror = no; });
                    for (const store of db.objectStoreNames) {
                        const all = db.transaction(store).objectStore(store).getAll();
                        kept.push(JSON.stringify(await new Promise((ok, no) => { all.onsuccess = () => ok(all.result); all.onerror = no; })));
                    }
                    db.close();
                }
                return kept.join('\\n');
            })().then(done, (why) => done('failed: ' + why));";
        let kept = self.client.execute_async(script, vec![]).await.expect("storage can be read");
        let Value::String(kept) = kept else { panic!("a text: {kept}") };
        kept
    }
}
