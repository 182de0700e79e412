//! Parses model lists: OpenAI's shape, Cerebras's public list, OpenRouter's, and the extensions of local servers.

use std::{collections::HashSet, fmt};

use headroom_domain::{Capabilities, Failure, FailureKind, KeyMask, Model, Phase, Price};
use serde_json::Value;

use crate::{
    classify::{failure_in_answer, failure_of_page},
    json::{amount, count, flag, present, some_text},
    json_repair::document,
};

/// Largest list that is read, in bytes. OpenRouter's, the longest known, is about half a megabyte.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Most models that are kept.
const MOST_MODELS: usize = 5_000;

/// Longest id that is accepted, in bytes.
const LONGEST_ID: usize = 256;

/// Most parameter names that are kept per model.
const MOST_PARAMETERS: usize = 64;

/// The models of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelList {
    /// The models, in the order of the list.
    pub models: Vec<Model>,
    /// Entries that were not models, were duplicates, or exceeded the limit.
    pub skipped: usize,
}

impl ModelList {
    /// Returns the list without a key that it repeats: a model whose name contains the key is left out.
    #[must_use]
    pub fn redacted(mut self, mask: &KeyMask) -> Self {
        self.models.retain(|model| !mask.is_in(&model.id));
        for model in &mut self.models {
            let texts = [&mut model.name, &mut model.owned_by, &mut model.hugging_face_id, &mut model.tokenizer];
            for text in texts.into_iter().flatten().chain(&mut model.supported_parameters) {
                *text = mask.text(text).into_owned();
            }
        }
        self
    }
}

/// Why there is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelListError {
    /// The body is larger than any list.
    TooLarge,
    /// The body is not JSON.
    NotJson,
    /// The body is JSON without a list of models.
    NoList,
    /// The list contains no model.
    Empty,
    /// The body is an error, or a web page.
    Refused(Box<Failure>),
}

impl From<ModelListError> for Failure {
    fn from(error: ModelListError) -> Self {
        match error {
            ModelListError::Refused(failure) => *failure,
            ModelListError::Empty => Self::new(FailureKind::Empty, Phase::InBody).with_message(&error.to_string()),
            _ => Self::new(FailureKind::BadStream, Phase::InBody).with_message(&error.to_string()),
        }
    }
}

impl fmt::Display for ModelListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "The model list is larger than 8 MB, the most that is read.",
            Self::NotJson => "The response is not a model list.",
            Self::NoList => "The response has no model list in it.",
            Self::Empty => "The model list is empty.",
            Self::Refused(failure) => {
                failure.message.as_deref().unwrap_or("The request for the model list was refused.")
            }
        })
    }
}

impl std::error::Error for ModelListError {}

/// Parses the body of a model list. One bad entry does not lose the others.
///
/// # Errors
/// [`ModelListError`] if there is no readable list.
pub fn read_models(body: &[u8]) -> Result<ModelList, ModelListError> {
    if body.len() > MOST_BYTES {
        return Err(ModelListError::TooLarge);
    }
    let text = String::from_utf8_lossy(body);
    let refused = |failure: Failure| ModelListError::Refused(Box::new(failure));
    let value = document(&text)
        .ok_or_else(|| failure_of_page(&text, Phase::InBody).map_or(ModelListError::NotJson, refused))?;
    let Some(entries) = entries(&value, 0) else {
        return Err(failure_in_answer(&value, Phase::InBody).map_or(ModelListError::NoList, refused));
    };
    let mut list = ModelList::default();
    let mut known = HashSet::new();
    let nothing = entries.is_empty();
    for (name, entry) in entries {
        match model(name, entry) {
            Some(model) if list.models.len() < MOST_MODELS && known.insert(model.id.clone()) => list.models.push(model),
            _ => list.skipped += 1,
        }
    }
    match (list.models.is_empty(), nothing) {
        (true, true) => Err(ModelListError::Empty),
        (true, false) => Err(ModelListError::NoList),
        _ => Ok(list),
    }
}

/// Where servers put the list, the usual place first.
const PLACES: [&str; 5] = ["data", "models", "result", "results", "items"];

