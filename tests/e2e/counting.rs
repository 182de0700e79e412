//! `./dev bench counting`: our exact counter beside the other ways a page can count o200k tokens, in one run of one
//! Chromium. `src/tools/counting_bench` has the candidates, and describes how every text is made unique.
//!
//! It measures the processor time of the page's main thread, as Chromium reports it over its DevTools protocol: on a
//! busy machine that is steadier than a clock. Each candidate gets a new page in each round.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a developer's tool with small numbers: it stops where it cannot go on"
)]

#[path = "counting/bench_page.rs"]
mod bench_page;
#[path = "counting/tables.rs"]
mod tables;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
};
use headroom_e2e::{browser::Browser, host::Host};

use crate::bench_page::{BenchPage, Sample};

/// The number of rounds per candidate, each on a new page.
const ROUNDS: u64 = 3;
/// Samples in a round; fewer if one takes long.
const SAMPLES: u64 = 3;
/// The minimum seconds per sample, so that the cost of reading the time is negligible.
const LONG_ENOUGH: f64 = 0.15;
/// Seconds after which a round has enough samples.
const ENOUGH: f64 = 2.0;
/// Milliseconds after which a candidate is stopped.
const TOO_LONG: u64 = 10_000;

/// One counting task.
pub struct Task {
    /// The sort of text, as in `texts.js`.
    sort: &'static str,
    /// The size of each text, in bytes.
    size: usize,
    /// The most texts in a sample.
    most: usize,
    /// Whether some candidates do not finish: then each is first tried in a worker.
    may_freeze: bool,
}

const MEGABYTE: usize = 1_000_000;

/// The first four are the ordinary ones.
pub const TASKS: [Task; 9] = [
    Task { sort: "english", size: MEGABYTE, most: 16, may_freeze: false },
    Task { sort: "code", size: MEGABYTE, most: 16, may_freeze: false },
    Task { sort: "multilingual", size: MEGABYTE, most: 16, may_freeze: false },
    Task { sort: "base64", size: MEGABYTE, most: 16, may_freeze: false },
    Task { sort: "prompt", size: 200, most: 5_000, may_freeze: false },
    Task { sort: "one letter", size: 200_000, most: 16, may_freeze: true },
    Task { sort: "one letter", size: MEGABYTE, most: 16, may_freeze: true },
    Task { sort: "no spaces", size: 200_000, most: 16, may_freeze: true },
    Task { sort: "no spaces", size: MEGABYTE, most: 16, may_freeze: true },
];

/// The results of one candidate.
#[derive(Default)]
pub struct Results {
    /// Samples of each task; empty if it was stopped.
    samples: [Vec<Sample>; TASKS.len()],
    /// Why it was stopped or failed, for each task.
    stopped: [Option<String>; TASKS.len()],
    /// The tokens of the first text of each sample, by task, round and sample.
    counts: BTreeMap<(usize, u64, u64), u64>,
    /// Seconds until it was ready, once for each round.
    init: Vec<f64>,
    /// Bytes of wasm memory and JavaScript heap: after the ordinary tasks, and after all.
    memory: (f64, f64),
    /// The files it requested.
    files: Vec<String>,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "it takes minutes, and says where it is")]
async fn main() {
    let folder = std::env::var_os("COUNTING_SITE").expect("./dev bench counting says where the files are");
    let site = Site::serve(folder.into()).await;
    let running = Browser::Chromium.start().await.expect("Chromium starts");
    let page = BenchPage::new(running.client.clone(), site.address.clone());
    let names = page.names().await;
    let mut all: BTreeMap<String, Results> = BTreeMap::new();
    for round in 0..ROUNDS {
        for name in &names {
            eprintln!("round {} of {ROUNDS}: {name}", round + 1);
            measure(&page, &site, name, round, all.entry(name.clone()).or_default()).await;
        }
    }
    let growth = growth(&page).await;
    running.close().await;
    tables::print(&names, &all, &growth, &site.folder);
}

