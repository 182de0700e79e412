//! The bytes of an answer → deltas as they come, and one outcome at the end.
//!
//! Servers answer a streaming request with a stream, with one whole JSON answer, with a JSON error under status 200, or
//! with a web page. The first byte that is not white space tells them apart, whatever the headers say: no line of a
//! stream starts with `{`, `[` or `<`.

use headroom_domain::{Failure, FailureKind, FinishReason, Phase, Reply, ToolCall};
use serde_json::Value;

use crate::{
    assembly::Assembly,
    body_kind::BodyKind,
    chunk::{self, Delta},
    classify::{failure_in_answer, failure_of_page},
    intake::MOST_OF_WHOLE,
    sse::{SseEvent, SseParser},
};

/// How much of an answer is read before it is called broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderLimits {
    /// Most bytes of one event.
    pub event_bytes: usize,
    /// Most bytes of a body that is no stream.
    pub whole_bytes: usize,
    /// Most bytes of a reply: answer, reasoning and tool calls together.
    pub reply_bytes: usize,
}

impl Default for ReaderLimits {
    /// 4 MiB an event, 8 MiB a body that comes whole, 32 MiB a reply: a hundred times the longest answer of any model
    /// today.
    fn default() -> Self {
        Self { event_bytes: 4 << 20, whole_bytes: MOST_OF_WHOLE, reply_bytes: 32 << 20 }
    }
}

/// How the bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server closed the body as one does.
    Closed,
    /// The connection broke.
    Lost,
    /// The connection broke because the device lost its network.
    Offline,
    /// Nothing came for too long.
    TimedOut,
    /// The user stopped it. That is no error.
    Stopped,
}

/// What an answer came to.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// It is whole: the model said why it stopped.
    Done,
    /// The user stopped it.
    Stopped,
    /// It has a beginning and no end.
    CutOff(Failure),
    /// There is nothing of it.
    Failed(Failure),
}

/// An answer after its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// All that came.
    pub reply: Reply,
    /// What it came to.
    pub end: End,
    /// What the end itself brought, for those who follow the deltas: the text of an answer that came whole, or of a
    /// last event without its empty line. It is in `reply` already.
    pub last_deltas: Vec<Delta>,
}

/// Reads one answer.
///
/// Time is linear in the bytes, and each portion costs the same however long the answer has become.
///
/// ```
/// use headroom_protocol::{Delta, End, Ending, ReaderLimits, StreamReader};
///
/// let mut reader = StreamReader::new(ReaderLimits::default());
/// let deltas = reader.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n");
/// assert_eq!(deltas[0], Delta::Content("Hi".into()));
/// let finished = reader.finish(Ending::Closed);
/// assert_eq!((finished.reply.content.as_str(), finished.end), ("Hi", End::Done));
/// ```
#[derive(Clone, Debug)]
pub struct StreamReader {
    limits: ReaderLimits,
    body: Body,
    assembly: Assembly,
    started: bool,
    /// Bytes the reply has taken so far.
    kept_bytes: usize,
    /// `[DONE]` came.
    done: bool,
    /// The first thing that went wrong. Nothing is read after it.
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
enum Body {
    /// Only white space so far, kept: in a stream it matters.
    Unknown(Vec<u8>),
    Events(SseParser),
    /// JSON or a web page: to be read when it is whole.
    Whole(Vec<u8>),
}

impl StreamReader {
    /// A reader of an answer with a status below 400; others are for [`crate::Response::failure`].
    #[must_use]
    pub fn new(limits: ReaderLimits) -> Self {
        Self {
            limits,
            body: Body::Unknown(Vec::new()),
            assembly: Assembly::default(),
            started: false,
            kept_bytes: 0,
            done: false,
            failure: None,
        }
    }

    /// Takes the next bytes and says what was in them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Delta> {
        let mut deltas = Vec::new();
        if self.is_over() {
            return deltas;
        }
        match &mut self.body {
            Body::Unknown(space) => {
                space.extend_from_slice(bytes);
                let space = std::mem::take(space);
                self.recognise(space, &mut deltas);
            }
            Body::Events(parser) => {
                let mut events = Vec::new();
                let result = parser.push(bytes, &mut events);
                self.read_events(&events, &mut deltas);
                if let Err(error) = result {
                    self.fail_with_words(&error.to_string());
                }
            }
            Body::Whole(body) => {
                let limit = self.limits.whole_bytes;
                let room = limit.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                if bytes.len() > room {
                    self.fail_with_words(&format!("the answer is larger than {limit} bytes"));
                }
            }
        }
        deltas
    }

