//! Providers, their keys, their models, and the knobs.

use headroom_domain::{ApiKey, BaseUrl, Effort, Failure, Model, Parameters, Provider};
use headroom_protocol::efforts_of;

use crate::{
    event::{Effect, Panel, Pasted},
    settings::{KeyMode, SIMULATOR},
    state::{Models, State},
};

impl State {
    pub(crate) fn provider_chosen(&mut self, id: &str) -> Vec<Effect> {
        let Some(provider) = self.settings.provider(id) else { return Vec::new() };
        self.settings.choose(id);
        let mut effects = vec![self.keep_settings()];
        effects.extend(self.recount());
        effects.extend(self.list_models());
        if self.lacks_key(&provider) {
            effects.extend(self.panel_shown(Panel::Settings(provider.id)));
        }
        effects
    }

    pub(crate) fn model_chosen(&mut self, id: &str) -> Vec<Effect> {
        self.settings.choose_model(id);
        let mut effects = vec![self.keep_settings()];
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn parameters_changed(&mut self, parameters: Parameters) -> Vec<Effect> {
        self.settings.setup.parameters = parameters;
        vec![self.keep_settings()]
    }

    pub(crate) fn system_changed(&mut self, system: String) -> Vec<Effect> {
        self.settings.setup.system = system;
        vec![self.keep_settings()]
    }

    pub(crate) fn panel_shown(&mut self, panel: Panel) -> Vec<Effect> {
        self.panel = panel;
        self.form_problem = None;
        Vec::new()
    }

    pub(crate) fn key_entered(&mut self, provider: &str, pasted: &Pasted, mode: KeyMode) -> Vec<Effect> {
        let Some(provider) = self.settings.provider(provider) else { return Vec::new() };
        match ApiKey::new(&pasted.0, provider.origin().clone()) {
            Ok(key) => {
                self.keys.put(provider.id.clone(), mode);
                self.panel_shown(Panel::None);
                self.settings.choose(&provider.id);
                let mut effects = vec![Effect::KeepKey { provider: provider.id, key, mode }, self.keep_settings()];
                effects.extend(self.list_models());
                effects
            }
            Err(why) => {
                self.form_problem = Some(why.to_string());
                Vec::new()
            }
        }
    }

    pub(crate) fn key_forgotten(&mut self, provider: &str) -> Vec<Effect> {
        self.keys.remove(provider);
        vec![Effect::ForgetKey(provider.to_owned())]
    }

    pub(crate) fn provider_added(&mut self, name: &str, base_url: &str, key: &Pasted, mode: KeyMode) -> Vec<Effect> {
        let base_url = match BaseUrl::parse(base_url) {
            Ok(base_url) => base_url,
            Err(why) => {
                self.form_problem = Some(why.to_string());
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
                    self.form_problem = Some(why.to_string());
                    return Vec::new();
                }
            },
        };
        let id = self.free_provider_id();
        self.settings.added.push(Provider::custom(&id, name, base_url));
        self.settings.choose(&id);
        self.panel_shown(Panel::None);
        let mut effects = vec![self.keep_settings()];
        if let Some(key) = key {
            self.keys.put(id.clone(), mode);
            effects.push(Effect::KeepKey { provider: id, key, mode });
        }
        effects.extend(self.list_models());
        effects
    }

    pub(crate) fn provider_removed(&mut self, provider: &str) -> Vec<Effect> {
        self.settings.added.retain(|added| added.id != provider);
        if self.settings.setup.provider == provider {
            self.settings.choose(SIMULATOR);
        }
        self.panel_shown(Panel::None);
        let mut effects = self.key_forgotten(provider);
        effects.push(self.keep_settings());
        effects.extend(self.list_models());
        effects
    }

    pub(crate) fn models_listed(&mut self, provider: String, outcome: Result<Vec<Model>, Box<Failure>>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Ok(models) = &outcome
            && provider == self.settings.setup.provider
            && self.settings.setup.model.is_empty()
            && let Some(first) = first_choice(models)
        {
            self.settings.choose_model(&first.id);
            effects.push(self.keep_settings());
        }
        let is_chosen = provider == self.settings.setup.provider;
        let models = match outcome {
            Ok(models) => Models::Listed(models),
            Err(failure) => Models::Failed(failure),
        };
        self.models.put(provider, models);
        if is_chosen {
            // The list may have told which vocabulary the model has.
            effects.extend(self.recount());
        }
        effects
    }

    /// Asks the chosen provider for its models: by choosing it the user allowed that. A provider whose list wants the
    /// key is asked only when there is one.
    pub(crate) fn list_models(&mut self) -> Option<Effect> {
        let provider = self.provider()?;
        let list = provider.model_list();
        if list.with_key && self.lacks_key(&provider) {
            return None;
        }
        self.models.put(provider.id.clone(), Models::Asked);
        Some(Effect::ListModels { provider: provider.id, url: list.url, with_key: list.with_key })
    }

    /// Whether this provider wants a key that is not there.
    #[must_use]
    pub fn lacks_key(&self, provider: &Provider) -> bool {
        provider.key_need == headroom_domain::KeyNeed::Required && !self.keys.has(&provider.id)
    }

    /// The chosen model as its provider lists it.
    #[must_use]
    pub fn listed_model(&self) -> Option<&Model> {
        match self.models.get(&self.settings.setup.provider)? {
            Models::Listed(models) => models.iter().find(|model| model.id == self.settings.setup.model),
            _ => None,
        }
    }

    /// The reasoning efforts that the chosen model is known to take.
    #[must_use]
    pub fn efforts(&self) -> &'static [Effort] {
        let Some(provider) = self.provider() else { return &[] };
        let named = Model::named(&self.settings.setup.model);
        efforts_of(provider.dialect, self.listed_model().unwrap_or(&named))
    }

    pub(crate) fn keep_settings(&self) -> Effect {
        Effect::KeepSettings(Box::new(self.settings.clone()))
    }

    fn free_provider_id(&self) -> String {
        let taken = |id: &str| self.settings.added.iter().any(|added| added.id == id);
        let mut number = self.settings.added.len() + 1;
        loop {
            let id = format!("added-{number}");
            if !taken(&id) {
                return id;
            }
            number += 1;
        }
    }
}

/// The model that a newcomer to a provider begins with: fast, cheap and served by most, or else the first listed.
fn first_choice(models: &[Model]) -> Option<&Model> {
    const FIRST: &str = "gpt-oss-120b";
    let mut offered = models.iter().filter(|model| !model.deprecated);
    offered.clone().find(|model| model.id.ends_with(FIRST)).or_else(|| offered.next())
}
