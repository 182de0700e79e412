//! A conversation as stored: turns, and the answers to each.

use headroom_domain::{
    ContentPart, Failure, FailureKind, FinishReason, Message, Metrics, Parameters, RequestSpec, ResponseFormat, Role,
    ServerTiming, Skipped, Tool, ToolCall, UnknownFields, Usage,
};
use serde::{Deserialize, Serialize};

use crate::conversation::refusal::Refusal;

/// Identifies a conversation or a turn. Built from a time, the tab's number, and a counter, so two tabs never create
/// the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub String);

/// Identifies a lane within a chat. The position of a lane changes when others are removed; its id does not. Ids are never
/// given to another lane while the chat has answers under them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneId(pub u32);

/// A lane of a chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lane {
    /// The lane's id.
    pub id: LaneId,
    /// What the lane asks, and how.
    pub setup: Setup,
}

/// A conversation's entry in the history. Saved separately: renaming a chat rewrites no turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The conversation's id.
    pub id: Id,
    /// The title set by the user, or else the start of the first prompt.
    pub title: String,
    /// When it was last used, in milliseconds since 1970.
    pub used_ms: u64,
    /// Its lanes, left to right. Empty in entries of older builds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<Lane>,
    /// What a newer build wrote with it.
    #[serde(skip)]
    pub unknown: Option<Box<UnknownFields>>,
}

/// One prompt and the answers to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The turn's id.
    pub id: Id,
    /// The conversation it belongs to.
    pub chat: Id,
    /// When it was asked; turns are shown in this order.
    pub asked_ms: u64,
    /// What the user wrote.
    pub prompt: String,
    /// What the user attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<ContentPart>,
    /// The answers of all lanes, newest last: regenerating keeps the older ones. A lane without an answer was not
    /// asked.
    pub answers: Vec<Answer>,
    /// Lanes in which this turn was replaced because its prompt was edited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced_in: Vec<LaneId>,
    /// What a newer build wrote with it.
    #[serde(skip)]
    pub unknown: Option<Box<UnknownFields>>,
}

