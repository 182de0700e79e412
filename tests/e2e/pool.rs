//! Browsers that serve one test after another.
//!
//! Starting a browser takes longer than most tests. Each test gets its own user context (what browsers call a profile,
//! container or private window), which begins empty and is deleted with everything in it; the browser stays.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    browser::{Browser, Lost, Running},
    times::Times,
};

/// A browser is replaced after this many tests, before it degrades.
const MOST_TESTS: usize = 40;

/// The idle browsers of one kind.
pub struct Pool {
    /// Their kind.
    pub browser: Browser,
    idle: Mutex<Vec<Running>>,
    times: Arc<Times>,
}

impl Pool {
    /// Creates an empty pool.
    pub fn of(browser: Browser, times: Arc<Times>) -> Self {
        Self { browser, idle: Mutex::default(), times }
    }

    /// Returns a browser with an empty tab in an empty user context.
    pub async fn take(&self) -> Result<Running, Lost> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut running = match waiting {
            Some(running) => running,
            None => {
                self.times.started(self.browser.name());
                self.browser.start().await?
            }
        };
        running.begin().await?;
        Ok(running)
    }

    /// Takes a browser back after a test that passed. After any other outcome it is dropped, which stops it.
    pub async fn put_back(&self, mut running: Running) {
        if running.tests >= MOST_TESTS || running.end().await.is_err() {
            running.close().await;
            return;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(running);
    }

    /// Closes all of them.
    pub async fn close(&self) {
        let all = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for running in all {
            running.close().await;
        }
    }
}
