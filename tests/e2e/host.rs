//! A server with its own runtime. Stopping it makes the address unreachable: connections that the browser keeps open
//! end with it, and so does anything that streams over them.

use std::{
    future::Future,
    mem::ManuallyDrop,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::Router;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::oneshot,
};

/// The server's runtime. It runs until it is stopped, even after this was dropped: a page may still be fetching later
/// parts when its test is over, and a refused connection would be noise.
pub struct Host(Mutex<Option<ManuallyDrop<Runtime>>>);

impl Host {
    /// Starts a server: `bind` returns what the caller needs to know, and the future that serves.
    pub async fn start<T, S>(bind: impl Future<Output = (T, S)> + Send + 'static) -> (Self, T)
    where
        T: Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (tell, told) = oneshot::channel();
        runtime.spawn(async move {
            let (known, serve) = bind.await;
            tell.send(known).ok();
            serve.await;
        });
        let known = told.await.expect("it finds a free port");
        (Self(Mutex::new(Some(ManuallyDrop::new(runtime)))), known)
    }

    /// Serves these routes on a free port of this machine, and returns the port.
    pub async fn serve(routes: Router) -> (Self, u16) {
        Self::start(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
            let port = listener.local_addr().expect("its address").port();
            let serve = async move {
                axum::serve(listener, routes).await.ok();
            };
            (port, serve)
        })
        .await
    }

    /// Stops it, and returns when it has stopped.
    pub fn stop(&self) {
        let runtime = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // A runtime must not be waited for inside another one.
            let runtime = ManuallyDrop::into_inner(runtime);
            let end = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
            end.join().ok();
        }
    }
}
