//! The lanes: what each asks, and how many there are.

use headroom_domain::{Model, Provider};

use crate::{
    chat::{Answer, Setup, Turn},
    effect::Effect,
    settings::Settings,
    state::{Models, State},
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

impl Settings {
    /// Iterates over the lanes, left to right.
    pub fn lanes(&self) -> impl Iterator<Item = &Setup> {
        std::iter::once(&self.setup).chain(&self.beside)
    }

    /// Returns the number of lanes.
    #[must_use]
    pub fn lane_count(&self) -> usize {
        1 + self.beside.len()
    }

    /// Returns a lane.
    #[must_use]
    pub fn lane(&self, lane: usize) -> Option<&Setup> {
        self.lanes().nth(lane)
    }

    pub(crate) fn lane_mut(&mut self, lane: usize) -> Option<&mut Setup> {
        match lane.checked_sub(1) {
            None => Some(&mut self.setup),
            Some(beside) => self.beside.get_mut(beside),
        }
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
        let mut effects = Vec::new();
        for lane in count..self.settings.lane_count() {
            effects.extend(self.stop(Some(lane), None));
        }
        if self.chat.editing.as_ref().and_then(|edit| edit.lane).is_some_and(|lane| lane >= count) {
            effects.extend(self.edit_dropped());
        }
        self.settings.beside.truncate(count - 1);
        while self.settings.lane_count() < count {
            let mut setup =
                Setup { system: String::new(), ..self.settings.beside.last().unwrap_or(&self.settings.setup).clone() };
            setup.model = self.another_model(&setup.provider).unwrap_or(setup.model);
            self.settings.beside.push(setup);
        }
        effects.push(self.save_settings());
        effects.extend(self.recount());
        effects
    }

    /// Removes a lane. Lanes to its right move up with their answers and runs; its own answers move behind the last
    /// lane and reappear when a lane is added.
    pub(crate) fn lane_removed(&mut self, lane: usize) -> Vec<Effect> {
        let last = self.settings.lane_count() - 1;
        // While a chat is loading, its answers are unknown.
        if lane > last || last == 0 || self.chat.loading {
            return Vec::new();
        }
        let mut effects = self.stop(Some(lane), None);
        let place = |of: usize| match of {
            of if of == lane => last,
            of if of > lane && of <= last => of - 1,
            of => of,
        };
        match self.chat.editing.as_mut().and_then(|edit| edit.lane.as_mut()) {
            Some(edited) if *edited == lane => effects.extend(self.edit_dropped()),
            Some(edited) => *edited = place(*edited),
            None => {}
        }
        match lane.checked_sub(1) {
            Some(beside) => drop(self.settings.beside.remove(beside)),
            None => {
                // The system prompt is shared by all lanes and stays.
                let system = std::mem::take(&mut self.settings.setup.system);
                self.settings.setup = Setup { system, ..self.settings.beside.remove(0) };
            }
        }
        self.runs.iter_mut().for_each(|live| live.lane = place(live.lane));
        for at in 0..self.chat.turns.len() {
            let Some(turn) = self.chat.turns.get_mut(at) else { break };
            turn.answers.iter_mut().for_each(|answer| answer.lane = place(answer.lane));
            turn.replaced_in.iter_mut().for_each(|replaced| *replaced = place(*replaced));
            effects.extend(self.save_turn(at));
        }
        effects.push(self.save_settings());
        effects.extend(self.recount());
        effects
    }

    /// Returns a model of this provider that no lane uses yet.
    pub(crate) fn another_model(&self, provider: &str) -> Option<String> {
        let Some(Models::Listed(models)) = self.models.get(provider) else { return None };
        let asked =
            |model: &&Model| self.settings.lanes().any(|setup| setup.provider == provider && setup.model == model.id);
        let other = models.iter().filter(|model| !model.deprecated).find(|model| !asked(model))?;
        Some(other.id.clone())
    }

    /// Restores the lanes of an opened chat, each with the provider and model it last used.
    pub(crate) fn lanes_of_chat(&mut self) -> Vec<Effect> {
        let highest = self.chat.turns.iter().flat_map(|turn| &turn.answers).map(|answer| answer.lane).max();
        let mut effects = Vec::new();
        // After a reload the lanes stay as they were: including unused ones, and without those removed.
        if !self.chat.reloaded {
            effects = self.lanes_set(highest.unwrap_or(0).saturating_add(1));
        }
        for lane in 0..self.settings.lane_count() {
            let last = self.chat.turns.iter().rev().find_map(|turn| turn.answer(lane));
            let Some((provider, model)) = last.map(|answer| (answer.provider.clone(), answer.model.clone())) else {
                continue;
            };
            if self.settings.provider(&provider).is_some()
                && let Some(setup) = self.settings.lane_mut(lane)
            {
                (setup.provider, setup.model) = (provider, model);
            }
        }
        effects.push(self.save_settings());
        effects.extend(self.list_models());
        effects.extend(self.recount());
        effects
    }

    /// Returns the provider of a lane.
    #[must_use]
    pub fn provider_of(&self, lane: usize) -> Option<Provider> {
        self.settings.provider(&self.settings.lane(lane)?.provider)
    }

    /// Whether a lane's conversation differs from the chat's: it joined later, was left out, or a prompt was edited
    /// only for it or only for others.
    #[must_use]
    pub fn diverges(&self, lane: usize) -> bool {
        let mut asked = self.chat.turns.iter().filter(|turn| turn.is_in(lane)).peekable();
        asked.peek().is_some() && self.chat.turns.iter().any(|turn| !turn.is_in(lane))
    }
}

impl Turn {
    /// Whether all of the first `lanes` lanes were asked this turn.
    #[must_use]
    pub fn is_shared_by(&self, lanes: usize) -> bool {
        (0..lanes).all(|lane| self.is_in(lane))
    }

    /// Returns what the answers of the first `lanes` lanes are best at. Requires a complete answer from each lane and a
    /// lead of more than 2% over the next; a tie gives none.
    #[must_use]
    pub fn badges(&self, lanes: usize) -> Vec<(usize, Badge)> {
        let answers: Vec<_> = (0..lanes).filter_map(|lane| self.answer(lane)).collect();
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
        assert_eq!(settings.setup.model, "");
        settings.choose_model(0, "gpt-oss-120b");
        settings.choose(0, "groq");
        assert_eq!(settings.setup.model, "qwen");
    }

    #[test]
    fn badges_need_whole_answers_known_figures_and_a_clear_lead() {
        let answer = |lane, pace, dollars| Answer {
            lane,
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
            replaced_in: vec![],
        };
        let fast = answer(0, Some(2_900.0), Some(0.0011));
        let cheap = answer(1, Some(1_500.0), Some(0.0002));
        let both = turn(vec![fast.clone(), cheap.clone()]);
        assert_eq!(both.badges(2), [(0, Badge::Fastest), (1, Badge::Cheapest)]);
        assert_eq!(both.badges(1), [], "nothing to compare");
        assert_eq!(both.badges(3), [], "one has not answered");
        let tie = turn(vec![fast.clone(), answer(1, Some(2_860.0), Some(0.0011))]);
        assert_eq!(tie.badges(2), [], "a lead below 2% is none");
        let unknown = turn(vec![fast.clone(), answer(1, None, None)]);
        assert_eq!(unknown.badges(2), [], "what is not known is not compared");
        let stopped = turn(vec![fast, Answer { ending: Ending::Stopped, ..cheap }]);
        assert_eq!(stopped.badges(2), []);
    }
}
