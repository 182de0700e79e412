//! Providers, their keys, their models, and the parameters.

use headroom_domain::{Address, ApiKey, Effort, Failure, Model, Parameters, Provider};
use headroom_protocol::efforts_of;

use crate::{
    conversation::chat::Setup,
    effect::Effect,
    event::{Panel, SecretInput},
    outcomes::Outcome,
    setup::Models,
    setup::{
        saved_settings::SettingRecord,
        settings::{KeyMode, SIMULATOR},
    },
    state::State,
};

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

    pub(crate) fn system_changed(&mut self, system: String) -> Vec<Effect> {
        self.choices.settings.system = system;
        vec![self.save_settings()]
    }

    pub(crate) fn panel_shown(&mut self, panel: Panel) -> Vec<Effect> {
        self.choices.panel = panel;
        self.choices.form_problem = None;
        Vec::new()
    }

    pub(crate) fn key_entered(&mut self, provider: &str, pasted: &SecretInput, mode: KeyMode) -> Vec<Effect> {
        let Some(provider) = self.choices.settings.provider(provider) else { return Vec::new() };
        match ApiKey::new(&pasted.0, provider.origin().clone()) {
            Ok(key) => {
                self.choices.keys.insert(provider.id.clone(), mode);
                self.emit(Outcome::KeyChanged(provider.id.clone()));
                self.panel_shown(Panel::None);
                self.choose_where_it_is_wanted(&provider.id);
                let mut effects = vec![Effect::SaveKey { provider: provider.id, key, mode }, self.save_settings()];
                self.emit(Outcome::RequestChanged);
                effects.extend(self.list_models());
                effects
            }
            Err(why) => {
                self.choices.form_problem = Some(why.to_string());
                Vec::new()
            }
        }
    }

    pub(crate) fn key_forgotten(&mut self, provider: &str) -> Vec<Effect> {
        self.choices.keys.remove(provider);
        self.emit(Outcome::KeyChanged(provider.to_owned()));
        vec![Effect::DeleteKey(provider.to_owned())]
    }

    pub(crate) fn provider_added(
        &mut self,
        name: &str,
        base_url: &str,
        key: &SecretInput,
        mode: KeyMode,
    ) -> Vec<Effect> {
        let base_url = match Address::of(base_url) {
            Ok(address) => address.url,
            Err(why) => {
                self.choices.form_problem = Some(why.error.to_string());
                return Vec::new();
            }
        };
        let name = match name.trim() {
            "" => base_url.origin().host().to_owned(),
            name => name.to_owned(),
        };
        let key = match key.0.trim() {
            "" => None,
            pasted => match ApiKey::new(pasted, base_url.origin().clone()) {
                Ok(key) => Some(key),
                Err(why) => {
                    self.choices.form_problem = Some(why.to_string());
                    return Vec::new();
                }
            },
        };
        let id = self.new_provider_id();
        self.choices.settings.added.push(Provider::custom(&id, name, base_url));
        self.choose_where_it_is_wanted(&id);
        self.panel_shown(Panel::None);
        let mut effects = vec![self.save_settings()];
        if let Some(key) = key {
            self.choices.keys.insert(id.clone(), mode);
            effects.push(Effect::SaveKey { provider: id, key, mode });
        }
        self.emit(Outcome::RequestChanged);
        effects.extend(self.list_models());
        effects
    }

    pub(crate) fn provider_removed(&mut self, provider: &str) -> Vec<Effect> {
        self.choices.settings.forget(provider);
        for lane in 0..self.choices.settings.lane_count() {
            if self.choices.settings.lane(lane).is_some_and(|setup| setup.provider == provider) {
                self.choose_for(lane, SIMULATOR);
            }
        }
        self.panel_shown(Panel::None);
        let mut effects = self.key_forgotten(provider);
        effects.push(self.save_settings());
        self.emit(Outcome::RequestChanged);
        effects.extend(self.list_models());
        effects
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

    /// Chooses a provider that was just added or given a key for the lanes that lack one, or for the first lane if none
    /// does.
    fn choose_where_it_is_wanted(&mut self, provider: &str) {
        let lanes = self.choices.settings.lane_count();
        let asks = |setup: &Setup| setup.provider == provider;
        if self.choices.settings.lanes().any(asks) {
            self.choices.settings.started = true;
            return;
        }
        if lanes == 1 {
            return self.choose_for(0, provider);
        }
        for lane in 0..lanes {
            if self.can_ask(lane).is_err() {
                return self.choose_for(lane, provider);
            }
        }
        self.choose_for(0, provider);
    }

    /// Whether this provider needs a key that is missing.
    #[must_use]
    pub fn lacks_key(&self, provider: &Provider) -> bool {
        provider.key_need == headroom_domain::KeyNeed::Required && !self.choices.keys.contains_key(&provider.id)
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

    /// Takes over a setting that another tab saved.
    pub(crate) fn tab_setting(&mut self, record: SettingRecord) -> Vec<Effect> {
        if self.choices.saved.hear(&mut self.choices.settings, record) {
            self.settings_heard();
        }
        Vec::new()
    }

    /// Takes over what a tab with an older build saved.
    pub(crate) fn older_tab_settings(&mut self, text: &str) -> Vec<Effect> {
        let records = self.choices.saved.hear_version_1(&mut self.choices.settings, text);
        self.settings_heard();
        vec![Effect::SaveSettings(records)]
    }

    fn settings_heard(&mut self) {
        self.replace_removed_providers();
        self.emit(Outcome::RequestChanged);
    }

    pub(crate) fn save_settings(&mut self) -> Effect {
        self.choices.save()
    }

    fn new_provider_id(&mut self) -> String {
        let taken = |added: &[Provider], id: &str| added.iter().any(|added| added.id == id);
        loop {
            self.choices.settings.providers_added += 1;
            let id = format!("added-{}-{:x}", self.choices.settings.providers_added, self.tab & 0xffff_ffff);
            if !taken(&self.choices.settings.added, &id) {
                return id;
            }
        }
    }
}

/// Picks the default model for a new provider: fast, cheap, and widely served, or else the first listed.
fn first_choice(models: &[Model]) -> Option<&Model> {
    const FIRST: &str = "gpt-oss-120b";
    let mut offered = models.iter().filter(|model| !model.deprecated);
    offered.clone().find(|model| model.id.ends_with(FIRST)).or_else(|| offered.next())
}
