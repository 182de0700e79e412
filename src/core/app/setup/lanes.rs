//! The lanes: what each asks, and how many there are.

use std::sync::LazyLock;

use headroom_domain::{Model, Provider};
use serde::{Deserialize, Serialize};

use crate::{
    conversation::chat::{Answer, Lane, LaneId, Setup, Turn},
    effect::Effect,
    outcomes::Outcome,
    setup::Models,
    setup::settings::{SIMULATOR, Settings},
    state::State,
};

/// The maximum number of lanes.
pub const MOST_LANES: usize = 6;

/// What one answer of several is best at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// The most tokens per second.
    Fastest,
    /// The lowest cost.
    Cheapest,
}

impl Badge {
    /// Returns the badge's label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fastest => "Fastest",
            Self::Cheapest => "Cheapest",
        }
    }
}

/// Lanes from left to right: one at least, [`MOST_LANES`] at most, each with its own id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Lane>", into = "Vec<Lane>")]
pub struct Lanes(Vec<Lane>);

impl From<Vec<Lane>> for Lanes {
    fn from(lanes: Vec<Lane>) -> Self {
        Self::new(lanes)
    }
}

impl From<Lanes> for Vec<Lane> {
    fn from(lanes: Lanes) -> Self {
        lanes.0
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self(vec![Lane::default()])
    }
}

impl Lanes {
    /// Keeps the first lanes, and of several with one id the first. No lane becomes one without a model.
    pub(crate) fn new(lanes: impl IntoIterator<Item = Lane>) -> Self {
        let mut kept: Vec<Lane> = Vec::new();
        for lane in lanes.into_iter().take(MOST_LANES) {
            if !kept.iter().any(|other| other.id == lane.id) {
                kept.push(lane);
            }
        }
        if kept.is_empty() { Self::default() } else { Self(kept) }
    }

    pub(crate) fn to_vec(&self) -> Vec<Lane> {
        self.0.clone()
    }

    /// Returns them with ids from 0, for a chat without answers.
    fn renumbered(self) -> Self {
        Self(self.0.into_iter().zip(0..).map(|(lane, id)| Lane { id: LaneId(id), ..lane }).collect())
    }
}

impl Settings {
    /// Iterates over the lanes, left to right.
    pub fn lanes(&self) -> impl Iterator<Item = &Setup> {
        self.lanes.0.iter().map(|lane| &lane.setup)
    }

    /// Returns the number of lanes.
    #[must_use]
    pub const fn lane_count(&self) -> usize {
        self.lanes.0.len()
    }

    /// Returns the lane at a position.
    #[must_use]
    pub fn lane(&self, lane: usize) -> Option<&Setup> {
        self.lanes.0.get(lane).map(|lane| &lane.setup)
    }

    /// Returns the first lane.
    #[must_use]
    pub fn first_lane(&self) -> &Setup {
        static NONE: LazyLock<Setup> = LazyLock::new(Setup::default);
        self.lane(0).unwrap_or(&NONE)
    }

    /// Returns the id of the lane at a position; beyond the last, an id that no lane has.
    #[must_use]
    pub fn lane_id(&self, lane: usize) -> LaneId {
        self.lanes.0.get(lane).map_or(LaneId(u32::MAX), |lane| lane.id)
    }

    /// Returns the ids of the lanes, left to right.
    pub(crate) fn lane_ids(&self) -> impl Iterator<Item = LaneId> {
        self.lanes.0.iter().map(|lane| lane.id)
    }

    /// Returns the position of a lane, if it is open.
    pub(crate) fn lane_at(&self, id: LaneId) -> Option<usize> {
        self.lane_ids().position(|other| other == id)
    }

    pub(crate) fn lane_mut(&mut self, lane: usize) -> Option<&mut Setup> {
        self.lanes.0.get_mut(lane).map(|lane| &mut lane.setup)
    }

