//! The draft: its text, its stats, and whether Send is possible.

use headroom_domain::{Effort, Message};
use headroom_tokenizer::{Correction, Family, Fit, Role, TextStats, Thinking, Vocabulary, overhead};

use crate::{
    composer::{
        counting::{Count, CountId, Counter},
        exact_count::ExactCount,
    },
    conversation::chat::{Setup, Turn},
    effect::Effect,
    runs::run::Run,
    setup::send_problem::SendProblem,
    state::State,
    units::Tokens,
};

/// The error margin of the estimate of conversation and template, as a fraction.
const BAND_BEFORE: f64 = 0.05;
/// The smallest error margin of any estimate, as a fraction: template and history are estimated too.
const LEAST_BAND: f64 = 0.02;

/// A draft of up to this many bytes is estimated immediately, within the frame of the key press. A longer one is
/// counted by the worker while the previous stats stay on screen.
pub(crate) const AT_ONCE: usize = 16 << 10;

/// The tokens of the request that Send would make now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestTokens {
    /// Tokens of the draft, the preceding conversation, the system prompt, and the chat template.
    pub tokens: u64,
    /// The error margin as a fraction; 0 if counted exactly.
    pub error_margin: f64,
    /// How well the counts for this model have matched its provider's.
    pub fit: Fit,
}

impl RequestTokens {
    /// Whether it is counted exactly, as far as known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.error_margin == 0.0
    }

    /// Returns the upper bound within the error margin.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few million tokens at most, and a share of them"
    )]
    pub fn at_most(&self) -> u64 {
        self.tokens.saturating_add((self.tokens as f64 * self.error_margin).ceil() as u64)
    }
}

impl State {
    /// Returns the text in the composer.
    #[must_use]
    pub fn draft(&self) -> &str {
        &self.composer.draft
    }

    /// Empties the composer. Returns what was in it.
    pub(crate) fn take_draft(&mut self) -> String {
        std::mem::take(&mut self.composer.draft)
    }

    /// Keeps the draft while a turn is edited in its place.
    pub(crate) fn set_draft_aside(&mut self) {
        self.composer.set_aside = self.take_draft();
    }

    pub(crate) fn take_draft_set_aside(&mut self) -> String {
        std::mem::take(&mut self.composer.set_aside)
    }

    /// Restores the draft that was set aside for an edit that is sent; empty if there was none.
    pub(crate) fn restore_draft_before_edit(&mut self) -> Effect {
        let draft = self.take_draft_set_aside();
        self.put_draft(draft.clone());
        Effect::SaveDraft(draft)
    }

    /// Puts a text into the composer. It is not counted yet.
    pub(crate) fn put_draft(&mut self, draft: String) {
        self.composer.draft = draft;
    }

    /// Returns the stats of the draft.
    #[must_use]
    pub const fn count(&self) -> &Count {
        &self.composer.count
    }

    /// Returns what computes the stats of the draft.
    pub(crate) const fn counter(&self) -> Counter {
        self.composer.counter
    }

    #[cfg(test)]
    pub(crate) const fn newest_count(&self) -> CountId {
        self.composer.newest_count
    }

    /// Returns the tokens of a lane's request besides the draft's text.
    pub(crate) fn tokens_before_draft(&self, lane: usize) -> u64 {
        self.composer.tokens_before.get(lane).map_or(0, |before| before.tokens)
    }

    /// Returns what is known for exact counts.
    pub(crate) const fn exact_count(&self) -> &ExactCount {
        &self.composer.exact_count
    }

    /// Allows vocabularies that could not be fetched to be fetched again.
    pub(crate) fn forget_missing_vocabularies(&mut self) {
        self.composer.exact_count.forget_missing();
    }

