//! What the user chose once and expects to find again. The keys themselves are not here: see [`KeyMode`].

use std::collections::BTreeMap;

use headroom_domain::{
    BaseUrl, FieldSupport, Provider,
    provider::{preset, presets},
};
use headroom_tokenizer::Correction;
use serde::{Deserialize, Serialize};

use crate::{chat::Setup, counting::Tokens, named::Named};

/// The id of the built-in simulator among the providers.
pub const SIMULATOR: &str = "simulator";

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// In memory; gone when the tab is closed or reloaded.
    Tab,
    /// In the browser's local storage, readable by whoever uses this browser profile.
    Browser,
}

impl KeyMode {
    /// The name in the page and in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tab => "tab",
            Self::Browser => "browser",
        }
    }
}

/// Everything chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Providers the user added.
    pub added: Vec<Provider>,
    /// How many were ever added: an id is not given twice, since chats and books remember it.
    #[serde(skip_serializing_if = "is_none")]
    pub providers_added: usize,
    /// The first lane.
    pub setup: Setup,
    /// The lanes beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Setup>,
    /// The limit profile chosen for a provider, by their ids. Empty: none.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub limits: Named<String>,
    /// Limits that the user wrote for a provider, as JSON: only the views that come later can read them.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub own_limits: Named<String>,
    /// The day, `YYYY-MM-DD` in UTC, on which a provider gave the credit that its profile speaks of.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub credit_since: Named<String>,
    /// The model last used with each provider.
    pub models: BTreeMap<String, String>,
    /// What the providers' own counts taught about our estimates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<LearnedCorrection>,
    /// What does not fit the limits is sent all the same, and not held back until it does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sends_at_once: bool,
    /// Of what waits, one may go early now and then, to find out whether the limits are higher than they are known to be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub probes: bool,
    /// What refusals and answers taught of limits, as JSON: only what comes later can read it. All tabs learn from it.
    #[serde(rename = "lessons", skip_serializing_if = "String::is_empty")]
    pub inferences: String,
    /// What providers were found to refuse of the fields that the page sends without being told to.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub found: Named<FieldSupport>,
    /// Signs that a plan is too small are not shown before this time, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals_hidden_ms: Option<u64>,
    /// The first visit is over: a provider was chosen.
    pub started: bool,
}

/// What one provider's counts of one model taught. The same model may be counted otherwise elsewhere, and what is true of
/// estimates is not of counts to the token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnedCorrection {
    provider: String,
    model: String,
    #[serde(default)]
    exact: bool,
    correction: Correction,
}

impl LearnedCorrection {
    fn is_of(&self, provider: &str, model: &str, exact: bool) -> bool {
        self.provider == provider && self.model == model && self.exact == exact
    }
}

impl Settings {
    /// All providers, in the order they are offered: simulator, built-in ones, added ones.
    #[must_use]
    pub fn providers(&self) -> Vec<Provider> {
        let mut all: Vec<Provider> = simulator().into_iter().collect();
        all.extend(presets());
        all.extend(self.added.iter().cloned());
        all
    }

    /// The provider with this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<Provider> {
        if id == SIMULATOR {
            return simulator();
        }
        // Asked for with every frame that streams: only the one that is wanted is made.
        let provider = preset(id).or_else(|| self.added.iter().find(|provider| provider.id == id).cloned())?;
        Some(provider.as_found(self.found.get(id).copied().unwrap_or_default()))
    }

    /// Takes an added provider out, with all that was chosen and learnt for it.
    pub(crate) fn forget(&mut self, provider: &str) {
        self.added.retain(|added| added.id != provider);
        self.models.remove(provider);
        self.limits.remove(provider);
        self.own_limits.remove(provider);
        self.credit_since.remove(provider);
        self.found.remove(provider);
        self.corrections.retain(|learned| learned.provider != provider);
    }

    /// What was learnt about the estimates for a model of a provider, or about the counts to the token.
    pub(crate) fn correction(&self, setup: &Setup, exact: bool) -> Option<&Correction> {
        let chosen = self.corrections.iter().find(|learned| learned.is_of(&setup.provider, &setup.model, exact));
        chosen.map(|learned| &learned.correction)
    }

    /// Learns from a provider's own count of a prompt that was estimated or counted before any correction.
    pub(crate) fn learn(&mut self, provider: &str, model: &str, ours: Tokens, actual: u64) {
        let Tokens { tokens, exact } = ours;
        match self.corrections.iter_mut().find(|learned| learned.is_of(provider, model, exact)) {
            Some(learned) => learned.correction.learn(tokens, actual),
            None => {
                let mut correction = Correction::default();
                correction.learn(tokens, actual);
                self.corrections.push(LearnedCorrection {
                    provider: provider.into(),
                    model: model.into(),
                    exact,
                    correction,
                });
            }
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

/// The simulator, described like any other provider. Its address is never asked: the platform knows it by its id.
fn simulator() -> Option<Provider> {
    let base_url = BaseUrl::parse("http://localhost/v1").ok()?;
    let mut provider = Provider::custom(SIMULATOR, "Simulator", base_url);
    // It speaks as Cerebras does, and it is as strict.
    provider.dialect = headroom_domain::Dialect::Cerebras;
    Some(provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulator_comes_first_and_every_id_is_known() {
        let settings = Settings::default();
        let ids: Vec<String> = settings.providers().into_iter().map(|provider| provider.id).collect();
        assert_eq!(ids.first().map(String::as_str), Some(SIMULATOR));
        for id in ids {
            assert!(settings.provider(&id).is_some(), "{id}");
        }
    }

    #[test]
    fn settings_of_an_older_version_are_read_with_defaults_for_what_is_new() {
        let read: Settings = serde_json::from_str(r#"{"started":true,"setup":{"provider":"groq"}}"#).unwrap();
        assert!(read.started);
        assert_eq!(read.setup.provider, "groq");
    }
}