    pub(crate) fn lanes_mut(&mut self) -> impl Iterator<Item = &mut Setup> {
        self.lanes.0.iter_mut().map(|lane| &mut lane.setup)
    }

    /// Chooses a provider for a lane, with the model last used there.
    pub fn choose(&mut self, lane: usize, provider: &str) {
        let model = self.models.get(provider).cloned().unwrap_or_default();
        if let Some(setup) = self.lane_mut(lane) {
            provider.clone_into(&mut setup.provider);
            setup.model = model;
        }
        self.started = true;
    }

    /// Chooses a model of a lane's provider.
    pub fn choose_model(&mut self, lane: usize, model: &str) {
        let Some(setup) = self.lane_mut(lane) else { return };
        model.trim().clone_into(&mut setup.model);
        let (provider, model) = (setup.provider.clone(), setup.model.clone());
        self.models.insert(provider, model);
    }
}

impl State {
    /// Sets the number of lanes. The answers of a removed lane stay in its chat and reappear with the lane.
    pub(crate) fn lanes_set(&mut self, count: usize) -> Vec<Effect> {
        let count = count.clamp(1, MOST_LANES);
        let removed =
            self.choices.settings.lanes.0.get(count..).unwrap_or_default().iter().map(|lane| lane.id).collect();
        self.choices.settings.lanes.0.truncate(count);
        while self.choices.settings.lane_count() < count {
            let id = self.next_lane_id();
            let mut setup = self.choices.settings.lanes().last().cloned().unwrap_or_default();
            setup.model = self.another_model(&setup.provider).unwrap_or(setup.model);
            self.choices.settings.lanes.0.push(Lane { id, setup });
        }
        self.lanes_changed(removed)
    }

    /// Removes a lane. Its answers stay in the chat and reappear when a lane is added.
    pub(crate) fn lane_removed(&mut self, lane: usize) -> Vec<Effect> {
        // While a chat is loading, so are its lanes.
        if lane >= self.choices.settings.lane_count() || self.choices.settings.lane_count() == 1 || self.chat().loading
        {
            return Vec::new();
        }
        let removed = self.choices.settings.lanes.0.remove(lane);
        self.lanes_changed(vec![removed.id])
    }

    fn lanes_changed(&mut self, removed: Vec<LaneId>) -> Vec<Effect> {
        if !removed.is_empty() {
            self.emit(Outcome::LanesRemoved(removed));
        }
        self.emit(Outcome::RequestChanged);
        vec![self.save_settings()]
    }

    /// Returns the id of the next lane: the first one removed whose answers the chat still has, or else a new one.
    fn next_lane_id(&self) -> LaneId {
        let answered = self.chat().turns.iter().flat_map(|turn| &turn.answers).map(|answer| answer.lane);
        let removed = answered.clone().filter(|id| self.choices.settings.lane_at(*id).is_none()).min();
        let highest = self.choices.settings.lane_ids().chain(answered).max();
        removed.unwrap_or_else(|| LaneId(highest.map_or(0, |id| id.0.saturating_add(1))))
    }

    /// Returns a model of this provider that no lane uses yet.
    pub(crate) fn another_model(&self, provider: &str) -> Option<String> {
        let Some(Models::Listed(models)) = self.choices.models.get(provider) else { return None };
        let asked = |model: &&Model| {
            self.choices.settings.lanes().any(|setup| setup.provider == provider && setup.model == model.id)
        };
        let other = models.iter().filter(|model| !model.deprecated).find(|model| !asked(model))?;
        Some(other.id.clone())
    }

