//! User actions in the playground, named as users would.

use fantoccini::Locator;
use serde_json::Value;

use crate::{page::Page, provider::Provider, site::Site};

/// The Tab key.
const TAB: &str = "\u{e004}";
/// Holds Shift down for the rest of the call.
const SHIFT: &str = "\u{e008}";
/// Holds Control down for the rest of the call.
const CONTROL: &str = "\u{e009}";
/// The Enter key.
pub const ENTER: &str = "\u{e007}";
/// The Escape key.
pub const ESCAPE: &str = "\u{e00c}";
/// More presses of Tab than any screen has stops.
const MOST_STOPS: usize = 80;

/// The last element with a test id, as a JavaScript expression.
fn last(test_id: &str) -> String {
    format!("[...document.querySelectorAll('[data-testid={test_id}]')].at(-1)")
}

impl Page {
    // ---- Actions ----

    /// Puts text into a field the way a paste does: WebDriver cannot type every character.
    pub async fn paste(&self, test_id: &str, text: &str) {
        let script = "const field = document.querySelector(`[data-testid=${arguments[0]}]`);
            field.value = arguments[1];
            field.dispatchEvent(new Event('input', { bubbles: true }));";
        self.client.execute(script, vec![test_id.into(), text.into()]).await.expect("the field takes it");
    }

    /// Opens the site for the first time.
    pub async fn first_visit(&self) -> Site {
        let site = Site::under("/").await;
        self.open(&site.address).await;
        site
    }

    /// Opens the site for the first time and chooses the built-in simulator.
    pub async fn with_simulator(&self) -> Site {
        let site = self.first_visit().await;
        self.try_the_simulator().await;
        site
    }

    /// Opens the site for the first time with a provider on another origin, and the key that it accepts.
    pub async fn with_provider(&self, provider: &Provider) -> Site {
        let site = self.first_visit().await;
        self.add_provider(provider, crate::provider::KEY).await;
        site
    }

    /// Chooses the built-in simulator at a first visit.
    pub async fn try_the_simulator(&self) {
        self.press("onboarding-simulator").await;
        self.until_a_model_is_chosen().await;
    }

    /// Adds a provider in the settings and starts using it.
    pub async fn add_provider(&self, provider: &Provider, key: &str) {
        self.describe_provider("Test provider", &provider.base_url(), key).await;
        self.press("provider-save").await;
        self.until_a_model_is_chosen().await;
    }

    /// Replaces the model with a typed one.
    pub async fn choose_model(&self, model: &str) {
        self.press("lane-model").await;
        self.keys(&format!("{CONTROL}a")).await;
        self.keys(&format!("{model}{ENTER}")).await;
        self.until(
            "the model is chosen",
            &format!("document.querySelector('[data-testid=lane]').dataset.model === '{model}'"),
        )
        .await;
    }

    /// Selects a limit profile by its id; an empty one for none.
    pub async fn choose_limits(&self, profile: &str) {
        self.find("limit-profile").await.select_by_value(profile).await.expect("the profile is offered");
        let chosen = format!("document.querySelector('[data-testid=limit-profile]').dataset.value === '{profile}'");
        self.until("the profile is chosen", &chosen).await;
    }

    /// Sets a limit by hand.
    pub async fn set_limit(&self, window: &str, limit: u64) {
        self.press("limit-edit").await;
        let field = format!("document.querySelector('[data-testid=limit-number][data-window={window}]')");
        self.until("the form is there", &format!("!!{field}")).await;
        self.eval(&format!("(() => {{ const field = {field}; field.value = '{limit}'; field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true }})()")).await;
    }

    /// Turns the queue off, so that rejections are shown instead of avoided.
    pub async fn without_queue(&self) {
        self.press("queue-on").await;
        self.until("the queue is off", "!document.querySelector('[data-testid=queue-on]').checked").await;
    }

    /// Fills the form of a new provider.
    pub async fn describe_provider(&self, name: &str, base_url: &str, key: &str) {
        self.press("settings-open").await;
        self.press("provider-add").await;
        self.type_into("provider-name", name).await;
        self.type_into("provider-base-url", base_url).await;
        self.type_into("provider-key", key).await;
    }

