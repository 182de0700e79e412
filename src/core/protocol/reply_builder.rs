//! Builds a [`Reply`] from the chunks of a response, and the deltas each chunk adds.

use std::fmt;

use headroom_domain::{Reply, ToolCall};
use serde_json::Value;

use crate::{
    assembly::Assembly,
    chunk::{self, Chunk, Delta},
    increments::Increments,
    message_text::MessageText,
    reasoning::{Part, ReasoningSplitter},
    sse::size,
};

/// Builds the reply of one response.
#[derive(Clone, Debug)]
pub(crate) struct ReplyBuilder {
    assembly: Assembly,
    content: Increments,
    reasoning: Increments,
    thoughts: ReasoningSplitter,
    started: bool,
    /// An increment has arrived: a complete message after it is a snapshot.
    has_deltas: bool,
    native_finish: Option<String>,
    kept_bytes: usize,
    most_bytes: usize,
}

/// The reply is longer than this many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong(usize);

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The answer is longer than {}, the most that is read.", size(self.0))
    }
}

impl ReplyBuilder {
    /// Creates a builder of a reply of at most `most_bytes`.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            assembly: Assembly::default(),
            content: Increments::default(),
            reasoning: Increments::default(),
            thoughts: ReasoningSplitter::default(),
            started: false,
            has_deltas: false,
            native_finish: None,
            kept_bytes: 0,
            most_bytes,
        }
    }

    pub(crate) const fn reply(&self) -> &Reply {
        self.assembly.reply()
    }

    pub(crate) fn into_reply(self) -> Reply {
        self.assembly.into_reply()
    }

    /// Returns the last finish reason of the upstream provider.
    pub(crate) fn native_finish(&self) -> Option<&str> {
        self.native_finish.as_deref()
    }

    /// Reads a chunk.
    pub(crate) fn read(&mut self, value: &Value, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        if !self.started {
            let started = chunk::started(value);
            self.started = started.is_some();
            self.take(started, deltas)?;
        }
        let Chunk { delta, message, finish, native_finish, usage, timing } = Chunk::of(value);
        if let Some(delta) = delta {
            self.add(delta, finish.is_some(), deltas)?;
        }
        if let Some(message) = message {
            self.compare(message, deltas)?;
        }
        self.native_finish = native_finish.or_else(|| self.native_finish.take());
        self.take(finish.map(Delta::Finish), deltas)?;
        // Zeros at the end of a response that already reported usage are ignored.
        let says_nothing = usage.prompt_tokens == Some(0) && self.reply().usage.prompt_tokens.is_some();
        self.take((!usage.is_empty() && !says_nothing).then_some(Delta::Usage(usage)), deltas)?;
        self.take((!timing.is_empty()).then_some(Delta::Timing(timing)), deltas)
    }

    /// Adds what was held back; call it at the end.
    pub(crate) fn release(&mut self, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        let (reasoning, content) = (self.reasoning.finish(), self.content.finish());
        self.say(reasoning, &content, deltas)?;
        let mut parts = Vec::new();
        self.thoughts.finish(&mut parts);
        self.take(parts.into_iter().map(delta_of), deltas)
    }

    /// Adds an increment.
    fn add(&mut self, said: MessageText, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        self.has_deltas = true;
        let reasoning = self.reasoning.push(said.reasoning, at_end);
        // The answer left after its marks were removed may be repeated, too.
        let is_again = at_end && !said.content.is_empty() && said.content == self.reply().content;
        let content = if is_again { String::new() } else { self.content.push(said.content, at_end) };
        self.say(reasoning, &content, deltas)?;
        self.take(said.calls.into_iter().map(Delta::ToolCall), deltas)
    }

    /// Adds what is new in a message, which is the complete answer so far.
    fn compare(&mut self, said: MessageText, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        let is_all = !self.has_deltas;
        let new = |text: &mut Increments, said: String, known: &str| {
            if said.trim() == known.trim() { String::new() } else { text.snapshot(said, is_all) }
        };
        let reply = self.assembly.reply();
        let reasoning = new(&mut self.reasoning, said.reasoning, &reply.reasoning);
        let content = new(&mut self.content, said.content, &reply.content);
        self.say(reasoning, &content, deltas)?;
        let calls = self.assembly.new_in(said.calls);
        self.take(calls.into_iter().map(Delta::ToolCall), deltas)
    }

    /// Adds text, without reasoning marks.
    fn say(&mut self, reasoning: String, content: &str, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        // Counted on arrival: text held back takes memory, too.
        self.count(reasoning.len() + content.len())?;
        if !reasoning.is_empty() {
            self.thoughts.sent_in_a_field();
            self.take([Delta::Reasoning(reasoning)], deltas)?;
        }
        let mut parts = Vec::new();
        self.thoughts.push(content, &mut parts);
        self.take(parts.into_iter().map(delta_of), deltas)
    }

    fn take(&mut self, found: impl IntoIterator<Item = Delta>, deltas: &mut Vec<Delta>) -> Result<(), TooLong> {
        for delta in found {
            if let Delta::ToolCall(call) = &delta {
                // A call takes some memory even if its fragments are empty.
                self.count(size_of::<ToolCall>() + call.id.as_ref().map_or(0, String::len) + delta.answer_bytes())?;
            }
            self.assembly.add(&delta);
            deltas.push(delta);
        }
        Ok(())
    }

    const fn count(&mut self, bytes: usize) -> Result<(), TooLong> {
        self.kept_bytes += bytes;
        if self.kept_bytes > self.most_bytes { Err(TooLong(self.most_bytes)) } else { Ok(()) }
    }
}

fn delta_of(part: Part) -> Delta {
    match part {
        Part::Content(text) => Delta::Content(text),
        Part::Reasoning(text) => Delta::Reasoning(text),
        Part::ContentWasReasoning(skip) => Delta::ContentWasReasoning { skip },
        Part::Call(call) => Delta::ToolCall(call),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_of_a_call_counts_toward_the_limit() {
        const MOST: usize = 1_000;
        let long = "x".repeat(MOST);
        for call in [json!({"id": long}), json!({"name": long}), json!({"arguments": long})] {
            let chunk = json!({"choices": [{"delta": {"tool_calls": [call]}}]});
            let result = ReplyBuilder::new(MOST).read(&chunk, &mut Vec::new());
            assert_eq!(result, Err(TooLong(MOST)), "{chunk}");
        }
    }
}
