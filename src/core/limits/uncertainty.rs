//! Why a request that fits by our own count may still be rejected.

use headroom_domain::{LimitProfile, LimitWindow, ModelLimits, RefillPolicy, WindowLimit};

use crate::{
    AHEAD_MS, HOUR_MS,
    ledger::Ledger,
    pool::Entry,
    pool_history::PoolHistory,
    reported_limits::has_just_begun,
    verdict::{Need, Verdict, judge},
};

/// What makes a verdict uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncertainty {
    /// A response was stopped or lost, and the provider did not report its usage; or a response without a cap is in
    /// flight, and may exceed its reservation. If these take all they can, the request does not fit.
    Unreported,
    /// A fixed window has just begun by this device's clock, and the request did not fit into the one before: the
    /// provider's clock may be behind. Or requests were sent while this device's clock was ahead: their time is
    /// unknown.
    Clock,
    /// Within the last hour a value or a rejection did not match what was sent from this browser: someone else may be
    /// using the account, or the limits are not those of the profile.
    Unexplained,
    /// The limits, or the reservations, are inferred from accepted and rejected requests.
    Inferred,
    /// The prompt tokens are estimated, and at the upper end of the estimate it does not fit.
    Estimated,
}

impl Uncertainty {
    /// The name in `data-uncertainty`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreported => "unreported",
            Self::Clock => "clock",
            Self::Unexplained => "unexplained",
            Self::Inferred => "inferred",
            Self::Estimated => "estimated",
        }
    }
}

impl Ledger {
    /// What makes it uncertain that a fitting request of at most this need is admitted, after others of the same
    /// windows; `first` is the reservation of each of those. `None` if nothing does: then it is admitted, if the
    /// profile is right and no one else uses the account.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is a word of the question")]
    pub fn uncertainty(
        &self,
        first: &[u64],
        profile: &LimitProfile,
        limits: &ModelLimits,
        account: &str,
        model: &str,
        need: Need,
        now_ms: u64,
    ) -> Option<Uncertainty> {
        let pool = limits.pool_of(model);
        let mut history = PoolHistory::of(self, account, &pool).ahead().at_worst(limits);
        first.iter().for_each(|tokens| history.add(Entry::planned(now_ms, *tokens)));
        if judge(&history, profile, limits, need, now_ms) != Verdict::Fits {
            return Some(Uncertainty::Unreported);
        }
        if history.sent().last().is_some_and(|request| request.sent_ms > now_ms.saturating_add(AHEAD_MS)) {
            return Some(Uncertainty::Clock);
        }
        let has_just_begun = |limit: &&WindowLimit| {
            limit.refill == RefillPolicy::Fixed && has_just_begun(now_ms, limit.window.period_ms())
        };
        let fitted_before = |limit: &WindowLimit| {
            let limits = ModelLimits { windows: vec![*limit], ..limits.clone() };
            let before_ms = (now_ms - now_ms % limit.window.period_ms()).saturating_sub(1);
            judge(&history, profile, &limits, need, before_ms) == Verdict::Fits
        };
        if !limits.windows.iter().filter(has_just_begun).all(fitted_before) {
            return Some(Uncertainty::Clock);
        }
        let lately = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms.saturating_add(HOUR_MS) > now_ms);
        let reported =
            || LimitWindow::ALL.into_iter().filter_map(|window| self.reported(account, &pool, window, now_ms));
        if reported().any(|reported| lately(reported.surprised_ms)) {
            return Some(Uncertainty::Unexplained);
        }
        let learned =
            self.has_inferences(account, &pool, now_ms) || reported().any(|reported| reported.is_inferred(now_ms));
        learned.then_some(Uncertainty::Inferred)
    }
}
