//! The user's choices that persist. The keys themselves are not here: see [`KeyMode`].

use std::collections::BTreeMap;

use headroom_domain::{
    BaseUrl, FieldSupport, LimitProfile, Provider,
    provider::{preset, presets},
};
use headroom_tokenizer::Correction;
use serde::{Deserialize, Serialize};

use crate::{
    conversation::{
        chat::{Lane, LaneId, Setup},
        saved::Record,
    },
    setup::lanes::Lanes,
    units::Tokens,
};

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

/// All persistent choices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Providers the user added.
    pub added: Vec<Provider>,
    /// The number of providers ever added: ids are not reused, since chats and the request log refer to them.
    #[serde(skip_serializing_if = "is_none")]
    pub providers_added: usize,
    /// The lanes of the open chat.
    #[serde(default = "Lanes::none")]
    pub lanes: Lanes,
    /// The system prompt, shared by all lanes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The lanes of new chats, while an older chat with lanes of its own is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_chat_lanes: Option<Lanes>,
    /// The first lane as older builds save it.
    pub(crate) setup: Setup,
    /// The other lanes as older builds save them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) beside: Vec<Setup>,
    /// The limit profile ids chosen per provider. An empty id means none.
    #[serde(with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, String>,
    /// The user's custom limits per provider.
    #[serde(with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub own_limits: BTreeMap<String, OwnLimits>,
    /// The day, `YYYY-MM-DD` in UTC, on which a provider granted the credit in its profile.
    #[serde(with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub credit_since: BTreeMap<String, String>,
    /// The model last used with each provider.
    pub models: BTreeMap<String, String>,
    /// Corrections of our estimates, inferred from the providers' own counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<LearnedCorrection>,
    /// Requests that don't fit the limits are sent anyway instead of queued.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sends_at_once: bool,
    /// Queued requests may occasionally be sent early, to probe whether the limits are higher than known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub probes: bool,
    /// Limits inferred from rejections and responses, as JSON: only lazily loaded code can read it. Shared by all tabs.
    #[serde(rename = "lessons", skip_serializing_if = "String::is_empty")]
    pub inferences: String,
    /// The default fields of requests that providers were found to reject.
    #[serde(with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, FieldSupport>,
    /// Signs that a plan is too small are hidden until this time, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals_hidden_ms: Option<u64>,
    /// Whether a provider was ever chosen, which ends the first visit.
    pub started: bool,
}

impl Record for Settings {}

/// The limits that the user wrote for a provider. Saved as JSON in a string, as the first version did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OwnLimits {
    /// As a profile.
    Read(Box<LimitProfile>),
    /// What this build cannot read is kept as it is: a newer one wrote it.
    Unread(String),
}

impl From<String> for OwnLimits {
    fn from(text: String) -> Self {
        serde_json::from_str(&text).map_or(Self::Unread(text), Self::Read)
    }
}

impl From<OwnLimits> for String {
    fn from(own: OwnLimits) -> Self {
        match own {
            OwnLimits::Read(profile) => serde_json::to_string(&profile).unwrap_or_default(),
            OwnLimits::Unread(text) => text,
        }
    }
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
}

impl Settings {
    /// Returns them as they are saved: with the lanes as older builds expect them, too.
    #[must_use]
    pub fn saved(&self) -> Self {
        let mut lanes = self.lanes().cloned();
        let setup = Setup { system: self.system.clone(), ..lanes.next().unwrap_or_default() };
        let beside = lanes.collect();
        Self { setup, beside, ..self.clone() }
    }

    /// Takes over the lanes that an older build saved.
    #[must_use]
    pub fn restored(mut self) -> Self {
        let mut first = std::mem::take(&mut self.setup);
        let beside = std::mem::take(&mut self.beside);
        if self.lanes.is_none() {
            self.system = std::mem::take(&mut first.system);
            let setups = std::iter::once(first).chain(beside);
            self.lanes = Lanes::new(setups.zip(0..).map(|(setup, id)| Lane { id: LaneId(id), setup }));
        }
        self
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

/// Maps as version 1 saves them: lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        map: &BTreeMap<String, T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, T>, D::Error> {
        Ok(Vec::<(String, T)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(number: &usize) -> bool {
    *number == 0
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

    #[test]
    fn settings_of_an_older_version_are_read_with_defaults_for_what_is_new() {
        let read: Settings = serde_json::from_str(r#"{"started":true,"setup":{"provider":"groq"}}"#).unwrap();
        assert!(read.started);
        assert_eq!(read.setup.provider, "groq");
    }
}
