//! Assembles one string from pieces, from servers that do not always send pieces.
//!
//! Some repeat the complete text at the end, or everything so far each time. Such a snapshot adds only what is new in
//! it. Text that really repeats itself stays: a piece is treated as a snapshot only if it can hardly be anything else.

use crate::surrogates::Halves;

/// Text of this many bytes, in at least `MANY` pieces, that is repeated completely is a snapshot.
const LONG: usize = 24;
const MANY: usize = 3;

/// Assembles one string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Increments {
    /// All text so far, marks included.
    text: String,
    pieces: usize,
    halves: Halves,
    /// The second piece, if it begins with all of the first: the third decides whether it was a snapshot.
    held: Option<String>,
    /// Each piece is all the text so far.
    are_snapshots: bool,
}

impl Increments {
    /// Adds a piece and returns what is new in it. `at_end` means that the piece came with the finish reason.
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
        // "ha", "ha", "haha" are not snapshots: a snapshot is longer than the piece before it.
        let may_be = is_again && self.pieces == 1 && piece.len() > self.text.len() && self.text.trim().len() > 1;
        if may_be && !at_end {
            self.held = Some(piece);
            return new;
        }
        new + self.add(&piece)
    }

    /// Adds a snapshot and returns what is new in it. One that does not begin with the text so far is ignored, unless
    /// the server sends only snapshots (`is_all`): then it is a piece.
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

    /// Ends the text and returns what was held back.
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
            // The third piece shows that the second was not a snapshot.
            &["no ", "no no ", "and no again"],
            &["no ", "no no ", "no no "],
            // One character proves nothing.
            &["1", "12", "123"],
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
