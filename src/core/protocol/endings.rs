//! Decides how a response ended, and whether it is complete.

use headroom_domain::{Failure, FailureKind, FinishMeaning, FinishReason, Phase, Reply, Skipped};

use crate::chunk::Delta;

/// How the bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The server closed the body normally.
    Closed,
    /// The connection broke.
    Lost,
    /// The connection broke because the device lost its network.
    Offline,
    /// Nothing arrived for too long.
    TimedOut,
    /// The user stopped it. This is not an error.
    Stopped,
}

/// The outcome of a response.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerEnd {
    /// It is complete: the model stated why it stopped.
    Done,
    /// The user stopped it.
    Stopped,
    /// It has a beginning but no end.
    CutOff(Failure),
    /// None of it arrived.
    Failed(Failure),
}

/// A response after its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Everything that arrived.
    pub reply: Reply,
    /// The outcome.
    pub end: AnswerEnd,
    /// The deltas produced by the end itself, for code that follows the deltas: the text of a complete response, or of
    /// a last event without its empty line. They are already in `reply`.
    pub last_deltas: Vec<Delta>,
    /// What could not be read.
    pub skipped: Skipped,
}

/// Judges a response by its finish reason; `None` without one. A finish reason alone is not success: there has to be an
/// answer.
pub(crate) fn judged(reply: &Reply, native: Option<&str>) -> Option<AnswerEnd> {
    let reason = reply.finish.as_ref()?;
    let meaning = reason.meaning();
    let has_answer = !reply.content.trim().is_empty() || !reply.tool_calls.is_empty();
    let has_thoughts = !reply.reasoning.trim().is_empty();
    let kind = match meaning {
        FinishMeaning::Failed => FailureKind::Server,
        FinishMeaning::Filtered if !has_answer => FailureKind::ContentFilter,
        // Reasoning used up the cap: the page says so with the answer, and how to raise the cap.
        FinishMeaning::Cut if has_thoughts => return Some(AnswerEnd::Done),
        _ if has_answer => return Some(AnswerEnd::Done),
        _ => FailureKind::Empty,
    };
    let phase = if has_answer || has_thoughts { Phase::AfterFirstToken } else { Phase::InBody };
    Some(AnswerEnd::Failed(Failure::new(kind, phase).with_message(&words(reason, native))))
}

/// Returns the server's finish reason, with a readable explanation where one is known.
fn words(reason: &FinishReason, native: Option<&str>) -> String {
    let name = reason.name();
    let own = match native {
        Some(native) if native != name => format!("finish_reason: {name}, native_finish_reason: {native}"),
        _ => format!("finish_reason: {name}"),
    };
    reason.failure_words().map_or_else(|| own.clone(), |words| format!("{words} ({own})"))
}

/// Returns the failure of a response without a finish reason.
pub(crate) fn without_a_finish(done: bool, ending: StreamEnd, blank: bool, phase: Phase) -> Failure {
    let (kind, words) = match ending {
        // After `[DONE]` it does not matter how the connection ended.
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
