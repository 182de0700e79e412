//! A static file server for the built site, as plain as the hosts it will run on.
//!
//! It serves the site at the root or under a sub-path, redirects the sub-path without its slash (relative addresses
//! need it), and answers 404 for missing files: no rewriting that a static host would not do.

use std::{io, net::SocketAddr, path::PathBuf};

use axum::{
    Router,
    http::{HeaderValue, header},
    response::Redirect,
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// A server that accepts connections but does not answer them yet.
pub struct Server {
    listener: TcpListener,
    routes: Router,
}

impl Server {
    /// Binds to a port of this machine only (0 picks a free one) and serves the folder under `path`, which is `/` or
    /// starts and ends with a slash.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn bind(port: u16, folder: PathBuf, path: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
        Ok(Self { listener, routes: routes(folder, path) })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until the process ends.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn run(self) -> io::Result<()> {
        axum::serve(self.listener, self.routes).await
    }
}

/// The routes alone, for tests that add their own.
pub fn routes(folder: PathBuf, path: &str) -> Router {
    let files = ServeDir::new(folder);
    let routes = match path.trim_end_matches('/') {
        "" => Router::new().fallback_service(files),
        base => {
            let with_slash = format!("{base}/");
            // `nest_service` alone would also answer the address without its slash, and break every relative address.
            Router::new()
                .route(base, get(move || async move { Redirect::permanent(&with_slash) }))
                .nest_service(&format!("{base}/"), files)
        }
    };
    // A changed file appears at the next reload; hashed names make that cheap.
    routes.layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
}
