//! The time in milliseconds since 1970. It never runs backward, whatever happens to the system's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy)]
pub(crate) struct Clock {
    epoch_ms: u64,
    since: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch_ms: millis(epoch), since: Instant::now() }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.epoch_ms.saturating_add(millis(self.since.elapsed()))
    }

    pub(crate) async fn sleep_until(&self, at_ms: u64) {
        let wait = at_ms.saturating_sub(self.now_ms());
        if wait > 0 {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