    /// Restores the lanes of an opened chat: those it was left with, or in chats of older builds one for each lane that
    /// answered. The lanes of new chats are kept for the next one.
    pub(crate) fn lanes_of_chat(&mut self) -> Vec<Effect> {
        let entry = self.conversations.look_up_entry();
        let lanes = match entry {
            Some(entry) if !entry.lanes.is_empty() => Lanes::new(entry.lanes.iter().cloned()),
            // After a reload the lanes are as they were, with any that were not asked yet.
            _ if self.chat().is_reloaded() => self.choices.settings.lanes.clone(),
            _ => self.lanes_that_answered(),
        };
        let before = std::mem::replace(&mut self.choices.settings.lanes, lanes);
        if !self.chat().is_reloaded() {
            self.choices.settings.new_chat_lanes.get_or_insert(before);
        }
        self.replace_removed_providers();
        let mut effects = vec![self.save_settings()];
        effects.extend(self.list_models());
        self.emit(Outcome::RequestChanged);
        effects
    }

    /// Has lanes whose provider was removed, perhaps in another tab, ask the simulator.
    pub(crate) fn replace_removed_providers(&mut self) {
        for lane in 0..self.choices.settings.lane_count() {
            let provider = self.choices.settings.lane(lane).map(|setup| setup.provider.as_str()).unwrap_or_default();
            if !provider.is_empty() && self.choices.settings.provider(provider).is_none() {
                self.choose_for(lane, SIMULATOR);
            }
        }
    }

    /// Returns a lane for each that answered in the open chat, with the provider and model it last used.
    fn lanes_that_answered(&self) -> Lanes {
        let answers = || self.chat().turns.iter().rev().flat_map(|turn| turn.answers.iter().rev());
        let mut ids: Vec<LaneId> = Vec::new();
        for answer in answers() {
            let place = ids.partition_point(|id| *id < answer.lane);
            if ids.get(place) != Some(&answer.lane) {
                ids.insert(place, answer.lane);
            }
        }
        let lanes = ids.into_iter().map(|id| {
            let mut setup = self.choices.settings.first_lane().clone();
            if let Some(last) = answers().find(|answer| answer.lane == id) {
                (setup.provider, setup.model) = (last.provider.clone(), last.model.clone());
            }
            Lane { id, setup }
        });
        Lanes::new(lanes)
    }

    /// Has the next chat begin with the lanes of the open one.
    pub(crate) fn keep_lanes_for_new_chat(&mut self) -> Effect {
        self.choices.settings.new_chat_lanes = None;
        self.save_settings()
    }

    /// Restores the lanes of new chats.
    pub(crate) fn lanes_of_new_chat(&mut self) -> Effect {
        let lanes = self.choices.settings.new_chat_lanes.take();
        let lanes = lanes.unwrap_or_else(|| std::mem::take(&mut self.choices.settings.lanes));
        self.choices.settings.lanes = lanes.renumbered();
        self.replace_removed_providers();
        self.save_settings()
    }

    /// Saves the lanes with the open chat, if they changed.
    pub(crate) fn save_lanes_of_chat(&mut self) -> Option<Effect> {
        self.conversations.keep_lanes(self.choices.settings.lanes.to_vec()).map(Effect::SaveEntry)
    }

    /// Returns the provider of a lane.
    #[must_use]
    pub fn provider_of(&self, lane: usize) -> Option<Provider> {
        self.choices.settings.provider(&self.choices.settings.lane(lane)?.provider)
    }

    /// Returns the index of the last turn that a lane was asked.
    #[must_use]
    pub fn last_turn_of(&self, lane: usize) -> Option<usize> {
        let lane = self.settings().lane_id(lane);
        self.chat().turns.iter().rposition(|turn| turn.is_in(lane))
    }

    /// Whether a lane's conversation differs from the chat's: it joined later, was left out, or a prompt was edited
    /// only for it or only for others.
    #[must_use]
    pub fn diverges(&self, lane: usize) -> bool {
        let lane = self.choices.settings.lane_id(lane);
        let mut asked = self.chat().turns.iter().filter(|turn| turn.is_in(lane)).peekable();
        asked.peek().is_some() && self.chat().turns.iter().any(|turn| !turn.is_in(lane))
    }
}

impl Turn {
    /// Whether all lanes were asked this turn.
    #[must_use]
    pub fn is_shared_by(&self, settings: &Settings) -> bool {
        settings.lane_ids().all(|lane| self.is_in(lane))
    }

