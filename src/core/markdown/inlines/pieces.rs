//! The top-level inlines of a leaf, with long text cut into pieces.

use crate::{
    Inline,
    cursor::{from, until},
};
use std::mem;

/// A piece of text ends at the next good place after this many bytes, so that the pieces before it are settled.
const PIECE: usize = 128;
/// Text without spaces ends between two letters instead …
const UNBROKEN_PIECE: usize = 512;
/// … and text without letters anywhere.
const LONGEST_PIECE: usize = 1024;

/// A top-level inline of a leaf.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) inline: Inline,
    /// Its start in the text, in bytes, if parsing from there gives this piece and all after it.
    pub(crate) start: Option<usize>,
}

/// The top-level inlines, with text cut into pieces. The cuts depend only on the text from where a run of text starts,
/// so that parsing from a cut gives the same cuts as parsing everything.
#[derive(Default)]
pub(crate) struct Top {
    pieces: Vec<Piece>,
    text: String,
    /// Where `text` is in the source: ascending offsets in `text`, and what is known from there on.
    places: Vec<(usize, Option<Place>)>,
}

/// A position of text in the source, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Its first byte; the others do not correspond.
    Start(usize),
    /// Byte for byte from here on.
    Along(usize),
}

impl Place {
    fn after(self, bytes: usize) -> Option<usize> {
        match self {
            Self::Along(start) => Some(start + bytes),
            Self::Start(start) => (bytes == 0).then_some(start),
        }
    }
}

impl Top {
    pub(crate) fn text(&mut self, text: &str, place: Option<Place>) {
        self.places.push((self.text.len(), place));
        self.text.push_str(text);
    }

    pub(crate) fn other(&mut self, inline: Inline, start: Option<usize>) {
        self.flush();
        self.pieces.push(Piece { inline, start });
    }

    pub(crate) fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }

    fn flush(&mut self) {
        let text = mem::take(&mut self.text);
        let places = mem::take(&mut self.places);
        let mut places = places.iter().peekable();
        let mut place = None;
        let mut at = 0;
        while at < text.len() {
            while let Some(next) = places.next_if(|(offset, _)| *offset <= at) {
                place = Some(next);
            }
            let end = at + piece(from(&text, at));
            self.pieces.push(Piece {
                inline: Inline::Text(until(from(&text, at), end - at).to_owned()),
                start: place.and_then(|(offset, place)| place.as_ref()?.after(at - offset)),
            });
            at = end;
        }
    }
}

/// Returns the length of the first piece of the text, in bytes.
fn piece(text: &str) -> usize {
    if text.len() <= PIECE {
        return text.len();
    }
    let mut before = ' ';
    for (at, next) in text.char_indices() {
        let between_words = before.is_whitespace() && !next.is_whitespace();
        let between_letters = before.is_alphanumeric() && next.is_alphanumeric();
        if at >= PIECE && between_words || at >= UNBROKEN_PIECE && between_letters || at >= LONGEST_PIECE {
            return at;
        }
        before = next;
    }
    text.len()
}
