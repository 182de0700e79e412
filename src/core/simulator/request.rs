//! Parses a request body as strictly as its dialect does.

mod fields;

use serde_json::{Map, Value};

use crate::{profile::Effort, shape::Shape};
use fields::{boolean, list, number, refused, text, whole};

/// A body rejected with 400: a sentence, the field it is about, and the error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRequest {
    pub(crate) message: String,
    pub(crate) param: String,
    pub(crate) code: &'static str,
}

/// A chat completion request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChatRequest {
    pub(crate) model: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) cap: Option<u64>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) stop: Vec<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) effort: Option<Effort>,
    pub(crate) reasoning: ReasoningFormat,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    pub(crate) format: ResponseFormat,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `system` or `developer`.
    System,
    User,
    Assistant,
    Tool,
}

/// Where the reasoning is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReasoningFormat {
    /// In its own field.
    Parsed,
    /// In the content, between `<think>` and `</think>`.
    Raw,
    /// Nowhere; it is still counted.
    Hidden,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    Auto,
    None,
    Named(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResponseFormat {
    Text,
    JsonObject,
    JsonSchema(Value),
}

impl ChatRequest {
    /// The text of the user's last message.
    pub(crate) fn last_user_text(&self) -> &str {
        let from_user = |message: &&Message| message.role == Role::User;
        let last = self.messages.iter().rev().find(from_user);
        last.map(|message| message.text.as_str()).unwrap_or_default()
    }

    pub(crate) fn parse(body: &[u8], shape: Shape) -> Result<Self, BadRequest> {
        let value: Value =
            serde_json::from_slice(body).map_err(|why| refused("body", format!("The body is not JSON: {why}.")))?;
        let Value::Object(map) = value else {
            return Err(refused("body", "The body must be a JSON object."));
        };
        if let Some(known) = shape.known_fields()
            && let Some(unknown) = map.keys().find(|name| !known.contains(&name.as_str()))
        {
            return Err(BadRequest {
                message: format!("body.{unknown}: property '{unknown}' is unsupported"),
                param: unknown.clone(),
                code: "wrong_api_format",
            });
        }
        check_ranges(&map)?;
        let model = text(&map, "model")?.ok_or_else(|| refused("model", "Field required: model."))?;
        let stream = boolean(&map, "stream")?.unwrap_or(false);
        let request = Self {
            model,
            messages: messages(&map, shape)?,
            cap: cap(&map)?,
            stream,
            include_usage: include_usage(&map, stream)?,
            stop: stop(&map)?,
            seed: seed(&map)?,
            effort: effort(&map)?,
            reasoning: reasoning_format(&map)?,
            tools: tools(&map)?,
            tool_choice: tool_choice(&map)?,
            format: response_format(&map)?,
        };
        if request.format == ResponseFormat::JsonObject && stream && shape == Shape::Cerebras {
            return Err(refused("response_format", "json_object cannot be used with stream."));
        }
        Ok(request)
    }
}

fn check_ranges(map: &Map<String, Value>) -> Result<(), BadRequest> {
    for (name, least, most) in [
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
        ("top_logprobs", 0, 20),
    ] {
        if let Some(value) = number(map, name)?
            && !(f64::from(least)..=f64::from(most)).contains(&value)
        {
            return Err(refused(name, format!("{name} must be between {least} and {most}.")));
        }
    }
    boolean(map, "logprobs")?;
    boolean(map, "parallel_tool_calls")?;
    text(map, "user")?;
    Ok(())
}

fn messages(map: &Map<String, Value>, shape: Shape) -> Result<Vec<Message>, BadRequest> {
    let listed = list(map, "messages")?.ok_or_else(|| refused("messages", "Field required: messages."))?;
    if listed.is_empty() {
        return Err(refused("messages", "messages must not be empty."));
    }
    listed.iter().enumerate().map(|(at, message)| self::message(at, message, shape)).collect()
}

const MESSAGE_FIELDS: &[&str] = &["role", "content", "name", "tool_calls", "tool_call_id", "reasoning"];

fn message(at: usize, value: &Value, shape: Shape) -> Result<Message, BadRequest> {
    let place = format!("messages.{at}");
    let Value::Object(map) = value else {
        return Err(refused(&place, format!("{place} must be an object.")));
    };
    if shape.known_fields().is_some()
        && let Some(unknown) = map.keys().find(|name| !MESSAGE_FIELDS.contains(&name.as_str()))
    {
        return Err(BadRequest {
            message: format!("{place}.{unknown}: property '{place}.{unknown}' is unsupported"),
            param: format!("{place}.{unknown}"),
            code: "wrong_api_format",
        });
    }
    let role = match map.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("tool") => Role::Tool,
        other => {
            let sentence = format!("{place}.role: {} is no role.", other.unwrap_or("nothing"));
            return Err(refused(&format!("{place}.role"), sentence));
        }
    };
    let mut content = content(&place, map.get("content"))?;
    match map.get("tool_calls") {
        None | Some(Value::Null) => {}
        // The calls of earlier turns are part of the prompt, so they are counted like text.
        Some(Value::Array(calls)) if role == Role::Assistant => {
            for call in calls {
                content.push_str(&call.to_string());
            }
        }
        Some(_) => {
            return Err(refused(&place, format!("{place}.tool_calls must be a list of the assistant.")));
        }
    }
    if role == Role::Tool && !map.get("tool_call_id").is_some_and(Value::is_string) {
        return Err(refused(&place, format!("{place}.tool_call_id is required.")));
    }
    if role == Role::User && content.is_empty() && shape == Shape::Cerebras {
        return Err(refused(&place, format!("{place}.content must not be empty.")));
    }
    Ok(Message { role, text: content })
}

