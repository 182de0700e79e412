//! Extracts the text of a piece of an answer, in any shape: strings, parts, parts of parts.

use serde_json::Value;

use crate::{
    chunk::ToolCallDelta,
    json::{count, flag, present, some_text},
};

/// Most levels of nested parts that are read; no server nests deeper.
const DEEPEST: usize = 8;

/// The contents of a `delta` or a `message`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageText {
    pub(crate) reasoning: String,
    pub(crate) content: String,
    pub(crate) calls: Vec<ToolCallDelta>,
}

impl MessageText {
    pub(crate) fn of(part: &Value) -> Self {
        let mut said = Self::default();
        if !part.is_object() {
            said.gather(part, Channel::Content, 0);
            return said;
        }
        for name in ["content", "text", "output_text"] {
            if let Some(content) = present(part, name).filter(|_| said.content.is_empty()) {
                said.gather(content, Channel::Content, 0);
            }
        }
        // Sent instead of an answer when the model declines.
        if let Some(refusal) = some_text(part, "refusal") {
            said.content.push_str(refusal);
        }
        let thought = thought(part);
        // A server that sends reasoning as parts of the content may repeat it in a separate field.
        if thought.starts_with(&said.reasoning) {
            said.reasoning = thought;
        } else if !said.reasoning.starts_with(&thought) {
            said.reasoning.push_str(&thought);
        }
        said.calls = calls(part);
        said
    }

    /// Adds every string of a value.
    fn gather(&mut self, value: &Value, channel: Channel, depth: usize) {
        match value {
            Value::String(text) => match channel {
                Channel::Content => self.content.push_str(text),
                Channel::Reasoning => self.reasoning.push_str(text),
            },
            Value::Number(number) if depth == 0 => self.gather(&number.to_string().into(), channel, depth + 1),
            Value::Array(parts) if depth < DEEPEST => {
                parts.iter().for_each(|part| self.gather(part, channel, depth + 1));
            }
            Value::Object(_) if depth < DEEPEST => self.gather_part(value, channel, depth),
            _ => {}
        }
    }

    fn gather_part(&mut self, part: &Value, channel: Channel, depth: usize) {
        const THOUGHTS: [&str; 5] = ["thinking", "reasoning", "reasoning_content", "thought", "summary"];
        const TEXTS: [&str; 6] = ["text", "content", "value", "output_text", "refusal", "parts"];
        let kind = some_text(part, "type").unwrap_or_default();
        let is = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        if is(&["encrypted", "redacted", "signature", "image", "audio", "video", "file", "tool", "function"]) {
            return;
        }
        let thinks = is(&["thinking", "reasoning", "thought", "summary"]) || flag(part, "thought") == Some(true);
        let channel = if thinks { Channel::Reasoning } else { channel };
        let named = |names: &[&str]| names.iter().find_map(|name| present(part, name).filter(|value| !is_empty(value)));
        if let Some(text) = named(&TEXTS).filter(|_| !thinks) {
            self.gather(text, channel, depth + 1);
        } else if let Some(thought) = named(&THOUGHTS) {
            self.gather(thought, Channel::Reasoning, depth + 1);
        } else if let Some(text) = named(&TEXTS) {
            self.gather(text, channel, depth + 1);
        }
    }
}

#[derive(Clone, Copy)]
enum Channel {
    Content,
    Reasoning,
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(parts) => parts.is_empty(),
        Value::Bool(_) => true,
        _ => false,
    }
}

/// Returns the reasoning beside the content. Servers that send it under several names repeat themselves: it is taken
/// once, from the name with the longest text.
fn thought(part: &Value) -> String {
    const NAMES: [&str; 10] = [
        "reasoning",
        "reasoning_content",
        "thinking",
        "reasoning_text",
        "thinking_content",
        "thought",
        "thoughts",
        "reasoning_summary",
        "reasoning_details",
        "thinking_blocks",
    ];
    let mut found = String::new();
    for value in NAMES.iter().filter_map(|name| present(part, name)) {
        let mut said = MessageText::default();
        match value {
            Value::Number(_) | Value::Bool(_) => {}
            value => said.gather(value, Channel::Reasoning, 0),
        }
        // `{"reasoning": {"content": …}}` has no type to classify it.
        let text = if said.reasoning.is_empty() { said.content } else { said.reasoning };
        if text.starts_with(&found) {
            found = text;
        }
    }
    found
}

fn calls(part: &Value) -> Vec<ToolCallDelta> {
    let list = match part.get("tool_calls") {
        Some(Value::Array(calls)) => calls.as_slice(),
        Some(call @ Value::Object(_)) => std::slice::from_ref(call),
        _ => &[],
    };
    let mut calls: Vec<ToolCallDelta> = (0u64..).zip(list).map(|(place, call)| tool_call(place, call)).collect();
    // The original name of the field, from before tools.
    if let Some(call) = present(part, "function_call").filter(|call| calls.is_empty() && call.is_object()) {
        calls.push(tool_call(0, call));
    }
    calls
}

