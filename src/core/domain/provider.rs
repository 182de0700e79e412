//! Who answers: the providers that are built in, and how to describe another.

use serde::{Deserialize, Serialize};

use crate::origin::{BaseUrl, Origin};

/// Which tongue of the chat-completions API a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Refuses unknown fields, sends flat errors, has a public model list.
    Cerebras,
    /// Allows few headers, states the cost, fails in the middle of a stream.
    OpenRouter,
    /// Its rate-limit headers mean requests a day and tokens a minute.
    Groq,
    /// Any other server that is compatible with OpenAI's.
    #[default]
    Generic,
}

impl Dialect {
    /// Whether an answer that was cut short can be gone on with: the last message is the assistant's own beginning, and
    /// the model continues it. Groq and OpenRouter document this ("assistant prefill"); of the others nothing is said.
    #[must_use]
    pub const fn continues_answers(self) -> bool {
        matches!(self, Self::OpenRouter | Self::Groq)
    }
}

/// The field that carries the cap on the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapField {
    /// Today's name: reasoning counts too.
    #[default]
    MaxCompletionTokens,
    /// The old name, the only one that some local servers know; they pass over the new one in silence.
    MaxTokens,
}

impl CapField {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::MaxCompletionTokens => Self::MaxTokens,
            Self::MaxTokens => Self::MaxCompletionTokens,
        }
    }
}

/// What a provider was found to refuse of the fields that the page sends without being told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldSupport {
    /// It refuses `stream_options`.
    pub no_stream_options: bool,
    /// It knows the cap by this name.
    pub cap_field: Option<CapField>,
}

/// Whether a provider wants a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyNeed {
    /// Nothing works without one.
    Required,
    /// It can be run with one or without.
    Optional,
}

/// Where a provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// On the user's own machine.
    Local,
    /// Elsewhere.
    Remote,
}

/// Someone who answers chat completions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Names it in saved data; never shown.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where its API starts.
    pub base_url: BaseUrl,
    /// How it speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// Which field caps the answer.
    #[serde(default)]
    pub cap_field: CapField,
    /// It refuses `stream_options`, so its figures are not asked for.
    #[serde(skip)]
    pub no_stream_options: bool,
    /// Whether it wants a key.
    pub key_need: KeyNeed,
    /// The page where keys are made, for a link. `None` where there is none or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_page: Option<String>,
}

/// Where to ask for the list of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelListSource {
    /// The address, to be fetched with GET.
    pub url: String,
    /// Whether the key has to go along. Where it need not, it must not: the list also tells "wrong key" from "offline".
    pub with_key: bool,
}

impl Provider {
    /// A provider the user describes. Dialect and cap field follow from the address where it is a known one.
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

    /// The same provider, asked as it was found to want.
    #[must_use]
    pub fn as_found(self, found: FieldSupport) -> Self {
        let cap_field = found.cap_field.unwrap_or(self.cap_field);
        Self { cap_field, no_stream_options: found.no_stream_options, ..self }
    }

    /// Where its requests go, and the only place its key may go.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        self.base_url.origin()
    }

    /// Whether it runs on the user's own machine.
    #[must_use]
    pub fn place(&self) -> Place {
        if self.origin().is_loopback() { Place::Local } else { Place::Remote }
    }

    /// Where chat completions are posted.
    #[must_use]
    pub fn chat_url(&self) -> String {
        self.base_url.endpoint("/chat/completions")
    }

    /// Where it says how an account stands, to whoever has its key; none where that is not known.
    #[must_use]
    pub fn account_url(&self) -> Option<String> {
        (self.dialect == Dialect::OpenRouter).then(|| self.base_url.endpoint("/key"))
    }

    /// Where its models are listed.
    #[must_use]
    pub fn model_list(&self) -> ModelListSource {
        let (url, with_key) = match self.dialect {
            Dialect::Cerebras => (format!("{}/public/v1/models", self.origin()), false),
            Dialect::OpenRouter => (self.base_url.endpoint("/models"), false),
            Dialect::Groq | Dialect::Generic => (self.base_url.endpoint("/models"), true),
        };
        ModelListSource { url, with_key }
    }
}

/// The built-in providers, in the order they are offered.
#[must_use]
pub fn presets() -> Vec<Provider> {
    PRESETS.iter().filter_map(Preset::provider).collect()
}

/// The built-in provider with this id.
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
    /// `None` for an address that does not parse; a test sees to it that all do.
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

/// Addresses as their makers document them.
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
