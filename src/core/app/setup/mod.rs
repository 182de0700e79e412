//! What is asked, and how: settings, lanes, providers, keys and model lists.

pub(crate) mod lanes;
pub(crate) mod model_selection;
pub(crate) mod providers;
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
    outcomes::Outcome,
    state::State,
};
use saved_settings::{OpenedSettings, SavedSettings, SettingRecord};
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

    pub(crate) fn theme_pressed(&mut self, system_is_dark: bool) -> Vec<Effect> {
        self.theme = self.theme.toggled(system_is_dark);
        vec![Effect::ApplyTheme(self.theme), Effect::SaveTheme(self.theme)]
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
