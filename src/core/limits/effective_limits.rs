//! The limits of a model, from the profile and from the provider's reports.

use headroom_domain::{LimitProfile, LimitWindow, ModelLimits, Period, RefillPolicy, WindowLimit};

use crate::ledger::Ledger;

/// Returns the limits in effect for a model: the profile's, replaced and extended by those the provider stated. Without
/// a profile, or if it does not list the model, only the stated limits: no context window, no price. `None` if nothing
/// is known.
///
/// A window that only the provider reported is treated as a bucket, or as a fixed window if it covers a day, as with
/// all known providers.
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
    match window.period() {
        Period::Day => RefillPolicy::Fixed,
        Period::Minute | Period::Hour => RefillPolicy::Bucket,
    }
}
