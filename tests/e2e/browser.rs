//! The browsers, and how each is started.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::bidi::Bidi;

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
    /// Sends WebDriver commands.
    pub client: Client,
    /// Listens to it, by WebDriver BiDi.
    pub bidi: Arc<Bidi>,
    _driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// The browsers that `./dev` found, by the variables it sets.
    pub fn found() -> Vec<Self> {
        [Self::Chromium, Self::Firefox].into_iter().filter(|browser| browser.paths().is_some()).collect()
    }

    /// The name in the names of tests.
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

    /// Starts it with an empty profile. Requests to other machines go to the proxy `trap`, which records them.
    pub async fn start(self, trap: u16) -> Running {
        let mut why = String::new();
        // Another process may take a port between its choice and its use, and on a busy machine a browser may die before
        // its first word, or never say one. None of it says anything of the page.
        for _ in 0..4 {
            match timeout(Duration::from_secs(60), self.attempt(trap)).await {
                Ok(Ok(running)) => return running,
                Ok(Err(problem)) => why = problem,
                Err(_) => why = "it is silent".to_owned(),
            }
        }
        panic!("{} does not start: {why}", self.name());
    }

    async fn attempt(self, trap: u16) -> Result<Running, String> {
        let (binary, driver) = self.paths().expect("only browsers that were found are started");
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut command = Command::new(driver);
        match self {
            Self::Chromium => command.arg("--port=0"),
            // Each session has its own driver, so each needs its own port for BiDi too.
            Self::Firefox => command.args(["--port", "0", "--websocket-port", &free_port().to_string()]),
        };
        let mut driver = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("TMPDIR", profile.path())
            .kill_on_drop(true)
            .spawn()
            .expect("the driver starts");
        let port = timeout(Duration::from_secs(20), announced_port(&mut driver)).await;
        let port = port.ok().flatten().ok_or("the driver named no port")?;
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(self.capabilities(&binary.display().to_string(), &profile.path().display().to_string(), trap))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .map_err(|why| why.to_string())?;
        let capabilities = client.capabilities().expect("a session has capabilities");
        let socket = capabilities["webSocketUrl"].as_str().expect("the driver speaks BiDi");
        let bidi = Arc::new(Bidi::connect(socket).await?);
        Ok(Running { client, bidi, _driver: driver, _profile: profile })
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

/// Reads what the driver prints until it names its port; none if it ends before that.
async fn announced_port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
    while let Some(line) = lines.next_line().await.expect("the driver's output is text") {
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

/// A port nobody else has asked for here. (The system's "port 0" is not offered for this one by every driver.) It lies
/// below those that systems give to whoever connects: between its choice and its use, one of them would be taken.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Runs side by side begin at different places.
    let first = u16::try_from(std::process::id() % 100).expect("it is below a hundred") * 100;
    (0..10_000)
        .map(|_| 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
