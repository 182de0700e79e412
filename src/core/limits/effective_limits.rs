//! The limits of a model, from the profile and from what the provider said.

use headroom_domain::{LimitProfile, LimitWindow, ModelLimits, RefillPolicy, WindowLimit};

use crate::ledger::Ledger;

/// What holds for a model: the profile's limits, with those the provider stated in their place and beside them. Without
/// a profile, or with one that says nothing of the model, what was stated alone: no context, no price. `None` where
/// nothing is known.
///
/// A window that only the provider speaks of is taken for a bucket, one of a day for a fixed window: the laws that the
/// known providers have.
#[must_use]
pub fn effective_limits(
    profile: Option<&LimitProfile>,
    ledger: &Ledger,
    account: &str,
    model: &str,
    now_ms: u64,
) -> Option<ModelLimits> {
    let known = profile.and_then(|profile| profile.of_model(model));
    let mut limits = known.cloned().unwrap_or_else(|| ModelLimits::only(model.to_owned(), Vec::new()));
    let pool = limits.pool_of(model);
    for window in LimitWindow::ALL {
        let reported = ledger.reported(account, &pool, window, now_ms);
        let Some(stated) = reported.and_then(|reported| reported.limit(now_ms)) else { continue };
        match limits.windows.iter_mut().find(|limit| limit.window == window) {
            Some(limit) => limit.limit = stated,
            None => limits.windows.push(WindowLimit { window, limit: stated, refill: usual_refill(window) }),
        }
    }
    (known.is_some() || !limits.windows.is_empty()).then_some(limits)
}

pub(crate) const fn usual_refill(window: LimitWindow) -> RefillPolicy {
    match window {
        LimitWindow::RequestsDay | LimitWindow::TokensDay => RefillPolicy::Fixed,
        _ => RefillPolicy::Bucket,
    }
}