/// Returns the entries of the list, each with its name if the list is an object.
fn entries(value: &Value, depth: usize) -> Option<Vec<(Option<&str>, &Value)>> {
    if let Some(list) = value.as_array() {
        return Some(list.iter().map(|entry| (None, entry)).collect());
    }
    let object = value.as_object().filter(|_| depth < 3)?;
    let mut places = PLACES.iter().filter_map(|place| entries(object.get(*place)?, depth + 1)).peekable();
    // Of several lists, the first that is not empty.
    if let Some(first) = places.peek().cloned() {
        return Some(places.find(|entries| !entries.is_empty()).unwrap_or(first));
    }
    // Objects keyed by id; a single model contains its name instead.
    let by_id = !object.is_empty() && object.values().all(Value::is_object) && present(value, "error").is_none();
    by_id.then(|| object.iter().map(|(name, entry)| (Some(name.as_str()), entry)).collect())
}

/// Returns the id of an entry: its own, or its key in the object. A display name is not an id.
fn id_of<'a>(name: Option<&'a str>, entry: &'a Value) -> Option<&'a str> {
    const NAMES: [&str; 6] = ["id", "model", "name", "key", "slug", "model_name"];
    let own = entry.as_str().or_else(|| NAMES.iter().find_map(|name| some_text(entry, name)));
    // If the list is an object, requests use the key of the entry.
    let id = some_text(entry, "id").or(name).or(own)?;
    let is_name = !id.is_empty() && id.len() <= LONGEST_ID && !id.contains(char::is_control);
    (is_name && (some_text(entry, "id").is_some() || !id.contains(char::is_whitespace))).then_some(id)
}

fn model(name: Option<&str>, entry: &Value) -> Option<Model> {
    let id = id_of(name, entry)?;
    let owned = |key| some_text(entry, key).map(str::to_owned);
    let part = |key| present(entry, key).unwrap_or(&Value::Null);
    let (limits, top, architecture) = (part("limits"), part("top_provider"), part("architecture"));
    let first = |names: &[&str]| names.iter().find_map(|name| count(entry, name));
    Some(Model {
        id: id.to_owned(),
        name: owned("name").or_else(|| owned("display_name")).or_else(|| owned("displayName")),
        owned_by: owned("owned_by"),
        // Cerebras; OpenRouter; Groq; vLLM; LM Studio; Google; llama.cpp (context at startup, then from training).
        context_tokens: count(limits, "max_context_length")
            .or_else(|| count(entry, "context_length"))
            .or_else(|| count(top, "context_length"))
            .or_else(|| first(&["context_window", "max_model_len", "max_context_length", "inputTokenLimit"]))
            .or_else(|| count(part("meta"), "n_ctx"))
            .or_else(|| count(part("meta"), "n_ctx_train"))
            .filter(|tokens| *tokens > 0),
        max_output_tokens: count(limits, "max_completion_tokens")
            .or_else(|| count(top, "max_completion_tokens"))
            .or_else(|| first(&["max_completion_tokens", "outputTokenLimit"]))
            .filter(|tokens| *tokens > 0),
        price: price(part("pricing")),
        capabilities: capabilities(entry),
        supported_parameters: names(entry, "supported_parameters").take(MOST_PARAMETERS).map(str::to_owned).collect(),
        // Groq states `active: false` for models it has switched off.
        deprecated: flag(entry, "deprecated").unwrap_or(false) || flag(entry, "active") == Some(false),
        preview: flag(entry, "preview").unwrap_or(false),
        hugging_face_id: owned("hugging_face_id"),
        tokenizer: some_text(architecture, "tokenizer").map(str::to_owned),
        requests_per_minute: count(limits, "requests_per_minute"),
        tokens_per_minute: count(limits, "tokens_per_minute"),
    })
}

/// Returns dollars per token. OpenRouter writes −1 if the price depends on the upstream provider: that is not a price.
fn price(pricing: &Value) -> Option<Price> {
    Some(Price { prompt_dollars: amount(pricing, "prompt")?, completion_dollars: amount(pricing, "completion")? })
}

/// Returns capabilities: stated explicitly (Cerebras), or derived from the parameters and modalities (OpenRouter).
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
#[path = "model_list_tests.rs"]
mod tests;
