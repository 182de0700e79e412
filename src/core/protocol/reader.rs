//! Turns the bytes of a response into deltas as they arrive, and one outcome at the end.
//!
//! Servers respond to a streaming request with a stream, with one complete JSON answer, with a JSON error under status
//! 200, or with a web page. The first byte that is not white space tells them apart, whatever the headers say: no line
//! of a stream starts with `{`, `[` or `<`.
//!
//! Unreadable data is skipped and counted, and its beginning is kept: one bad event does not end a response.

use headroom_domain::{Failure, FailureKind, Phase, Reply, Skipped};
use serde_json::Value;

use crate::{
    body_kind::BodyKind,
    chunk::{self, Delta},
    classify::{failure_called_one, failure_in_answer, failure_of_page, failure_of_text},
    endings,
    intake::MOST_OF_WHOLE,
    json_repair::{Document, documents},
    reply_builder::{ReplyBuilder, TooLong},
    sse::{SseParser, size},
};

pub use crate::endings::{AnswerEnd, Finished, StreamEnd};

/// Size limits of a response; beyond them it is treated as broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderLimits {
    /// Most bytes of one event.
    pub event_bytes: usize,
    /// Most bytes of a body that is not a stream.
    pub whole_bytes: usize,
    /// Most bytes of a reply: answer, reasoning and tool calls together.
    pub reply_bytes: usize,
}

impl Default for ReaderLimits {
    /// 4 MiB per event, 8 MiB per complete body, 32 MiB per reply: a hundred times the longest answer of any model
    /// today.
    fn default() -> Self {
        Self { event_bytes: 4 << 20, whole_bytes: MOST_OF_WHOLE, reply_bytes: 32 << 20 }
    }
}

/// Reads one response.
///
/// Time is linear in the bytes, and the cost per portion does not grow with the response.
///
/// ```
/// use headroom_protocol::{AnswerEnd, Delta, ReaderLimits, StreamEnd, StreamReader};
///
/// let mut reader = StreamReader::new(ReaderLimits::default());
/// let deltas = reader.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n");
/// assert_eq!(deltas[0], Delta::Content("Hi".into()));
/// let finished = reader.finish(StreamEnd::Closed);
/// assert_eq!((finished.reply.content.as_str(), finished.end), ("Hi", AnswerEnd::Done));
/// ```
#[derive(Clone, Debug)]
pub struct StreamReader {
    limits: ReaderLimits,
    body: Body,
    builder: ReplyBuilder,
    /// `[DONE]` arrived.
    done: bool,
    /// The first error. Nothing is read after it.
    failure: Option<Failure>,
    /// What could not be read.
    skipped: Skipped,
    /// The last JSON that was not part of an answer: if nothing else arrives, it explains the failure.
    stranger: Option<Value>,
}

#[derive(Clone, Debug)]
enum Body {
    /// Only white space so far, kept because it matters in a stream.
    Unknown(Vec<u8>),
    Events(SseParser),
    /// JSON or a web page, to be read once it is complete.
    Whole(Vec<u8>),
}

impl StreamReader {
    /// Creates a reader for a response with a status from 200 to 299; [`crate::Response::failure`] reads the others.
    #[must_use]
    pub fn new(limits: ReaderLimits) -> Self {
        Self {
            limits,
            body: Body::Unknown(Vec::new()),
            builder: ReplyBuilder::new(limits.reply_bytes),
            done: false,
            failure: None,
            skipped: Skipped::default(),
            stranger: None,
        }
    }

