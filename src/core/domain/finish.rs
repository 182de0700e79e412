//! Why a model stopped, in each server's own terms.

use serde::{Deserialize, Serialize};

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FinishReason {
    /// It was done, or reached a stop sequence.
    Stop,
    /// It reached the cap or the end of the context.
    Length,
    /// It waits for tool results.
    ToolCalls,
    /// The provider's filter intervened.
    ContentFilter,
    /// Something failed mid-stream (OpenRouter reports it this way).
    Error,
    /// Another value, kept unchanged.
    Other(String),
}

impl FinishReason {
    /// Returns the name on the wire and in saved data.
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

/// What a finish reason means for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishMeaning {
    /// It is complete.
    Complete,
    /// A length limit cut it.
    Cut,
    /// A filter stopped it.
    Filtered,
    /// Something failed at the provider.
    Failed,
    /// The value is not known.
    Unknown,
}

impl FinishReason {
    /// Returns what the value means, from any server.
    #[must_use]
    pub fn meaning(&self) -> FinishMeaning {
        const COMPLETE: [&str; 15] = [
            "stop",
            "tool_calls",
            "tool_use",
            "tool_call",
            "function_call",
            "end_turn",
            "stop_sequence",
            "eos",
            "eos_token",
            "end",
            "complete",
            "completed",
            "finished",
            "normal",
            "done",
        ];
        const CUT: [&str; 12] = [
            "length",
            "max_tokens",
            "max_output_tokens",
            "max_completion_tokens",
            "max_new_tokens",
            "max_length",
            "model_length",
            "token_limit",
            "truncated",
            "incomplete",
            "model_context_window_exceeded",
            "context_length_exceeded",
        ];
        const FILTERED: [&str; 12] = [
            "content_filter",
            "safety",
            "image_safety",
            "refusal",
            "recitation",
            "prohibited_content",
            "blocklist",
            "spii",
            "sensitive",
            "moderation",
            "content_policy",
            "guardrail_intervened",
        ];
        const FAILED: [&str; 16] = [
            "error",
            "network_error",
            "server_error",
            "internal_error",
            "insufficient_system_resource",
            "insufficient_system_resources",
            "overloaded",
            "timeout",
            "time_limit",
            "abort",
            "aborted",
            "cancelled",
            "canceled",
            "failed",
            "malformed_function_call",
            "unexpected_tool_call",
        ];
        let name = self.name();
        // `finishReason: "MAX_TOKENS"` and `max-tokens` are the same value.
        let is = |word: &&str| {
            word.len() == name.len()
                && word.bytes().zip(name.bytes()).all(|(one, other)| {
                    one.eq_ignore_ascii_case(&other) || (one == b'_' && matches!(other, b'-' | b' '))
                })
        };
        if COMPLETE.iter().any(is) {
            FinishMeaning::Complete
        } else if CUT.iter().any(is) {
            FinishMeaning::Cut
        } else if FILTERED.iter().any(is) {
            FinishMeaning::Filtered
        } else if FAILED.iter().any(is) {
            FinishMeaning::Failed
        } else {
            FinishMeaning::Unknown
        }
    }
}

impl FinishReason {
    /// Returns the sentence after an answer that ended for this reason. `None` if it is complete, or if it failed,
    /// which has a card.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match self.meaning() {
            FinishMeaning::Complete | FinishMeaning::Failed => None,
            FinishMeaning::Cut if self.name().contains("context") => Some("Cut: the model's context is full.".into()),
            FinishMeaning::Cut => Some("Cut: max output reached.".into()),
            FinishMeaning::Filtered => Some("The provider's content filter ended this answer.".into()),
            FinishMeaning::Unknown => {
                Some(format!("The provider ended this answer with the reason \u{201c}{}\u{201d}.", self.name()))
            }
        }
    }
}

impl FinishReason {
    /// Describes a reason that means a failure. `None` for other reasons.
    #[must_use]
    pub fn failure_words(&self) -> Option<&'static str> {
        const WORDS: [(&str, &str); 6] = [
            ("resource", "The provider ran out of capacity."),
            ("overload", "The provider ran out of capacity."),
            ("network", "The provider lost its connection to the model."),
            ("time", "The provider's time limit was reached."),
            ("abort", "The provider aborted the answer."),
            ("cancel", "The provider aborted the answer."),
        ];
        let name = self.name().to_ascii_lowercase();
        let words = WORDS.iter().find(|(part, _)| name.contains(part))?;
        (self.meaning() == FinishMeaning::Failed).then_some(words.1)
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
    fn a_reason_that_is_no_plain_end_is_said_in_words() {
        for (word, words) in [
            ("stop", None),
            ("error", None),
            ("max_tokens", Some("max output reached")),
            ("model_context_window_exceeded", Some("context is full")),
            ("content_filter", Some("content filter")),
            ("weird", Some("“weird”")),
        ] {
            let note = FinishReason::from(word.to_owned()).note();
            assert_eq!(note.is_some(), words.is_some(), "{word}");
            assert!(note.unwrap_or_default().contains(words.unwrap_or_default()), "{word}");
        }
    }

    #[test]
    fn a_reason_that_means_a_failure_is_said_in_words() {
        let words = |word: &str| FinishReason::from(word.to_owned()).failure_words();
        assert_eq!(words("insufficient_system_resource"), Some("The provider ran out of capacity."));
        assert!(words("network_error").unwrap().contains("connection"));
        assert_eq!((words("error"), words("stop"), words("time_is_up")), (None, None, None));
    }

    #[test]
    fn a_finish_reason_means_the_same_in_every_spelling() {
        for (words, meaning) in [
            (&["stop", "STOP", "end_turn", "tool_calls", "eos"][..], FinishMeaning::Complete),
            (&["length", "max_tokens", "MAX_TOKENS", "max-tokens", "model_length"], FinishMeaning::Cut),
            (&["content_filter", "SAFETY", "refusal"], FinishMeaning::Filtered),
            (&["error", "insufficient_system_resource", "network_error"], FinishMeaning::Failed),
            (&["", "weird", "stop!", "FINISH_REASON_UNSPECIFIED"], FinishMeaning::Unknown),
        ] {
            for word in words {
                assert_eq!(FinishReason::from((*word).to_owned()).meaning(), meaning, "{word}");
            }
        }
    }
}
