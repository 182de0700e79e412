//! What an output cap costs: how many requests the limits admit with it, compared with how long responses really are.

use headroom_domain::{LimitProfile, ModelLimits, Refund};

use crate::{MINUTE_MS, usage_summary::Lengths, verdict::need};

/// With fewer responses than this, no advice is given.
const FEWEST: usize = 5;

/// What one cap means for the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithCap {
    /// `max_completion_tokens`; `None` if it is not sent.
    pub cap: Option<u64>,
    /// Tokens reserved for a request.
    pub reserved: u64,
    /// Requests that can be sent at once when all windows are full.
    pub at_once: u64,
    /// Long-run requests per minute, times ten.
    pub per_minute_tenths: u64,
}

impl WithCap {
    /// Whether more requests fit with this cap than with the other.
    const fn gains_on(&self, other: &Self) -> bool {
        self.at_once > other.at_once || self.per_minute_tenths > other.per_minute_tenths
    }
}

/// Advice on the output cap of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How long responses turned out.
    pub lengths: Lengths,
    /// The current cap.
    pub now: WithCap,
    /// A cap that is enough for 19 of 20 responses; `None` if the current one is as good, or too little is known.
    pub better: Option<WithCap>,
}

/// Advises on the cap of requests with this many prompt tokens.
///
/// If nearly all responses stay below the cap, a lower one reserves less. If more than one in twenty reaches it, their
/// natural length is unknown, and nothing is advised.
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

/// Rounds a token count up to a round number with some headroom.
#[must_use]
pub fn roomy(tokens: u64) -> u64 {
    let wanted = tokens.saturating_add(tokens / 10).max(10);
    let unit = 10_u64.pow(wanted.ilog10().saturating_sub(1)).max(10);
    wanted.div_ceil(unit).saturating_mul(unit)
}

fn with_cap(profile: &LimitProfile, limits: &ModelLimits, lengths: Lengths, input: u64, cap: Option<u64>) -> WithCap {
    let reserved = need(profile, limits, input, cap).tokens();
    // In the long run a request takes what it used, or what was reserved if nothing is refunded.
    let taken = match profile.refund {
        Refund::ToActual => input.saturating_add(lengths.mean).min(reserved),
        Refund::Never => reserved,
    };
    let (mut at_once, mut tenths) = (u64::MAX, u64::MAX);
    for window in &limits.windows {
        let (each, in_the_long_run) = if window.window.counts_requests() { (1, 1) } else { (reserved, taken) };
        at_once = at_once.min(window.limit / each.max(1));
        let minutes = (window.window.period_ms() / MINUTE_MS).max(1);
        // A request that never fits has a rate of 0.
        let rate =
            if each > window.limit { 0 } else { window.limit.saturating_mul(10) / in_the_long_run.max(1) / minutes };
        // A daily limit says nothing about requests per minute.
        if minutes < 24 * 60 {
            tenths = tenths.min(rate);
        }
    }
    let known = |number: u64| if number == u64::MAX { 0 } else { number };
    WithCap { cap, reserved, at_once: known(at_once), per_minute_tenths: known(tenths) }
}
