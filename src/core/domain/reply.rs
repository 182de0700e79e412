//! What came back: the text, why it ended, and what the provider says it took.

use serde::{Deserialize, Serialize};

use crate::{
    finish::FinishReason,
    message::{Message, Role, ToolCall},
    number_format::grouped,
};

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

/// The parts of a stream that could not be read. The rest of the answer is there all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Skipped {
    /// How many.
    pub events: u64,
    /// Their beginning, at most [`Self::LONGEST_SAMPLE`] bytes.
    pub sample: String,
}

impl Skipped {
    /// Most bytes kept of what could not be read: enough to see what it was.
    pub const LONGEST_SAMPLE: usize = 4_096;

    /// Nothing was passed over.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// The sentence for it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.events {
            1 => "1 part of this response could not be read.".into(),
            events => format!("{} parts of this response could not be read.", grouped(events)),
        }
    }

    /// Counts one more, and keeps what there is room for.
    pub fn add(&mut self, text: &str) {
        self.events += 1;
        let room = Self::LONGEST_SAMPLE.saturating_sub(self.sample.len() + 1);
        let end = (0..=text.len().min(room)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        if end > 0 {
            if !self.sample.is_empty() {
                self.sample.push('\n');
            }
            self.sample.push_str(text.get(..end).unwrap_or_default());
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
    fn of_what_could_not_be_read_a_bounded_beginning_is_kept() {
        let mut skipped = Skipped::default();
        skipped.add("{\"oops");
        skipped.add(&"ü".repeat(5_000));
        skipped.add("later");
        assert_eq!(skipped.events, 3);
        assert!(skipped.sample.starts_with("{\"oops\nü") && skipped.sample.len() <= Skipped::LONGEST_SAMPLE);
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
