//! What came back: the text, why it ended, and what the provider says it took.

use serde::{Deserialize, Serialize};

use crate::message::{Message, Role, ToolCall};

/// Token counts and cost as the provider states them. `None` is "not said", which is not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt, cached ones and the chat template included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// The part of `completion_tokens` that was reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The part of `prompt_tokens` that came from the provider's prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// What the request cost, in US dollars, where the provider says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_dollars: Option<f64>,
}

impl Usage {
    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These figures, each replaced where `later` says something.
    #[must_use]
    pub fn updated_by(self, later: Self) -> Self {
        Self {
            prompt_tokens: later.prompt_tokens.or(self.prompt_tokens),
            completion_tokens: later.completion_tokens.or(self.completion_tokens),
            reasoning_tokens: later.reasoning_tokens.or(self.reasoning_tokens),
            cached_tokens: later.cached_tokens.or(self.cached_tokens),
            cost_dollars: later.cost_dollars.or(self.cost_dollars),
        }
    }

    /// Tokens of the answer without reasoning; all of them where reasoning is not told apart.
    #[must_use]
    pub fn answer_tokens(&self) -> Option<u64> {
        let completion = self.completion_tokens?;
        Some(completion.saturating_sub(self.reasoning_tokens.unwrap_or(0)))
    }

    /// Tokens of the prompt that were not in the cache; all of them where caching is not told.
    #[must_use]
    pub fn uncached_prompt_tokens(&self) -> Option<u64> {
        let prompt = self.prompt_tokens?;
        Some(prompt.saturating_sub(self.cached_tokens.unwrap_or(0)))
    }
}

/// Where the time went on the provider's side, in seconds, as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerTiming {
    /// Waiting for a free machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_seconds: Option<f64>,
    /// Reading the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_seconds: Option<f64>,
    /// Writing the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_seconds: Option<f64>,
    /// All together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_seconds: Option<f64>,
}

impl ServerTiming {
    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These figures, each replaced where `later` says something.
    #[must_use]
    pub fn updated_by(self, later: Self) -> Self {
        Self {
            queue_seconds: later.queue_seconds.or(self.queue_seconds),
            prompt_seconds: later.prompt_seconds.or(self.prompt_seconds),
            completion_seconds: later.completion_seconds.or(self.completion_seconds),
            total_seconds: later.total_seconds.or(self.total_seconds),
        }
    }
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FinishReason {
    /// It was done, or met a stop sequence.
    Stop,
    /// It met the cap or the end of the context.
    Length,
    /// It waits for tools.
    ToolCalls,
    /// The provider's filter stepped in.
    ContentFilter,
    /// Something failed in the middle (OpenRouter says so this way).
    Error,
    /// A word of the provider's own, kept as it is.
    Other(String),
}

impl FinishReason {
    /// The word on the wire and in saved data.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Error => "error",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for FinishReason {
    fn from(name: String) -> Self {
        match name.as_str() {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "tool_calls" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            "error" => Self::Error,
            _ => Self::Other(name),
        }
    }
}

impl From<FinishReason> for String {
    fn from(reason: FinishReason) -> Self {
        match reason {
            FinishReason::Other(name) => name,
            known => known.name().to_owned(),
        }
    }
}

/// An answer, whole or as far as it has come. Its texts only ever grow at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// The provider's id of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The model that answered, as the provider names it; aggregators may choose another than was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The answer.
    pub content: String,
    /// The reasoning before it, where the provider shows it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The tools it calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended; `None` while it runs and when it was cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// The provider's token counts.
    #[serde(skip_serializing_if = "Usage::is_empty")]
    pub usage: Usage,
    /// The provider's times.
    #[serde(skip_serializing_if = "ServerTiming::is_empty")]
    pub timing: ServerTiming,
}

impl Reply {
    /// Whether nothing a reader could see has come: no text, no reasoning, no tool call.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.content.is_empty() && self.reasoning.is_empty() && self.tool_calls.is_empty()
    }

    /// The turn that goes into the conversation.
    #[must_use]
    pub fn into_message(self) -> Message {
        Message {
            role: Role::Assistant,
            content: self.content,
            reasoning: self.reasoning,
            tool_calls: self.tool_calls,
            tool_call_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finish_reason_keeps_its_word_known_or_not() {
        for word in ["stop", "length", "tool_calls", "content_filter", "error", "eos", ""] {
            let reason = FinishReason::from(word.to_owned());
            assert_eq!(reason.name(), word);
            let saved = serde_json::to_string(&reason).unwrap();
            assert_eq!(saved, format!("{word:?}"));
            assert_eq!(serde_json::from_str::<FinishReason>(&saved).unwrap(), reason);
        }
        assert_eq!(FinishReason::from("eos".to_owned()), FinishReason::Other("eos".into()));
    }

    #[test]
    fn later_usage_adds_to_earlier_and_unknown_never_erases() {
        let early = Usage { prompt_tokens: Some(10), cached_tokens: Some(4), ..Usage::default() };
        let late = Usage { prompt_tokens: Some(12), completion_tokens: Some(7), ..Usage::default() };
        let both = early.updated_by(late);
        assert_eq!((both.prompt_tokens, both.completion_tokens, both.cached_tokens), (Some(12), Some(7), Some(4)));
        assert_eq!(both.uncached_prompt_tokens(), Some(8));
    }

    #[test]
    fn nonsense_counts_never_underflow() {
        let odd = Usage {
            prompt_tokens: Some(1),
            completion_tokens: Some(1),
            reasoning_tokens: Some(5),
            cached_tokens: Some(9),
            cost_dollars: None,
        };
        assert_eq!((odd.answer_tokens(), odd.uncached_prompt_tokens()), (Some(0), Some(0)));
        assert_eq!(Usage::default().answer_tokens(), None);
    }

    #[test]
    fn a_reply_is_saved_without_what_is_unknown() {
        let reply = Reply { content: "hi".into(), ..Reply::default() };
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"content":"hi"}"#);
        assert_eq!(serde_json::from_str::<Reply>(r#"{"content":"hi"}"#).unwrap(), reply);
    }
}
