//! What each lane asks: provider, model and parameters; and the model lists.

use headroom_domain::{Effort, Failure, Model, Parameters};
use headroom_protocol::efforts_of;

use crate::{conversation::chat::Setup, effect::Effect, event::Panel, outcomes::Outcome, setup::Models, state::State};

impl State {
    pub(crate) fn provider_chosen(&mut self, lane: Option<usize>, id: &str) -> Vec<Effect> {
        let Some(provider) = self.choices.settings.provider(id) else { return Vec::new() };
        match lane {
            Some(lane) => self.choose_for(lane, id),
            None => (0..self.choices.settings.lane_count()).for_each(|lane| self.choose_for(lane, id)),
        }
        let mut effects = vec![self.save_settings()];
        self.emit(Outcome::RequestChanged);
        effects.extend(self.list_models());
        if self.lacks_key(&provider) {
            effects.extend(self.panel_shown(Panel::Settings(provider.id)));
        }
        effects
    }

    /// Chooses a lane's model: the one last used with the provider for the first lane that asks it, a different one for
    /// further lanes.
    pub(crate) fn choose_for(&mut self, lane: usize, provider: &str) {
        self.choices.settings.choose(lane, provider);
        let Some(model) = self.choices.settings.lane(lane).map(|setup| setup.model.clone()) else { return };
        let taken = |setup: &Setup| setup.provider == provider && setup.model == model;
        if self.choices.settings.lanes().take(lane).any(taken)
            && let Some(other) = self.another_model(provider)
            && let Some(setup) = self.choices.settings.lane_mut(lane)
        {
            setup.model = other;
        }
    }

    pub(crate) fn model_chosen(&mut self, lane: usize, model: &str) -> Vec<Effect> {
        self.choices.settings.choose_model(lane, model);
        self.emit(Outcome::RequestChanged);
        vec![self.save_settings()]
    }

    pub(crate) fn parameters_changed(&mut self, lane: Option<usize>, parameters: &Parameters) -> Vec<Effect> {
        match lane {
            Some(lane) => {
                if let Some(setup) = self.choices.settings.lane_mut(lane) {
                    setup.parameters.clone_from(parameters);
                }
            }
            None => {
                let before = self.choices.settings.first_lane().parameters.clone();
                self.choices.settings.lanes_mut().for_each(|setup| setup.parameters.follow(&before, parameters));
            }
        }
        vec![self.save_settings()]
    }

    pub(crate) fn models_listed(&mut self, provider: &str, outcome: Result<Vec<Model>, Box<Failure>>) -> Vec<Effect> {
        let is_asked = self.choices.settings.lanes().any(|setup| setup.provider == provider);
        let first = outcome.as_ref().ok().and_then(|models| first_choice(models)).map(|model| model.id.clone());
        let models = match outcome {
            Ok(models) => Models::Listed(models),
            // A previous list is better than none.
            Err(_) if self.is_listed(provider) => return Vec::new(),
            Err(failure) => Models::Failed(failure),
        };
        self.choices.models.insert(provider.to_owned(), models);
        if !is_asked {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for lane in 0..self.choices.settings.lane_count() {
            let waits = |setup: &Setup| setup.provider == provider && setup.model.is_empty();
            if !self.choices.settings.lane(lane).is_some_and(waits) {
                continue;
            }
            let taken =
                self.choices.settings.lanes().any(|setup| setup.provider == provider && !setup.model.is_empty());
            let model = if taken { self.another_model(provider).or_else(|| first.clone()) } else { first.clone() };
            if let Some(model) = model {
                self.choices.settings.choose_model(lane, &model);
                effects = vec![self.save_settings()];
            }
        }
        // The list may have stated the vocabularies of the models.
        self.emit(Outcome::RequestChanged);
        effects
    }

    /// Fetches the model lists of the lanes' providers; by choosing them the user allowed that. A provider whose list
    /// needs the key is asked only if there is one.
    pub(crate) fn list_models(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut asked: Vec<String> = Vec::new();
        for lane in 0..self.choices.settings.lane_count() {
            let Some(provider) = self.provider_of(lane).filter(|provider| !asked.contains(&provider.id)) else {
                continue;
            };
            asked.push(provider.id.clone());
            // An existing list is good enough, but the first lane's is refreshed.
            if lane > 0 && matches!(self.choices.models.get(&provider.id), Some(Models::Listed(_) | Models::Requested))
            {
                continue;
            }
            let list = provider.model_list();
            if list.with_key && self.lacks_key(&provider) {
                continue;
            }
            if !self.is_listed(&provider.id) {
                self.choices.models.insert(provider.id.clone(), Models::Requested);
            }
            effects.push(Effect::ListModels { provider: provider.id, url: list.url, with_key: list.with_key });
        }
        effects
    }

    fn is_listed(&self, provider: &str) -> bool {
        matches!(self.choices.models.get(provider), Some(Models::Listed(_)))
    }

    /// Returns a lane's model as listed by its provider.
    #[must_use]
    pub fn listed_model(&self, setup: &Setup) -> Option<&Model> {
        self.listed(&setup.provider, &setup.model)
    }

    pub(crate) fn listed(&self, provider: &str, model: &str) -> Option<&Model> {
        match self.choices.models.get(provider)? {
            Models::Listed(models) => models.iter().find(|listed| listed.id == model),
            _ => None,
        }
    }

    /// Returns the reasoning efforts that a lane's model is known to accept.
    #[must_use]
    pub fn efforts(&self, lane: usize) -> &'static [Effort] {
        let Some((provider, setup)) = self.provider_of(lane).zip(self.choices.settings.lane(lane)) else { return &[] };
        let named = Model::named(&setup.model);
        efforts_of(provider.dialect, self.listed_model(setup).unwrap_or(&named))
    }
}

/// Picks the default model for a new provider: fast, cheap, and widely served, or else the first listed.
fn first_choice(models: &[Model]) -> Option<&Model> {
    const FIRST: &str = "gpt-oss-120b";
    let mut offered = models.iter().filter(|model| !model.deprecated);
    offered.clone().find(|model| model.id.ends_with(FIRST)).or_else(|| offered.next())
}
