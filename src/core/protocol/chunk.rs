//! One JSON object of an answer, a chunk of a stream or a whole body, as typed parts.

use headroom_domain::{FinishReason, ServerTiming, Usage};
use serde_json::Value;

use crate::json::{amount, count, present, some_text, text};

/// One thing that an answer said.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// The first word about who answers; once in each answer.
    Started {
        /// The provider's id of the answer.
        id: Option<String>,
        /// The model that answers, as the provider names it.
        model: Option<String>,
    },
    /// More of the answer.
    Content(String),
    /// More of the reasoning.
    Reasoning(String),
    /// More of a tool call.
    ToolCall(ToolCallDelta),
    /// Why it ended.
    Finish(FinishReason),
    /// Token counts and cost; later ones add to earlier ones.
    Usage(Usage),
    /// Times on the provider's side.
    Timing(ServerTiming),
}

/// A fragment of a tool call. Fragments of one call share its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// Which call of the answer it belongs to.
    pub index: u64,
    /// The id; usually in the first fragment only.
    pub id: Option<String>,
    /// The name of the function, or more of it.
    pub name: Option<String>,
    /// More of the arguments.
    pub arguments: String,
}

impl Delta {
    /// Bytes of answer text, tool calls included: what [`headroom_domain::Arrivals::read`] wants to know.
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        match self {
            Self::Content(text) => text.len(),
            Self::ToolCall(call) => call.name.as_ref().map_or(0, String::len) + call.arguments.len(),
            _ => 0,
        }
    }

    /// Bytes of reasoning text.
    #[must_use]
    pub fn reasoning_bytes(&self) -> usize {
        match self {
            Self::Reasoning(text) => text.len(),
            _ => 0,
        }
    }
}

/// Who answers, if the chunk says so.
pub(crate) fn started(chunk: &Value) -> Option<Delta> {
    let (id, model) = (some_text(chunk, "id"), some_text(chunk, "model"));
    (id.is_some() || model.is_some())
        .then(|| Delta::Started { id: id.map(str::to_owned), model: model.map(str::to_owned) })
}

/// Everything a chunk says, in the order text, finish, usage, timing. Only the first choice is read: no other is ever
/// asked for.
pub(crate) fn deltas(chunk: &Value, out: &mut Vec<Delta>) {
    let choices = chunk.get("choices").and_then(Value::as_array);
    let first = choices.and_then(|choices| choices.iter().find(|choice| count(choice, "index").unwrap_or(0) == 0));
    if let Some(choice) = first {
        // A whole answer has a `message` where a chunk has a `delta`; what is in them has the same names.
        if let Some(part) = present(choice, "delta").or_else(|| present(choice, "message")) {
            said(part, out);
        }
        if let Some(reason) = some_text(choice, "finish_reason") {
            out.push(Delta::Finish(reason.to_owned().into()));
        }
    }
    let usage = usage(chunk);
    if !usage.is_empty() {
        out.push(Delta::Usage(usage));
    }
    let timing = timing(chunk);
    if !timing.is_empty() {
        out.push(Delta::Timing(timing));
    }
}

fn said(part: &Value, out: &mut Vec<Delta>) {
    // Two names for one thing; servers that send both repeat themselves.
    if let Some(reasoning) = some_text(part, "reasoning").or_else(|| some_text(part, "reasoning_content")) {
        out.push(Delta::Reasoning(reasoning.to_owned()));
    }
    match part.get("content") {
        Some(Value::String(content)) if !content.is_empty() => out.push(Delta::Content(content.clone())),
        // Content in parts: the texts among them.
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| some_text(part, "text"));
            out.extend(texts.map(|content| Delta::Content(content.to_owned())));
        }
        _ => {}
    }
    // What a model says instead of an answer when it declines.
    if let Some(refusal) = some_text(part, "refusal") {
        out.push(Delta::Content(refusal.to_owned()));
    }
    let calls = part.get("tool_calls").and_then(Value::as_array);
    for (place, call) in (0u64..).zip(calls.into_iter().flatten()) {
        out.push(Delta::ToolCall(tool_call(place, call)));
    }
}

fn tool_call(place: u64, call: &Value) -> ToolCallDelta {
    let function = call.get("function").unwrap_or(&Value::Null);
    let arguments = match function.get("arguments") {
        Some(Value::String(arguments)) => arguments.clone(),
        // Ollama and others send them as JSON, not as text.
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => String::new(),
    };
    ToolCallDelta {
        index: count(call, "index").unwrap_or(place),
        id: some_text(call, "id").map(str::to_owned),
        name: some_text(function, "name").map(str::to_owned),
        arguments,
    }
}

/// Usage wherever a provider puts it. llama.cpp's `timings` know the least, so they speak first.
fn usage(chunk: &Value) -> Usage {
    let timings = chunk.get("timings").map(usage_of_timings).unwrap_or_default();
    let groq = chunk.get("x_groq").and_then(|groq| groq.get("usage"));
    [groq, chunk.get("usage")].into_iter().flatten().map(usage_of).fold(timings, Usage::updated_by)
}

