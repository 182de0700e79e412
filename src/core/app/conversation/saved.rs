//! Stored records: versioned JSON, so that future pages can read today's data.
//!
//! An unreadable record is an error with the reason; the platform leaves it in place and reports it. Nothing is dropped
//! because a page is older or newer than its data.

use std::fmt;

use headroom_domain::{Failure, FailureKind, Phase, UnknownFields};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::conversation::chat::{Answer, Ending, Entry, LaneId, Turn};

/// The shape of the records. A new field does not change it: builds that do not know a field keep it (see
/// [`UnknownFields`]).
pub const VERSION: u64 = 1;

/// A type that is stored.
pub trait Record: Serialize + DeserializeOwned {
    /// Returns the place for what a newer build wrote with the record.
    fn unknown(&mut self) -> &mut Option<Box<UnknownFields>>;

    /// Returns what a newer build wrote with the record.
    fn unknown_fields(&self) -> Option<&UnknownFields>;

    /// Whether the record may be written back once it was read.
    fn may_change(&self) -> bool {
        true
    }
}

impl Record for Entry {
    fn unknown(&mut self) -> &mut Option<Box<UnknownFields>> {
        &mut self.unknown
    }

    fn unknown_fields(&self) -> Option<&UnknownFields> {
        self.unknown.as_deref()
    }
}

impl Record for Turn {
    fn unknown(&mut self) -> &mut Option<Box<UnknownFields>> {
        &mut self.unknown
    }

    fn unknown_fields(&self) -> Option<&UnknownFields> {
        self.unknown.as_deref()
    }
}

impl Record for headroom_limits::Request {
    fn unknown(&mut self) -> &mut Option<Box<UnknownFields>> {
        &mut self.unknown
    }

    fn unknown_fields(&self) -> Option<&UnknownFields> {
        self.unknown.as_deref()
    }

    fn may_change(&self) -> bool {
        self.settled.is_none()
    }
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not JSON, or not of the expected shape.
    Broken(String),
    /// A newer page wrote it.
    Newer(u64),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) => write!(f, "it is damaged ({why})"),
            Self::Newer(version) => {
                write!(f, "a newer Headroom wrote it (format {version}); reload to get that version")
            }
        }
    }
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u64,
    data: T,
}

/// Serializes a record.
#[must_use]
pub fn write<T: Record>(record: &T) -> String {
    let text = write_known(record);
    match record.unknown_fields() {
        Some(unknown) => unknown.added_to(text),
        None => text,
    }
}

fn write_known<T: Record>(record: &T) -> String {
    // Strings, numbers, lists, and maps with string keys: serde_json cannot fail on these.
    serde_json::to_string(&Envelope { v: VERSION, data: record }).unwrap_or_default()
}

/// Reads a record. What it says beyond this build's knowledge stays with it.
///
/// # Errors
/// [`Unreadable`], with the reason in words.
pub fn read<T: Record>(text: &str) -> Result<T, Unreadable> {
    let broken = |why: serde_json::Error| Unreadable::Broken(why.to_string());
    let Version { v } = serde_json::from_str(text).map_err(broken)?;
    if v > VERSION {
        return Err(Unreadable::Newer(v));
    }
    // Parsed directly from text without an intermediate tree: most records have no unknown fields.
    let mut record = serde_json::from_str::<Envelope<T>>(text).map_err(broken)?.data;
    if record.may_change() {
        *record.unknown() = UnknownFields::between(text, &write_known(&record));
    }
    Ok(record)
}

/// A saved piece of a running answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// The lane of the answer.
    pub lane: LaneId,
    /// The answer text.
    pub text: String,
    /// The reasoning text.
    pub reasoning: String,
}

impl Slice {
    /// Serializes it as a record.
    #[must_use]
    pub fn write(self) -> String {
        serde_json::to_string(&[self.text, self.reasoning, self.lane.0.to_string()]).unwrap_or_default()
    }

