//! What a cap costs: how many requests the limits let through with it, beside how long answers really are.

use headroom_domain::{LimitProfile, ModelLimits, Refund};

use crate::{MINUTE_MS, usage_summary::Lengths, verdict::need};

/// Fewer answers than this say nothing.
const FEWEST: usize = 5;

/// What one cap means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithCap {
    /// `max_completion_tokens`; none where it is not sent.
    pub cap: Option<u64>,
    /// What is held for a request.
    pub held: u64,
    /// Requests that can be sent at once when all limits are whole.
    pub at_once: u64,
    /// Requests a minute in the long run, times ten.
    pub per_minute_tenths: u64,
}

impl WithCap {
    /// Whether more requests go with it than with another.
    const fn gains_on(&self, other: &Self) -> bool {
        self.at_once > other.at_once || self.per_minute_tenths > other.per_minute_tenths
    }
}

/// Advice on the cap of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How long answers turned out.
    pub lengths: Lengths,
    /// The cap as it is.
    pub now: WithCap,
    /// A cap that would do for nineteen of twenty answers; none where the present one is as good, or too little is known.
    pub better: Option<WithCap>,
}

/// Advises on the cap of requests with so many tokens of prompt.
///
/// Where nearly all answers stay below the cap, a lower one holds less. Where more than one in twenty reaches it, how long
/// answers want to be is not known, and nothing is advised.
#[must_use]
pub fn advise(
    profile: &LimitProfile,
    limits: &ModelLimits,
    lengths: Lengths,
    input: u64,
    cap: Option<u64>,
) -> Option<Advice> {
    if lengths.answers < FEWEST {
        return None;
    }
    let with = |cap| with_cap(profile, limits, lengths, input, cap);
    let now = with(cap);
    let enough = lengths.cut * 20 <= lengths.answers;
    let better = Some(with(Some(roomy(lengths.most)))).filter(|better| enough && better.gains_on(&now));
    Some(Advice { lengths, now, better })
}

/// A little more than so many tokens, as a round number.
#[must_use]
pub fn roomy(tokens: u64) -> u64 {
    let wanted = tokens.saturating_add(tokens / 10).max(10);
    let unit = 10_u64.pow(wanted.ilog10().saturating_sub(1)).max(10);
    wanted.div_ceil(unit).saturating_mul(unit)
}

fn with_cap(profile: &LimitProfile, limits: &ModelLimits, lengths: Lengths, input: u64, cap: Option<u64>) -> WithCap {
    let held = need(profile, limits, input, cap).tokens();
    // In the long run a request takes what it used; where nothing is given back, what was held.
    let taken = match profile.refund {
        Refund::ToActual => input.saturating_add(lengths.mean).min(held),
        Refund::Never => held,
    };
    let (mut at_once, mut tenths) = (u64::MAX, u64::MAX);
    for window in &limits.windows {
        let (each, in_the_long_run) = if window.window.counts_requests() { (1, 1) } else { (held, taken) };
        at_once = at_once.min(window.limit / each.max(1));
        let minutes = (window.window.period_ms() / MINUTE_MS).max(1);
        // A request that never fits goes at no rate.
        let rate =
            if each > window.limit { 0 } else { window.limit.saturating_mul(10) / in_the_long_run.max(1) / minutes };
        // What a day allows is no pace of a minute.
        if minutes < 24 * 60 {
            tenths = tenths.min(rate);
        }
    }
    let known = |number: u64| if number == u64::MAX { 0 } else { number };
    WithCap { cap, held, at_once: known(at_once), per_minute_tenths: known(tenths) }
}
