//! The built site, served the way a static host would.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{extract::Request, http::StatusCode, middleware::Next, response::IntoResponse as _};

use crate::host::Host;

/// A server of `dist/` that can be stopped. It runs until then, even after it was dropped: see [`Host`].
pub struct Site {
    /// The address of the page, with a slash at the end.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
    trouble: Arc<Mutex<Trouble>>,
    host: Host,
}

/// A fault of a site. Files are named by a part of their path, or by several in order with `*` between them.
#[derive(Clone, Copy)]
pub enum Trouble {
    /// Nothing.
    None,
    /// These files answer 404.
    Missing(&'static str),
    /// These files are delayed by this long.
    Slow(&'static str, Duration),
    /// These files are delayed for as long as this is the fault.
    Held(&'static str),
}

/// What the page fetches once it accepts input.
const MODULES: [&str; 3] = ["markdown_dom", "later-", "worker"];

/// By how long every site delays [`MODULES`]: `E2E_SLOW_MODULES` in milliseconds, to find the tests that are in a hurry.
fn slow_modules() -> Option<Duration> {
    std::env::var("E2E_SLOW_MODULES").ok()?.parse().ok().map(Duration::from_millis)
}

/// The folder of the built site.
pub fn dist() -> PathBuf {
    let dist = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist"));
    assert!(dist.join("index.html").is_file(), "the site is not built: run ./dev test e2e, or ./dev build first");
    dist.canonicalize().expect("dist/ is there")
}

/// The pack of a vocabulary in the built site.
pub fn vocabulary(name: &str) -> Vec<u8> {
    let files =
        std::fs::read_dir(dist().join("vocab")).expect("there are vocabularies").map(|file| file.expect("one").path());
    let mut packs = files.filter(|path| path.extension().is_some_and(|kind| kind == "pack"));
    let pack = packs.find(|path| path.file_name().is_some_and(|file| file.display().to_string().starts_with(name)));
    std::fs::read(pack.expect("it is one of them")).expect("it can be read")
}

impl Site {
    /// Serves `dist/` under a path, `/` or one that starts and ends with a slash.
    pub async fn under(path: &str) -> Self {
        Self::with(path, Trouble::None).await
    }

    /// Serves `dist/` like [`under`](Self::under), but with a fault.
    pub async fn with(path: &str, trouble: Trouble) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = asked.clone();
        let trouble = Arc::new(Mutex::new(trouble));
        let current = trouble.clone();
        let routes = headroom_serve::routes(dist(), path).layer(axum::middleware::from_fn(
            move |request: Request, next: Next| {
                let path = request.uri().path().to_owned();
                record.lock().unwrap().push(path.clone());
                let trouble = *current.lock().unwrap();
                let current = current.clone();
                async move {
                    match trouble {
                        Trouble::Missing(part) if is_named(&path, part) => {
                            return StatusCode::NOT_FOUND.into_response();
                        }
                        Trouble::Slow(part, wait) if is_named(&path, part) => tokio::time::sleep(wait).await,
                        Trouble::Held(part) if is_named(&path, part) => {
                            while matches!(*current.lock().unwrap(), Trouble::Held(_)) {
                                tokio::time::sleep(Duration::from_millis(20)).await;
                            }
                        }
                        _ => {}
                    }
                    if let Some(wait) = slow_modules().filter(|_| MODULES.iter().any(|module| is_named(&path, module)))
                    {
                        tokio::time::sleep(wait).await;
                    }
                    next.run(request).await
                }
            },
        ));
        let (host, port) = Host::serve(routes).await;
        Self { address: format!("http://127.0.0.1:{port}{path}"), asked, trouble, host }
    }

    /// Replaces the fault.
    pub fn set_trouble(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }

    /// The paths requested so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Stops answering: from here on the browser is offline as far as this site is concerned.
    pub fn stop(&self) {
        self.host.stop();
    }
}

fn is_named(path: &str, parts: &str) -> bool {
    parts.split('*').try_fold(path, |rest, part| rest.find(part).and_then(|at| rest.get(at + part.len()..))).is_some()
}
