//! Models as described by their providers.

use serde::{Deserialize, Serialize};

/// A model as its provider describes it. Only the id is certain; the rest is what the list states.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its id in requests.
    pub id: String,
    /// Its display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
    /// The most tokens of prompt and answer together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// The most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The price of its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Its capabilities.
    pub capabilities: Capabilities,
    /// The request fields it accepts, if the list states them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supported_parameters: Vec<String>,
    /// The provider is about to retire it.
    pub deprecated: bool,
    /// It may change or be removed without notice.
    pub preview: bool,
    /// Its repository on Hugging Face (`openai/gpt-oss-120b`), which identifies the tokenizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hugging_face_id: Option<String>,
    /// The tokenizer family as the list names it; a hint, not a vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
    /// Requests per minute, if the public list states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,
    /// Tokens per minute, if the public list states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u64>,
}

/// The price of tokens, in US dollars per token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// One token of the prompt.
    pub prompt_dollars: f64,
    /// One token of the answer, including reasoning.
    pub completion_dollars: f64,
}

/// The capabilities of a model; `None` if the list does not state it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Streams token by token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streaming: Option<bool>,
    /// Calls tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<bool>,
    /// Accepts images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vision: Option<bool>,
    /// Thinks before it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    /// Follows a JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_outputs: Option<bool>,
}

impl Model {
    /// Creates a model of which only the id is known.
    #[must_use]
    pub fn named(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Returns the name to show.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

impl Price {
    /// Returns the cost of these tokens, in US dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^52")]
    pub fn of(&self, prompt_tokens: u64, completion_tokens: u64) -> f64 {
        prompt_tokens as f64 * self.prompt_dollars + completion_tokens as f64 * self.completion_dollars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_cost_what_the_price_list_says() {
        // gpt-oss-120b at Cerebras: $0.35 in and $0.75 out per million.
        let price = Price { prompt_dollars: 0.000_000_35, completion_dollars: 0.000_000_75 };
        assert!((price.of(1_000_000, 1_000_000) - 1.10).abs() < 1e-9);
    }

    #[test]
    fn a_saved_model_of_an_older_version_still_loads() {
        let model: Model = serde_json::from_str(r#"{"id":"gpt-oss-120b","field_of_the_future":1}"#).unwrap();
        assert_eq!(model, Model::named("gpt-oss-120b"));
        assert_eq!(model.title(), "gpt-oss-120b");
    }
}
