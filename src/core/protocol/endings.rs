//! How an answer ended, and whether that is an end.

use headroom_domain::{Failure, FailureKind, FinishMeaning, FinishReason, Phase, Reply, Skipped};

use crate::chunk::Delta;

/// How the bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
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
pub enum AnswerEnd {
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
    pub end: AnswerEnd,
    /// What the end itself brought, for those who follow the deltas: the text of an answer that came whole, or of a
    /// last event without its empty line. It is in `reply` already.
    pub last_deltas: Vec<Delta>,
    /// What could not be read.
    pub skipped: Skipped,
}

/// What a finish reason makes of an answer; none without a finish reason. A reason alone is no success: there has to be an
/// answer.
pub(crate) fn judged(reply: &Reply, native: Option<&str>) -> Option<AnswerEnd> {
    let reason = reply.finish.as_ref()?;
    let meaning = reason.meaning();
    let has_answer = !reply.content.trim().is_empty() || !reply.tool_calls.is_empty();
    let has_thoughts = !reply.reasoning.trim().is_empty();
    let kind = match meaning {
        FinishMeaning::Failed => FailureKind::Server,
        FinishMeaning::Filtered if !has_answer => FailureKind::ContentFilter,
        // Reasoning took all there was: that is said with the answer, and how to give it more.
        FinishMeaning::Cut if has_thoughts => return Some(AnswerEnd::Done),
        _ if has_answer => return Some(AnswerEnd::Done),
        _ => FailureKind::Empty,
    };
    let phase = if has_answer || has_thoughts { Phase::AfterFirstToken } else { Phase::InBody };
    Some(AnswerEnd::Failed(Failure::new(kind, phase).with_message(&words(reason, native))))
}

/// The reason in the server's own words, and for people where they are known.
fn words(reason: &FinishReason, native: Option<&str>) -> String {
    let name = reason.name();
    let own = match native {
        Some(native) if native != name => format!("finish_reason: {name}, native_finish_reason: {native}"),
        _ => format!("finish_reason: {name}"),
    };
    reason.failure_words().map_or_else(|| own.clone(), |words| format!("{words} ({own})"))
}

/// The failure that an answer without a finish reason is.
pub(crate) fn without_a_finish(done: bool, ending: StreamEnd, blank: bool, phase: Phase) -> Failure {
    let (kind, words) = match ending {
        // After `[DONE]` it does not matter how the connection went.
        _ if done && blank => (FailureKind::Empty, "The stream ended without text and without a finish reason."),
        StreamEnd::Closed if blank => {
            (FailureKind::Empty, "The response ended without text and without a finish reason.")
        }
        _ if done => (FailureKind::BadStream, "The answer ended without a finish reason."),
        StreamEnd::Closed => (FailureKind::BadStream, "The answer ended without a finish reason."),
        StreamEnd::Lost | StreamEnd::Stopped => (FailureKind::BadStream, "The connection broke."),
        StreamEnd::Offline => (FailureKind::Offline, ""),
        StreamEnd::TimedOut => (FailureKind::Timeout, ""),
    };
    Failure::new(kind, phase).with_message(words)
}
