//! What was inferred about a pool besides its limits: the refund of reservations, and the reservation without a cap.

use headroom_domain::{DefaultOutputReserve, LimitWindow, Refund};
use serde::{Deserialize, Serialize};

use crate::{HOUR_MS, ledger::Ledger};

/// Inferences expire after an hour: someone else may have used the account, and then they are wrong.
pub(crate) const INFERENCE_TTL_MS: u64 = HOUR_MS;

/// What was inferred from a response or a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// A window allows about this much and no more.
    Limit(LimitWindow, u64),
    /// The unused part of an output reservation does not come back.
    NoRefund,
    /// The unused part does come back after all.
    Refund,
    /// This many tokens are reserved for the response to a request without a cap.
    OutputReserve(u64),
}

/// What was inferred about one pool of one account, each with the time of the inference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PoolInference {
    account: String,
    pool: String,
    refund: Option<(u64, Refund)>,
    #[serde(rename = "uncapped")]
    output_reserve: Option<(u64, InferredReserve)>,
    /// Windows that have rejected a request: their limit is known, so they are not probed.
    refused: Vec<(LimitWindow, u64)>,
}

impl PoolInference {
    /// Returns the part that has not expired; `None` if nothing is left.
    fn fresh(&self, now_ms: u64) -> Option<Self> {
        let mut refused = self.refused.clone();
        refused.retain(|(_, at_ms)| holds(*at_ms, now_ms));
        refused.sort_unstable();
        let (refund, output_reserve) = (
            self.refund.filter(|(at_ms, _)| holds(*at_ms, now_ms)),
            self.output_reserve.filter(|(at_ms, _)| holds(*at_ms, now_ms)),
        );
        let holds = refund.is_some() || output_reserve.is_some() || !refused.is_empty();
        holds.then(|| Self { refund, output_reserve, refused, ..self.clone() })
    }
}

/// An inferred limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct InferredLimit {
    pub(crate) account: String,
    pub(crate) pool: String,
    pub(crate) window: LimitWindow,
    pub(crate) limit: u64,
    /// The time from which it counts as stated.
    pub(crate) at_ms: u64,
}

/// All inferences, to be saved and shared with other tabs, without what the provider stated: it will state that again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InferredLimits {
    limits: Vec<InferredLimit>,
    pools: Vec<PoolInference>,
}

impl InferredLimits {
    /// Whether nothing was inferred.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.pools.is_empty()
    }
}

/// The tokens reserved for a response without a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InferredReserve {
    pub(crate) tokens: u64,
    /// The value assumed before anything was inferred.
    pub(crate) before: u64,
}

impl Ledger {
    /// Returns all inferences that have not expired, always in the same order.
    #[must_use]
    pub fn inferences(&self, now_ms: u64) -> InferredLimits {
        let mut limits = self.inferred_limit(now_ms);
        limits.sort_unstable();
        let mut pools: Vec<PoolInference> =
            self.inferences.iter().filter_map(|inference| inference.fresh(now_ms)).collect();
        pools.sort_unstable_by(|one, other| (&one.account, &one.pool).cmp(&(&other.account, &other.pool)));
        InferredLimits { limits, pools }
    }

    /// Merges inferences from an earlier session or another tab: the newest of each kind wins.
    pub fn restore_inferences(&mut self, inferences: InferredLimits) {
        for limit in inferences.limits {
            self.take_inferred_limit(&limit);
        }
        for PoolInference { account, pool, refund, output_reserve, refused } in inferences.pools {
            let older = |known: Option<u64>, at_ms: u64| known.is_none_or(|known_ms| known_ms < at_ms);
            self.infer(&account, &pool, |known| {
                if refund.is_some_and(|(at_ms, _)| older(known.refund.map(|it| it.0), at_ms)) {
                    known.refund = refund;
                }
                if output_reserve.is_some_and(|(at_ms, _)| older(known.output_reserve.map(|it| it.0), at_ms)) {
                    known.output_reserve = output_reserve;
                }
                for (window, at_ms) in refused {
                    match known.refused.iter_mut().find(|(other, _)| *other == window) {
                        Some((_, known_ms)) => *known_ms = at_ms.max(*known_ms),
                        None => known.refused.push((window, at_ms)),
                    }
                }
            });
        }
    }

