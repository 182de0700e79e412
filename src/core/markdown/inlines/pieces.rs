//! The inlines at the top of a leaf, with long text cut into pieces.

use crate::{
    Inline,
    cursor::{from, until},
};
use std::mem;

/// From this many bytes on a piece of text ends at the next good place, so that pieces before it are done with.
const PIECE: usize = 128;
/// Text without spaces ends between two letters instead …
const UNBROKEN_PIECE: usize = 512;
/// … and text without letters anywhere.
const LONGEST_PIECE: usize = 1024;

/// An inline at the top of a leaf.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) inline: Inline,
    /// Where it starts in the text, in bytes, if parsing from there gives this piece and all after it.
    pub(crate) start: Option<usize>,
}

/// The inlines at the top, with text cut into pieces. The cuts depend on nothing but the text from where a run of text
/// starts, so that reading on from a cut gives the same cuts as reading all.
#[derive(Default)]
pub(crate) struct Top {
    pieces: Vec<Piece>,
    text: String,
    /// Where `text` can be found in the source: offsets in `text`, rising, with what is known from there on.
    places: Vec<(usize, Option<Place>)>,
}

/// Where text stands in the source, in bytes.
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

/// How long the first piece of a text is, in bytes.
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
