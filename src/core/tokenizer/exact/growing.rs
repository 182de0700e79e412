//! Counting a text again that was counted a key press ago: only its end is counted anew.

use super::{Counter, pieces};

/// Most bytes before the end of a text in which a place to go on from is looked for.
const LOOKED_AT: usize = 4 << 10;
/// Texts are counted from the beginning until they are this long: it takes no time.
const SHORT: usize = 16 << 10;

/// Counts one text that changes, as a rule at its end: a draft that is written, an answer that comes.
///
/// It remembers the text up to a place that every split rule cuts at and looks across no further: between a line break and
/// a letter, or between a letter and a space with a letter after it. A text that begins with that is counted from there on;
/// any other from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// What the text has to begin with: everything up to the place, and the characters after it that make it one.
    known: String,
    /// The place, in bytes of it.
    place: usize,
    /// The tokens before the place.
    tokens: u64,
}

impl Growing {
    /// The tokens of the text; the same as [`Counter::count`]. It has to be the same counter each time.
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
    /// Where it goes on from.
    pub(super) const fn place(&self) -> usize {
        self.place
    }
}

/// The last place to go on from, and where the characters end that make it one.
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