/// One round of one candidate.
async fn measure(page: &BenchPage, site: &Site, name: &str, round: u64, results: &mut Results) {
    page.open().await;
    let empty = page.heap().await;
    site.asked.lock().unwrap().clear();
    results.init.push(page.load(name).await);
    results.files = site.asked.lock().unwrap().clone();
    let mut ordinary = 0.0;
    for (at, task) in TASKS.iter().enumerate() {
        if task.may_freeze && ordinary == 0.0 {
            ordinary = page.heap().await - empty;
        }
        if task.may_freeze && round == 0 {
            // A candidate that does not finish a fifth of it need not be tried with all of it.
            let before = at.checked_sub(1).filter(|before| TASKS[*before].sort == task.sort);
            results.stopped[at] = match before.and_then(|before| results.stopped[before].clone()) {
                Some(why) => Some(why),
                None => page.trial(name, task, TOO_LONG).await.err(),
            };
        }
        if results.stopped[at].is_none() {
            samples(page, at, round, results).await;
        }
    }
    results.memory = (ordinary, page.heap().await - empty);
}

/// Samples of one task, after a warm-up: code gets faster when it has run for a while.
async fn samples(page: &BenchPage, at: usize, round: u64, results: &mut Results) {
    let task = &TASKS[at];
    // The seeds are the same for all candidates, and no two are alike.
    let seed = |sample: u64| (at as u64 * ROUNDS + round) * 1_000_000 + sample * 10_000;
    let (one, counts) = page.count(task.sort, task.size, seed(SAMPLES), 1).await;
    if one.seconds > ENOUGH {
        results.counts.insert((at, round, SAMPLES), counts[0]);
        results.samples[at].push(one);
        return;
    }
    let texts = ((LONG_ENOUGH / one.seconds.max(1e-5)) as usize).clamp(1, task.most);
    if texts > 1 {
        page.count(task.sort, task.size, seed(SAMPLES + 1), texts).await;
    }
    let mut spent = 0.0;
    for sample in 0..SAMPLES {
        let (taken, counts) = page.count(task.sort, task.size, seed(sample), texts).await;
        results.counts.insert((at, round, sample), counts[0]);
        results.samples[at].push(taken);
        spent += taken.seconds;
        if spent > ENOUGH {
            break;
        }
    }
}

/// The sorts of text that are counted in all sizes.
pub const GROWING: [&str; 6] = ["english", "code", "multilingual", "base64", "one letter", "no spaces"];
/// In bytes.
pub const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// Nanoseconds per byte of our counter: for each sort of text and each size, the best of some samples.
async fn growth(page: &BenchPage) -> Vec<[f64; SIZES.len()]> {
    let mut rows = Vec::new();
    for (place, sort) in GROWING.iter().enumerate() {
        page.open().await;
        page.load("ours").await;
        let mut row = [f64::INFINITY; SIZES.len()];
        // The first round warms up.
        for round in 0..SAMPLES {
            for (best, size) in row.iter_mut().zip(SIZES) {
                let seed = 1_000_000_000 + (place as u64 * 10 + round) * 10_000_000 + size as u64;
                let sample = page.count(sort, size, seed, SIZES[SIZES.len() - 1] / size).await.0;
                if round > 0 {
                    *best = best.min(sample.seconds * 1e9 / sample.bytes);
                }
            }
        }
        rows.push(row);
    }
    rows
}

/// The files that `./dev` laid out, and those that were requested.
struct Site {
    folder: PathBuf,
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    _host: Host,
}

impl Site {
    async fn serve(folder: PathBuf) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = asked.clone();
        let watch = move |request: Request, next: Next| {
            record.lock().unwrap().push(request.uri().path().to_owned());
            async move {
                let mut response = next.run(request).await;
                // Otherwise Chromium caches what it compiled, and only the first round compiles.
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
        };
        let routes = headroom_serve::routes(folder.clone(), "/").layer(axum::middleware::from_fn(watch));
        let (host, port) = Host::serve(routes).await;
        Self { folder, address: format!("http://127.0.0.1:{port}/bench/index.html"), asked, _host: host }
    }
}
