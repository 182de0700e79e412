//! Parses one JSON object of a response, a stream chunk or a complete body, into typed parts.

use headroom_domain::{FinishMeaning, FinishReason, ServerTiming, Usage};
use serde_json::Value;

use crate::{
    json::{count, present, some_text, text},
    message_text::MessageText,
    usage::{timing, usage},
};

/// One piece of information in a response.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Identifies the response; sent once, first.
    Started {
        /// The provider's id of the response.
        id: Option<String>,
        /// The model that responds, as the provider names it.
        model: Option<String>,
    },
    /// More of the answer.
    Content(String),
    /// More of the reasoning.
    Reasoning(String),
    /// All content so far was reasoning: only the end of the reasoning was marked. Append it to the
    /// reasoning, without its first `skip` bytes, which are markup, and without the white space around it.
    ContentWasReasoning {
        /// Bytes of markup at the start of the content.
        skip: usize,
    },
    /// More of a tool call.
    ToolCall(ToolCallDelta),
    /// Why the response ended.
    Finish(FinishReason),
    /// Token counts and cost; later ones add to earlier ones.
    Usage(Usage),
    /// Timings measured by the provider.
    Timing(ServerTiming),
}

/// A fragment of a tool call. Fragments of one call share its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// Which call of the response it belongs to.
    pub index: u64,
    /// The id; usually only in the first fragment.
    pub id: Option<String>,
    /// The name of the function, or more of it.
    pub name: Option<String>,
    /// More of the arguments.
    pub arguments: String,
}

impl Delta {
    /// Returns the bytes of answer text, tool calls included: the input of [`headroom_domain::Arrivals::read`].
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        match self {
            Self::Content(text) => text.len(),
            Self::ToolCall(call) => call.name.as_ref().map_or(0, String::len) + call.arguments.len(),
            _ => 0,
        }
    }

    /// Returns the bytes of reasoning text.
    #[must_use]
    pub fn reasoning_bytes(&self) -> usize {
        match self {
            Self::Reasoning(text) => text.len(),
            _ => 0,
        }
    }
}

/// Applies [`Delta::ContentWasReasoning`]: moves `content` from byte `from` to `reasoning`.
pub fn move_to_reasoning(content: &mut String, reasoning: &mut String, from: usize, skip: usize) {
    let moved = content.get(from.saturating_add(skip)..).unwrap_or_default().trim();
    if !moved.is_empty() && !reasoning.is_empty() {
        reasoning.push_str("\n\n");
    }
    reasoning.push_str(moved);
    content.truncate(from);
}

/// Everything in a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chunk {
    /// More of the answer.
    pub(crate) delta: Option<MessageText>,
    /// The answer so far, or the complete answer in a response that is not a stream.
    pub(crate) message: Option<MessageText>,
    /// Why the response ended.
    pub(crate) finish: Option<FinishReason>,
    /// The finish reason of the upstream provider, where an aggregator passes it on.
    pub(crate) native_finish: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) timing: ServerTiming,
}

impl Chunk {
    /// Reads a chunk. Only the first choice is read: requests never ask for more than one.
    pub(crate) fn of(chunk: &Value) -> Self {
        let choices = chunk.get("choices").and_then(Value::as_array);
        let first = choices.and_then(|choices| choices.iter().find(|choice| count(choice, "index").unwrap_or(0) == 0));
        let choice = first.unwrap_or(&Value::Null);
        let delta = present(choice, "delta").or_else(|| present(choice, "text"));
        let native_finish = some_text(choice, "native_finish_reason").map(str::to_owned);
        Self {
            delta: delta.filter(|delta| delta.is_object() || delta.is_string()).map(MessageText::of),
            message: present(choice, "message").map(MessageText::of),
            finish: some_text(choice, "finish_reason").map(|word| finish(word, native_finish.as_deref())),
            native_finish,
            usage: usage(chunk, choice),
            timing: timing(chunk),
        }
    }
}

/// Returns the more specific reason. Aggregators report reasons they do not know as `stop`.
fn finish(word: &str, native: Option<&str>) -> FinishReason {
    let reason = FinishReason::from(word.to_owned());
    let native = native.map(|native| FinishReason::from(native.to_owned()));
    let says_more = |native: &FinishReason| {
        reason.meaning() == FinishMeaning::Complete
            && matches!(native.meaning(), FinishMeaning::Cut | FinishMeaning::Filtered | FinishMeaning::Failed)
    };
    native.filter(says_more).unwrap_or(reason)
}

