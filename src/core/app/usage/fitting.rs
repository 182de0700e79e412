//! The cap of a request that sets none. The provider reserves its default for it; if that exceeds a complete window,
//! the request could never be sent, so a cap that fits is sent instead.

use headroom_domain::{LimitProfile, ModelLimits};
use headroom_limits::{Need, need};

use crate::{conversation::chat::Setup, event::RunId, state::State, usage::rules::terms};

/// The smallest cap that leaves a useful answer.
pub(crate) const LEAST_CAP: u64 = 100;
/// Caps are multiples of this many tokens.
pub(crate) const ROUND: u32 = 100;
/// The provider may count the prompt slightly higher than we do: by one part in `MARGIN_SHARE`, plus `MARGIN` tokens.
const MARGIN_SHARE: u64 = 20;
pub(crate) const MARGIN: u64 = 64;

/// Returns what a request with this setup and `input` tokens needs. If it has no cap and would not fit a window, the
/// cap that fits is used.
pub(crate) fn need_of(profile: &LimitProfile, limits: &ModelLimits, setup: &Setup, input: u64) -> Need {
    let cap = setup.parameters.max_completion_tokens.map(u64::from);
    let wanted = need(profile, limits, input, cap);
    let fitting = || fitting_cap(limits, wanted).map(|cap| need(profile, limits, input, Some(cap)));
    if cap.is_some() { wanted } else { fitting().unwrap_or(wanted) }
}

/// Returns the largest round cap that fits every token window once it has refilled. `None` if the wanted request fits,
/// or no cap helps.
fn fitting_cap(limits: &ModelLimits, wanted: Need) -> Option<u64> {
    let tokens = limits.windows.iter().filter(|limit| !limit.window.counts_requests());
    let smallest = tokens.map(|limit| limit.limit).min().filter(|smallest| wanted.tokens() > *smallest)?;
    let margin = wanted.input / MARGIN_SHARE + MARGIN;
    let cap = smallest.saturating_sub(wanted.input).saturating_sub(margin) / u64::from(ROUND) * u64::from(ROUND);
    (cap >= LEAST_CAP).then_some(cap)
}

/// Sets a cap that fits on an unsent request without one, or lowers it if the limits turned out to be lower since.
pub(crate) fn apply_fitting_cap(state: &mut State, run: RunId, now_ms: u64) {
    let Some(asked) = state.runs.get_mut(run).and_then(|live| live.asked.as_deref()) else { return };
    let set = asked.setup.parameters.max_completion_tokens;
    if set.is_some() && !asked.is_fitted {
        return;
    }
    let mut setup = asked.setup.clone();
    setup.parameters.max_completion_tokens = None;
    let input = asked.input;
    let (profile, Some(limits)) = terms(state, &setup, now_ms) else { return };
    let cap = need_of(&profile, &limits, &setup, input).cap.and_then(|cap| u32::try_from(cap).ok());
    let Some(cap) = cap.filter(|cap| set.is_none_or(|set| *cap < set)) else { return };
    if let Some(asked) = state.runs.get_mut(run).and_then(|live| live.asked.as_mut()) {
        asked.setup.parameters.max_completion_tokens = Some(cap);
        asked.is_fitted = true;
    }
}

#[cfg(test)]
mod tests {
    use headroom_domain::{DefaultOutputReserve, LimitWindow, RefillPolicy, WindowLimit};
    use headroom_limits::profiles;
    use proptest::prelude::*;

    use super::*;

    /// Groq Free reserves 16,384 tokens for an answer without a cap, as far as is known, and allows 8,000 per minute:
    /// every draft read "Never fits".
    #[test]
    fn groqs_free_plan_gets_the_cap_that_fits() {
        let profile = profiles().iter().find(|profile| profile.id == "groq-free").unwrap();
        let limits = profile.of_model("openai/gpt-oss-120b").unwrap();
        for (input, cap) in [(70, Some(7_800)), (500, Some(7_400)), (4_000, Some(3_700)), (7_900, None), (20_000, None)]
        {
            let need = need_of(profile, limits, &Setup::default(), input);
            assert_eq!(need.cap, cap, "{input}");
            assert_eq!(need.tokens() <= 8_000, cap.is_some(), "{input}");
        }
        let mut setup = Setup::default();
        setup.parameters.max_completion_tokens = Some(20_000);
        assert_eq!(need_of(profile, limits, &setup, 70).cap, Some(20_000), "what the user set stays");
    }

    proptest! {
        #[test]
        fn a_cap_is_sent_only_where_the_default_does_not_fit_and_then_it_fits(
            input in 0u64..30_000, limit in 1u64..100_000, uncapped in 0u64..50_000,
        ) {
            let window = WindowLimit { window: LimitWindow::TokensMinute, limit, refill: RefillPolicy::Bucket };
            let limits = ModelLimits::only("m".into(), vec![window]);
            let mut profile = profiles()[0].clone();
            profile.uncapped = DefaultOutputReserve::Tokens(uncapped);
            let need = need_of(&profile, &limits, &Setup::default(), input);
            match need.cap {
                Some(cap) => prop_assert!(input + uncapped > limit && need.tokens() <= limit && cap >= LEAST_CAP),
                None => prop_assert!(input + uncapped <= limit || input + input / MARGIN_SHARE + MARGIN + LEAST_CAP > limit - limit.min(u64::from(ROUND))),
            }
        }
    }
}
