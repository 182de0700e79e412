//! Advice from past requests: caps that suffice, and signs that a plan is too small.

use headroom_limits::{Advice, Kind, Signal, advise, signals, usage_day};

use crate::{
    conversation::chat::Answer,
    scheduler::{advice_text::cap_used_by_reasoning_text, assess::Assessment},
    state::State,
    usage::{rules::terms, usage_history::usual},
};

/// Returns advice on the cap of a lane, from its model's past answers at the same effort. `None` if there are few.
#[must_use]
pub fn cap_advice(state: &State, lane: usize, assessment: &Assessment, now_ms: u64) -> Option<Advice> {
    let setup = state.settings().lane(lane)?;
    let (profile, limits) = terms(state, setup, now_ms);
    let kind = Kind {
        account: assessment.provider.clone(),
        model: assessment.model.clone(),
        effort: setup.parameters.reasoning_effort,
    };
    let lengths = usual(state, &kind);
    let input =
        assessment.need.map(|need| need.input).or_else(|| Some(state.request_tokens(lane)?.tokens)).unwrap_or(0);
    let cap = setup.parameters.max_completion_tokens.map(u64::from);
    advise(&profile, &limits?, lengths, input, cap)
}

/// Explains why an answer reached its cap, if thinking took most of it, with a cap that would have sufficed.
#[must_use]
pub fn why_cut(state: &State, answer: &Answer) -> Option<String> {
    let usage = answer.usage;
    let setup = state.settings().lane(state.settings().lane_at(answer.lane)?)?;
    let kind = Kind {
        account: answer.provider.clone(),
        model: answer.model.clone(),
        effort: setup.parameters.reasoning_effort,
    };
    let lengths = usual(state, &kind);
    let longest = (lengths.answers > 0).then_some(lengths.most);
    cap_used_by_reasoning_text(usage.completion_tokens?, usage.reasoning_tokens?, longest)
}

/// Returns the signs that the plan of a lane's provider is too small for its usage.
#[must_use]
pub fn plan_signals(state: &State, lane: usize, assessment: &Assessment, now_ms: u64) -> Vec<Signal> {
    let Some(setup) = state.settings().lane(lane) else { return Vec::new() };
    let (_, Some(limits)) = terms(state, setup, now_ms) else { return Vec::new() };
    let day =
        usage_day(&assessment.gauges, state.ledger(), &assessment.provider, &assessment.pool, assessment.need, now_ms);
    let prompt = assessment.need.map(|need| need.input);
    signals(state.ledger(), &assessment.provider, &assessment.pool, &limits, day.as_ref(), prompt, now_ms)
}