    /// Waits until the lane has a model, chosen or taken from the list.
    pub async fn until_a_model_is_chosen(&self) {
        self.until("a model is chosen", "!!document.querySelector('[data-testid=lane]')?.dataset.model").await;
    }

    /// Writes a message and sends it.
    pub async fn ask(&self, prompt: &str) {
        self.type_into("composer-input", prompt).await;
        self.send().await;
    }

    /// Sends the content of the message box.
    pub async fn send(&self) {
        self.press("composer-send").await;
        self.until("the message is taken", "document.querySelector('[data-testid=composer-input]').value === ''").await;
    }

    /// Writes and sends a message, and waits until the lane has reached this state.
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

    /// Waits until the running answer has this many characters.
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

    /// Waits until there are this many error cards: each failed turn keeps its own.
    pub async fn until_errors(&self, count: usize) {
        let cards = format!("document.querySelectorAll('[data-testid=error]').length === {count}");
        self.until(&format!("there are {count} error cards"), &cards).await;
    }

    /// Waits until storage contains this text.
    pub async fn until_kept(&self, part: &str) {
        let started = std::time::Instant::now();
        while !self.everything_kept().await.contains(part) {
            assert!(started.elapsed().as_secs() < 20, "waited in vain until {part} is kept");
        }
    }

    /// Waits until storage no longer contains this text.
    pub async fn until_not_kept(&self, part: &str) {
        let started = std::time::Instant::now();
        while self.everything_kept().await.contains(part) {
            assert!(started.elapsed().as_secs() < 20, "waited in vain until {part} is kept no longer");
        }
    }

    /// Waits until this many characters of the running answer are in storage, and returns how many there are.
    pub async fn until_sliced(&self, characters: u64) -> u64 {
        let script = "const done = arguments[0];
            const opening = indexedDB.open('headroom-2');
            opening.onerror = () => done(0);
            opening.onsuccess = () => {
                const db = opening.result;
                if (!db.objectStoreNames.contains('slices')) { db.close(); return done(0); }
                const all = db.transaction('slices').objectStore('slices').getAll();
                all.onsuccess = () => { db.close(); done(all.result.join('').length); };
                all.onerror = () => { db.close(); done(0); };
            };";
        let started = std::time::Instant::now();
        loop {
            let kept = self.client.execute_async(script, vec![]).await.expect("storage can be read");
            let kept = kept.as_u64().unwrap_or_default();
            if kept >= characters {
                return kept;
            }
            assert!(started.elapsed().as_secs() < 20, "waited in vain for {characters} characters in storage: {kept}");
        }
    }

    /// Presses Tab until an element with this test id has the focus.
    pub async fn tab_to(&self, test_id: &str) {
        self.step_to(test_id, TAB).await;
    }

    /// Presses Shift+Tab until an element has the focus. Forward past the last element Firefox leaves the page for its
    /// own toolbars, and a key pressed after that is only partly delivered.
    pub async fn tab_back_to(&self, test_id: &str) {
        self.step_to(test_id, &format!("{SHIFT}{TAB}")).await;
    }

    async fn step_to(&self, test_id: &str, step: &str) {
        let mut met = Vec::new();
        for _ in 0..MOST_STOPS {
            let focused = self.focused().await;
            if focused == test_id {
                return;
            }
            met.push(focused);
            self.keys(step).await;
        }
        panic!("Tab does not come to {test_id}: {met:?}");
    }

    /// Presses a key while Control is held down.
    pub async fn control(&self, key: &str) {
        self.keys(&format!("{CONTROL}{key}")).await;
    }

    /// Sends keys to the focused element.
    pub async fn keys(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .expect("something has the focus")
            .send_keys(keys)
            .await
            .expect("it takes keys");
    }

    /// Waits until the request counts as this many tokens.
    pub async fn until_counted_as(&self, tokens: u64) {
        let now = "document.querySelector('[data-testid=composer-tokens]').dataset.count";
        self.until(&format!("{tokens} tokens are counted"), &format!("{now} === '{tokens}' || {now}")).await;
    }

    // ---- Results ----

