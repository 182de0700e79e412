//! A conversation as it is kept: turns, and the answers to each.

use headroom_domain::{
    Failure, FailureKind, FinishReason, Message, Metrics, Parameters, Role, ServerTiming, Skipped, ToolCall, Usage,
};
use serde::{Deserialize, Serialize};

use crate::refusals::Refusal;

/// Names a conversation or a turn. Made of a time, a number that belongs to the tab, and a counter, so two tabs never
/// make the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub String);

/// The entry of a conversation in the history. Saved on its own: a tab that renames a chat rewrites no turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which conversation.
    pub id: Id,
    /// What the user calls it; the start of the first prompt until then.
    pub title: String,
    /// When it was last used, milliseconds since 1970.
    pub used_ms: u64,
}

/// One prompt and the answers to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Which turn.
    pub id: Id,
    /// The conversation it belongs to.
    pub chat: Id,
    /// When it was asked; turns are shown in this order.
    pub asked_ms: u64,
    /// What the user wrote.
    pub prompt: String,
    /// The answers of all lanes, the newest last: asking again keeps the older ones. A lane without an answer was not
    /// asked.
    pub answers: Vec<Answer>,
    /// Lanes that took another way: there, the prompt was edited and this turn replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced_in: Vec<usize>,
}

impl Turn {
    /// Whether an answer is still being written. Of a turn that was read back, this says that its writing was cut off.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.answers.iter().any(|answer| answer.ending == Ending::Running)
    }

    /// Whether it is part of the conversation of a lane.
    #[must_use]
    pub fn is_in(&self, lane: usize) -> bool {
        self.answer(lane).is_some()
    }

    /// The newest answer of a lane, if the turn is part of its conversation.
    #[must_use]
    pub fn answer(&self, lane: usize) -> Option<&Answer> {
        let mut answers = self.answers.iter().rev().filter(|_| !self.replaced_in.contains(&lane));
        answers.find(|answer| answer.lane == lane)
    }

    /// The newest answer of a lane that says anything: one that failed when it was asked again takes nothing back.
    fn spoken(&self, lane: usize) -> Option<&Answer> {
        let mut answers = self.answers.iter().rev().filter(|_| !self.replaced_in.contains(&lane));
        answers.find(|answer| answer.lane == lane && !answer.text.is_empty())
    }

    /// Whether later requests of a lane leave this turn out, though it is on the screen: its prompt was refused or never
    /// sent, so it was no part of the conversation.
    #[must_use]
    pub fn is_left_out(&self, lane: usize) -> bool {
        self.spoken(lane).is_none() && self.answer(lane).is_some_and(Answer::was_refused)
    }

    pub(crate) fn answer_mut(&mut self, lane: usize) -> Option<&mut Answer> {
        self.answers.iter_mut().rev().find(|answer| answer.lane == lane)
    }

    /// The place of a lane's newest answer among all answers.
    #[must_use]
    pub fn newest(&self, lane: usize) -> Option<usize> {
        self.answers.iter().rposition(|answer| answer.lane == lane)
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It has not: it is waited for or streams. Read back from storage, this means cut off.
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
    /// It waits for its turn and was not sent. Read back from storage, or once it was called off, this means that it
    /// never was.
    NotSent,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The lane it belongs to, from 0.
    #[serde(skip_serializing_if = "is_first")]
    pub lane: usize,
    /// The provider that was asked.
    pub provider: String,
    /// The model that was asked.
    pub model: String,
    /// The text.
    pub text: String,
    /// The model's reasoning; shown, never sent back.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The tools it calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// How it ended.
    pub ending: Ending,
    /// Why the model stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// What the provider says it took.
    pub usage: Usage,
    /// Where the time went on the provider's side.
    pub timing: ServerTiming,
    /// What was measured here; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// What the prompt was estimated at before it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_prompt_tokens: Option<u64>,
    /// What the answer was estimated at, where its provider did not say: it was stopped or cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_completion_tokens: Option<u64>,
    /// What it cost in US dollars: as the provider states it in `usage`, else its tokens at the list price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars: Option<f64>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The last refusal by a rate limit before it went, or was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// What could not be read of it.
    #[serde(skip_serializing_if = "Skipped::is_empty")]
    pub skipped: Skipped,
    /// How often its text so far turned out to be reasoning. A view that shows growing text begins again then.
    #[serde(skip)]
    pub moved: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_first(lane: &usize) -> bool {
    *lane == 0
}

impl Answer {
    /// Whether there is anything to show or send back.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !self.text.is_empty() || !self.tool_calls.is_empty()
    }

    /// Whether the prompt was refused, or never got through. An answer that came empty is an answer.
    fn was_refused(&self) -> bool {
        match self.ending {
            Ending::NotSent => true,
            Ending::Failed => self.failure.as_ref().is_none_or(|failure| failure.kind != FailureKind::Empty),
            Ending::Running | Ending::Done | Ending::Stopped | Ending::CutOff => false,
        }
    }
}