impl Turn {
    /// Whether an answer is still streaming. In a stored turn, this means that it was cut off.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.answers.iter().any(|answer| answer.ending == Ending::Running)
    }

    /// Returns the user's message.
    fn asked(&self) -> Message {
        Message { attachments: self.attachments.clone(), ..Message::user(self.prompt.clone()) }
    }

    /// Whether it is part of a lane's conversation.
    #[must_use]
    pub fn is_in(&self, lane: LaneId) -> bool {
        self.answer(lane).is_some()
    }

    /// Returns the newest answer of a lane, if the turn is part of its conversation.
    #[must_use]
    pub fn answer(&self, lane: LaneId) -> Option<&Answer> {
        let mut answers = self.answers.iter().rev().filter(|_| !self.replaced_in.contains(&lane));
        answers.find(|answer| answer.lane == lane)
    }

    /// Returns the newest answer of a lane that has content: a failed retry does not hide it.
    fn spoken(&self, lane: LaneId) -> Option<&Answer> {
        let mut answers = self.answers.iter().rev().filter(|_| !self.replaced_in.contains(&lane));
        answers.find(|answer| answer.lane == lane && !answer.text.is_empty())
    }

    /// Whether later requests of a lane omit this turn although it is shown: its prompt was rejected or never sent, so
    /// it was not part of the conversation.
    #[must_use]
    pub fn is_left_out(&self, lane: LaneId) -> bool {
        self.spoken(lane).is_none() && self.answer(lane).is_some_and(Answer::was_refused)
    }

    pub(crate) fn answer_mut(&mut self, lane: LaneId) -> Option<&mut Answer> {
        self.answers.iter_mut().rev().find(|answer| answer.lane == lane)
    }

    /// Returns the index of a lane's newest answer among all answers.
    #[must_use]
    pub fn newest(&self, lane: LaneId) -> Option<usize> {
        self.answers.iter().rposition(|answer| answer.lane == lane)
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Still waiting or streaming. In a stored answer, this means cut off.
    #[default]
    Running,
    /// With a finish reason.
    Done,
    /// The user stopped it.
    Stopped,
    /// Without a finish reason; its text is kept.
    CutOff,
    /// Before any text.
    Failed,
    /// Queued and not sent. In a stored answer, or once canceled, this means that it never was.
    NotSent,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The lane it belongs to.
    #[serde(skip_serializing_if = "is_first")]
    pub lane: LaneId,
    /// The provider that was asked.
    pub provider: String,
    /// The model that was asked.
    pub model: String,
    /// What was asked for besides the conversation. `None` in answers of older builds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<RequestSpec>>,
    /// The text.
    pub text: String,
    /// The model's reasoning; shown, never sent back.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The model's tool calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// How it ended.
    pub ending: Ending,
    /// Why the model stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// The usage reported by the provider.
    pub usage: Usage,
    /// The server-side timing.
    pub timing: ServerTiming,
    /// The metrics measured here. `None` while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// The tokens the prompt was estimated at before it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_prompt_tokens: Option<u64>,
    /// The estimated tokens of the answer, if its provider didn't report them: it was stopped or cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_completion_tokens: Option<u64>,
    /// Its cost in US dollars: as the provider states it in `usage`, else its tokens at the list price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars: Option<f64>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The last rate-limit rejection before it was sent or canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// The parts of it that could not be read.
    #[serde(skip_serializing_if = "Skipped::is_empty")]
    pub skipped: Skipped,
    /// How often its text so far turned out to be reasoning. A view that shows streaming text restarts then.
    #[serde(skip)]
    pub moved: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_first(lane: &LaneId) -> bool {
    lane.0 == 0
}

impl Answer {
    /// Whether there is anything to show or send back.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !self.text.is_empty() || !self.tool_calls.is_empty()
    }

    /// Whether the prompt was rejected or never arrived. An empty answer is still an answer.
    fn was_refused(&self) -> bool {
        match self.ending {
            Ending::NotSent => true,
            Ending::Failed => self.failure.as_ref().is_none_or(|failure| failure.kind != FailureKind::Empty),
            Ending::Running | Ending::Done | Ending::Stopped | Ending::CutOff => false,
        }
    }
}

/// Builds the messages of a lane's request: the system prompt, its turns before `until`, and the prompt of turn
/// `until`.
///
/// Turns that the lane was not asked are not part of its conversation, nor are prompts that were rejected or never
/// sent. A prompt whose answer has no text is sent without one. Reasoning and tool calls are not sent back.
#[must_use]
pub fn messages(system: &str, turns: &[Turn], lane: LaneId, until: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    if !system.trim().is_empty() {
        messages.push(Message::new(Role::System, system));
    }
    for (at, turn) in turns.iter().enumerate().take(until + 1) {
        if at == until {
            messages.push(turn.asked());
        } else if turn.is_in(lane) && !turn.is_left_out(lane) {
            messages.push(turn.asked());
            messages.extend(turn.spoken(lane).map(|answer| Message::assistant(answer.text.clone())));
        }
    }
    messages
}

/// Returns the start of a prompt as a title: one line, at most 60 characters.
#[must_use]
pub fn title_of(prompt: &str) -> String {
    const LONGEST: usize = 60;
    let line = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut title: String = line.chars().take(LONGEST - 1).collect();
    title.truncate(title.trim_end().len());
    title.push('…');
    title
}

/// A lane's provider, model, and parameters; kept between requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// The provider to ask.
    pub provider: String,
    /// The model to ask.
    pub model: String,
    /// The parameters.
    pub parameters: Parameters,
    /// The form of the answers.
    #[serde(skip_serializing_if = "ResponseFormat::is_text")]
    pub response_format: ResponseFormat,
    /// The tools the model may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
}