    /// The refund policy of a pool: inferred from responses, else from the profile.
    #[must_use]
    pub fn refund(&self, profile: Refund, account: &str, pool: &str, now_ms: u64) -> Refund {
        let inferred = self.inference(account, pool).and_then(|inference| inference.refund);
        inferred.filter(|(at_ms, _)| holds(*at_ms, now_ms)).map_or(profile, |(_, refund)| refund)
    }

    /// The output reserve of a request without a cap in this pool: inferred from responses, else from the profile.
    #[must_use]
    pub fn default_output_reserve(
        &self,
        profile: DefaultOutputReserve,
        account: &str,
        pool: &str,
        now_ms: u64,
    ) -> DefaultOutputReserve {
        self.inferred_output_reserve(account, pool, now_ms)
            .map_or(profile, |reserved| DefaultOutputReserve::Tokens(reserved.tokens))
    }

    /// Whether the refund policy or the output reserve of a pool was inferred.
    pub(crate) fn has_inferences(&self, account: &str, pool: &str, now_ms: u64) -> bool {
        let inference = self.inference(account, pool);
        inference.is_some_and(|inference| {
            let times = [inference.refund.map(|(at_ms, _)| at_ms), inference.output_reserve.map(|(at_ms, _)| at_ms)];
            times.into_iter().flatten().any(|at_ms| holds(at_ms, now_ms))
        })
    }

    pub(crate) fn inferred_output_reserve(&self, account: &str, pool: &str, now_ms: u64) -> Option<InferredReserve> {
        let inferred = self.inference(account, pool)?.output_reserve;
        inferred.filter(|(at_ms, _)| holds(*at_ms, now_ms)).map(|(_, reserved)| reserved)
    }

    pub(crate) fn infer_refund(&mut self, account: &str, pool: &str, refund: Refund, now_ms: u64) {
        self.infer(account, pool, |inference| inference.refund = Some((now_ms, refund)));
    }

    /// Sets the inferred output reserve; `None` if the previous inference was wrong.
    pub(crate) fn infer_default_output_reserve(
        &mut self,
        account: &str,
        pool: &str,
        reserved: Option<InferredReserve>,
        now_ms: u64,
    ) {
        self.infer(account, pool, |inference| inference.output_reserve = reserved.map(|reserved| (now_ms, reserved)));
    }

    /// Records that a window has rejected a request.
    pub(crate) fn note_limit_reached(&mut self, account: &str, pool: &str, window: LimitWindow, now_ms: u64) {
        self.infer(account, pool, |inference| {
            inference.refused.retain(|(other, _)| *other != window);
            inference.refused.push((window, now_ms));
        });
    }

    /// Whether a window has rejected a request recently.
    pub(crate) fn limit_was_reached(&self, account: &str, pool: &str, window: LimitWindow, now_ms: u64) -> bool {
        let refused = self.inference(account, pool).map(|inference| inference.refused.as_slice()).unwrap_or_default();
        refused.iter().any(|(other, at_ms)| *other == window && holds(*at_ms, now_ms))
    }

    fn inference(&self, account: &str, pool: &str) -> Option<&PoolInference> {
        self.inferences.iter().find(|inference| inference.account == account && inference.pool == pool)
    }

    fn infer(&mut self, account: &str, pool: &str, change: impl FnOnce(&mut PoolInference)) {
        if let Some(known) =
            self.inferences.iter_mut().find(|inference| inference.account == account && inference.pool == pool)
        {
            return change(known);
        }
        let mut inference = PoolInference { account: account.into(), pool: pool.into(), ..PoolInference::default() };
        change(&mut inference);
        self.inferences.push(inference);
    }
}

/// Whether an inference is still valid. A clock that was set back does not prolong it.
const fn holds(at_ms: u64, now_ms: u64) -> bool {
    at_ms.saturating_add(INFERENCE_TTL_MS) > now_ms && now_ms.saturating_add(INFERENCE_TTL_MS) > at_ms
}
