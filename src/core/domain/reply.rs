//! Responses: the text, why it ended, and the usage the provider reports.

use serde::{Deserialize, Serialize};

use crate::{finish::FinishReason, message::ToolCall, number_format::grouped};

/// Token counts and cost as the provider reports them. `None` means "not reported", which is not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt, including cached ones and the chat template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer, including reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// The part of `completion_tokens` that was reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The part of `prompt_tokens` that came from the provider's prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// The cost of the request, in US dollars, if the provider reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_dollars: Option<f64>,
}

impl Usage {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Merges in `later`, whose known values take precedence.
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

    /// Returns the tokens of the answer without reasoning; all of them if reasoning is not reported separately.
    #[must_use]
    pub fn answer_tokens(&self) -> Option<u64> {
        let completion = self.completion_tokens?;
        Some(completion.saturating_sub(self.reasoning_tokens.unwrap_or(0)))
    }
}

/// The server-side timing, in seconds, as the provider reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerTiming {
    /// Waiting in the provider's queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_seconds: Option<f64>,
    /// Processing the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_seconds: Option<f64>,
    /// Generating the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_seconds: Option<f64>,
    /// The total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_seconds: Option<f64>,
}

impl ServerTiming {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Merges in `later`, whose known values take precedence.
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

/// The parts of a stream that could not be read. The rest of the answer is still there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Skipped {
    /// How many.
    pub events: u64,
    /// Their beginning, at most 4,096 bytes.
    pub sample: String,
}

impl Skipped {
    /// The most bytes kept of what could not be read: enough to identify it.
    const LONGEST_SAMPLE: usize = 4_096;

    /// Whether nothing was skipped.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Returns the sentence about it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.events {
            1 => "1 part of this response could not be read.".into(),
            events => format!("{} parts of this response could not be read.", grouped(events)),
        }
    }

    /// Counts one more, and keeps as much of it as fits.
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

/// An answer, complete or as received so far. Its strings only ever grow at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// The provider's id of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The model that answered, as the provider names it; aggregators may choose another than requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The answer text.
    pub content: String,
    /// The reasoning before it, if the provider shows it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The model's tool calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended; `None` while it runs and if it was cut off.
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
    /// Whether nothing visible was received: no text, no reasoning, no tool call.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.content.is_empty() && self.reasoning.is_empty() && self.tool_calls.is_empty()
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
        assert_eq!(odd.answer_tokens(), Some(0));
        assert_eq!(Usage::default().answer_tokens(), None);
    }

    #[test]
    fn a_reply_is_saved_without_what_is_unknown() {
        let reply = Reply { content: "hi".into(), ..Reply::default() };
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"content":"hi"}"#);
        assert_eq!(serde_json::from_str::<Reply>(r#"{"content":"hi"}"#).unwrap(), reply);
    }
}