fn content(place: &str, value: Option<&Value>) -> Result<String, BadRequest> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let mut whole = String::new();
            for part in parts {
                let text = part.get("text").and_then(Value::as_str);
                match (part.get("type").and_then(Value::as_str), text) {
                    (Some("text"), Some(text)) => whole.push_str(text),
                    _ => {
                        return Err(refused(place, format!("{place}.content: only text parts are supported.")));
                    }
                }
            }
            Ok(whole)
        }
        Some(_) => Err(refused(place, format!("{place}.content must be a string or a list of parts."))),
    }
}

fn cap(map: &Map<String, Value>) -> Result<Option<u64>, BadRequest> {
    for name in ["max_completion_tokens", "max_tokens"] {
        match whole(map, name)? {
            Some(0) => return Err(refused(name, format!("{name} must be at least 1."))),
            // -1 is how some clients say "no cap".
            Some(cap) => return Ok(u64::try_from(cap).ok()),
            None => {}
        }
    }
    Ok(None)
}

fn include_usage(map: &Map<String, Value>, stream: bool) -> Result<bool, BadRequest> {
    match map.get("stream_options") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Object(_)) if !stream => Err(refused("stream_options", "stream_options needs stream.")),
        Some(Value::Object(options)) => Ok(boolean(options, "include_usage")?.unwrap_or(false)),
        Some(_) => Err(refused("stream_options", "stream_options must be an object.")),
    }
}

fn stop(map: &Map<String, Value>) -> Result<Vec<String>, BadRequest> {
    let wrong = || refused("stop", "stop must be a string or at most 4 strings, none empty.");
    match map.get("stop") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(one)) if !one.is_empty() => Ok(vec![one.clone()]),
        Some(Value::Array(several)) if several.len() <= 4 => several
            .iter()
            .map(|one| one.as_str().filter(|one| !one.is_empty()).map(str::to_owned).ok_or_else(wrong))
            .collect(),
        Some(_) => Err(wrong()),
    }
}

fn seed(map: &Map<String, Value>) -> Result<Option<u64>, BadRequest> {
    Ok(whole(map, "seed")?.map(i64::cast_unsigned))
}

fn effort(map: &Map<String, Value>) -> Result<Option<Effort>, BadRequest> {
    match text(map, "reasoning_effort")?.as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(Effort::None)),
        Some("low") => Ok(Some(Effort::Low)),
        Some("medium") => Ok(Some(Effort::Medium)),
        Some("high") => Ok(Some(Effort::High)),
        Some(other) => Err(refused("reasoning_effort", format!("reasoning_effort: {other} is no effort."))),
    }
}

fn reasoning_format(map: &Map<String, Value>) -> Result<ReasoningFormat, BadRequest> {
    match text(map, "reasoning_format")?.as_deref() {
        None | Some("none" | "parsed" | "text_parsed") => Ok(ReasoningFormat::Parsed),
        Some("raw") => Ok(ReasoningFormat::Raw),
        Some("hidden") => Ok(ReasoningFormat::Hidden),
        Some(other) => Err(refused("reasoning_format", format!("reasoning_format: {other} is no format."))),
    }
}

fn tools(map: &Map<String, Value>) -> Result<Vec<Tool>, BadRequest> {
    let tool = |(at, value): (usize, &Value)| {
        let function = value.get("function").filter(|_| value.get("type") == Some(&"function".into()));
        let name = function.and_then(|function| function.get("name")).and_then(Value::as_str);
        let (Some(function), Some(name)) = (function, name) else {
            return Err(refused("tools", format!("tools.{at} must be a function with a name.")));
        };
        Ok(Tool {
            name: name.to_owned(),
            description: function.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            parameters: function.get("parameters").cloned().unwrap_or_default(),
        })
    };
    list(map, "tools")?.unwrap_or_default().iter().enumerate().map(tool).collect()
}

fn tool_choice(map: &Map<String, Value>) -> Result<ToolChoice, BadRequest> {
    let wrong = || refused("tool_choice", "tool_choice must be none, auto, required or a function.");
    match map.get("tool_choice") {
        None | Some(Value::Null) => Ok(ToolChoice::Auto),
        Some(Value::String(word)) => match word.as_str() {
            "none" => Ok(ToolChoice::None),
            "auto" | "required" => Ok(ToolChoice::Auto),
            _ => Err(wrong()),
        },
        Some(choice) => {
            let name = choice.get("function").and_then(|function| function.get("name"));
            let name = name.and_then(Value::as_str).ok_or_else(wrong)?;
            Ok(ToolChoice::Named(name.to_owned()))
        }
    }
}

fn response_format(map: &Map<String, Value>) -> Result<ResponseFormat, BadRequest> {
    let wrong =
        || refused("response_format", "response_format must be text, json_object or json_schema with a schema.");
    let Some(format) = map.get("response_format").filter(|format| !format.is_null()) else {
        return Ok(ResponseFormat::Text);
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(ResponseFormat::Text),
        Some("json_object") => Ok(ResponseFormat::JsonObject),
        Some("json_schema") => {
            let schema = format.get("json_schema").and_then(|schema| schema.get("schema"));
            Ok(ResponseFormat::JsonSchema(schema.cloned().ok_or_else(wrong)?))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests;
