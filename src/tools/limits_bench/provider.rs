//! The provider's side: its accounting, and what it reports.

use headroom_domain::{LimitReport, LimitSource, LimitWindow};
use headroom_simulator::{
    Account, Demand, Limited, Outcome as Ended, Refusal, RequestId, Unit, Used, WindowEntry, WindowKind,
};

use crate::{workload::Job, world::World};

/// Records in the account that a request has ended, and how many tokens were written.
pub(crate) fn settle(account: &mut Account, id: u64, completion: u64, at_ms: u64) {
    account.settle(RequestId(id), Used { completion, reasoning: 0 }, Ended::Complete, at_ms);
}

/// The rate limit headers of a world for the windows of a model.
pub(crate) fn headers(account: &mut Account, model: &str, world: &World, at_ms: u64) -> LimitReport {
    let mut report = LimitReport::default();
    let windows = windows(account, model, at_ms).into_iter();
    for entry in windows.filter(|entry| world.only.is_empty() || world.only.contains(&entry.kind)) {
        report.record(window(entry.kind), LimitSource::Header, |fact| {
            fact.limit = Some(entry.limit);
            fact.remaining = Some(u64::try_from(entry.left).unwrap_or(0));
            fact.resets_in_ms = Some(entry.whole_at_ms.saturating_sub(at_ms));
        });
    }
    report
}

/// The windows that a model draws from, by the provider's accounting.
pub(crate) fn windows(account: &mut Account, model: &str, at_ms: u64) -> Vec<WindowEntry> {
    let pools = account.ledger(at_ms).pools.into_iter();
    let pool = pools.into_iter().find(|pool| pool.models.iter().any(|other| other == model));
    pool.map(|pool| pool.windows).unwrap_or_default()
}

/// Converts a simulator window to ours.
#[must_use]
pub fn window(kind: WindowKind) -> LimitWindow {
    let by_name = LimitWindow::ALL.into_iter().find(|window| window.name() == kind.name());
    by_name.unwrap_or(match kind.unit() {
        Unit::Requests => LimitWindow::RequestsMinute,
        _ => LimitWindow::TokensMinute,
    })
}

/// The provider's view of a job.
#[must_use]
pub fn demand(job: &Job) -> Demand<'_> {
    Demand { model: job.model, prompt_tokens: job.prompt, prompt_blocks: &[], cap: job.cap }
}

/// The window that would reject a job now; `None` if none would.
#[must_use]
pub fn would_refuse(account: &Account, job: &Job, now_ms: u64) -> Option<Limited> {
    match account.clone().admit(&demand(job), now_ms) {
        Err(Refusal::RateLimited(limited)) => Some(limited),
        _ => None,
    }
}