fn usage_of(usage: &Value) -> Usage {
    let detail = |of: &str, key: &str| usage.get(of).and_then(|details| count(details, key));
    Usage {
        prompt_tokens: count(usage, "prompt_tokens"),
        completion_tokens: count(usage, "completion_tokens"),
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens"),
        cached_tokens: detail("prompt_tokens_details", "cached_tokens")
            // DeepSeek's own name.
            .or_else(|| count(usage, "prompt_cache_hit_tokens")),
        cost_dollars: amount(usage, "cost"),
    }
}

/// llama.cpp counts in `prompt_n` only what it had to read, and in `cache_n` what it still knew.
fn usage_of_timings(timings: &Value) -> Usage {
    let (read, cached) = (count(timings, "prompt_n"), count(timings, "cache_n"));
    Usage {
        prompt_tokens: read.map(|read| read.saturating_add(cached.unwrap_or(0))),
        completion_tokens: count(timings, "predicted_n"),
        cached_tokens: cached,
        ..Usage::default()
    }
}

fn timing(chunk: &Value) -> ServerTiming {
    let llama = chunk.get("timings").map(|timings| {
        let seconds = |key| amount(timings, key).map(|ms| ms / 1_000.0);
        ServerTiming {
            prompt_seconds: seconds("prompt_ms"),
            completion_seconds: seconds("predicted_ms"),
            ..ServerTiming::default()
        }
    });
    let groq = chunk.get("x_groq").and_then(|groq| groq.get("usage"));
    // Groq puts the times among the token counts, in a stream and in a whole answer.
    [groq, chunk.get("usage"), chunk.get("time_info")]
        .into_iter()
        .flatten()
        .map(|times| ServerTiming {
            queue_seconds: amount(times, "queue_time"),
            prompt_seconds: amount(times, "prompt_time"),
            completion_seconds: amount(times, "completion_time"),
            total_seconds: amount(times, "total_time"),
        })
        .fold(llama.unwrap_or_default(), ServerTiming::updated_by)
}

/// Whether an object is a piece of an answer at all, and not something else that happens to be JSON.
pub(crate) fn is_answer(value: &Value) -> bool {
    value.get("choices").is_some_and(Value::is_array)
        || value.get("usage").is_some_and(Value::is_object)
        || text(value, "object").is_some_and(|object| object.starts_with("chat.completion"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(chunk: &Value, expected: &[Delta]) {
        let mut found = Vec::new();
        deltas(chunk, &mut found);
        assert_eq!(found, expected, "{chunk}");
    }

    fn content(text: &str) -> Delta {
        Delta::Content(text.into())
    }

    #[test]
    fn text_is_found_under_each_of_its_names() {
        check(&json!({"choices":[{"delta":{"content":"a"}}]}), &[content("a")]);
        check(&json!({"choices":[{"message":{"content":"a"}}]}), &[content("a")]);
        check(&json!({"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"x":1}]}}]}), &[content("a")]);
        check(&json!({"choices":[{"delta":{"refusal":"no"}}]}), &[content("no")]);
        for name in ["reasoning", "reasoning_content"] {
            check(&json!({"choices":[{"delta":{name:"hm"}}]}), &[Delta::Reasoning("hm".into())]);
        }
        check(
            &json!({"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}),
            &[Delta::Reasoning("hm".into())],
        );
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        for chunk in [
            json!({}),
            json!({"choices":[]}),
            json!({"choices":null,"usage":null,"time_info":null,"x_groq":{"id":"req_1"}}),
            json!({"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}),
            json!({"choices":[{"delta":{"content":"","tool_calls":null},"finish_reason":""}]}),
            json!({"choices":[{"delta":7}]}),
            json!({"choices":[7, null]}),
            json!({"choices":[{"index":1,"delta":{"content":"another choice"}}]}),
            json!({"usage":[1],"timings":"fast","future":{"field":1}}),
            json!([1, 2]),
        ] {
            check(&chunk, &[]);
        }
    }

    #[test]
    fn usage_is_found_wherever_a_provider_puts_it() {
        let both = Usage { prompt_tokens: Some(10), completion_tokens: Some(5), ..Usage::default() };
        let counts = json!({"prompt_tokens":10,"completion_tokens":5,"total_tokens":15});
        check(&json!({"choices":[],"usage":counts}), &[Delta::Usage(both)]);
        check(&json!({"choices":[],"x_groq":{"usage":counts}}), &[Delta::Usage(both)]);
        let cached = Usage { cached_tokens: Some(4), ..both };
        check(&json!({"timings":{"prompt_n":6,"cache_n":4,"predicted_n":5}}), &[Delta::Usage(cached)]);
        check(
            &json!({"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},
                "completion_tokens_details":{"reasoning_tokens":3},"cost":0.000_95}}),
            &[Delta::Usage(Usage { reasoning_tokens: Some(3), cost_dollars: Some(0.000_95), ..cached })],
        );
    }

    #[test]
    fn times_are_seconds_whoever_sends_them() {
        let timing =
            ServerTiming { prompt_seconds: Some(0.25), completion_seconds: Some(1.5), ..ServerTiming::default() };
        check(&json!({"time_info":{"prompt_time":0.25,"completion_time":1.5}}), &[Delta::Timing(timing)]);
        check(&json!({"timings":{"prompt_ms":250.0,"predicted_ms":1500}}), &[Delta::Timing(timing)]);
        check(
            &json!({"x_groq":{"usage":{"prompt_time":0.25,"completion_time":1.5,"queue_time":-1}}}),
            &[Delta::Timing(timing)],
        );
    }
}
