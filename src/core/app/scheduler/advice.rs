//! Advice from past requests: caps that suffice, and signs that a plan is too small.

use headroom_limits::{Advice, Kind, Signal, advise, signals, usage_day};

use crate::{
    conversation::chat::Answer,
    scheduler::{advice_text::eaten_words, assess::Assessment},
    state::State,
    usage::{rules::terms, usage_history::usual},
};

/// Returns advice on the cap of a lane, from its model's past answers at the same effort. `None` if there are few.
#[must_use]
pub fn cap_advice(state: &State, lane: usize, look: &Assessment, now_ms: u64) -> Option<Advice> {
    let setup = state.settings().lane(lane)?;
    let (profile, limits) = terms(state, setup, now_ms);
    let kind =
        Kind { account: look.provider.clone(), model: look.model.clone(), effort: setup.parameters.reasoning_effort };
    let lengths = usual(state, &kind);
    let input = look.need.map(|need| need.input).or_else(|| Some(state.request_tokens(lane)?.tokens)).unwrap_or(0);
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
    let most = usual(state, &kind);
    let most = (most.answers > 0).then_some(most.most);
    eaten_words(usage.completion_tokens?, usage.reasoning_tokens?, most)
}

/// Returns the signs that the plan of a lane's provider is too small for its usage.
#[must_use]
pub fn plan_signals(state: &State, lane: usize, look: &Assessment, now_ms: u64) -> Vec<Signal> {
    let Some(setup) = state.settings().lane(lane) else { return Vec::new() };
    let (_, Some(limits)) = terms(state, setup, now_ms) else { return Vec::new() };
    let day = usage_day(&look.gauges, state.ledger(), &look.provider, &look.pool, look.need, now_ms);
    let prompt = look.need.map(|need| need.input);
    signals(state.ledger(), &look.provider, &look.pool, &limits, day.as_ref(), prompt, now_ms)
}