    /// Whether there is nothing more to read: the stream said so, or is broken. The request can be closed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.done || self.failure.is_some()
    }

    /// The reply as far as it has come.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        self.assembly.reply()
    }

    /// Ends the answer.
    #[must_use]
    pub fn finish(mut self, ending: Ending) -> Finished {
        let mut last_deltas = Vec::new();
        if !self.is_over() {
            self.read_rest(ending, &mut last_deltas);
        }
        let end = self.end(ending);
        Finished { reply: self.assembly.into_reply(), end, last_deltas }
    }

    /// Decides what kind of body it is, once there is a byte to tell by.
    fn recognise(&mut self, bytes: Vec<u8>, deltas: &mut Vec<Delta>) {
        match BodyKind::of(&bytes) {
            None => self.body = Body::Unknown(bytes),
            Some(BodyKind::Whole) => {
                self.body = Body::Whole(Vec::new());
                deltas.extend(self.push(&bytes));
            }
            Some(BodyKind::Events) => {
                self.body = Body::Events(SseParser::new(self.limits.event_bytes));
                deltas.extend(self.push(&bytes));
            }
        }
    }

    fn read_events(&mut self, events: &[SseEvent], deltas: &mut Vec<Delta>) {
        for event in events {
            if self.is_over() {
                return;
            }
            self.read_event(event, deltas);
        }
    }

    fn read_event(&mut self, event: &SseEvent, deltas: &mut Vec<Delta>) {
        let data = event.data.trim();
        if data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            self.done = true;
            return;
        }
        match serde_json::from_str::<Value>(data) {
            Ok(value) if value.is_object() => self.read_value(&value, deltas),
            _ if event.name == "error" => {}
            _ => {
                let failure = Failure::new(FailureKind::BadStream, self.phase());
                self.failure =
                    Some(failure.with_message("An event of the stream is not a JSON object.").with_raw_body(data));
            }
        }
        if event.name == "error" && self.failure.is_none() {
            let failure = Failure::new(FailureKind::Server, self.phase());
            self.failure = Some(failure.with_message(data).with_raw_body(data));
        }
    }

    fn read_value(&mut self, value: &Value, deltas: &mut Vec<Delta>) {
        if !self.started {
            let started = chunk::started(value);
            self.started = started.is_some();
            self.take(started, deltas);
        }
        let mut found = Vec::new();
        chunk::deltas(value, &mut found);
        self.take(found, deltas);
        if let (None, Some(failure)) = (&self.failure, failure_in_answer(value, self.phase())) {
            self.failure = Some(failure.with_raw_body(&value.to_string()));
        }
    }

    fn take(&mut self, found: impl IntoIterator<Item = Delta>, deltas: &mut Vec<Delta>) {
        for delta in found {
            self.kept_bytes += kept_bytes(&delta);
            if self.kept_bytes > self.limits.reply_bytes {
                let limit = self.limits.reply_bytes;
                return self.fail_with_words(&format!("the answer is longer than {limit} bytes"));
            }
            self.assembly.add(&delta);
            deltas.push(delta);
        }
    }

    /// Reads what waited for the end of the bytes.
    fn read_rest(&mut self, ending: Ending, deltas: &mut Vec<Delta>) {
        match std::mem::replace(&mut self.body, Body::Unknown(Vec::new())) {
            Body::Unknown(_) => {}
            Body::Events(parser) => {
                // Of an event that did not end only what is whole counts; a torn one is what cutting off looks like.
                let event = parser.finish();
                let whole = event.filter(|event| {
                    event.data.trim() == "[DONE]" || serde_json::from_str::<Value>(&event.data).is_ok()
                });
                self.read_events(whole.as_slice(), deltas);
            }
            Body::Whole(body) => self.read_whole(&body, ending, deltas),
        }
    }

    fn read_whole(&mut self, body: &[u8], ending: Ending, deltas: &mut Vec<Delta>) {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                self.read_value(&value, deltas);
                if self.failure.is_none() && !chunk::is_answer(&value) {
                    self.fail_with_words("the answer is JSON without an answer in it");
                    self.failure = self.failure.take().map(|failure| failure.with_raw_body(text));
                }
            }
            // Torn by the ending, which then says what happened.
            Err(_) if ending != Ending::Closed => {}
            Err(_) => {
                let failure = failure_of_page(text, Phase::InBody);
                self.failure = failure.or_else(|| {
                    let failure = Failure::new(FailureKind::BadStream, Phase::InBody).with_raw_body(text);
                    Some(failure.with_message("The answer is neither a stream nor JSON."))
                });
            }
        }
    }

    fn end(&mut self, ending: Ending) -> End {
        let phase = self.phase();
        if let Some(failure) = self.failure.take() {
            return self.broken(failure);
        }
        match &self.assembly.reply().finish {
            // What the server calls an error without saying which.
            Some(FinishReason::Error) => return self.broken(Failure::new(FailureKind::Server, phase)),
            Some(_) => return End::Done,
            None => {}
        }
        let (kind, words) = match ending {
            Ending::Stopped => return End::Stopped,
            // After `[DONE]` it does not matter how the connection went.
            _ if self.done => (FailureKind::BadStream, "The answer ended without a finish reason."),
            Ending::Closed => (FailureKind::BadStream, "The answer ended without a finish reason."),
            Ending::Lost => (FailureKind::BadStream, "The connection broke."),
            Ending::Offline => (FailureKind::Offline, ""),
            Ending::TimedOut => (FailureKind::Timeout, ""),
        };
        self.broken(Failure::new(kind, phase).with_message(words))
    }

    fn broken(&self, failure: Failure) -> End {
        if self.reply().is_blank() { End::Failed(failure) } else { End::CutOff(failure) }
    }

    fn phase(&self) -> Phase {
        if self.reply().is_blank() { Phase::InBody } else { Phase::AfterFirstToken }
    }

    fn fail_with_words(&mut self, words: &str) {
        self.failure = Some(Failure::new(FailureKind::BadStream, self.phase()).with_message(words));
    }
}

/// What a delta adds to the memory of the reply. A tool call takes some even if its fragments are empty.
fn kept_bytes(delta: &Delta) -> usize {
    let overhead = match delta {
        Delta::ToolCall(call) => size_of::<ToolCall>() + call.id.as_ref().map_or(0, String::len),
        _ => 0,
    };
    overhead + delta.answer_bytes() + delta.reasoning_bytes()
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
