//! A provider on another origin: our simulator over real HTTP.

use std::net::SocketAddr;

use headroom_api_simulator::Server;
use headroom_simulator::{Config, Profile, RateHeaders, Shape};
use serde_json::Value;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpStream, task::JoinHandle};

/// The key that it lets in.
pub const KEY: &str = "sk-canary-0123456789";

/// A running provider. Dropping it ends it.
pub struct Provider {
    address: SocketAddr,
    base_path: &'static str,
    task: JoinHandle<()>,
}

impl Provider {
    /// A provider of this shape without limits, fast enough for tests.
    pub async fn of(shape: Shape) -> Self {
        let config = Config {
            shape,
            profile: Profile::named("unlimited").expect("a built-in profile"),
            keys: vec![KEY.into()],
            seed: 7,
            tokens_per_second: None,
            ttft_ms: None,
            rate_headers: RateHeaders::Exposed,
        };
        let server = Server::bind(0, config).await.expect("a free port");
        let address = server.address().expect("its address");
        let task = tokio::spawn(async move {
            server.run().await.ok();
        });
        Self { address, base_path: shape.base_path(), task }
    }

    /// What a user types as its base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its books.
    pub async fn ledger(&self) -> Value {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let request = format!("GET /sim/ledger HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        let body = answer.split_once("\r\n\r\n").expect("a head and a body").1;
        serde_json::from_str(body).expect("its books are JSON")
    }

    /// Ends it: from here on nobody is there.
    pub fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}
