//! `./dev bench start [FOLDER…]`: how long a first visit takes on a slow connection, until something is painted, until one
//! can type, and until Send works. Other builds stand beside this one, and a page of one word is the floor.
//!
//! The server delays each file by the latency and by what its compressed bytes take, one after the other.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a developer's tool: it says what it measured, or stops")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{extract::Request, middleware::Next};
use headroom_e2e::{browser::Browser, host::Host, page::Page, site::dist};
use tokio::sync::Mutex;

/// A phone with a weak signal: kilobytes a second, and the time to the first byte.
const KB_PER_SECOND: f64 = 200.0;
const LATENCY: Duration = Duration::from_millis(150);
const VISITS: usize = 5;

/// Notes when there is a box that takes text, and when the page says that Send works.
const WATCH: &str = "() => {
  globalThis.start = {};
  const look = () => {
    const box = document.querySelector('[data-testid=composer-input], [data-testid=onboarding-key]');
    if (box?.checkVisibility() && !start.type) start.type = performance.now();
    if (document.documentElement?.dataset.ready && !start.send) start.send = performance.now();
    if (!start.send) requestAnimationFrame(look);
  };
  look();
}";

#[tokio::main]
async fn main() {
    let running = Browser::Chromium.start().await.expect("Chromium starts");
    let page = running.page();
    page.bidi.command("script.addPreloadScript", serde_json::json!({ "functionDeclaration": WATCH })).await;
    println!("{KB_PER_SECOND} KB/s, {} ms latency; medians of {VISITS} first visits, in ms", LATENCY.as_millis());
    println!("{:<32} {:>8} {:>8} {:>8}", "", "paint", "type", "send");
    let folders = std::env::args_os().skip(1).map(PathBuf::from);
    for folder in [dist()].into_iter().chain(folders) {
        let mut visits = Vec::new();
        for _ in 0..VISITS {
            visits.push(visit(&page, &folder).await);
        }
        let median = |of: fn(&[f64; 3]) -> f64| {
            let mut all: Vec<f64> = visits.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all.get(VISITS / 2).copied().unwrap_or_default()
        };
        let [paint, type_, send] = [median(|it| it[0]), median(|it| it[1]), median(|it| it[2])];
        println!("{:<32} {paint:>8.0} {type_:>8.0} {send:>8.0}", folder.display());
    }
    running.close().await;
}

/// A first visit: each has an origin of its own, so nothing is cached.
async fn visit(page: &Page, folder: &Path) -> [f64; 3] {
    let line = Arc::new(Mutex::new(()));
    let root = folder.to_owned();
    let routes = headroom_serve::routes(folder.to_owned(), "/").layer(axum::middleware::from_fn(
        move |request: Request, next: Next| {
            let file = root.join(request.uri().path().trim_start_matches('/'));
            let file = if file.is_dir() { file.join("index.html") } else { file };
            let line = line.clone();
            async move {
                tokio::time::sleep(LATENCY).await;
                let wire = line.lock().await;
                tokio::time::sleep(Duration::from_secs_f64(compressed(&file) / 1_000.0 / KB_PER_SECOND)).await;
                drop(wire);
                next.run(request).await
            }
        },
    ));
    let (host, port) = Host::serve(routes).await;
    page.open(&format!("http://127.0.0.1:{port}/")).await;
    let times = "(() => {
        const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
        return [paint, start.type ?? 0, start.send ?? 0];
    })()";
    page.until("everything was noted", "!!start.type && !!start.send").await;
    let times = page.eval(times).await;
    host.stop();
    [0, 1, 2].map(|at| times.get(at).and_then(serde_json::Value::as_f64).unwrap_or_default())
}

/// The bytes a host sends for a file. At a low quality: that is fast, and the same for all builds.
fn compressed(file: &Path) -> f64 {
    let content = std::fs::read(file).unwrap_or_default();
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 9, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut content.as_slice(), &mut compressed, &parameters).expect("it is compressed in memory");
    #[expect(clippy::cast_precision_loss, reason = "a file of some kilobytes")]
    let bytes = compressed.len() as f64;
    bytes
}
