//! A server in a runtime of its own. When it is stopped nobody is there any more: connections that the browser keeps open
//! end with it, and so does what streams over them.

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

/// What runs it. It runs on until it is stopped, even after this was dropped: a page may still be fetching what it needs
/// later when its test is over, and a refused connection would be noise.
pub struct Host(Mutex<Option<ManuallyDrop<Runtime>>>);

impl Host {
    /// Starts a server: `bind` says what there is to know of it, and what serves.
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

    /// Serves these routes on a free port of this machine, and gives the port.
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

    /// Ends it, and returns when it has ended.
    pub fn stop(&self) {
        let runtime = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // A runtime may not be waited for inside another one.
            let runtime = ManuallyDrop::into_inner(runtime);
            let end = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
            end.join().ok();
        }
    }
}
