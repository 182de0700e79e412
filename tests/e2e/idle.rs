//! `./dev bench idle`: what the page costs while nobody uses it. An empty page is the floor, and one lane that streams
//! stands beside it, measured in the same browser.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a developer's tool: it says what it measured, or stops")]

use std::time::Duration;

use headroom_e2e::{alone::Alone, page::Page};

const IDLE: Duration = Duration::from_secs(60);
const STREAMING: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let alone = Alone::open().await;
    let page = &alone.page;
    page.try_the_simulator().await;
    page.ask_until("[[sim:tokens=200]] hello", "done").await;
    page.type_into("composer-input", "a draft").await;
    page.until("all minutes are full again", FULL).await;
    println!("{:<24} {:>16} {:>16}", "main thread, ms/minute", "all tasks", "scripts");
    let idle = measured(page, IDLE).await;
    show("idle", &idle);
    page.type_into("composer-input", "[[sim:tokens=20000]] [[sim:speed=3000]]").await;
    page.press("composer-send").await;
    page.until_lane("streaming").await;
    show("one lane at 3,000 tok/s", &measured(page, STREAMING).await);
    page.client.goto("about:blank").await.expect("an empty page opens");
    let floor = measured(page, IDLE / 4).await;
    show("empty page", &floor);
    println!("{:<24} {:>16.1} {:>16}", "idle / empty", idle.0 / floor.0.max(0.001), "");
    alone.close().await;
}

/// Whether each gauge of a minute is full.
const FULL: &str = "[...document.querySelectorAll('[data-testid=limit-gauge]')]
    .filter((gauge) => gauge.dataset.window.endsWith('minute')).every((gauge) => Number(gauge.dataset.used) === 0)";

/// Milliseconds of the main thread in a minute: of all tasks, and of scripts alone.
async fn measured(page: &Page, time: Duration) -> (f64, f64) {
    let before = page.chromium_metrics().await;
    tokio::time::sleep(time).await;
    let after = page.chromium_metrics().await;
    let per_minute = |name: &str| {
        let seconds = |metrics: &std::collections::BTreeMap<String, f64>| metrics.get(name).copied().unwrap_or(0.0);
        (seconds(&after) - seconds(&before)) * 1_000.0 * 60.0 / time.as_secs_f64()
    };
    (per_minute("TaskDuration"), per_minute("ScriptDuration"))
}

fn show(what: &str, (tasks, scripts): &(f64, f64)) {
    println!("{what:<24} {tasks:>16.1} {scripts:>16.1}");
}