    /// The tokens of the request, once they are known.
    pub async fn until_counted(&self) -> u64 {
        self.until(
            "the request is counted",
            "document.querySelector('[data-testid=composer-tokens]')?.dataset.count > 0",
        )
        .await;
        self.fact("composer-tokens", "count").await.and_then(|count| count.parse().ok()).expect("a count")
    }

    /// The focused element: its test id, or its class.
    pub async fn focused(&self) -> String {
        let focused = "document.activeElement?.dataset.testid ?? document.activeElement?.className ?? ''";
        self.eval(focused).await.as_str().unwrap_or_default().to_owned()
    }

    /// The texts of all elements with a test id, in order.
    pub async fn texts(&self, test_id: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll('[data-testid={test_id}]')].map((it) => it.textContent)");
        let all = self.eval(&all).await;
        all.as_array().expect("a list").iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The visible text of the lane.
    pub async fn lane_text(&self) -> String {
        self.text("lane").await
    }

    /// The text of the newest answer, once it is formatted.
    pub async fn answer(&self) -> String {
        self.answers().await.pop().unwrap_or_default()
    }

    /// The texts of all answers, once they are formatted: they are plain text until the Markdown module is there.
    pub async fn answers(&self) -> Vec<String> {
        let plain = "[...document.querySelectorAll('[data-testid=message-answer] .md:not([data-formatted])')]";
        self.until("the answers are formatted", &format!("{plain}.every((it) => it.textContent === '')")).await;
        self.texts("message-answer").await
    }

    /// The text of the newest answer, formatted or not.
    pub async fn plain_answer(&self) -> String {
        self.eval(&format!("{}?.textContent ?? ''", last("message-answer"))).await.as_str().expect("a text").to_owned()
    }

    /// A `data-*` value of the last element with a test id, by its name in `dataset`.
    pub async fn last_fact(&self, test_id: &str, name: &str) -> Option<String> {
        self.eval(&format!("{}?.dataset.{name} ?? null", last(test_id))).await.as_str().map(str::to_owned)
    }

    /// The same, as a number.
    pub async fn last_number(&self, test_id: &str, name: &str) -> f64 {
        let fact = self.last_fact(test_id, name).await;
        fact.as_ref()
            .and_then(|fact| fact.parse().ok())
            .unwrap_or_else(|| panic!("{test_id} has a number {name}: {fact:?}"))
    }

    /// The newest error card: kind and status. Its view may be fetched after the state of the lane is known.
    pub async fn error(&self) -> (String, Option<String>) {
        self.until("an error card", &format!("{} != null", last("error"))).await;
        let kind = self.last_fact("error", "kind").await.expect("an error card with a kind");
        (kind, self.last_fact("error", "status").await)
    }

    /// How many elements with a test id there are.
    pub async fn count(&self, test_id: &str) -> u64 {
        self.eval(&format!("document.querySelectorAll('[data-testid={test_id}]').length"))
            .await
            .as_u64()
            .expect("a count")
    }

    /// The content of a field.
    pub async fn value(&self, test_id: &str) -> String {
        let value = self.eval(&format!("document.querySelector('[data-testid={test_id}]').value")).await;
        value.as_str().expect("a text").to_owned()
    }

    /// Everything that the page stores, as one string: local storage, session storage and every record of every
    /// database.
    pub async fn everything_kept(&self) -> String {
        let script = "const done = arguments[0];
            (async () => {
                const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
                for (const { name } of await indexedDB.databases()) {
                    const db = await new Promise((ok, no) => { const r = indexedDB.open(name); r.onsuccess = () => ok(r.result); r.onerror = no; });
                    for (const store of db.objectStoreNames) {
                        const all = db.transaction(store).objectStore(store).getAll();
                        kept.push((await new Promise((ok, no) => { all.onsuccess = () => ok(all.result); all.onerror = no; })).map((it) => typeof it === 'string' ? it : JSON.stringify(it)).join('\\n'));
                    }
                    db.close();
                }
                return kept.join('\\n');
            })().then(done, (why) => done({ why: String(why) }));";
        let kept = self.client.execute_async(script, vec![]).await.expect("storage can be read");
        // A string without the unreadable parts would prove nothing about what was stored.
        let Value::String(kept) = kept else { panic!("storage can be read: {kept}") };
        kept
    }
}
