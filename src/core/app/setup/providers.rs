//! Added providers and keys.

use headroom_domain::{Address, ApiKey, Provider};

use crate::{
    conversation::chat::Setup,
    effect::Effect,
    event::{Panel, SecretInput},
    outcomes::Outcome,
    setup::settings::{KeyMode, SIMULATOR},
    state::State,
};

impl State {
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
        provider.key_need == headroom_domain::KeyNeed::Required && !self.has_usable_key(&provider.id)
    }

    /// Whether there is a key to send to this provider.
    pub(crate) fn has_usable_key(&self, provider: &str) -> bool {
        self.choices.keys.contains_key(provider)
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
