//! The browsers, and how each is started.

use std::{
    fmt,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder,
    wd::{Capabilities, WindowHandle},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    bidi::Bidi,
    page::{ChromiumLog, Page},
    trap::Trap,
};

/// A browser that tests run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chromium, by chromedriver.
    Chromium,
    /// Firefox, by geckodriver.
    Firefox,
}

/// A driver and the browser it started.
pub struct Running {
    /// Sends WebDriver commands to it.
    pub client: Client,
    /// Receives its WebDriver BiDi events.
    pub bidi: Arc<Bidi>,
    /// Requests to other machines.
    pub trap: Arc<Trap>,
    /// How many tests it has served.
    pub(crate) tests: usize,
    browser: Browser,
    /// The tab it started with, which no test uses.
    first: WindowHandle,
    driver: Child,
    /// The browser's process, until it was asked to close: it outlives a killed driver.
    process: Option<u64>,
    _profile: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(process) = self.process {
            std::process::Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status().ok();
        }
    }
}

/// Why the browser is gone. None of these says anything about the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It failed to start, several times.
    NotStarted(String),
    /// Its driver ended.
    DriverEnded(String),
    /// Its driver is still there but the browser is not.
    BrowserEnded(String),
    /// One of them no longer responds.
    Silent(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "it does not start: {why}"),
            Self::DriverEnded(how) => write!(f, "its driver ended: {how}"),
            Self::BrowserEnded(why) => write!(f, "it ended: {why}"),
            Self::Silent(what) => write!(f, "it does not answer: {what}"),
        }
    }
}

impl std::error::Error for Lost {}

impl Browser {
    /// The browsers that `./dev` found, from the variables it sets.
    pub fn found() -> Vec<Self> {
        [Self::Chromium, Self::Firefox].into_iter().filter(|browser| browser.paths().is_some()).collect()
    }

    /// The name used in test names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    fn paths(self) -> Option<(PathBuf, PathBuf)> {
        let (browser, driver) = match self {
            Self::Chromium => ("CHROMIUM", "CHROMEDRIVER"),
            Self::Firefox => ("FIREFOX", "GECKODRIVER"),
        };
        Some((std::env::var_os(browser)?.into(), std::env::var_os(driver)?.into()))
    }

    /// Starts it with an empty profile. Requests to other machines go to a proxy that records them.
    pub async fn start(self) -> Result<Running, Lost> {
        let mut why = String::new();
        // Another process may take a port between its choice and its use, and on a busy machine a browser may die
        // before it reports its port, or never report one.
        for _ in 0..4 {
            match timeout(Duration::from_secs(60), self.attempt()).await {
                Ok(Ok(running)) => return Ok(running),
                Ok(Err(problem)) => why = problem,
                Err(_) => why = "no answer within a minute".to_owned(),
            }
        }
        Err(Lost::NotStarted(why))
    }

    async fn attempt(self) -> Result<Running, String> {
        let (binary, driver) = self.paths().expect("only browsers that were found are started");
        let profile = tempfile::tempdir().map_err(|why| format!("no folder for the profile: {why}"))?;
        let trap = Arc::new(Trap::set().await);
        let mut command = Command::new(driver);
        match self {
            Self::Chromium => command.arg("--port=0"),
            // Each session has its own driver, so each also needs its own BiDi port.
            Self::Firefox => command.args(["--port", "0", "--websocket-port", &free_port().to_string()]),
        };
        let mut driver = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("TMPDIR", profile.path())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| format!("the driver: {why}"))?;
        let port = timeout(Duration::from_secs(20), announced_port(&mut driver)).await;
        let port = port.ok().flatten().ok_or("the driver named no port")?;
        let (binary, folder) = (binary.display().to_string(), profile.path().display().to_string());
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(self.capabilities(&binary, &folder, trap.port))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .map_err(|why| why.to_string())?;
        let capabilities = client.capabilities().ok_or("a session without capabilities")?;
        let socket = capabilities["webSocketUrl"].as_str().ok_or("the driver does not speak BiDi")?;
        let bidi = Arc::new(Bidi::connect(socket).await?);
        let process = ["goog:processID", "moz:processID"].iter().find_map(|name| capabilities.get(*name)?.as_u64());
        let first = client.window().await.map_err(|why| why.to_string())?;
        Ok(Running { client, bidi, trap, tests: 0, browser: self, first, driver, process, _profile: profile })
    }

    fn capabilities(self, binary: &str, profile: &str, trap: u16) -> Capabilities {
        let special = match self {
            Self::Chromium => json!({
                "goog:chromeOptions": { "binary": binary, "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1440,900",
                    format!("--user-data-dir={profile}/chromium"), format!("--proxy-server=127.0.0.1:{trap}"),
                ] },
                "goog:loggingPrefs": { "browser": "ALL" },
            }),
            Self::Firefox => json!({
                "moz:firefoxOptions": { "binary": binary, "args": ["-headless", "--width=1440", "--height=900"], "prefs": {
                    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": trap,
                    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": trap,
                    "network.proxy.allow_hijacking_localhost": false,
                } },
            }),
        };
        let common = json!({ "webSocketUrl": true, "unhandledPromptBehavior": "ignore" });
        let (Value::Object(mut all), Value::Object(special)) = (common, special) else {
            unreachable!("both are objects")
        };
        all.extend(special);
        all
    }
}