    /// Takes the next bytes and returns what they contained.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Delta> {
        let mut deltas = Vec::new();
        if self.is_over() {
            return deltas;
        }
        match &mut self.body {
            Body::Unknown(space) => {
                space.extend_from_slice(bytes);
                let space = std::mem::take(space);
                self.recognize(space, &mut deltas);
            }
            Body::Events(parser) => {
                let mut events = Vec::new();
                let result = parser.push(bytes, &mut events);
                for event in events {
                    self.read_documents(&event.data, event.name == "error", None, &mut deltas);
                }
                if let (Err(error), false) = (result, self.is_over()) {
                    self.fail_with_words(&error.to_string());
                }
            }
            Body::Whole(body) => {
                let limit = self.limits.whole_bytes;
                let room = limit.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                if bytes.len() > room {
                    self.fail_with_words(&format!(
                        "The response is larger than {}, the most that is read.",
                        size(limit)
                    ));
                }
            }
        }
        deltas
    }

    /// Returns whether reading is over: the stream ended or is broken. The request can be closed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.done || self.failure.is_some()
    }

    /// Returns the reply so far.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        self.builder.reply()
    }

    /// Ends the response.
    #[must_use]
    pub fn finish(mut self, ending: StreamEnd) -> Finished {
        let mut last_deltas = Vec::new();
        if !self.is_over() {
            self.read_rest(ending, &mut last_deltas);
        }
        let released = self.builder.release(&mut last_deltas);
        self.note(released);
        let end = self.end(ending);
        if matches!(end, AnswerEnd::Failed(_)) {
            // There is no answer with gaps to report; the failure contains the sample.
            self.skipped = Skipped::default();
        }
        Finished { reply: self.builder.into_reply(), end, last_deltas, skipped: self.skipped }
    }

    /// Decides the kind of body, once a byte shows it.
    fn recognize(&mut self, bytes: Vec<u8>, deltas: &mut Vec<Delta>) {
        match BodyKind::of(&bytes) {
            None => self.body = Body::Unknown(bytes),
            Some(BodyKind::Whole) => {
                self.body = Body::Whole(Vec::new());
                deltas.extend(self.push(&bytes));
            }
            Some(BodyKind::Events) => {
                self.body = Body::Events(SseParser::lenient(self.limits.event_bytes));
                deltas.extend(self.push(&bytes));
            }
        }
    }

    /// Reads all the data of an event or a complete body. `last` is how the bytes ended right after it.
    fn read_documents(&mut self, data: &str, is_error: bool, last: Option<StreamEnd>, deltas: &mut Vec<Delta>) {
        for document in documents(data) {
            if self.is_over() {
                return;
            }
            match document {
                Document::Done => self.done = true,
                Document::Json(Value::Array(list)) if list.iter().any(Value::is_object) => {
                    list.iter()
                        .filter(|value| value.is_object())
                        .for_each(|value| self.read_value(value, is_error, deltas));
                }
                Document::Json(value) if value.is_object() => self.read_value(&value, is_error, deltas),
                Document::Json(Value::Array(list)) if list.is_empty() => {}
                Document::Json(value) => self.skipped.add(&value.to_string()),
                Document::KeepAlive => {}
                Document::Unreadable(text) if is_error => {
                    let failure = failure_of_text(text, self.phase());
                    // The event is named an error: a message of unknown wording is a server error.
                    let kind = if failure.kind == FailureKind::BadStream { FailureKind::Server } else { failure.kind };
                    self.failure = Some(Failure { kind, ..failure });
                }
                // A torn event is the result of a cut-off stream, not damage. Plain words are, if nothing was cut.
                Document::Unreadable(text)
                    if last.is_some_and(|ending| ending != StreamEnd::Closed || text.starts_with(['{', '['])) => {}
                Document::Unreadable(text) => self.skipped.add(text),
            }
        }
        if is_error && !self.is_over() {
            self.failure = Some(Failure::new(FailureKind::Server, self.phase()));
        }
    }

    fn read_value(&mut self, value: &Value, is_error: bool, deltas: &mut Vec<Delta>) {
        if self.is_over() {
            return;
        }
        let read = self.builder.read(value, deltas);
        self.note(read);
        if let Some(inner) = chunk::wrapped(value) {
            return self.read_value(inner, is_error, deltas);
        }
        if self.is_over() {
            return;
        }
        let failure = failure_in_answer(value, self.phase());
        let failure =
            failure.or_else(|| is_error.then(|| failure_called_one(value, self.phase(), FailureKind::Server)));
        match failure {
            Some(failure) => self.failure = Some(failure.with_raw_body(&value.to_string())),
            None if !chunk::is_answer(value) => self.stranger = Some(value.clone()),
            None => {}
        }
    }

    /// Reads what waited for the end of the bytes.
    fn read_rest(&mut self, ending: StreamEnd, deltas: &mut Vec<Delta>) {
        match std::mem::replace(&mut self.body, Body::Unknown(Vec::new())) {
            Body::Unknown(_) => {}
            Body::Events(parser) => {
                for event in parser.finish() {
                    self.read_documents(&event.data, event.name == "error", Some(ending), deltas);
                }
            }
            Body::Whole(body) => self.read_whole(&body, ending, deltas),
        }
    }

    fn read_whole(&mut self, body: &[u8], ending: StreamEnd, deltas: &mut Vec<Delta>) {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if let Some(failure) = failure_of_page(text, Phase::InBody) {
            // A page torn by the ending is reported as that ending.
            self.failure = Some(failure).filter(|_| ending == StreamEnd::Closed);
            return;
        }
        self.read_documents(text, false, None, deltas);
        if ending != StreamEnd::Closed {
            self.skipped = Skipped::default();
        }
    }

    fn end(&mut self, ending: StreamEnd) -> AnswerEnd {
        if let Some(failure) = self.failure.take() {
            return self.broken(failure);
        }
        match (endings::judged(self.reply(), self.builder.native_finish()), ending) {
            (Some(AnswerEnd::Done), _) => AnswerEnd::Done,
            (Some(AnswerEnd::CutOff(failure) | AnswerEnd::Failed(failure)), _) => self.broken(failure),
            (_, StreamEnd::Stopped) => AnswerEnd::Stopped,
            _ => {
                let failure = self.without_a_finish(ending);
                self.broken(failure)
            }
        }
    }

    /// Returns the failure of a response without a finish reason. Whatever the server sent instead explains it.
    fn without_a_finish(&self, ending: StreamEnd) -> Failure {
        let phase = self.phase();
        let blank = self.reply().is_blank();
        if blank && (self.done || ending == StreamEnd::Closed) {
            let sample = &self.skipped.sample;
            if sample.starts_with(['{', '[']) {
                let failure = Failure::new(FailureKind::BadStream, phase).with_raw_body(sample);
                return failure.with_message("The response is neither a stream nor JSON.");
            }
            if !sample.is_empty() {
                return failure_of_text(sample, phase);
            }
            if let Some(stranger) = &self.stranger {
                let failure = failure_called_one(stranger, phase, FailureKind::BadStream);
                let words =
                    failure.message.clone().unwrap_or_else(|| "The response is JSON without an answer in it.".into());
                return failure.with_message(&words).with_raw_body(&stranger.to_string());
            }
        }
        endings::without_a_finish(self.done, ending, blank, phase)
    }

    /// Ends with a failure; unreadable data serves as its raw body if it has none.
    fn broken(&self, failure: Failure) -> AnswerEnd {
        let failure = if failure.raw_body.is_none() { failure.with_raw_body(&self.skipped.sample) } else { failure };
        if self.reply().is_blank() { AnswerEnd::Failed(failure) } else { AnswerEnd::CutOff(failure) }
    }

    fn phase(&self) -> Phase {
        if self.reply().is_blank() { Phase::InBody } else { Phase::AfterFirstToken }
    }

    fn note(&mut self, result: Result<(), TooLong>) {
        if let (Err(why), None) = (result, &self.failure) {
            self.fail_with_words(&why.to_string());
        }
    }

    fn fail_with_words(&mut self, words: &str) {
        self.failure = Some(Failure::new(FailureKind::BadStream, self.phase()).with_message(words));
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