    pub(crate) fn draft_changed(&mut self, draft: String) -> Vec<Effect> {
        self.composer.draft.clone_from(&draft);
        // It is being written again.
        self.conversations.send_when_limits_are_known(None);
        let mut effects = vec![Effect::SaveDraft(draft)];
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn counted(&mut self, id: CountId, stats: &[TextStats]) -> Vec<Effect> {
        if id == self.composer.newest_count {
            let counted: Vec<_> = self.vocabularies().into_iter().zip(stats.iter().copied()).collect();
            if self.composer.draft.len() <= AT_ONCE {
                for (vocabulary, stats) in &counted {
                    self.composer.exact_count.take(*vocabulary, &self.composer.draft, stats);
                }
            }
            self.composer.count = Count::Current(counted);
        }
        Vec::new()
    }

    pub(crate) fn worker_lost(&mut self) -> Vec<Effect> {
        self.composer.counter = self.composer.counter.after_a_crash();
        self.composer.exact_count.lose();
        let mut effects = match self.composer.counter {
            Counter::Worker { .. } => vec![Effect::RestartWorker],
            Counter::Page => Vec::new(),
        };
        effects.extend(self.recount());
        effects
    }

    /// Estimates the draft immediately if it is short, and asks the worker to count it.
    pub(crate) fn recount(&mut self) -> Vec<Effect> {
        self.composer.newest_count = CountId(self.composer.newest_count.0 + 1);
        let vocabularies = self.vocabularies();
        let is_alone = self.composer.counter == Counter::Page;
        if is_alone || self.composer.draft.len() <= AT_ONCE {
            let stats = |vocabulary: &Vocabulary| {
                (*vocabulary, self.composer.exact_count.stats(*vocabulary, &self.composer.draft))
            };
            self.composer.count = Count::Current(vocabularies.iter().map(stats).collect());
        } else {
            self.composer.count = std::mem::take(&mut self.composer.count).outdated();
        }
        let mut effects = self.want_vocabularies();
        if !is_alone {
            effects.push(Effect::Count {
                id: self.composer.newest_count,
                vocabularies,
                text: self.composer.draft.clone(),
            });
        }
        effects
    }

    /// Returns what Send would cost a lane now. `None` until the draft is counted.
    #[must_use]
    pub fn request_tokens(&self, lane: usize) -> Option<RequestTokens> {
        let setup = self.settings().lane(lane)?;
        let draft = self.draft_figures(self.vocabulary(setup))?;
        let before = self.composer.tokens_before.get(lane).copied().unwrap_or_default();
        let Tokens { tokens, exact } = before.and(draft);
        // While an answer streams, it is unknown how much of it the next request will carry.
        let exact = exact && self.draft_stands_alone(setup) && self.live(lane).is_none();
        let correction = self.settings().correction(setup, before.exact);
        let fit = correction.map_or(Fit::Unknown, Correction::fit);
        let error_margin = if exact && !matches!(fit, Fit::Off { .. }) {
            0.0
        } else {
            #[expect(clippy::cast_precision_loss, reason = "no request has 2^53 tokens")]
            let share = |tokens: u64, error_margin: f64| {
                tokens as f64 * error_margin / (before.tokens + draft.tokens).max(1) as f64
            };
            let before_band = if before.exact { 0.0 } else { BAND_BEFORE };
            let own = || share(draft.tokens, draft.error_margin) + share(before.tokens, before_band);
            correction.and_then(Correction::uncertainty).unwrap_or_else(own).max(LEAST_BAND)
        };
        Some(RequestTokens {
            tokens: correction.map_or(tokens, |correction| correction.apply(tokens)),
            error_margin,
            fit,
        })
    }

    /// Returns the stats of the draft in a vocabulary. While a long draft waits for its count, they are extrapolated
    /// from the previous text, or from the draft's beginning.
    fn draft_figures(&self, vocabulary: Vocabulary) -> Option<TextStats> {
        if self.composer.count == Count::Unknown {
            return None;
        }
        let counted = self.composer.count.current(vocabulary);
        let scaled = || self.composer.count.stats(vocabulary)?.scaled_to(self.composer.draft.len());
        counted.or_else(scaled).or_else(|| Some(TextStats::roughly(vocabulary, &self.composer.draft, AT_ONCE)))
    }

    /// Returns the lane whose cost is shown if there is room for one: the first that Send asks.
    #[must_use]
    pub fn lane_to_ask(&self) -> usize {
        self.lanes_to_ask().first().copied().or_else(|| self.edited_lane()).unwrap_or(0)
    }

    /// Returns the position of the lane that a turn is edited for, if it is edited for one.
    #[must_use]
    pub fn edited_lane(&self) -> Option<usize> {
        self.settings().lane_at(self.chat().editing.as_ref()?.lane?)
    }

    /// Returns the lanes that Send asks: all that can be asked, or the one that a turn is edited for.
    #[must_use]
    pub fn lanes_to_ask(&self) -> Vec<usize> {
        let one = self.chat().editing.as_ref().and_then(|edit| edit.lane);
        let lanes = (0..self.settings().lane_count())
            .filter(|lane| one.is_none_or(|one| one == self.settings().lane_id(*lane)));
        lanes.filter(|lane| self.can_ask(*lane).is_ok()).collect()
    }

    /// Checks whether Send is available.
    ///
    /// # Errors
    /// The first reason it is not, in the order a user would meet them.
    pub fn can_send(&self) -> Result<(), SendProblem> {
        let lanes = self.lanes_to_ask();
        if lanes.is_empty() {
            return self.can_ask(self.edited_lane().unwrap_or(0));
        }
        let runs: Vec<(usize, &Run)> = lanes.iter().filter_map(|lane| Some((*lane, self.live(*lane)?))).collect();
        if let Some((first, _)) = runs.first() {
            let all_wait = runs.iter().all(|(_, live)| live.is_queued());
            let others_rest = runs.len() < lanes.len();
            return Err(if all_wait {
                SendProblem::Queued
            } else {
                SendProblem::Running(others_rest.then_some(*first))
            });
        }
        if self.composer.draft.trim().is_empty() { Err(SendProblem::Empty) } else { Ok(()) }
    }

    /// Returns the turns before the draft in a lane: an edited turn replaces itself and what follows.
    pub(crate) fn turns_before_the_draft(&self, lane: usize) -> &[Turn] {
        let turns = &self.chat().turns;
        let lane = self.settings().lane_id(lane);
        let edit = self.chat().editing.as_ref().filter(|edit| edit.lane.is_none_or(|edited| edited == lane));
        let edited = edit.and_then(|edit| turns.iter().position(|turn| turn.id == edit.turn));
        turns.get(..edited.unwrap_or(turns.len())).unwrap_or_default()
    }

    /// Returns the tokens that the chat template adds to a request.
    pub(crate) fn template_tokens(&self, setup: &Setup, messages: &[Message]) -> u64 {
        let roles: Vec<Role> = messages.iter().map(|message| role(message.role)).collect();
        overhead(self.family_of(setup, Family::of_model), self.thinking(setup), &roles)
    }

    /// Returns whether the template is asked to skip thinking.
    pub(crate) fn thinking(&self, setup: &Setup) -> Thinking {
        match setup.parameters.reasoning_effort {
            Some(Effort::None) => Thinking::Off,
            _ => Thinking::Default,
        }
    }

    /// Returns the vocabulary that this model is estimated in, as far as known.
    #[must_use]
    pub fn vocabulary(&self, setup: &Setup) -> Vocabulary {
        self.family_of(setup, Vocabulary::of_model)
    }

    /// Returns the vocabularies of all lanes, without duplicates.
    pub(crate) fn vocabularies(&self) -> Vec<Vocabulary> {
        let mut all = Vec::new();
        for setup in self.settings().lanes() {
            let vocabulary = self.vocabulary(setup);
            if !all.contains(&vocabulary) {
                all.push(vocabulary);
            }
        }
        all
    }

    pub(crate) fn family_of<T>(&self, setup: &Setup, of_model: fn(&str, Option<&str>, Option<&str>) -> T) -> T {
        let model = self.listed_model(setup);
        let hugging_face_id = model.and_then(|model| model.hugging_face_id.as_deref());
        let hint = model.and_then(|model| model.tokenizer.as_deref());
        of_model(&setup.model, hugging_face_id, hint)
    }
}

pub(crate) const fn role(role: headroom_domain::Role) -> Role {
    match role {
        headroom_domain::Role::System | headroom_domain::Role::Developer => Role::System,
        headroom_domain::Role::User | headroom_domain::Role::Tool => Role::User,
        headroom_domain::Role::Assistant => Role::Assistant,
    }
}
