//! Harmony, the format of gpt-oss, where a server passes it on as text.
//!
//! `<|start|>assistant<|channel|>analysis<|message|>…<|end|>`: each message has a channel. `final` is the answer,
//! `analysis` is reasoning, and `commentary` with a recipient is a tool call.

use crate::{
    chunk::ToolCallDelta,
    markers::{closing_quote, is_quoted, may_become, started},
    reasoning::Part,
};

/// How text in this format begins. Text that begins with the bare mark only mentions it.
pub(crate) const BEGINNINGS: [&str; 5] =
    ["<|channel|>analysis", "<|channel|>commentary", "<|channel|>final", "<|start|>assistant", "<|message|>"];

const MESSAGE: &str = "<|message|>";
/// The marks that end a message.
const ENDS: [&str; 3] = ["<|end|>", "<|return|>", "<|call|>"];
const STARTS: [&str; 2] = ["<|start|>", "<|channel|>"];
const MARKS: [&str; 6] = ["<|end|>", "<|return|>", "<|call|>", "<|start|>", "<|channel|>", MESSAGE];

/// Longest header of a message, in bytes; anything longer is not a header.
const LONGEST_HEAD: usize = 512;

/// Calls in this format have no number; theirs start above any index used in the `tool_calls` field.
const FIRST_CALL: u64 = 1 << 32;

/// A reader of this format.
#[derive(Clone, Debug, Default)]
pub(crate) struct Harmony {
    place: Place,
    calls: u64,
    /// Whether content and reasoning have arrived: more of either is set apart by a blank line.
    came: (bool, bool),
    breaks: bool,
}

#[derive(Clone, Debug, Default)]
enum Place {
    /// Between messages.
    #[default]
    Between,
    /// In the header of a message.
    Head,
    Message(Channel),
}

#[derive(Clone, Debug, PartialEq)]
enum Channel {
    Content,
    Reasoning,
    /// The arguments of a call, with its name until that has been emitted.
    Call(Option<String>),
}

impl Harmony {
    /// Reads on. Returns how many bytes are consumed, and whether the rest waits for more text.
    pub(crate) fn step(
        &mut self,
        rest: &str,
        before: Option<char>,
        ends: bool,
        parts: &mut Vec<Part>,
    ) -> (usize, bool) {
        match &self.place {
            Place::Between => self.between(rest, ends),
            Place::Head => self.head(rest, ends, parts),
            Place::Message(channel) => {
                let channel = channel.clone();
                self.message(&channel, rest, before, ends, parts)
            }
        }
    }

    fn between(&mut self, rest: &str, ends: bool) -> (usize, bool) {
        let text = rest.trim_start();
        let space = rest.len() - text.len();
        if STARTS.iter().any(|mark| text.starts_with(mark)) {
            self.place = Place::Head;
            return (space, false);
        }
        if let Some(mark) = MARKS.iter().find(|mark| text.starts_with(**mark)) {
            return (space + mark.len(), false);
        }
        if text.is_empty() || (may_become(text, &MARKS) && !ends) {
            return (space, true);
        }
        // Servers that only parse this format's reasoning leave out the header of the answer.
        self.begin(Channel::Content);
        (space, false)
    }

    fn head(&mut self, rest: &str, ends: bool, parts: &mut Vec<Part>) -> (usize, bool) {
        if let Some(at) = rest.find(MESSAGE).filter(|at| *at <= LONGEST_HEAD) {
            self.begin(channel(rest.get(..at).unwrap_or_default()));
            return (at + MESSAGE.len(), false);
        }
        let is_none = rest.len() > LONGEST_HEAD + MESSAGE.len();
        if !is_none && !ends {
            return (0, true);
        }
        // A header that was cut short carries nothing; anything else is text.
        if is_none || rest.contains(char::is_whitespace) {
            self.begin(Channel::Content);
            self.say(&Channel::Content, rest, parts);
        }
        (rest.len(), true)
    }

    fn begin(&mut self, channel: Channel) {
        self.breaks = match channel {
            Channel::Content => self.came.0,
            Channel::Reasoning => self.came.1,
            Channel::Call(_) => false,
        };
        self.place = Place::Message(channel);
    }

    fn message(
        &mut self,
        channel: &Channel,
        rest: &str,
        before: Option<char>,
        ends: bool,
        parts: &mut Vec<Part>,
    ) -> (usize, bool) {
        let mut from = 0;
        loop {
            let later = rest.get(from..).unwrap_or_default();
            let marks = ENDS.iter().chain(&STARTS).filter_map(|mark| Some((from + later.find(mark)?, *mark)));
            let Some((at, mark)) = marks.min_by_key(|(at, _)| *at) else { break };
            let (text, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + mark.len()..).unwrap_or_default());
            let before = text.chars().next_back().or(before);
            if after.is_empty() && !ends && closing_quote(before).is_some() {
                self.say(channel, text, parts);
                return (at, true);
            }
            if is_quoted(before, after.chars().next()) {
                from = at + mark.len();
                continue;
            }
            self.say(channel, text, parts);
            self.place = Place::Between;
            return (if ENDS.contains(&mark) { at + mark.len() } else { at }, false);
        }
        let undecided = if ends { 0 } else { started(rest, &MARKS) };
        let text = rest.get(..rest.len() - undecided).unwrap_or_default();
        self.say(channel, text, parts);
        (text.len(), true)
    }

    fn say(&mut self, channel: &Channel, text: &str, parts: &mut Vec<Part>) {
        if text.is_empty() {
            return;
        }
        let text = if std::mem::take(&mut self.breaks) { format!("\n\n{text}") } else { text.to_owned() };
        match channel {
            Channel::Content => {
                self.came.0 = true;
                parts.push(Part::Content(text));
            }
            Channel::Reasoning => {
                self.came.1 = true;
                parts.push(Part::Reasoning(text));
            }
            Channel::Call(name) => {
                self.calls += u64::from(name.is_some());
                let index = FIRST_CALL + self.calls;
                parts.push(Part::Call(ToolCallDelta { index, id: None, name: name.clone(), arguments: text }));
                self.place = Place::Message(Channel::Call(None));
            }
        }
    }
}

/// Returns the channel named by a header.
fn channel(head: &str) -> Channel {
    let recipient = head.split_once("to=").map(|(_, after)| after);
    let recipient = recipient.and_then(|after| after.split(|c: char| c.is_whitespace() || c == '<').next());
    if let Some(name) = recipient.filter(|name| !name.is_empty() && *name != "user") {
        return Channel::Call(Some(name.strip_prefix("functions.").unwrap_or(name).to_owned()));
    }
    let name = head.split_once("<|channel|>").map_or("", |(_, after)| after.trim_start());
    if name.starts_with("analysis") { Channel::Reasoning } else { Channel::Content }
}