/// The messages of a request of one lane: system prompt, its turns before `until`, and the prompt of turn `until` itself.
///
/// Turns that the lane was not asked are no part of its conversation, and neither are prompts that were refused or never
/// sent. A prompt whose answer has no text is sent again without one. Reasoning and tool calls are not sent back.
#[must_use]
pub fn messages(system: &str, turns: &[Turn], lane: usize, until: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    if !system.trim().is_empty() {
        messages.push(Message::new(Role::System, system));
    }
    for (at, turn) in turns.iter().enumerate().take(until + 1) {
        if at == until {
            messages.push(Message::user(turn.prompt.clone()));
        } else if turn.is_in(lane) && !turn.is_left_out(lane) {
            messages.push(Message::user(turn.prompt.clone()));
            messages.extend(turn.spoken(lane).map(|answer| Message::assistant(answer.text.clone())));
        }
    }
    messages
}

/// The start of a prompt, as a title: one line, at most 60 characters.
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

/// Whom a lane asks, and how; kept between requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// The provider to ask.
    pub provider: String,
    /// The model to ask.
    pub model: String,
    /// What the model is told before the conversation. That of the first lane holds for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The knobs.
    pub parameters: Parameters,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(prompt: &str, answer: &str) -> Turn {
        let answer = Answer { text: answer.into(), reasoning: "thoughts".into(), ..Answer::default() };
        let id = Id(prompt.into());
        Turn { id, chat: Id::default(), asked_ms: 0, prompt: prompt.into(), answers: vec![answer], replaced_in: vec![] }
    }

    fn spoken(messages: &[Message]) -> Vec<(&'static str, &str)> {
        messages.iter().map(|message| (message.role.name(), message.content.as_str())).collect()
    }

    #[test]
    fn a_request_carries_the_turns_before_it_and_no_reasoning() {
        let turns = [turn("one", "1"), turn("two", "2"), turn("three", "3")];
        let messages = messages("be brief", &turns, 0, 1);
        assert_eq!(spoken(&messages), [("system", "be brief"), ("user", "one"), ("assistant", "1"), ("user", "two")]);
        assert!(messages.iter().all(|message| message.reasoning.is_empty()));
    }

    #[test]
    fn a_prompt_that_was_refused_or_never_sent_is_not_repeated() {
        for ending in [Ending::Failed, Ending::NotSent] {
            let mut turns = [turn("refused", ""), turn("again", "")];
            turns[0].answers[0].ending = ending;
            assert!(turns[0].is_left_out(0));
            assert_eq!(spoken(&messages("  ", &turns, 0, 1)), [("user", "again")]);
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
            assert!(!turns[0].is_left_out(0), "{ending:?}");
            assert_eq!(spoken(&messages("", &turns, 0, 1)), [("user", "one"), ("user", "two")], "{ending:?}");
        }
        turns[0].answers[0].tool_calls = vec![ToolCall { name: "f".into(), ..ToolCall::default() }];
        let sent = messages("", &turns, 0, 1);
        assert_eq!(spoken(&sent), [("user", "one"), ("user", "two")], "no empty message in between");
    }

    #[test]
    fn each_lane_has_its_own_answers_and_only_the_turns_it_was_asked() {
        let mut turns = [turn("one", "1"), turn("two", "2"), turn("three", "3")];
        turns[1].answers.push(Answer { lane: 1, text: "zwei".into(), ..Answer::default() });
        turns[2].answers.push(Answer { lane: 1, text: "drei".into(), ..Answer::default() });
        assert_eq!(spoken(&messages("", &turns, 1, 2)), [("user", "two"), ("assistant", "zwei"), ("user", "three")]);
        turns[1].replaced_in.push(1);
        assert_eq!(spoken(&messages("", &turns, 1, 2)), [("user", "three")], "there, the turn was replaced");
        assert_eq!(spoken(&messages("", &turns, 0, 1)), [("user", "one"), ("assistant", "1"), ("user", "two")]);
    }

    #[test]
    fn an_answer_that_failed_when_asked_again_does_not_unsay_the_one_before() {
        let mut turns = [turn("one", "1"), turn("two", "")];
        turns[0].answers.push(Answer { ending: Ending::Failed, ..Answer::default() });
        assert_eq!(spoken(&messages("", &turns, 0, 1)), [("user", "one"), ("assistant", "1"), ("user", "two")]);
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(title_of("  Why\n\nso? "), "Why so?");
        let long = title_of(&"word ".repeat(40));
        assert!(long.chars().count() <= 60 && long.ends_with("word…"), "{long}");
        assert_eq!(title_of(&"漢".repeat(61)).chars().count(), 60);
    }
}