fn tool_call(place: u64, call: &Value) -> ToolCallDelta {
    let function = present(call, "function").unwrap_or(call);
    let arguments = match function.get("arguments") {
        Some(Value::String(arguments)) => arguments.clone(),
        // Ollama and others send them as JSON, not as a string.
        Some(object @ (Value::Object(_) | Value::Array(_))) => object.to_string(),
        _ => String::new(),
    };
    ToolCallDelta {
        index: count(call, "index").unwrap_or(place),
        id: some_text(call, "id").map(str::to_owned),
        name: some_text(function, "name").map(str::to_owned),
        arguments,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(part: &Value, reasoning: &str, content: &str) {
        let said = MessageText::of(part);
        assert_eq!((said.reasoning.as_str(), said.content.as_str()), (reasoning, content), "{part}");
    }

    #[test]
    fn text_is_found_in_every_shape() {
        for part in [
            json!({"content":"Hello"}),
            json!({"content":["Hel","lo"]}),
            json!({"content":[{"type":"text","text":"Hel"},{"x":1},{"type":"output_text","text":"lo"}]}),
            json!({"content":[{"type":"text","text":{"value":"Hello"}}]}),
            json!({"content":{"type":"text","text":"Hello"}}),
            json!({"content":{"parts":["Hel",{"text":"lo"}]}}),
            json!({"content":null,"text":"Hello"}),
            json!({"content":"","refusal":"Hello"}),
            json!("Hello"),
        ] {
            check(&part, "", "Hello");
        }
        check(&json!({"content":42}), "", "42");
    }

    #[test]
    fn thoughts_are_found_in_every_shape_and_once() {
        for part in [
            json!({"reasoning":"Hm"}),
            json!({"reasoning_content":"Hm"}),
            json!({"thinking":"Hm"}),
            json!({"thinking":{"content":"Hm"}}),
            json!({"reasoning":{"summary":[{"type":"summary_text","text":"Hm"}]}}),
            json!({"reasoning":"Hm","reasoning_content":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm"}]}),
            json!({"reasoning":"H","reasoning_details":[{"type":"reasoning.text","text":"H"},{"text":"m"}]}),
            json!({"reasoning":null,"reasoning_details":[{"type":"reasoning.summary","summary":"Hm"},{"type":"reasoning.encrypted","data":"x"}]}),
            json!({"thinking_blocks":[{"type":"thinking","thinking":"Hm","signature":"s"}]}),
            json!({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}),
            json!({"content":[{"type":"thinking","thinking":"Hm"}],"reasoning_content":"Hm"}),
            json!({"content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"H"},{"text":"m"}]}]}),
            json!({"content":[{"type":"reasoning","text":"Hm"}]}),
            json!({"content":[{"text":"Hm","thought":true}]}),
        ] {
            check(&part, "Hm", "");
        }
        check(&json!({"content":[{"type":"thinking","thinking":"T"},{"type":"text","text":"A"}]}), "T", "A");
    }

    #[test]
    fn what_is_no_text_says_nothing() {
        for part in [
            json!({}),
            json!({"content":null,"reasoning":true,"tool_calls":null}),
            json!({"content":null,"function_call":"auto"}),
            json!({"content":[{"type":"image_url","image_url":{"url":"data:x"}}]}),
            json!({"content":[{"type":"redacted_thinking","data":"x"}]}),
            json!(null),
        ] {
            assert_eq!(MessageText::of(&part), MessageText::default(), "{part}");
        }
        // A number in place of the entire message is shown, as the one exception.
        check(&json!(7), "", "7");
    }

    #[test]
    fn parts_of_parts_are_read_down_to_the_deepest_level() {
        for wrap in [|inner: Value| json!([inner]), |inner: Value| json!({ "text": inner })] {
            let nested = |levels| json!({"content": (0..levels).fold(json!("a"), |inner, _| wrap(inner))});
            check(&nested(DEEPEST), "", "a");
            check(&nested(DEEPEST + 1), "", "");
        }
    }

    #[test]
    fn tool_calls_are_found_in_every_shape() {
        let call = ToolCallDelta { index: 0, id: None, name: Some("f".into()), arguments: "{\"x\":1}".into() };
        for part in [
            json!({"tool_calls":[{"function":{"name":"f","arguments":"{\"x\":1}"}}]}),
            json!({"tool_calls":{"function":{"name":"f","arguments":{"x":1}}}}),
            json!({"tool_calls":[{"name":"f","arguments":{"x":1}}]}),
            json!({"function_call":{"name":"f","arguments":"{\"x\":1}"}}),
            // Servers that write both names write the same call twice.
            json!({"tool_calls":[{"name":"f","arguments":{"x":1}}],"function_call":{"name":"f","arguments":"{\"x\":1}"}}),
        ] {
            assert_eq!(MessageText::of(&part).calls, std::slice::from_ref(&call), "{part}");
        }
    }

    /// Values with the field names under which text is searched.
    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), "[a-z]{0,4}".prop_map(Value::from)];
        leaf.prop_recursive(12, 60, 4, |inner| {
            let name = prop_oneof![
                Just("content"),
                Just("text"),
                Just("thinking"),
                Just("reasoning"),
                Just("type"),
                Just("summary"),
                Just("reasoning_details"),
                Just("tool_calls"),
                Just("function"),
                Just("arguments"),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.prop_map(str::to_owned), inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_shape_makes_it_panic(part in value()) {
            let _ = MessageText::of(&part);
        }
    }
}
