//! Chats in the database of older builds (version 1), which tabs that are still open go on writing. This build never writes
//! there; it takes over what they change by comparing three texts of a record: theirs now, theirs when it was last seen,
//! and ours.
//!
//! Who alone changed a record wins; where both did, nothing that either wrote is lost.

use crate::conversation::{
    chat::{Entry, Turn},
    saved::{self, Slice, Unreadable},
};

/// What becomes of a stored text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Update {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is replaced.
    Put(String),
    /// It is deleted.
    Remove,
}

/// What to store after comparing a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takeover {
    /// Our record. Removing a history entry removes its chat.
    pub record: Update,
    /// What is remembered of theirs.
    pub seen: Update,
}

impl Takeover {
    fn forgets(record: Update) -> Self {
        Self { record, seen: Update::Remove }
    }
}

/// Compares a history entry: theirs now, theirs when it was last seen, and ours.
///
/// # Errors
/// Theirs cannot be read.
pub fn entry(theirs: Option<&str>, seen: Option<&str>, ours: Option<&str>) -> Result<Takeover, Unreadable> {
    let ours_now = ours.map(saved::read::<Entry>).transpose().unwrap_or_default();
    let seen_then = seen.map(saved::read::<Entry>).transpose().unwrap_or_default();
    let Some(theirs) = theirs else {
        // Their tab deleted the chat. What was asked here since keeps it.
        let is_continued = ours_now.zip(seen_then).is_some_and(|(ours, seen)| ours.used_ms > seen.used_ms);
        return Ok(match seen {
            None => Takeover::default(),
            Some(_) => Takeover::forgets(if is_continued { Update::Keep } else { Update::Remove }),
        });
    };
    if seen == Some(theirs) {
        return Ok(Takeover::default());
    }
    let theirs_now = saved::read::<Entry>(theirs)?;
    let record = match (ours, ours_now, seen_then) {
        // New, or deleted here and then continued there.
        (None, ..) => Update::Put(theirs.to_owned()),
        (Some(_), Some(mut ours), Some(seen)) => {
            if theirs_now.title != seen.title {
                ours.title = theirs_now.title;
            }
            if theirs_now.used_ms > ours.used_ms {
                ours.used_ms = theirs_now.used_ms;
                ours.lanes = theirs_now.lanes;
            }
            Update::Put(saved::write(&ours))
        }
        (Some(_), ..) => Update::Keep,
    };
    Ok(Takeover { record, seen: Update::Put(theirs.to_owned()) })
}

/// What is remembered of a turn of theirs.
struct Seen {
    /// The fingerprint of theirs.
    theirs: u64,
    /// The fingerprint of ours after it was taken over.
    ours: u64,
    /// The number of its answers.
    answers: usize,
}

impl Seen {
    fn write(&self) -> String {
        format!("{} {} {}", self.theirs, self.ours, self.answers)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut next = || parts.next()?.parse::<u64>().ok();
        Some(Self { theirs: next()?, ours: next()?, answers: usize::try_from(next()?).ok()? })
    }
}

/// Compares a turn: theirs now, with the slices of answers that still stream or never ended; what is remembered of it; and
/// ours.
///
/// # Errors
/// Theirs cannot be read.
pub fn turn(
    theirs: Option<&str>,
    slices: &[&str],
    seen: Option<&str>,
    ours: Option<&str>,
) -> Result<Takeover, Unreadable> {
    let seen_then = seen.and_then(Seen::read);
    let is_unchanged_here = seen_then.as_ref().zip(ours).is_some_and(|(seen, ours)| seen.ours == fingerprint(&[ours]));
    let Some(theirs) = theirs else {
        return Ok(match seen {
            None => Takeover::default(),
            Some(_) => Takeover::forgets(if is_unchanged_here { Update::Remove } else { Update::Keep }),
        });
    };
    let texts: Vec<&str> = std::iter::once(theirs).chain(slices.iter().copied()).collect();
    let theirs_now = fingerprint(&texts);
    if seen_then.as_ref().is_some_and(|seen| seen.theirs == theirs_now) {
        return Ok(Takeover::default());
    }
    let slices: Vec<Slice> = slices.iter().filter_map(|slice| Slice::read(slice)).collect();
    let their_turn = saved::restored(saved::read(theirs)?, &slices);
    let answers = their_turn.answers.len();
    let our_turn = ours.and_then(|ours| saved::read::<Turn>(ours).ok());
    let is_taken_whole = ours.is_none() || is_unchanged_here;
    let record = match (our_turn, seen_then) {
        _ if is_taken_whole => Some(their_turn),
        (Some(our_turn), Some(seen)) => Some(merged(our_turn, their_turn, seen.answers)),
        _ => None,
    };
    let text = record.as_ref().map(saved::write);
    // A merged turn is like one that was changed here: never replaced or removed as a whole.
    let ours = if is_taken_whole { fingerprint(&[text.as_deref().unwrap_or_default()]) } else { 0 };
    let seen = Seen { theirs: theirs_now, ours, answers }.write();
    Ok(Takeover { record: text.map_or(Update::Keep, Update::Put), seen: Update::Put(seen) })
}

/// Adds their new answers to ours, and the rest of those that were cut off when they were taken over. Both began with the
/// first `shared` answers; theirs come before ours then, so that both begin with all of theirs.
fn merged(mut ours: Turn, mut theirs: Turn, shared: usize) -> Turn {
    let shared = shared.min(theirs.answers.len()).min(ours.answers.len());
    let new = theirs.answers.split_off(shared);
    for (ours, theirs) in ours.answers.iter_mut().zip(theirs.answers) {
        if theirs.lane == ours.lane && theirs.text.starts_with(&ours.text) {
            *ours = theirs;
        }
    }
    ours.answers.splice(shared..shared, new);
    for lane in theirs.replaced_in {
        if !ours.replaced_in.contains(&lane) {
            ours.replaced_in.push(lane);
        }
    }
    ours
}

/// FNV-1a: tells texts of one record apart.
fn fingerprint(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
