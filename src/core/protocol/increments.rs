//! One text that comes in pieces, by servers that do not always send pieces.
//!
//! Some send the whole text again with the end, or all of it so far each time. Such a snapshot adds only what is new in it.
//! A text that truly repeats itself stays: a piece is taken for a snapshot only where it cannot well be anything else.

use crate::surrogates::Halves;

/// A text of so many bytes, in so many pieces, that comes again whole is a snapshot.
const LONG: usize = 24;
const MANY: usize = 3;

/// Gathers one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Increments {
    /// All of it so far, marks included.
    text: String,
    pieces: usize,
    halves: Halves,
    /// The second piece, where it begins with all of the first: the third tells whether it was a snapshot.
    held: Option<String>,
    /// Each piece is all of the text so far.
    are_snapshots: bool,
}

impl Increments {
    /// Takes a piece and gives what is new in it. `at_end` says that the piece came with the reason for the end.
    pub(crate) fn push(&mut self, piece: String, at_end: bool) -> String {
        let piece = self.halves.join(piece);
        if piece.is_empty() {
            return piece;
        }
        let mut new = String::new();
        if let Some(held) = self.held.take() {
            if piece.len() > held.len() && piece.starts_with(&held) {
                self.are_snapshots = true;
            } else {
                new = self.add(&held).to_owned();
            }
        }
        let is_again = piece.starts_with(&self.text) && !self.text.is_empty();
        let is_sure = self.are_snapshots || (self.pieces >= MANY && self.text.len() >= LONG);
        if is_again && (is_sure || (at_end && piece == self.text)) {
            let added = piece.get(self.text.len()..).unwrap_or_default().to_owned();
            return new + self.add(&added);
        }
        // "ha", "ha", "haha" are not snapshots: each of those says more than the one before.
        let may_be = is_again && self.pieces == 1 && piece.len() > self.text.len() && self.text.trim().len() > 1;
        if may_be && !at_end {
            self.held = Some(piece);
            return new;
        }
        new + self.add(&piece)
    }

    /// Takes a snapshot and gives what is new in it. One that does not begin with what came is passed over, unless the
    /// server sends nothing else (`is_all`): then it is a piece.
    pub(crate) fn snapshot(&mut self, snapshot: String, is_all: bool) -> String {
        let mut halves = Halves::default();
        let mut snapshot = halves.join(snapshot);
        snapshot += &halves.finish();
        let mut new = self.release();
        match snapshot.get(self.text.len()..).filter(|_| snapshot.starts_with(&self.text)) {
            Some(added) => new += self.add(added),
            None if is_all && !self.text.starts_with(&snapshot) => new += self.add(&snapshot),
            None => {}
        }
        new
    }

    /// No more comes: what was held back.
    pub(crate) fn finish(&mut self) -> String {
        let mut new = self.release();
        let half = self.halves.finish();
        new += self.add(&half);
        new
    }

    fn release(&mut self) -> String {
        let held = self.held.take().unwrap_or_default();
        self.add(&held).to_owned()
    }

    fn add<'a>(&mut self, text: &'a str) -> &'a str {
        if !text.is_empty() {
            self.text.push_str(text);
            self.pieces += 1;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&str]) -> String {
        let mut text = Increments::default();
        let mut all: String = pieces.iter().map(|piece| text.push((*piece).to_owned(), false)).collect();
        all += &text.finish();
        all
    }

    #[test]
    fn a_text_that_truly_repeats_itself_stays() {
        for pieces in [
            &["ha", "ha", "haha", "!"][..],
            &["1", "12", "3"],
            &["no", "no"],
            &["a", "a", "a", "aaa", "aaaaaa"],
            &["Row ", "Row row"],
        ] {
            assert_eq!(all(pieces), pieces.concat());
        }
    }

    #[test]
    fn the_whole_text_again_adds_nothing() {
        let mut text = Increments::default();
        assert_eq!(text.push("Hello".into(), false), "Hello");
        assert_eq!(text.push("Hello".into(), true), "");
        let pieces = ["The quick brown", " fox jumps over", " the lazy dog."];
        let whole = pieces.concat();
        assert_eq!(all(&[&pieces[..], &[&whole]].concat()), whole, "also before the end");
        let longer = format!("{whole} Twice.");
        assert_eq!(all(&[&pieces[..], &[&longer]].concat()), longer);
    }

    #[test]
    fn snapshots_all_the_way_are_read_as_such() {
        assert_eq!(all(&["He", "Hello", "Hello wor", "Hello world"]), "Hello world");
        assert_eq!(all(&["He", "Hello"]), "HeHello", "two pieces tell nothing");
    }

    #[test]
    fn a_message_adds_only_what_is_new_in_it() {
        let mut text = Increments::default();
        assert_eq!(text.snapshot("Hel".into(), true), "Hel");
        assert_eq!(text.snapshot("Hello".into(), true), "lo");
        assert_eq!(text.snapshot("Hello".into(), true), "");
        assert_eq!(text.snapshot(" there".into(), true), " there", "a server that sends pieces as messages");
        assert_eq!(text.snapshot("something else".into(), false), "");
    }

    proptest! {
        #[test]
        fn pieces_that_do_not_repeat_are_kept_to_the_byte(pieces in prop::collection::vec("[a-z]{1,6}", 1..12)) {
            // Each has its number, so none begins with what came before.
            let pieces: Vec<String> = pieces.iter().enumerate().map(|(at, piece)| format!("{at}{piece}")).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(all(&pieces), pieces.concat());
        }
    }
}
