//! The page that counts, and the processor time that its main thread uses.

use std::time::Duration;

use fantoccini::{
    Client,
    wd::{TimeoutConfiguration, WebDriverCompatibleCommand},
};
use serde_json::{Value, json};

use crate::Task;

/// The timeout of scripts: longer than anything that is not stopped takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The cost of counting some texts.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Processor time of the main thread.
    pub seconds: f64,
    /// Bytes of UTF-8.
    pub bytes: f64,
}

/// `src/tools/counting_bench/page` in Chromium.
pub struct BenchPage {
    client: Client,
    address: String,
}

impl BenchPage {
    /// Creates a page that is not open yet.
    pub fn new(client: Client, address: String) -> Self {
        Self { client, address }
    }

    /// Opens a fresh page; nothing of the old one remains.
    pub async fn open(&self) {
        let stall_timeouts = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        self.client.update_timeouts(stall_timeouts).await.expect("a session has timeouts");
        self.client.goto(&self.address).await.expect("the page opens");
        self.devtools("Performance.enable", json!({ "timeDomain": "threadTicks" })).await;
        self.wait(
            "(async () => { while (!globalThis.bench?.ready) await new Promise((go) => setTimeout(go, 20)); })()",
        )
        .await
        .expect("the page is ready");
    }

    /// The candidates, in the order in which they are listed.
    pub async fn names(&self) -> Vec<String> {
        self.open().await;
        let names = self.run("bench.names").await;
        names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// Loads a candidate; returns the seconds until its first count was done.
    pub async fn load(&self, name: &str) -> f64 {
        let before = self.thread_time().await;
        self.wait(&format!("bench.load({})", json!(name))).await.unwrap_or_else(|why| panic!("{name}: {why}"));
        self.thread_time().await - before
    }

    /// Counts new texts; returns the cost and the counts.
    pub async fn count(&self, sort: &str, size: usize, seed: u64, texts: usize) -> (Sample, Vec<u64>) {
        self.run("bench.prepare('prompt', 1, 0, 0)").await;
        let nothing = self.timed().await;
        let bytes = self.run(&format!("bench.prepare('{sort}', {size}, {seed}, {texts})")).await.as_f64().unwrap();
        let seconds = (self.timed().await - nothing).max(0.0);
        let counts = self.run("bench.counts()").await;
        let counts = counts.as_array().unwrap().iter().map(|count| count.as_u64().expect("a count")).collect();
        (Sample { seconds, bytes }, counts)
    }

    async fn timed(&self) -> f64 {
        let before = self.thread_time().await;
        self.run("bench.count()").await;
        self.thread_time().await - before
    }

    /// Counts one text where it can be stopped.
    ///
    /// # Errors
    /// The text the table shows instead of a number.
    pub async fn trial(&self, name: &str, task: &Task, limit: u64) -> Result<(), String> {
        let call = format!("bench.trial({}, '{}', {}, 0, {limit})", json!(name), task.sort, task.size);
        match self.wait(&call).await {
            Ok(Value::Null) => Err(format!("> {} s", limit / 1_000)),
            Ok(_) => Ok(()),
            Err(_) => Err("fails".into()),
        }
    }

    /// Bytes of the JavaScript heap without garbage, and of wasm memory.
    pub async fn heap(&self) -> f64 {
        self.run("bench.prepare('prompt', 1, 0, 0)").await;
        self.devtools("HeapProfiler.collectGarbage", json!({})).await;
        let heap = self.devtools("Runtime.getHeapUsage", json!({})).await;
        let wasm = self.run("bench.memory()").await;
        // The contents of typed arrays are not in the heap; the memory of wasm is in neither.
        let outside = heap["backingStorageSize"].as_f64().unwrap();
        heap["usedSize"].as_f64().unwrap() + outside + wasm.as_f64().unwrap()
    }

    async fn thread_time(&self) -> f64 {
        let metrics = self.devtools("Performance.getMetrics", json!({})).await;
        let mut all = metrics["metrics"].as_array().unwrap().iter();
        let thread = all.find(|metric| metric["name"] == "ThreadTime");
        thread.expect("Chromium tells the time of the thread")["value"].as_f64().unwrap()
    }

    async fn run(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.client.execute(&script, vec![]).await.unwrap_or_else(|why| panic!("{expression}: {why}"))
    }

    /// Awaits a promise and returns its value.
    async fn wait(&self, promise: &str) -> Result<Value, String> {
        let script =
            format!("const done = arguments[0]; ({promise}).then((it) => done([it]), (why) => done(String(why)));");
        match self.client.execute_async(&script, vec![]).await {
            Ok(Value::Array(mut it)) => Ok(it.pop().unwrap_or_default()),
            Ok(why) => Err(why.to_string()),
            Err(why) => Err(why.to_string()),
        }
    }

    async fn devtools(&self, method: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(DevTools { method, parameters }).await.unwrap_or_else(|why| panic!("{method}: {why}"))
    }
}

/// A DevTools protocol command, sent through chromedriver.
#[derive(Debug)]
struct DevTools {
    method: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.method, "params": self.parameters }).to_string()))
    }
}
