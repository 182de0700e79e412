//! Runs every test in every browser.

use std::{future::Future, pin::Pin, process::ExitCode, sync::Arc, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{runtime::Runtime, time::timeout};

use crate::{bidi::Bidi, browser::Browser, page::Page, trap::Trap};

/// No test takes this long; one that does hangs.
const TOO_LONG: Duration = Duration::from_secs(120);

/// What a test gets: a page in a fresh profile, and the witnesses of what must not happen.
#[derive(Clone)]
pub struct Session {
    /// Which browser this is.
    pub browser: Browser,
    /// The page.
    pub page: Page,
    /// The console and the requests of the page.
    pub bidi: Arc<Bidi>,
    /// Requests to other machines.
    pub trap: Arc<Trap>,
}

/// A test: its name, what it does, and whether it makes noise on purpose.
pub struct Case {
    name: &'static str,
    run: fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>>,
    noise: Noise,
}

/// What a test may leave in the console.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noise {
    /// Nothing.
    None,
    /// What browsers themselves write there when a server refuses or cannot be reached. No page can keep them from it.
    FailedLoads,
    /// Anything: the test provokes what the harness otherwise forbids, and checks it itself.
    Any,
}

/// How browsers begin or name what they write when a request fails.
const FAILED_LOADS: [&str; 6] = [
    "Failed to load resource",
    "blocked by CORS policy",
    "Cross-Origin Request Blocked",
    "net::ERR_",
    "NetworkError when attempting to fetch",
    "failed to load: the page at",
];

impl Case {
    /// A test that leaves the console empty and bothers nobody.
    pub const fn new(name: &'static str, run: fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>>) -> Self {
        Self { name, run, noise: Noise::None }
    }

    /// A test that provokes what the harness otherwise forbids, and checks it itself.
    #[must_use]
    pub const fn noisy(mut self) -> Self {
        self.noise = Noise::Any;
        self
    }

    /// A test in which a server refuses or is not there.
    #[must_use]
    pub const fn refused(mut self) -> Self {
        self.noise = Noise::FailedLoads;
        self
    }
}

/// Makes a [`Case`] of an async function; the function's name is the test's name.
#[macro_export]
macro_rules! case {
    ($module:ident :: $name:ident) => {
        $crate::Case::new(stringify!($name), |session| Box::pin($module::$name(session)))
    };
}

/// Runs the tests as the arguments say, the way `cargo test` does. `plain` are tests that need no browser.
pub fn run(cases: Vec<Case>, plain: Vec<(&'static str, fn())>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    if let Ok(filter) = std::env::var("E2E_FILTER")
        && !filter.is_empty()
    {
        arguments.filter = Some(filter);
    }
    // A test mostly waits for its page: three browsers at a time keep two cores busy.
    arguments.test_threads.get_or_insert(3);
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let browsers = Browser::found();
    assert!(!browsers.is_empty(), "no browser was named: run ./dev test e2e");
    let mut trials: Vec<Trial> = plain
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .collect();
    for case in cases {
        let case = Arc::new(case);
        for browser in &browsers {
            let (case, runtime, browser) = (case.clone(), runtime.clone(), *browser);
            trials.push(Trial::test(format!("{}::{}", browser.name(), case.name), move || {
                runtime.block_on(tried(&case, browser))
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs a test, where `E2E_AGAIN` is set a second time if it fails: a run on a strange machine whose browser stumbled
/// once says nothing of the page. What the first try said is printed, whatever comes of the second.
#[expect(clippy::print_stderr, reason = "a stumble is to be seen")]
async fn tried(case: &Case, browser: Browser) -> Result<(), Failed> {
    let first = one(case, browser).await;
    match &first {
        Err(why) if std::env::var_os("E2E_AGAIN").is_some() => {
            eprintln!("{}::{} failed and runs again: {}", browser.name(), case.name, why.message().unwrap_or_default());
            one(case, browser).await
        }
        _ => first,
    }
}

async fn one(case: &Case, browser: Browser) -> Result<(), Failed> {
    let trap = Arc::new(Trap::set().await);
    let running = browser.start(trap.port).await;
    let bidi = running.bidi.clone();
    let session = Session { browser, page: Page { client: running.client.clone(), bidi: bidi.clone() }, bidi, trap };
    // In a task of its own, so that a failed assertion still closes the browser.
    let run = tokio::spawn((case.run)(session.clone()));
    let outcome = match timeout(TOO_LONG, run).await {
        Ok(Ok(())) if case.noise == Noise::Any => Ok(()),
        Ok(Ok(())) => quiet(&session, case.noise).await,
        Ok(Err(panic)) => Err(Failed::from(format!("{}\nconsole: {:#?}", message(panic), session.bidi.console()))),
        Err(_) => Err(Failed::from(format!("still running after {TOO_LONG:?}"))),
    };
    running.client.clone().close().await.ok();
    outcome
}

/// What must be true after every test: an empty console, no violation, no request elsewhere.
async fn quiet(session: &Session, allowed: Noise) -> Result<(), Failed> {
    let mut noise = session.bidi.console();
    noise.extend(session.trap.caught().into_iter().map(|line| format!("asked another machine: {line}")));
    let elsewhere = session.bidi.requests().into_iter().map(|request| request.address).filter(|address| {
        !["http://127.0.0.1:", "data:", "blob:", "about:"].iter().any(|start| address.starts_with(start))
    });
    noise.extend(elsewhere.map(|address| format!("asked for {address}")));
    let violations = session.page.eval("globalThis.policyViolations ?? []").await;
    noise.extend(violations.as_array().into_iter().flatten().map(ToString::to_string));
    if session.browser == Browser::Chromium {
        noise.extend(chromium_log(session).await);
    }
    if allowed == Noise::FailedLoads {
        // Files of the site itself have no excuse.
        let own = session.page.eval("location.origin + '/'").await.as_str().unwrap_or_default().to_owned();
        let own = |line: &str| line.starts_with(&format!("log: {own}")) && line.contains("Failed to load resource");
        noise.retain(|line| own(line) || !FAILED_LOADS.iter().any(|part| line.contains(part)));
    }
    if noise.is_empty() { Ok(()) } else { Err(Failed::from(format!("must not happen:\n{}", noise.join("\n")))) }
}

/// Chromium's own log has what BiDi leaves out: failed loads, violations, deprecations.
async fn chromium_log(session: &Session) -> Vec<String> {
    let log = session.page.client.issue_cmd(ChromiumLog).await.expect("chromedriver has a log");
    let entries = log.as_array().cloned().unwrap_or_default();
    let messages = entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default());
    // chromedriver's own tab for BiDi talks too.
    messages.filter(|message| !message.contains("Launching Mapper")).map(|message| format!("log: {message}")).collect()
}

#[derive(Debug)]
struct ChromiumLog;

impl fantoccini::wd::WebDriverCompatibleCommand for ChromiumLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(r#"{"type":"browser"}"#.into()))
    }
}

fn message(panic: tokio::task::JoinError) -> String {
    match panic.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default(),
        Err(why) => why.to_string(),
    }
}