    /// Returns the positions of the lanes whose answers are the best at something. Requires a complete answer from each lane and a
    /// lead of more than 2% over the next; a tie gives none.
    #[must_use]
    pub fn badges(&self, settings: &Settings) -> Vec<(usize, Badge)> {
        let lanes = settings.lane_count();
        let answers: Vec<_> = settings.lane_ids().filter_map(|lane| self.answer(lane)).collect();
        let all_done = answers.len() == lanes && answers.iter().all(|answer| answer.ending == crate::Ending::Done);
        if lanes < 2 || !all_done {
            return Vec::new();
        }
        let seconds_a_token = |answer: &&Answer| Some(1.0 / answer.metrics?.tokens_per_second?);
        let fastest = least(answers.iter().map(seconds_a_token).collect());
        let cheapest = least(answers.iter().map(|answer| answer.dollars).collect());
        let badges = [(fastest, Badge::Fastest), (cheapest, Badge::Cheapest)];
        badges.into_iter().filter_map(|(lane, badge)| Some((lane?, badge))).collect()
    }
}

/// Returns the index of the smallest number, if all are known and it is smaller than every other by more than 2%.
fn least(all: Option<Vec<f64>>) -> Option<usize> {
    let all = all?;
    let (place, best) = all.iter().copied().enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let clear = |(other, number): (usize, &f64)| other == place || *number > best * 1.02;
    all.iter().enumerate().all(clear).then_some(place)
}

#[cfg(test)]
mod tests {
    use headroom_domain::Metrics;

    use super::*;
    use crate::{Ending, Id};

    #[test]
    fn a_provider_remembers_its_model() {
        let mut settings = Settings::default();
        settings.choose(0, "groq");
        settings.choose_model(0, " qwen ");
        settings.choose(0, "cerebras");
        assert_eq!(settings.first_lane().model, "");
        settings.choose_model(0, "gpt-oss-120b");
        settings.choose(0, "groq");
        assert_eq!(settings.first_lane().model, "qwen");
    }

    #[test]
    fn badges_need_whole_answers_known_figures_and_a_clear_lead() {
        let answer = |lane, pace, dollars| Answer {
            lane: LaneId(lane),
            ending: Ending::Done,
            metrics: Some(Metrics { tokens_per_second: pace, ..Metrics::default() }),
            dollars,
            ..Answer::default()
        };
        let turn = |answers: Vec<Answer>| Turn {
            id: Id::default(),
            chat: Id::default(),
            asked_ms: 0,
            prompt: String::new(),
            answers,
            attachments: vec![],
            replaced_in: vec![],
            unknown: None,
        };
        let lanes = |count: u32| {
            let lanes = (0..count).map(|id| Lane { id: LaneId(id), ..Lane::default() });
            Settings { lanes: Lanes::new(lanes), ..Settings::default() }
        };
        let fast = answer(0, Some(2_900.0), Some(0.0011));
        let cheap = answer(1, Some(1_500.0), Some(0.0002));
        let both = turn(vec![fast.clone(), cheap.clone()]);
        assert_eq!(both.badges(&lanes(2)), [(0, Badge::Fastest), (1, Badge::Cheapest)]);
        assert_eq!(both.badges(&lanes(1)), [], "nothing to compare");
        assert_eq!(both.badges(&lanes(3)), [], "one has not answered");
        let tie = turn(vec![fast.clone(), answer(1, Some(2_860.0), Some(0.0011))]);
        assert_eq!(tie.badges(&lanes(2)), [], "a lead below 2% is none");
        let unknown = turn(vec![fast.clone(), answer(1, None, None)]);
        assert_eq!(unknown.badges(&lanes(2)), [], "what is not known is not compared");
        let stopped = turn(vec![fast, Answer { ending: Ending::Stopped, ..cheap }]);
        assert_eq!(stopped.badges(&lanes(2)), []);
    }
}