/// Returns who responds, if the chunk says so.
pub(crate) fn started(chunk: &Value) -> Option<Delta> {
    let (id, model) = (some_text(chunk, "id"), some_text(chunk, "model"));
    (id.is_some() || model.is_some())
        .then(|| Delta::Started { id: id.map(str::to_owned), model: model.map(str::to_owned) })
}

/// Returns the chunk inside a gateway's envelope: `{"code": 0, "data": {"choices": …}}`.
pub(crate) fn wrapped(value: &Value) -> Option<&Value> {
    let inner = ["data", "result", "response", "output"].iter().find_map(|name| value.get(name))?;
    (value.get("choices").is_none() && inner.get("choices").is_some_and(Value::is_array)).then_some(inner)
}

/// Returns whether an object is part of a response, rather than unrelated JSON.
pub(crate) fn is_answer(value: &Value) -> bool {
    value.get("choices").is_some_and(Value::is_array)
        || value.get("usage").is_some_and(Value::is_object)
        || text(value, "object").is_some_and(|object| object.starts_with("chat.completion"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_text::tests::value;
    use proptest::prelude::*;
    use serde_json::json;

    fn content(text: &str) -> Option<MessageText> {
        Some(MessageText { content: text.into(), ..MessageText::default() })
    }

    #[test]
    fn a_delta_is_an_increment_and_a_message_is_not() {
        assert_eq!(Chunk::of(&json!({"choices":[{"delta":{"content":"a"}}]})).delta, content("a"));
        assert_eq!(Chunk::of(&json!({"choices":[{"text":"a"}]})).delta, content("a"));
        assert_eq!(Chunk::of(&json!({"choices":[{"delta":"a"}]})).delta, content("a"));
        let whole = Chunk::of(&json!({"choices":[{"message":{"content":"a"}}]}));
        assert_eq!((whole.delta, whole.message), (None, content("a")));
    }

    #[test]
    fn tool_calls_count_as_answer_and_reasoning_counts_apart() {
        let call = ToolCallDelta { id: Some("id".into()), name: Some("f".into()), arguments: "{}".into(), index: 0 };
        for (delta, bytes) in [
            (Delta::Content("añb".into()), (4, 0)),
            (Delta::Reasoning("Hm".into()), (0, 2)),
            (Delta::ToolCall(call), (3, 0)),
            (Delta::Finish("stop".to_owned().into()), (0, 0)),
        ] {
            assert_eq!((delta.answer_bytes(), delta.reasoning_bytes()), bytes, "{delta:?}");
        }
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        for chunk in [
            json!({}),
            json!({"choices":[]}),
            json!({"choices":null,"usage":null,"time_info":null,"x_groq":{"id":"req_1"}}),
            json!({"choices":[{"delta":7}]}),
            json!({"choices":[7, null]}),
            json!({"choices":[{"index":1,"delta":{"content":"another choice"}}]}),
            json!([1, 2]),
        ] {
            assert_eq!(Chunk::of(&chunk), Chunk::default(), "{chunk}");
        }
        for chunk in [
            json!({"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}),
            json!({"choices":[{"delta":{"content":"","tool_calls":null},"finish_reason":""}]}),
        ] {
            let expected = Chunk { delta: Some(MessageText::default()), ..Chunk::default() };
            assert_eq!(Chunk::of(&chunk), expected, "{chunk}");
        }
    }

    proptest! {
        #[test]
        fn no_json_makes_it_panic(part in value(), finish in value(), usage in value()) {
            let choice = json!({"delta": part, "message": part, "finish_reason": finish, "usage": usage});
            for chunk in [json!({"choices": [choice], "usage": usage, "timings": usage, "id": part}), part, finish] {
                let _ = (Chunk::of(&chunk), started(&chunk), is_answer(&chunk));
            }
        }
    }

    #[test]
    fn the_reason_that_says_more_is_the_reason() {
        for (word, native, reason) in [
            ("stop", None, "stop"),
            ("stop", Some("network_error"), "network_error"),
            ("stop", Some("MAX_TOKENS"), "MAX_TOKENS"),
            ("stop", Some("end_turn"), "stop"),
            ("stop", Some("whatever"), "stop"),
            ("length", Some("stop"), "length"),
        ] {
            assert_eq!(finish(word, native).name(), reason, "{word} {native:?}");
        }
    }
}
