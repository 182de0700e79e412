//! `./dev shots [FOLDER]`: screenshots of the built site, to compare with the designs.
#![expect(clippy::unwrap_used, reason = "a developer's tool: it stops where it cannot go on")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use headroom_e2e::{alone::Alone, page::Page, past::Sent};

const LOOKS: [(&str, u32, u32, &str); 5] = [
    ("desktop-dark", 1440, 900, "dark"),
    ("desktop-light", 1440, 900, "light"),
    ("tablet-dark", 900, 1100, "dark"),
    ("phone-dark", 390, 844, "dark"),
    ("phone-light", 390, 844, "light"),
];

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/shots".into()));
    fs::create_dir_all(&folder).unwrap();
    let alone = Alone::open().await;
    let page = &alone.page;
    take(page, &folder, "1-first-visit").await;
    page.try_the_simulator().await;
    take(page, &folder, "2-empty").await;
    page.type_into("composer-input", "Compare two models for me").await;
    page.press("composer-knobs-open").await;
    take(page, &folder, "3-draft").await;
    page.press("composer-knobs-open").await;
    page.press("composer-send").await;
    page.until_lane("done").await;
    page.ask_until("How does a token bucket work? Some Rust, please", "done").await;
    take(page, &folder, "4-answer").await;
    page.type_into("composer-input", "Now show the same check for a leaky bucket, in Hindi: नमस्ते").await;
    page.press("composer-tokens").await;
    page.until("it is cut into tokens", "document.querySelector('[data-testid=token-view]').dataset.exact === 'true'")
        .await;
    page.press("tokens-compare").await;
    page.until(
        "it is compared",
        "!document.querySelector('[data-testid=tokens-others]').textContent.includes('estimated')",
    )
    .await;
    page.until("ids are there", "!!document.querySelector('[data-testid=token-ids]')").await;
    page.eval("document.querySelector('.token-text').focus() ?? true").await;
    page.keys("\u{e014}\u{e014}\u{e014}").await;
    take(page, &folder, "5-tokens").await;
    page.press("tokens-close").await;
    page.press("new-chat").await;
    page.press("lanes-3").await;
    take(page, &folder, "6-three-lanes").await;
    page.ask_until("[[sim:tokens=40]] hello", "done").await;
    page.until(
        "each lane is done",
        "[...document.querySelectorAll('[data-testid=lane]')].every((lane) => lane.dataset.state === 'done')",
    )
    .await;
    take(page, &folder, "6-three-done").await;
    page.ask("[[sim:tokens=900]] [[sim:speed=150]] Why does a token bucket reserve input and cap up front?").await;
    page.until_answered(300).await;
    page.type_into("composer-input", "Now show the same check for a leaky bucket").await;
    take(page, &folder, "7-streaming").await;
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    page.type_into("composer-cap", "9000").await;
    take(page, &folder, "8-never-fits").await;
    page.resize(390, 844).await;
    page.press("limits-open").await;
    page.wear("dark").await;
    picture(page, &folder, "9-sheet-phone-dark").await;
    page.press("limits-close").await;
    page.resize(1440, 900).await;
    page.press("lanes-1").await;
    page.press("composer-cap").await;
    page.control("a").await;
    page.keys("900").await;
    page.press("composer-input").await;
    page.control("a").await;
    page.ask("[[sim:fault=429-tokens-minute:90]] hello").await;
    page.until_lane("queued").await;
    take(page, &folder, "9-queue").await;
    page.press("queue-cancel").await;
    a_lane_that_waits(page, &folder).await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-tokens-day]] hello", "failed").await;
    take(page, &folder, "10-error").await;
    weeks(page, &folder).await;
    page.press("settings-open").await;
    page.press("provider-add").await;
    take(page, &folder, "11-settings").await;
    alone.close().await;
}

/// Three lanes, one of which does not fit the minute limit.
async fn a_lane_that_waits(page: &Page, folder: &Path) {
    page.press("new-chat").await;
    page.press("lanes-3").await;
    page.set_limit("tokens-minute", 12_000).await;
    page.press("limit-edit").await;
    page.press("composer-cap").await;
    page.control("a").await;
    page.keys("7000").await;
    page.ask("[[sim:tokens=3000]] [[sim:speed=100]] hello").await;
    page.until("one waits", "!!document.querySelector('[data-testid=queue-item]')").await;
    take(page, folder, "9-queue-lanes").await;
    page.press("composer-stop").await;
    page.press("new-chat").await;
    page.press("lanes-1").await;
    page.choose_limits("simulator").await;
}

/// The panel as seen by a user of a small plan after some weeks.
async fn weeks(page: &Page, folder: &Path) {
    let sent = |minutes_ago, answer, status, model| Sent { account: "simulator", model, minutes_ago, answer, status };
    let mut all: Vec<Sent<'_>> = (1..34_u64)
        .flat_map(|day| {
            let tokens = 20_000 + day * 7_919 % 90_000;
            [sent(day * 1440, tokens, 200, "gpt-oss-120b"), sent(day * 1440 + 60, tokens / 3, 200, "llama3.1-8b")]
        })
        .collect();
    all.extend((0..40).map(|number| sent(20 + number * 4, 300 + number * 37 % 900, 200, "gpt-oss-120b")));
    all.extend([25, 45, 90].map(|minutes| sent(minutes, 0, 429, "gpt-oss-120b")));
    all.extend([5, 9, 12].map(|minutes| sent(minutes, 120_000, 200, "gpt-oss-120b")));
    page.leave_requests(&all).await;
    page.reload().await;
    page.type_into("composer-input", "How long until the minute is whole again?").await;
    page.until("signs are told", "!!document.querySelector('[data-testid=signal]')").await;
    take(page, folder, "12-limits").await;
    page.press("usage").await;
    page.until("the table is there", "!!document.querySelector('[data-testid=usage-row]')").await;
    page.press("cap-advice").await;
    page.eval("document.querySelector('[data-testid=usage]').scrollIntoView() ?? true").await;
    take(page, folder, "12-weeks").await;
    page.resize(390, 844).await;
    page.press("limits-open").await;
    for theme in ["dark", "light"] {
        page.wear(theme).await;
        page.eval("document.querySelector('[data-testid=signals]').scrollIntoView() ?? true").await;
        picture(page, folder, &format!("12-sheet-phone-{theme}")).await;
    }
    page.press("limits-close").await;
    page.resize(1440, 900).await;
}

async fn take(page: &Page, folder: &Path, screen: &str) {
    for (name, width, height, theme) in LOOKS {
        page.resize(width, height).await;
        page.wear(theme).await;
        picture(page, folder, &format!("{screen}-{name}")).await;
    }
    page.resize(1440, 900).await;
}

#[expect(clippy::print_stdout, reason = "a command says what it made")]
async fn picture(page: &Page, folder: &Path, name: &str) {
    let file = folder.join(format!("{name}.png"));
    fs::write(&file, page.client.screenshot().await.unwrap()).unwrap();
    println!("{}", file.display());
}
