//! Who works off the jobs.

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
    /// A job is to be done: it came, or it was refused.
    fn wants(&mut self, number: usize, now_ms: u64);
    /// The next job to be sent now, which does not wait any more. It is asked until there is none.
    fn due(&mut self, account: &Account, jobs: &[Job], now_ms: u64) -> Option<usize>;
    /// When it wants to be asked again, at the latest.
    fn wakes(&mut self, now_ms: u64) -> Option<u64>;
    /// A job is on its way.
    fn sent(&mut self, _number: usize, _job: &Job, _now_ms: u64) {}
    /// The answer of a job has begun; what its headers said, where a client may read them.
    fn accepted(&mut self, _number: usize, _job: &Job, _headers: Option<&LimitReport>, _now_ms: u64) {}
    /// A job was refused. It is wanted again right after.
    fn refused(&mut self, _number: usize, _job: &Job, _refusal: &Refused<'_>, _now_ms: u64) {}
    /// A job has ended, and the answer said what it took.
    fn ended(&mut self, _number: usize, _job: &Job, _now_ms: u64) {}
    /// The answer of a job was lost after so many tokens; before it began, where that is none.
    fn lost(&mut self, number: usize, job: &Job, _received: u64, now_ms: u64) {
        self.ended(number, job, now_ms);
    }
    /// What makes it uncertain that a job which is sent now will be let in; none where nothing does.
    fn uncertainty(&self, _number: usize, _job: &Job, _now_ms: u64) -> Option<Uncertainty> {
        Some(Uncertainty::Inferred)
    }
    /// What it says is left of the windows of a model.
    fn gauges(&self, _model: &str, _now_ms: u64) -> Vec<Gauge> {
        Vec::new()
    }
    /// What it foretells by now of jobs that wait: when they will be let in. Each is told once.
    fn foretold(&mut self) -> Vec<(usize, u64)> {
        Vec::new()
    }
}

/// How a client hears of a refusal.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The window that refused.
    pub limited: Limited,
    /// What its headers said, where a client may read them.
    pub headers: Option<&'a LimitReport>,
}

/// Whoever somebody waits for comes first; otherwise the order in which they came.
fn in_order(waiting: &[usize], jobs: &[Job]) -> Vec<usize> {
    let is_interactive = |number: &usize| jobs.get(*number).is_some_and(|job| job.interactive);
    let mut waiting = waiting.to_vec();
    waiting.sort_unstable();
    let (first, rest): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|number| is_interactive(number));
    first.into_iter().chain(rest).collect()
}
