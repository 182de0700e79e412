//! The user's choices that persist. The keys themselves are not here: see [`KeyMode`].

use std::collections::BTreeMap;

use headroom_domain::{
    BaseUrl, FieldSupport, LimitProfile, Provider,
    provider::{preset, presets},
};
use headroom_limits::InferredLimits;
use headroom_tokenizer::Correction;
use serde::{Deserialize, Serialize};

use crate::{conversation::chat::Setup, setup::lanes::Lanes, units::Tokens};

/// The id of the built-in simulator among the providers.
pub const SIMULATOR: &str = "simulator";

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// In memory; gone when the tab is closed or reloaded.
    Tab,
    /// In the browser's local storage, readable by anyone who uses this browser profile.
    Browser,
}

impl KeyMode {
    /// Returns the name in the page and in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tab => "tab",
            Self::Browser => "browser",
        }
    }
}

/// All persistent choices. Each is saved by itself: see `SavedSettings`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Providers the user added, in the order they were.
    pub(crate) added: Vec<Provider>,
    /// The number of providers ever added: ids are not reused, since chats and the request log refer to them.
    pub(crate) providers_added: usize,
    /// The lanes of the open chat.
    pub(crate) lanes: Lanes,
    /// The system prompt, shared by all lanes.
    pub(crate) system: String,
    /// The lanes of new chats, while an older chat with its own lanes is open.
    pub(crate) new_chat_lanes: Option<Lanes>,
    /// The limit profile ids chosen per provider. An empty id means none.
    pub(crate) limits: BTreeMap<String, String>,
    /// The user's custom limits per provider.
    pub(crate) own_limits: BTreeMap<String, Box<LimitProfile>>,
    /// The day, `YYYY-MM-DD` in UTC, on which a provider granted the credit in its profile.
    pub(crate) credit_since: BTreeMap<String, String>,
    /// The model last used with each provider.
    pub(crate) models: BTreeMap<String, String>,
    /// Corrections of our estimates, inferred from the providers' own counts.
    pub(crate) corrections: Vec<LearnedCorrection>,
    /// Requests that don't fit the limits are sent anyway instead of queued.
    pub(crate) sends_at_once: bool,
    /// Queued requests may occasionally be sent early, to probe whether the limits are higher than known.
    pub(crate) probes: bool,
    /// Limits inferred from rejections and responses. Shared by all tabs.
    pub(crate) inferences: InferredLimits,
    /// The default fields of requests that providers were found to reject.
    pub(crate) found: BTreeMap<String, FieldSupport>,
    /// Signs that a plan is too small are hidden until this time, in milliseconds since 1970.
    pub(crate) signals_hidden_ms: Option<u64>,
    /// Whether a provider was ever chosen, which ends the first visit.
    pub(crate) started: bool,
}

/// The correction inferred from one provider's counts of one model. The same model may be counted differently by
/// others, and estimates and exact counts need separate corrections.
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

    /// Returns what it is the correction of, as a part of a setting's name.
    pub(crate) fn subject(&self) -> String {
        format!("{}/{}/{}", self.provider, if self.exact { "exact" } else { "estimate" }, self.model)
    }
}

impl Settings {
    /// Whether a provider was ever chosen, which ends the first visit.
    #[must_use]
    pub const fn has_started(&self) -> bool {
        self.started
    }

    /// Returns the system prompt, shared by all lanes.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Whether requests that don't fit the limits are queued instead of sent anyway.
    #[must_use]
    pub const fn queues(&self) -> bool {
        !self.sends_at_once
    }

    /// Whether queued requests may be sent early, to probe for higher limits.
    #[must_use]
    pub const fn probes(&self) -> bool {
        self.probes
    }

    /// Whether signs that a plan is too small are hidden now.
    #[must_use]
    pub fn hides_signals(&self, now_ms: u64) -> bool {
        self.signals_hidden_ms.is_some_and(|until_ms| until_ms > now_ms)
    }

    /// Returns the day, `YYYY-MM-DD` in UTC, on which a provider granted the credit in its profile, if it was entered.
    #[must_use]
    pub fn credit_since(&self, provider: &str) -> Option<&str> {
        self.credit_since.get(provider).map(String::as_str)
    }

    /// Whether the user added this provider.
    #[must_use]
    pub fn is_added(&self, provider: &str) -> bool {
        self.added.iter().any(|added| added.id == provider)
    }

    /// Returns all providers in the order they are offered: simulator, built-in, added.
    #[must_use]
    pub fn providers(&self) -> Vec<Provider> {
        let mut all: Vec<Provider> = simulator().into_iter().collect();
        all.extend(presets());
        all.extend(self.added.iter().cloned());
        all
    }

    /// Returns the provider with this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<Provider> {
        if id == SIMULATOR {
            return simulator();
        }
        // Called on every streaming frame: builds only the requested one.
        let provider = preset(id).or_else(|| self.added.iter().find(|provider| provider.id == id).cloned())?;
        Some(provider.as_found(self.found.get(id).copied().unwrap_or_default()))
    }

    /// Removes an added provider, with everything chosen and inferred for it.
    pub(crate) fn forget(&mut self, provider: &str) {
        self.added.retain(|added| added.id != provider);
        self.models.remove(provider);
        self.limits.remove(provider);
        self.own_limits.remove(provider);
        self.credit_since.remove(provider);
        self.found.remove(provider);
        self.corrections.retain(|learned| learned.provider != provider);
    }

    /// Returns the inferred correction for a model's estimates, or for its exact counts.
    pub(crate) fn correction(&self, setup: &Setup, exact: bool) -> Option<&Correction> {
        let chosen = self.corrections.iter().find(|learned| learned.is_of(&setup.provider, &setup.model, exact));
        chosen.map(|learned| &learned.correction)
    }

    /// Updates the correction from a provider's count of a prompt, given our uncorrected estimate or count.
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

/// Returns the simulator, described like any other provider. No request is sent to its address: the platform recognizes
/// its id.
fn simulator() -> Option<Provider> {
    let base_url = BaseUrl::parse("http://localhost/v1").ok()?;
    let mut provider = Provider::custom(SIMULATOR, "Simulator", base_url);
    // It uses the Cerebras dialect and is equally strict.
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
}
