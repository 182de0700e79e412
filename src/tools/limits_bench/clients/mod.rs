//! The clients that process the jobs.

mod headroom;
mod others;
mod tabs;

use headroom_domain::LimitReport;
use headroom_limits::{Gauge, Uncertainty};
use headroom_simulator::{Account, Limited};

pub use self::{
    headroom::Headroom,
    others::{Backoff, Oracle, Spacing},
    tabs::Tabs,
};
use crate::workload::Job;

/// A client of the provider. Times are milliseconds since 1970, by the client's clock.
pub trait Client {
    /// Queues a job: it is new, or it was rejected.
    fn wants(&mut self, number: usize, now_ms: u64);
    /// The next job to be sent now, removed from the queue. Called until it returns `None`.
    fn due(&mut self, account: &Account, jobs: &[Job], now_ms: u64) -> Option<usize>;
    /// The latest time at which it wants to be called again.
    fn wakes(&mut self, now_ms: u64) -> Option<u64>;
    /// A job was sent.
    fn sent(&mut self, _number: usize, _job: &Job, _now_ms: u64) {}
    /// The response to a job has begun, with its headers if a client may read them.
    fn accepted(&mut self, _number: usize, _job: &Job, _headers: Option<&LimitReport>, _now_ms: u64) {}
    /// A job was rejected. It is queued again right after.
    fn refused(&mut self, _number: usize, _job: &Job, _refusal: &Refused<'_>, _now_ms: u64) {}
    /// A job has ended, and the response reported its usage.
    fn ended(&mut self, _number: usize, _job: &Job, _now_ms: u64) {}
    /// The response to a job was lost after `received` tokens; if 0, before it began.
    fn lost(&mut self, number: usize, job: &Job, _received: u64, now_ms: u64) {
        self.ended(number, job, now_ms);
    }
    /// Why it is uncertain that a job sent now is admitted; `None` if it is certain.
    fn uncertainty(&self, _number: usize, _job: &Job, _now_ms: u64) -> Option<Uncertainty> {
        Some(Uncertainty::Inferred)
    }
    /// The client's gauges for the windows of a model.
    fn gauges(&self, _model: &str, _now_ms: u64) -> Vec<Gauge> {
        Vec::new()
    }
    /// New forecasts for queued jobs: when they will be admitted. Returns each once.
    fn foretold(&mut self) -> Vec<(usize, u64)> {
        Vec::new()
    }
}

/// A rejection as a client sees it.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The window that rejected.
    pub limited: Limited,
    /// Its headers, if a client may read them.
    pub headers: Option<&'a LimitReport>,
}

/// Interactive jobs first; otherwise in the order in which they came.
fn in_order(waiting: &[usize], jobs: &[Job]) -> Vec<usize> {
    let is_interactive = |number: &usize| jobs.get(*number).is_some_and(|job| job.interactive);
    let mut waiting = waiting.to_vec();
    waiting.sort_unstable();
    let (first, rest): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|number| is_interactive(number));
    first.into_iter().chain(rest).collect()
}
