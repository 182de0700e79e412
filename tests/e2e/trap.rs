//! A proxy that serves nothing: any browser request to another machine ends here and is recorded.

use std::sync::{Arc, Mutex};

use tokio::{io::AsyncReadExt as _, net::TcpListener};

/// Hosts that browsers contact on their own, whatever page is open.
const BROWSERS_OWN: [&str; 8] = [
    "mozilla.com",
    "mozilla.net",
    "mozilla.org",
    "firefox.com",
    "google.com",
    "googleapis.com",
    "gstatic.com",
    "gvt1.com",
];

/// The proxy and what it recorded.
pub struct Trap {
    /// Where it listens.
    pub port: u16,
    caught: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    /// Starts to listen.
    pub async fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let caught = Arc::new(Mutex::new(Vec::new()));
        let record = caught.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let record = record.clone();
                tokio::spawn(async move {
                    let mut start = [0; 512];
                    let length = stream.read(&mut start).await.unwrap_or(0);
                    let line = String::from_utf8_lossy(&start[..length]).lines().next().unwrap_or_default().to_owned();
                    if !line.is_empty() && !own(&line) {
                        record.lock().unwrap().push(line);
                    }
                });
            }
        });
        Self { port, caught }
    }

    /// Discards what was recorded so far.
    pub(crate) fn forget(&self) {
        self.caught.lock().unwrap().clear();
    }

    /// The first line of every request to another machine.
    pub fn caught(&self) -> Vec<String> {
        self.caught.lock().unwrap().clone()
    }
}

/// `CONNECT host:443 HTTP/1.1` or `GET http://host/path HTTP/1.1`.
fn own(line: &str) -> bool {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let host = target.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default();
    BROWSERS_OWN.iter().any(|name| host == *name || host.ends_with(&format!(".{name}")))
}
