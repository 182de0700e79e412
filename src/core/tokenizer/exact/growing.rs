//! Recounts text after a small edit: only its end is counted again.

use super::{Counter, pieces};

/// Most bytes at the end of the text that are searched for a resume point.
const LOOKED_AT: usize = 4 << 10;
/// Texts up to this many bytes are counted from the beginning, which takes no noticeable time.
const SHORT: usize = 16 << 10;

/// Counts one text that changes, usually at its end: a draft being written, an answer being streamed.
///
/// Remembers the text up to a resume point: a place where every split rule cuts, without looking further ahead. That is
/// between a line break and a letter, or between a letter and a space that is followed by a letter. Text that begins
/// with the remembered text is counted from there; any other from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// The required beginning of the text: up to the resume point, plus the characters that make it one.
    known: String,
    /// The resume point, in bytes.
    place: usize,
    /// The tokens before the resume point.
    tokens: u64,
}

impl Growing {
    /// Returns the tokens of the text, equal to [`Counter::count`]. It must be the same counter each time.
    pub fn count(&mut self, counter: &mut Counter, text: &str) -> u64 {
        if !text.starts_with(&self.known) {
            *self = Self::default();
        }
        let Some(rest) = text.get(self.place..) else { return counter.count(text) };
        if rest.len() < SHORT {
            return self.tokens + counter.count(rest);
        }
        let Some((place, end)) = last_place(counter, rest) else { return self.tokens + counter.count(rest) };
        let (before, after) = rest.split_at(place);
        self.tokens += counter.count(before);
        self.known.truncate(self.place);
        self.known.push_str(rest.get(..end).unwrap_or_default());
        self.place += place;
        self.tokens + counter.count(after)
    }
}

#[cfg(test)]
impl Growing {
    /// Returns the resume point.
    pub(super) const fn place(&self) -> usize {
        self.place
    }
}

/// Returns the last resume point, and the end of the characters that make it one.
fn last_place(counter: &Counter, text: &str) -> Option<(usize, usize)> {
    let from = (text.len().saturating_sub(LOOKED_AT)..).find(|from| text.is_char_boundary(*from))?;
    let tail = text.get(from..)?;
    let is_letter = |character: char| pieces::is_letter(&counter.classes, character);
    let mut characters = tail.char_indices().rev();
    let (mut third, mut second) = (characters.next()?, characters.next()?);
    for first in characters {
        let letter_follows = is_letter(third.1);
        let place = match (first.1, second.1) {
            (_, '\n') if letter_follows => Some(third.0),
            (before, ' ') if letter_follows && is_letter(before) => Some(second.0),
            _ => None,
        };
        if let Some(place) = place {
            return Some((from + place, from + third.0 + third.1.len_utf8()));
        }
        (third, second) = (second, first);
    }
    None
}
