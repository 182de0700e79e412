//! Providers: the built-in ones, and how to describe another.

use serde::{Deserialize, Serialize};

use crate::{
    dialect::{Dialect, ModelListPlace},
    origin::{BaseUrl, Origin},
};

/// The request field for the cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapField {
    /// The current name: reasoning counts too.
    #[default]
    MaxCompletionTokens,
    /// The old name, the only one that some local servers support; they silently ignore the new one.
    MaxTokens,
}

impl CapField {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }

    /// Returns the other field.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::MaxCompletionTokens => Self::MaxTokens,
            Self::MaxTokens => Self::MaxCompletionTokens,
        }
    }
}

/// The default fields of requests that a provider was found to reject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldSupport {
    /// It rejects `stream_options`.
    pub no_stream_options: bool,
    /// The cap field it accepts.
    pub cap_field: Option<CapField>,
}

/// Whether a provider needs a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyNeed {
    /// Requests fail without one.
    Required,
    /// It works with or without one.
    Optional,
}

/// Where a provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// On the user's own machine.
    Local,
    /// On another machine.
    Remote,
}

/// A server of chat completions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id in saved data; never shown.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// Its API base URL.
    pub base_url: BaseUrl,
    /// Its dialect.
    #[serde(default)]
    pub dialect: Dialect,
    /// The field for the cap.
    #[serde(default)]
    pub cap_field: CapField,
    /// It rejects `stream_options`, so usage is not requested.
    #[serde(skip)]
    pub no_stream_options: bool,
    /// Whether it needs a key.
    pub key_need: KeyNeed,
    /// The page where keys are created, for a link. `None` if there is none or it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_page: Option<String>,
}

/// Where to fetch the list of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelListSource {
    /// The URL, fetched with GET.
    pub url: String,
    /// Whether to send the key. If it isn't needed, it must not be sent: the list also distinguishes "wrong key" from
    /// "offline".
    pub with_key: bool,
}

impl Provider {
    /// Creates a provider described by the user. Dialect and cap field follow from the address if it is a known one.
    #[must_use]
    pub fn custom(id: impl Into<String>, name: impl Into<String>, base_url: BaseUrl) -> Self {
        let known = presets().into_iter().find(|preset| preset.base_url.origin() == base_url.origin());
        let (dialect, cap_field, key_page) =
            known.map_or_else(Default::default, |preset| (preset.dialect, preset.cap_field, preset.key_page));
        Self {
            id: id.into(),
            name: name.into(),
            base_url,
            dialect,
            cap_field,
            no_stream_options: false,
            key_need: KeyNeed::Optional,
            key_page,
        }
    }

    /// Adapts the provider to the fields it was found to support.
    #[must_use]
    pub fn as_found(self, found: FieldSupport) -> Self {
        let cap_field = found.cap_field.unwrap_or(self.cap_field);
        Self { cap_field, no_stream_options: found.no_stream_options, ..self }
    }

    /// Returns the origin of its requests, the only one its key may be sent to.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        self.base_url.origin()
    }

    /// Returns whether it runs on the user's machine.
    #[must_use]
    pub fn place(&self) -> Place {
        if self.origin().is_loopback() { Place::Local } else { Place::Remote }
    }

    /// Returns the URL for chat completions.
    #[must_use]
    pub fn chat_url(&self) -> String {
        self.base_url.endpoint("/chat/completions")
    }

    /// Returns the URL for the state of the key's account. `None` if unknown.
    #[must_use]
    pub fn account_url(&self) -> Option<String> {
        self.dialect.traits().account_path.map(|path| self.base_url.endpoint(path))
    }

    /// Returns where its models are listed.
    #[must_use]
    pub fn model_list(&self) -> ModelListSource {
        let place = self.dialect.traits().model_list;
        let url = match place {
            ModelListPlace::Public(path) => format!("{}{path}", self.origin()),
            ModelListPlace::Keyless | ModelListPlace::WithKey => self.base_url.endpoint("/models"),
        };
        ModelListSource { url, with_key: place == ModelListPlace::WithKey }
    }
}

/// Returns the built-in providers, in the order they are offered.
#[must_use]
pub fn presets() -> Vec<Provider> {
    PRESETS.iter().filter_map(Preset::provider).collect()
}

/// Returns the built-in provider with this id.
#[must_use]
pub fn preset(id: &str) -> Option<Provider> {
    PRESETS.iter().find(|preset| preset.id == id)?.provider()
}

struct Preset {
    id: &'static str,
    name: &'static str,
    base_url: &'static str,
    dialect: Dialect,
    cap_field: CapField,
    key_need: KeyNeed,
    key_page: Option<&'static str>,
}

