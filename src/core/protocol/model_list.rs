//! Lists of models: OpenAI's shape, Cerebras's public list, OpenRouter's, and what local servers add to them.

use std::{collections::HashSet, fmt};

use headroom_domain::{Capabilities, Model, Price};
use serde_json::Value;

use crate::json::{amount, count, flag, present, some_text};

/// Largest list that is read, in bytes. OpenRouter's, the longest known, is about half a megabyte.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Most models that are kept.
const MOST_MODELS: usize = 5_000;

/// Longest id that is taken, in bytes.
const LONGEST_ID: usize = 256;

/// Most parameter names that are kept of one model.
const MOST_PARAMETERS: usize = 64;

/// The models of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelList {
    /// In the order of the list.
    pub models: Vec<Model>,
    /// Entries that were no models, or came twice, or were one too many.
    pub skipped: usize,
}

/// Why there is no list at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelListError {
    /// More than a list can be.
    TooLarge,
    /// The body is not JSON.
    NotJson,
    /// It is JSON without a list of models.
    NoList,
}

impl fmt::Display for ModelListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "The list of models is too large to be one.",
            Self::NotJson => "What came in place of the list of models is not JSON.",
            Self::NoList => "The answer has no list of models in it.",
        })
    }
}

impl std::error::Error for ModelListError {}

/// Reads the body of a model list. One bad entry does not lose the others.
///
/// # Errors
/// [`ModelListError`] where there is no list to be read.
pub fn read_models(body: &[u8]) -> Result<ModelList, ModelListError> {
    if body.len() > MOST_BYTES {
        return Err(ModelListError::TooLarge);
    }
    let value: Value = std::str::from_utf8(body)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or(ModelListError::NotJson)?;
    let entries = ["data", "models"].iter().find_map(|key| value.get(key)?.as_array());
    let entries = entries.or_else(|| value.as_array()).ok_or(ModelListError::NoList)?;
    let mut list = ModelList::default();
    let mut known = HashSet::new();
    for entry in entries {
        match model(entry) {
            Some(model) if list.models.len() < MOST_MODELS && known.insert(model.id.clone()) => list.models.push(model),
            _ => list.skipped += 1,
        }
    }
    Ok(list)
}

fn model(entry: &Value) -> Option<Model> {
    let id = some_text(entry, "id").filter(|id| id.len() <= LONGEST_ID && !id.contains(char::is_control))?;
    let owned = |key| some_text(entry, key).map(str::to_owned);
    let part = |key| present(entry, key).unwrap_or(&Value::Null);
    let (limits, top, architecture) = (part("limits"), part("top_provider"), part("architecture"));
    Some(Model {
        id: id.to_owned(),
        name: owned("name"),
        owned_by: owned("owned_by"),
        // Cerebras; OpenRouter; Groq; vLLM; llama.cpp (what it was started with, then what it was trained with).
        context_tokens: count(limits, "max_context_length")
            .or_else(|| count(entry, "context_length"))
            .or_else(|| count(top, "context_length"))
            .or_else(|| count(entry, "context_window"))
            .or_else(|| count(entry, "max_model_len"))
            .or_else(|| count(part("meta"), "n_ctx"))
            .or_else(|| count(part("meta"), "n_ctx_train"))
            .filter(|tokens| *tokens > 0),
        max_output_tokens: count(limits, "max_completion_tokens")
            .or_else(|| count(top, "max_completion_tokens"))
            .or_else(|| count(entry, "max_completion_tokens"))
            .filter(|tokens| *tokens > 0),
        price: price(part("pricing")),
        capabilities: capabilities(entry),
        supported_parameters: names(entry, "supported_parameters").take(MOST_PARAMETERS).map(str::to_owned).collect(),
        // Groq says `active: false` of what it has switched off.
        deprecated: flag(entry, "deprecated").unwrap_or(false) || flag(entry, "active") == Some(false),
        preview: flag(entry, "preview").unwrap_or(false),
        hugging_face_id: owned("hugging_face_id"),
        tokenizer: some_text(architecture, "tokenizer").map(str::to_owned),
        requests_per_minute: count(limits, "requests_per_minute"),
        tokens_per_minute: count(limits, "tokens_per_minute"),
    })
}

/// Dollars per token. OpenRouter writes −1 where the price depends on who answers: that is no price.
fn price(pricing: &Value) -> Option<Price> {
    Some(Price { prompt_dollars: amount(pricing, "prompt")?, completion_dollars: amount(pricing, "completion")? })
}