impl Running {
    /// Opens an empty tab without stored data, and discards what was recorded before.
    pub(crate) async fn begin(&mut self) -> Result<(), Lost> {
        self.tests += 1;
        match timeout(Duration::from_secs(60), self.tab()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(self.lost().await.unwrap_or(Lost::BrowserEnded(why))),
            Err(_) => Err(Lost::Silent("it opens no tab".to_owned())),
        }
    }

    async fn tab(&self) -> Result<(), String> {
        let tab = self.bidi.begin().await?;
        let handle = WindowHandle::try_from(tab.clone()).map_err(|why| why.to_string())?;
        self.client.switch_to_window(handle).await.map_err(|why| why.to_string())?;
        self.bidi.resize(&tab, 1440, 900).await?;
        if self.browser == Browser::Chromium {
            // Reading the log empties it.
            self.client.issue_cmd(ChromiumLog).await.map_err(|why| why.to_string())?;
        }
        self.trap.forget();
        self.bidi.forget();
        Ok(())
    }

    /// Deletes what a test left behind.
    pub(crate) async fn end(&mut self) -> Result<(), Lost> {
        let cleared = timeout(Duration::from_secs(30), async {
            self.bidi.end().await?;
            self.client.switch_to_window(self.first.clone()).await.map_err(|why| why.to_string())
        });
        match cleared.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(Lost::BrowserEnded(why)),
            Err(_) => Err(Lost::Silent("it closes no tab".to_owned())),
        }
    }

    /// Whether driver and browser are still there; called when a test failed.
    pub(crate) async fn lost(&mut self) -> Option<Lost> {
        if let Ok(Some(status)) = self.driver.try_wait() {
            return Some(Lost::DriverEnded(status.to_string()));
        }
        match timeout(Duration::from_secs(30), self.client.windows()).await {
            Err(_) => return Some(Lost::Silent("the driver".to_owned())),
            Ok(Err(why)) => return Some(Lost::BrowserEnded(why.to_string())),
            Ok(Ok(_)) => {}
        }
        match timeout(Duration::from_secs(30), self.bidi.ask("session.status", json!({}))).await {
            Err(_) => Some(Lost::Silent("BiDi".to_owned())),
            Ok(Err(why)) => Some(Lost::BrowserEnded(why)),
            Ok(Ok(_)) => None,
        }
    }

    /// The page in the tab that is open.
    pub fn page(&self) -> Page {
        Page { client: self.client.clone(), bidi: self.bidi.clone() }
    }

    /// Closes the browser.
    pub async fn close(mut self) {
        if let Ok(Ok(())) = timeout(Duration::from_secs(20), self.client.clone().close()).await {
            self.process = None;
        }
    }
}

/// Checks that a driver that ended is distinguished from a test that failed. Called by the runner, which has its own
/// test harness.
pub fn a_driver_that_ended_is_distinguished_from_a_test_that_failed() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for browser in Browser::found() {
            let mut running = browser.start().await.expect("it starts");
            running.begin().await.expect("it opens a tab");
            assert_ne!(running.process, None, "it says which process it is");
            assert_eq!(running.lost().await, None, "it is there");
            running.driver.kill().await.expect("it can be ended");
            assert!(matches!(running.lost().await, Some(Lost::DriverEnded(_))), "{}", browser.name());
            assert!(matches!(running.begin().await, Err(Lost::DriverEnded(_))), "{}", browser.name());
        }
    });
}

/// Reads the driver's output until it names its port; `None` if it ends before that.
async fn announced_port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        let words = ["successfully on port ", "Listening on 127.0.0.1:"];
        if let Some(rest) = words.iter().find_map(|word| line.split(word).nth(1)) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(port) = digits.parse() {
                // Keep reading, or the driver blocks when the pipe is full.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Some(port);
            }
        }
    }
    None
}

/// A port that nothing else here has asked for. (Not every driver supports the system's "port 0" for this one.) It lies
/// below the range that systems assign to outgoing connections, which could take it between its choice and its use.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Concurrent runs begin at different ports.
    let first = u16::try_from(std::process::id() % 100).expect("it is below a hundred") * 100;
    (0..10_000)
        .map(|_| 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