impl Preset {
    /// `None` for an address that does not parse; a test checks that all do.
    fn provider(&self) -> Option<Provider> {
        Some(Provider {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            base_url: BaseUrl::parse(self.base_url).ok()?,
            dialect: self.dialect,
            cap_field: self.cap_field,
            no_stream_options: false,
            key_need: self.key_need,
            key_page: self.key_page.map(str::to_owned),
        })
    }

    const fn remote(id: &'static str, name: &'static str, base_url: &'static str, dialect: Dialect) -> Self {
        Self {
            id,
            name,
            base_url,
            dialect,
            cap_field: CapField::MaxCompletionTokens,
            key_need: KeyNeed::Required,
            key_page: None,
        }
    }

    const fn local(id: &'static str, name: &'static str, base_url: &'static str) -> Self {
        Self {
            id,
            name,
            base_url,
            dialect: Dialect::Generic,
            cap_field: CapField::MaxCompletionTokens,
            key_need: KeyNeed::Optional,
            key_page: None,
        }
    }

    const fn keys_from(self, page: &'static str) -> Self {
        Self { key_page: Some(page), ..self }
    }

    const fn capped_by(self, cap_field: CapField) -> Self {
        Self { cap_field, ..self }
    }
}

/// Addresses as documented by the providers.
const PRESETS: [Preset; 8] = [
    Preset::remote("cerebras", "Cerebras", "https://api.cerebras.ai/v1", Dialect::Cerebras)
        .keys_from("https://cloud.cerebras.ai"),
    Preset::remote("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", Dialect::OpenRouter)
        .keys_from("https://openrouter.ai/keys"),
    Preset::remote("tokenmix", "TokenMix.ai", "https://api.tokenmix.ai/v1", Dialect::Generic)
        .keys_from("https://tokenmix.ai"),
    Preset::remote("groq", "Groq", "https://api.groq.com/openai/v1", Dialect::Groq)
        .keys_from("https://console.groq.com/keys"),
    Preset::local("ollama", "Ollama", "http://localhost:11434/v1").capped_by(CapField::MaxTokens),
    Preset::local("lm-studio", "LM Studio", "http://localhost:1234/v1").capped_by(CapField::MaxTokens),
    Preset::local("llama-cpp", "llama.cpp", "http://localhost:8080/v1"),
    Preset::local("vllm", "vLLM", "http://localhost:8000/v1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(id: &str) -> Provider {
        presets().into_iter().find(|preset| preset.id == id).unwrap()
    }

    #[test]
    fn every_preset_is_whole_and_its_id_is_its_own() {
        let presets = presets();
        assert_eq!(presets.len(), PRESETS.len(), "every address parses");
        let ids: std::collections::HashSet<&str> = presets.iter().map(|preset| preset.id.as_str()).collect();
        assert_eq!(ids.len(), presets.len());
        for preset in &presets {
            let local = preset.place() == Place::Local;
            assert_eq!(preset.key_need == KeyNeed::Optional, local, "{}", preset.name);
            assert_eq!(preset.key_page.is_none(), local, "{}", preset.name);
            let saved = serde_json::to_string(preset).unwrap();
            assert_eq!(&serde_json::from_str::<Provider>(&saved).unwrap(), preset);
        }
    }

    #[test]
    fn each_dialect_has_its_addresses() {
        for (id, chat, models, with_key) in [
            (
                "cerebras",
                "https://api.cerebras.ai/v1/chat/completions",
                "https://api.cerebras.ai/public/v1/models",
                false,
            ),
            (
                "openrouter",
                "https://openrouter.ai/api/v1/chat/completions",
                "https://openrouter.ai/api/v1/models",
                false,
            ),
            ("groq", "https://api.groq.com/openai/v1/chat/completions", "https://api.groq.com/openai/v1/models", true),
            ("ollama", "http://localhost:11434/v1/chat/completions", "http://localhost:11434/v1/models", true),
        ] {
            let provider = preset(id);
            assert_eq!(provider.chat_url(), chat);
            let url = models.to_owned();
            assert_eq!(provider.model_list(), ModelListSource { url, with_key });
        }
    }

    #[test]
    fn a_custom_provider_at_a_known_address_speaks_its_dialect() {
        for (url, dialect, cap_field) in [
            ("https://api.cerebras.ai/v1", Dialect::Cerebras, CapField::MaxCompletionTokens),
            ("http://localhost:11434/v1", Dialect::Generic, CapField::MaxTokens),
            ("https://llm.example/v1", Dialect::Generic, CapField::MaxCompletionTokens),
        ] {
            let custom = Provider::custom("x", "Mine", BaseUrl::parse(url).unwrap());
            assert_eq!((custom.dialect, custom.cap_field), (dialect, cap_field), "{url}");
        }
    }
}