impl Setup {
    /// Returns what a request with this setup asks for.
    #[must_use]
    pub fn request(&self, system: &str) -> RequestSpec {
        RequestSpec {
            system: system.to_owned(),
            parameters: self.parameters.clone(),
            response_format: self.response_format.clone(),
            tools: self.tools.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(prompt: &str, answer: &str) -> Turn {
        let answer = Answer { text: answer.into(), reasoning: "thoughts".into(), ..Answer::default() };
        let id = Id(prompt.into());
        Turn {
            id,
            chat: Id::default(),
            asked_ms: 0,
            prompt: prompt.into(),
            attachments: vec![],
            answers: vec![answer],
            replaced_in: vec![],
            unknown: None,
        }
    }

    fn spoken(messages: &[Message]) -> Vec<(&'static str, &str)> {
        messages.iter().map(|message| (message.role.name(), message.content.as_str())).collect()
    }

    #[test]
    fn a_request_carries_the_turns_before_it_and_no_reasoning() {
        let turns = [turn("one", "1"), turn("two", "2"), turn("three", "3")];
        let messages = messages("be brief", &turns, LaneId(0), 1);
        assert_eq!(spoken(&messages), [("system", "be brief"), ("user", "one"), ("assistant", "1"), ("user", "two")]);
        assert!(messages.iter().all(|message| message.reasoning.is_empty()));
    }

    #[test]
    fn a_prompt_that_was_refused_or_never_sent_is_not_repeated() {
        for ending in [Ending::Failed, Ending::NotSent] {
            let mut turns = [turn("refused", ""), turn("again", "")];
            turns[0].answers[0].ending = ending;
            assert!(turns[0].is_left_out(LaneId(0)));
            assert_eq!(spoken(&messages("  ", &turns, LaneId(0), 1)), [("user", "again")]);
        }
    }

    #[test]
    fn a_prompt_whose_answer_has_no_text_stays_in_the_conversation() {
        let mut turns = [turn("one", ""), turn("two", "")];
        let empty = Failure::new(FailureKind::Empty, headroom_domain::Phase::InBody);
        for (ending, failure) in
            [(Ending::Done, None), (Ending::Stopped, None), (Ending::CutOff, None), (Ending::Failed, Some(empty))]
        {
            (turns[0].answers[0].ending, turns[0].answers[0].failure) = (ending, failure);
            assert!(!turns[0].is_left_out(LaneId(0)), "{ending:?}");
            assert_eq!(spoken(&messages("", &turns, LaneId(0), 1)), [("user", "one"), ("user", "two")], "{ending:?}");
        }
        turns[0].answers[0].tool_calls = vec![ToolCall { name: "f".into(), ..ToolCall::default() }];
        let sent = messages("", &turns, LaneId(0), 1);
        assert_eq!(spoken(&sent), [("user", "one"), ("user", "two")], "no empty message in between");
    }

    #[test]
    fn each_lane_has_its_own_answers_and_only_the_turns_it_was_asked() {
        let mut turns = [turn("one", "1"), turn("two", "2"), turn("three", "3")];
        turns[1].answers.push(Answer { lane: LaneId(1), text: "zwei".into(), ..Answer::default() });
        turns[2].answers.push(Answer { lane: LaneId(1), text: "drei".into(), ..Answer::default() });
        assert_eq!(
            spoken(&messages("", &turns, LaneId(1), 2)),
            [("user", "two"), ("assistant", "zwei"), ("user", "three")]
        );
        turns[1].replaced_in.push(LaneId(1));
        assert_eq!(spoken(&messages("", &turns, LaneId(1), 2)), [("user", "three")], "there, the turn was replaced");
        assert_eq!(spoken(&messages("", &turns, LaneId(0), 1)), [("user", "one"), ("assistant", "1"), ("user", "two")]);
    }

    #[test]
    fn an_answer_that_failed_when_asked_again_does_not_unsay_the_one_before() {
        let mut turns = [turn("one", "1"), turn("two", "")];
        turns[0].answers.push(Answer { ending: Ending::Failed, ..Answer::default() });
        assert_eq!(spoken(&messages("", &turns, LaneId(0), 1)), [("user", "one"), ("assistant", "1"), ("user", "two")]);
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(title_of("  Why\n\nso? "), "Why so?");
        let long = title_of(&"word ".repeat(40));
        assert!(long.chars().count() <= 60 && long.ends_with("word…"), "{long}");
        assert_eq!(title_of(&"漢".repeat(61)).chars().count(), 60);
    }
}