/// Stated outright (Cerebras), or to be seen from the parameters and modalities (OpenRouter).
fn capabilities(entry: &Value) -> Capabilities {
    let stated = |key| entry.get("capabilities").and_then(|capabilities| flag(capabilities, key));
    let has_parameters = entry.get("supported_parameters").is_some_and(Value::is_array);
    let takes = |name| has_parameters.then(|| names(entry, "supported_parameters").any(|known| known == name));
    let modalities = entry.pointer("/architecture/input_modalities").and_then(Value::as_array);
    Capabilities {
        streaming: stated("streaming"),
        tools: stated("tools").or_else(|| takes("tools")),
        vision: stated("vision").or_else(|| modalities.map(|known| known.iter().any(|name| name == "image"))),
        reasoning: stated("reasoning").or_else(|| takes("reasoning")),
        structured_outputs: stated("structured_outputs").or_else(|| takes("structured_outputs")),
    }
}

fn names<'a>(entry: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = entry.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> ModelList {
        read_models(body.as_bytes()).unwrap()
    }

    #[test]
    fn cerebras_says_everything_about_its_models() {
        let list = read(include_str!("fixtures/models_cerebras.json"));
        let gpt = &list.models[0];
        assert_eq!((gpt.id.as_str(), gpt.title()), ("gpt-oss-120b", "OpenAI GPT OSS"));
        assert_eq!(gpt.hugging_face_id.as_deref(), Some("openai/gpt-oss-120b"));
        assert_eq!((gpt.context_tokens, gpt.max_output_tokens), (Some(131_072), Some(40_960)));
        assert_eq!(gpt.price, Some(Price { prompt_dollars: 0.000_000_35, completion_dollars: 0.000_000_75 }));
        assert_eq!((gpt.requests_per_minute, gpt.tokens_per_minute), (Some(1_000), Some(1_000_000)));
        assert_eq!((gpt.capabilities.reasoning, gpt.capabilities.vision), (Some(true), Some(false)));
        assert_eq!((gpt.deprecated, gpt.preview), (false, false));
        assert_eq!(gpt.tokenizer.as_deref(), Some("GPT"));
        assert!(list.models[1].preview);
        assert_eq!((list.models.len(), list.skipped), (2, 0));
    }

    #[test]
    fn openrouter_says_it_in_other_places() {
        let list = read(include_str!("fixtures/models_openrouter.json"));
        let free = &list.models[0];
        assert_eq!((free.context_tokens, free.max_output_tokens), (Some(131_072), None));
        assert_eq!(free.price, Some(Price::default()));
        assert_eq!((free.capabilities.tools, free.capabilities.reasoning), (Some(true), Some(true)));
        assert_eq!(free.capabilities.vision, Some(false));
        assert_eq!(list.models[1].price, None, "a price that depends is no price");
    }

    #[test]
    fn plain_lists_and_what_local_servers_add() {
        for (body, context) in [
            (r#"{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}"#, None),
            (r#"{"data":[{"id":"m","context_window":8192}]}"#, Some(8_192)),
            (r#"{"data":[{"id":"m","max_model_len":4096}]}"#, Some(4_096)),
            (r#"{"data":[{"id":"m","meta":{"n_ctx_train":2048}}]}"#, Some(2_048)),
            (r#"{"models":[{"id":"m"}]}"#, None),
            (r#"[{"id":"m","context_length":0}]"#, None),
        ] {
            let list = read(body);
            assert_eq!((list.models[0].id.as_str(), list.models[0].context_tokens), ("m", context), "{body}");
        }
    }

    #[test]
    fn one_bad_entry_does_not_lose_the_others() {
        let list = read(
            r#"{"data":[null,7,{"id":""},{"id":5},{"id":"a\u0000b"},{"name":"no id"},
                {"id":"good","limits":"none","pricing":[],"capabilities":null,"context_length":"8192"},{"id":"good"}]}"#,
        );
        assert_eq!(list.skipped, 7);
        assert_eq!(list.models.len(), 1);
        assert_eq!((list.models[0].id.as_str(), list.models[0].context_tokens), ("good", Some(8_192)));
    }

    #[test]
    fn what_is_no_list_says_so() {
        for (body, error) in [
            ("", ModelListError::NotJson),
            ("<html>", ModelListError::NotJson),
            ("{}", ModelListError::NoList),
            (r#"{"data":5}"#, ModelListError::NoList),
            ("7", ModelListError::NoList),
        ] {
            assert_eq!(read_models(body.as_bytes()), Err(error), "{body}");
        }
        assert_eq!(read_models(&vec![b' '; MOST_BYTES + 1]), Err(ModelListError::TooLarge));
    }

    #[test]
    fn a_flood_of_models_is_cut_off() {
        let entries: Vec<String> = (0..MOST_MODELS + 3).map(|n| format!(r#"{{"id":"m{n}"}}"#)).collect();
        let list = read(&format!("[{}]", entries.join(",")));
        assert_eq!((list.models.len(), list.skipped), (MOST_MODELS, 3));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_models(&body).is_ok();
        }
    }
}
