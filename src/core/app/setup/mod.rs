//! What is asked, and how: settings, lanes, providers, keys and model lists.

pub(crate) mod lanes;
pub(crate) mod model_selection;
pub(crate) mod saved_settings;
pub(crate) mod send_problem;
pub(crate) mod settings;
pub(crate) mod suggestions;
mod version_1_settings;

use std::collections::BTreeMap;

use headroom_domain::{Failure, Model};

use crate::{
    effect::Effect,
    event::{Panel, StoredState},
    state::State,
};
use saved_settings::{OpenedSettings, SavedSettings};
use settings::{KeyMode, Settings};

/// What the user chose, and what the providers offer.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    settings: Settings,
    saved: SavedSettings,
    /// Which providers have a key, and where it is kept.
    keys: BTreeMap<String, KeyMode>,
    /// The model lists of the providers.
    models: BTreeMap<String, Models>,
    /// The panel open over the page.
    panel: Panel,
    /// Why the open form cannot be saved.
    form_problem: Option<String>,
}

/// The model list of a provider.
#[derive(Clone, Debug, PartialEq)]
pub enum Models {
    /// Requested; no response yet.
    Requested,
    /// The listed models.
    Listed(Vec<Model>),
    /// The request failed; any model can still be typed.
    Failed(Box<Failure>),
}

impl State {
    /// Returns the user's settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.choices.settings
    }

    /// Returns where the key of a provider is kept. `None` if it has none.
    #[must_use]
    pub fn key_mode(&self, provider: &str) -> Option<KeyMode> {
        self.choices.keys.get(provider).copied()
    }

    /// Returns the model list of a provider. `None` if it was not requested yet.
    #[must_use]
    pub fn models_of(&self, provider: &str) -> Option<&Models> {
        self.choices.models.get(provider)
    }

    /// Returns the panel open over the page.
    #[must_use]
    pub const fn panel(&self) -> &Panel {
        &self.choices.panel
    }

    /// Returns why the open form cannot be saved.
    #[must_use]
    pub fn form_problem(&self) -> Option<&str> {
        self.choices.form_problem.as_deref()
    }
}

impl Choices {
    /// Takes over what was stored. Returns what to write, and one sentence for each setting that cannot be read.
    pub(crate) fn open(&mut self, stored: &mut StoredState) -> (Option<Effect>, Vec<String>) {
        let OpenedSettings { settings, saved, changes, unreadable } =
            SavedSettings::open(std::mem::take(&mut stored.settings));
        (self.settings, self.saved) = (settings, saved);
        self.keys = std::mem::take(&mut stored.keys).into_iter().collect();
        ((!changes.is_empty()).then_some(Effect::SaveSettings(changes)), unreadable)
    }

    /// The settings, where other parts of the state are changed meanwhile.
    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes settings. Nothing else can: what is changed is saved.
    #[must_use = "what is not performed is not saved"]
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Settings) -> T) -> Effect {
        change(&mut self.settings);
        self.save()
    }

    /// Saves the settings that changed.
    fn save(&mut self) -> Effect {
        Effect::SaveSettings(self.saved.save(&self.settings))
    }

    #[cfg(test)]
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    #[cfg(test)]
    pub(crate) const fn models_mut(&mut self) -> &mut BTreeMap<String, Models> {
        &mut self.models
    }
}
