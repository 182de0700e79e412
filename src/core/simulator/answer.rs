//! A response as it is sent: tokens, each with its channel.

use std::ops::Range;

use crate::{
    account::Used,
    compose::Composition,
    request::{ChatRequest, ReasoningFormat},
    tokens::pieces,
};

/// Where a token is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Counted, but not sent.
    Hidden,
    Reasoning,
    /// Reasoning that is sent as content.
    RawReasoning,
    Content,
    /// A tool's name counts as one token.
    ToolName,
    ToolArguments,
}

/// Why a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    Length,
    ToolCalls,
}

impl Finish {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
        }
    }
}

/// The tokens of a response, as ranges of one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    text: String,
    tokens: Vec<(Channel, Range<usize>)>,
    pub(crate) finish: Finish,
}

impl Answer {
    /// Cuts a composition at its stop sequences, then at `most` tokens.
    pub(crate) fn of(composition: Composition, request: &ChatRequest, most: u64) -> Self {
        let mut answer = Self { text: String::new(), tokens: Vec::new(), finish: Finish::Stop };
        let mut reasoning = composition.reasoning;
        if request.reasoning == ReasoningFormat::Raw && !reasoning.is_empty() {
            reasoning = format!("<think>{reasoning}</think>\n\n");
        }
        let channel = match request.reasoning {
            ReasoningFormat::Parsed => Channel::Reasoning,
            ReasoningFormat::Raw => Channel::RawReasoning,
            ReasoningFormat::Hidden => Channel::Hidden,
        };
        answer.push(channel, &reasoning);
        let mut content = composition.content;
        if let Some(at) = request.stop.iter().filter_map(|stop| content.find(stop.as_str())).min() {
            content.truncate(at);
        }
        answer.push(Channel::Content, &content);
        if let Some(call) = composition.call {
            let start = answer.text.len();
            answer.text.push_str(&call.name);
            answer.tokens.push((Channel::ToolName, start..answer.text.len()));
            answer.push(Channel::ToolArguments, &call.arguments);
            answer.finish = Finish::ToolCalls;
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if answer.tokens.len() > most {
            answer.tokens.truncate(most);
            answer.finish = Finish::Length;
        }
        answer
    }

    fn push(&mut self, channel: Channel, text: &str) {
        let mut start = self.text.len();
        self.text.push_str(text);
        for piece in pieces(text) {
            self.tokens.push((channel, start..start + piece.len()));
            start += piece.len();
        }
    }

    /// The number of tokens.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.tokens.len()).unwrap_or(u64::MAX)
    }

    /// A token and its channel.
    pub(crate) fn token(&self, at: u64) -> Option<(Channel, &str)> {
        let (channel, range) = self.tokens.get(usize::try_from(at).ok()?)?;
        Some((*channel, self.text.get(range.clone())?))
    }

    /// The usage of the first `tokens` tokens, or of all.
    pub(crate) fn used(&self, tokens: u64) -> Used {
        let sent = self.tokens.iter().take(usize::try_from(tokens).unwrap_or(usize::MAX));
        let thought = |(channel, _): &&(Channel, Range<usize>)| {
            matches!(channel, Channel::Hidden | Channel::Reasoning | Channel::RawReasoning)
        };
        let count = |amount: usize| u64::try_from(amount).unwrap_or(u64::MAX);
        Used { completion: count(sent.clone().count()), reasoning: count(sent.filter(thought).count()) }
    }

    /// The concatenated text of these channels.
    pub(crate) fn joined(&self, channels: &[Channel]) -> String {
        let wanted = self.tokens.iter().filter(|(channel, _)| channels.contains(channel));
        wanted.filter_map(|(_, range)| self.text.get(range.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{compose::Call, shape::Shape};

    fn answer(extra: &serde_json::Value, composition: Composition, most: u64) -> Answer {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let request = ChatRequest::parse(body.to_string().as_bytes(), Shape::Cerebras).unwrap();
        Answer::of(composition, &request, most)
    }

    fn thought_and_said() -> Composition {
        Composition { reasoning: "one two".into(), content: "three four five".into(), call: None }
    }

    #[test]
    fn a_cap_counts_reasoning_too_and_ends_with_length() {
        for (most, finish, completion, reasoning) in
            [(9, Finish::Stop, 5, 2), (5, Finish::Stop, 5, 2), (4, Finish::Length, 4, 2), (1, Finish::Length, 1, 1)]
        {
            let answer = answer(&json!({}), thought_and_said(), most);
            assert_eq!(answer.finish, finish, "{most}");
            assert_eq!(answer.used(u64::MAX), Used { completion, reasoning }, "{most}");
        }
    }

    #[test]
    fn the_earliest_stop_sequence_ends_the_answer_before_itself() {
        let answer = answer(&json!({"stop": ["five", " four"]}), thought_and_said(), 99);
        assert_eq!(answer.joined(&[Channel::Content]), "three");
        assert_eq!(answer.finish, Finish::Stop);
    }

    #[test]
    fn reasoning_goes_where_its_format_says() {
        let channels = [Channel::RawReasoning, Channel::Content];
        let raw = answer(&json!({"reasoning_format": "raw"}), thought_and_said(), 99);
        assert_eq!(raw.joined(&channels), "<think>one two</think>\n\nthree four five");
        let hidden = answer(&json!({"reasoning_format": "hidden"}), thought_and_said(), 99);
        assert_eq!(hidden.joined(&channels), "three four five");
        assert_eq!(hidden.used(u64::MAX).reasoning, 2, "hidden tokens are counted");
    }

    #[test]
    fn a_call_ends_with_tool_calls() {
        let composition = Composition {
            call: Some(Call { name: "get_weather".into(), arguments: r#"{"city":"Bern"}"#.into() }),
            ..Composition::default()
        };
        let answer = answer(&json!({}), composition, 99);
        assert_eq!(answer.token(0), Some((Channel::ToolName, "get_weather")));
        assert_eq!(answer.joined(&[Channel::ToolArguments]), r#"{"city":"Bern"}"#);
        assert_eq!(answer.finish, Finish::ToolCalls);
    }
}