    /// Reads a record. `None` if it is not a slice.
    #[must_use]
    pub fn read(record: &str) -> Option<Self> {
        let mut parts = serde_json::from_str::<Vec<String>>(record).ok()?.into_iter();
        let (text, reasoning) = (parts.next()?, parts.next()?);
        Some(Self { lane: LaneId(parts.next().and_then(|lane| lane.parse().ok()).unwrap_or(0)), text, reasoning })
    }
}

/// Restores a stored turn: an answer that was still running when the page closed is cut off, with the text it had.
///
/// `slices` are the pieces of text saved while it streamed, in order for each lane.
#[must_use]
pub fn restored(mut turn: Turn, slices: &[Slice]) -> Turn {
    for answer in turn.answers.iter_mut().filter(|answer| answer.ending == Ending::Running) {
        for slice in slices.iter().filter(|slice| slice.lane == answer.lane) {
            answer.text.push_str(&slice.text);
            answer.reasoning.push_str(&slice.reasoning);
        }
        answer.ending = if has_any(answer) { Ending::CutOff } else { Ending::Failed };
        let why = "The page was closed or reloaded during this answer.";
        answer.failure = Some(Failure::new(FailureKind::BadStream, Phase::AfterFirstToken).with_message(why));
    }
    turn
}

fn has_any(answer: &Answer) -> bool {
    answer.has_text() || !answer.reasoning.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::chat::Id;

    fn turn() -> Turn {
        Turn {
            id: Id("t1".into()),
            chat: Id("c1".into()),
            asked_ms: 5,
            prompt: "why?".into(),
            answers: vec![Answer { model: "m".into(), text: "Be".into(), ..Answer::default() }],
            attachments: vec![],
            replaced_in: vec![],
            unknown: None,
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        assert_eq!(read::<Turn>(&write(&turn())), Ok(turn()));
    }

    #[test]
    fn the_first_format_is_read_forever() {
        // As version 1 wrote it; never edit this text.
        let kept = r#"{"v":1,"data":{"id":"t1","chat":"c1","asked_ms":5,"prompt":"why?","answers":[{"provider":"","model":"m","text":"Be","ending":"running","usage":{},"timing":{}}]}}"#;
        assert_eq!(read::<Turn>(kept), Ok(turn()));
    }

    #[test]
    fn what_cannot_be_read_says_why_and_is_not_guessed_at() {
        assert_eq!(read::<Entry>(r#"{"v":2,"data":{}}"#), Err(Unreadable::Newer(2)));
        for broken in ["", "{", "null", r#"{"v":1}"#, r#"{"v":1,"data":{"id":1}}"#, r#"{"v":1,"data":{}} x"#] {
            assert!(matches!(read::<Entry>(broken), Err(Unreadable::Broken(_))), "{broken}");
        }
    }

    #[test]
    fn an_answer_cut_by_a_reload_comes_back_with_its_text() {
        let slice = |lane, text: &str, reasoning: &str| Slice {
            lane: LaneId(lane),
            text: text.into(),
            reasoning: reasoning.into(),
        };
        let slices = [slice(0, "cause", "hm"), slice(1, "another", ""), slice(0, " so", "")];
        let slices = slices.map(|slice| Slice::read(&slice.write()).unwrap());
        assert!(turn().is_running() && !restored(turn(), &[]).is_running());
        let answer = restored(turn(), &slices).answers.remove(0);
        assert_eq!(
            (answer.text.as_str(), answer.reasoning.as_str(), answer.ending),
            ("Because so", "hm", Ending::CutOff)
        );
        let mut silent = turn();
        let kept = restored(turn(), &slices).answers.remove(0).failure.unwrap();
        assert_eq!(kept.kind, FailureKind::BadStream, "the card says that it was cut off");
        silent.answers[0].text.clear();
        assert_eq!(restored(silent, &[]).answers[0].ending, Ending::Failed);
    }
}
