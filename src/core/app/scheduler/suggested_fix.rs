//! One-click fixes for a verdict: a cap that fits, another model that is free, a chat without history.

use headroom_domain::FailureKind;
use headroom_limits::Verdict;
use headroom_protocol::requested_over_limit;

use crate::{
    conversation::chat::{Setup, messages},
    scheduler::assess::Assessment,
    setup::Models,
    state::State,
    usage::{
        fitting::{LEAST_CAP, MARGIN, ROUND},
        rules::{judged, profile_of},
    },
};

/// Below this wait, in milliseconds, no other model is suggested.
const SHORT_MS: u64 = 5_000;

/// What one click changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuggestedFix {
    /// A smaller cap.
    Cap(u64),
    /// Another model of the provider, which the draft fits now.
    Model(String),
    /// A new chat, which takes the draft along and drops the conversation before it.
    NewChat,
}

/// Returns a change that makes a lane's draft fit now, or at all. `None` if it fits, or nothing is known to help.
#[must_use]
pub fn suggested_fix(state: &State, lane: usize, assessment: &Assessment, now_ms: u64) -> Option<SuggestedFix> {
    match assessment.verdict? {
        Verdict::Fits => None,
        Verdict::Wait { ms, .. } if ms < SHORT_MS => None,
        Verdict::Wait { .. } => another_model(state, lane, assessment, now_ms).map(SuggestedFix::Model),
        Verdict::Never { largest_cap: Some(cap), .. } => Some(SuggestedFix::Cap(cap)),
        Verdict::Never { .. } => {
            let model = another_model(state, lane, assessment, now_ms).map(SuggestedFix::Model);
            model.or_else(|| fits_without_history(state, lane, assessment, now_ms).then_some(SuggestedFix::NewChat))
        }
    }
}

/// Returns the cap with which a lane's last request would have been accepted, if it was rejected as larger than a
/// complete window: waiting doesn't help then. `None` if no cap would.
#[must_use]
pub fn cap_after_refusal(state: &State, lane: usize, now_ms: u64) -> Option<u64> {
    let answer = state.chat().turns.get(state.last_turn_of(lane)?)?.answer(state.settings().lane_id(lane))?;
    let failure = answer.failure.as_ref().filter(|failure| failure.kind == FailureKind::TooLarge)?;
    let setup = state.settings().lane(lane).filter(|setup| setup.model == answer.model)?;
    let (need, verdict) = judged(state, setup, answer.estimated_prompt_tokens?, now_ms)?;
    let by_limits = match verdict {
        Verdict::Never { largest_cap, .. } => largest_cap,
        _ => None,
    };
    // Groq: requested = prompt + cap. It counts the prompt better than we do.
    let over = failure.message.as_deref().and_then(requested_over_limit);
    let by_word = over.zip(need.cap).map(|(over, cap)| cap.saturating_sub(over).saturating_sub(MARGIN));
    let round = u64::from(ROUND);
    by_limits.into_iter().chain(by_word).min().map(|cap| cap / round * round).filter(|cap| *cap >= LEAST_CAP)
}

/// Returns a model of the same provider, with its own windows, that the draft fits now. Skips models that another lane
/// uses, which would give the same answer twice.
fn another_model(state: &State, lane: usize, assessment: &Assessment, now_ms: u64) -> Option<String> {
    let setup = state.settings().lane(lane)?;
    let profile = profile_of(state.settings(), &setup.provider)?;
    let asked = |model: &str| state.settings().lanes().any(|lane| lane.model == model);
    let others = profile.models.iter().filter(|model| !model.id.starts_with('*') && !asked(&model.id));
    let listed = others.filter(|model| state.offers(&setup.provider, &model.id));
    let input = assessment.need?.input;
    let mut fits = listed.filter(|model| {
        let other = Setup { model: model.id.clone(), ..setup.clone() };
        model.pool_of(&model.id) != assessment.pool
            && matches!(judged(state, &other, input, now_ms), Some((_, Verdict::Fits)))
    });
    fits.next().map(|model| model.id.clone())
}

/// Whether the draft of a lane could be sent at all in a new chat. Not while this one is answered: its user is in it.
fn fits_without_history(state: &State, lane: usize, assessment: &Assessment, now_ms: u64) -> bool {
    let Some((setup, need)) = state.settings().lane(lane).zip(assessment.need) else { return false };
    let alone =
        state.tokens_of(setup, &messages(&state.settings().system, &[], state.settings().lane_id(lane), 0)).tokens;
    let before = state.tokens_before_draft(lane);
    let input = need.input.saturating_sub(before).saturating_add(alone);
    let fits =
        || judged(state, setup, input, now_ms).is_some_and(|(_, verdict)| !matches!(verdict, Verdict::Never { .. }));
    !state.is_running() && alone < before && fits()
}

impl State {
    /// Whether a provider has a model, as far as known: if it lists none, any may exist.
    fn offers(&self, provider: &str, model: &str) -> bool {
        self.listed(provider, model).is_some() || !matches!(self.models_of(provider), Some(Models::Listed(_)))
    }
}
