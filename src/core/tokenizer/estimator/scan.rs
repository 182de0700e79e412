//! Cuts text into the pieces that byte-pair encoding works on, in one pass and without a regular expression.
//!
//! The cuts are those of the o200k split rule as far as [`Class`] distinguishes characters: a word takes one sign or
//! space before it, capitals after small letters begin a new word, digits are grouped by threes, signs take a space
//! before and line ends after them, and of several spaces the last belongs to what follows. Letters are also cut where
//! the script changes, since each script has its price. A vocabulary's scale covers its different split rule.

use super::class::{Class, Script};

/// What precedes the first letter of a word and belongs to its piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Nothing, at the beginning of a line.
    Line,
    /// Nothing, in the middle of a line: after a digit, several signs, or another word.
    None,
    /// A space.
    Space,
    /// One sign, or white space other than a space.
    Sign,
}

/// The kind of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters of one script.
    Word(Script, Lead),
    /// `'s`, `'re` and the like at the end of a word.
    Contraction,
    /// One to three ASCII digits.
    Digits,
    /// One to three numbers, not all of them ASCII digits.
    Numbers,
    /// Signs, and the line ends after them.
    Signs,
    /// Signs after a space, and the line ends after them.
    SpacedSigns,
    /// White space up to and including a line end.
    Lines,
    /// White space within a line.
    Spaces,
}

/// A piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The kind of the piece.
    pub kind: Kind,
    /// Its characters. Never empty.
    pub text: &'a str,
}

/// The pieces of the text, in order; joined, they are the text.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: &'a str,
    /// Whether the previous piece was a word, so that a contraction may follow.
    after_word: bool,
    /// Whether the rest begins a line.
    line_begins: bool,
}

impl<'a> Pieces<'a> {
    /// Returns the pieces of `text`. Iterating takes time linear in its length.
    #[must_use]
    pub const fn of(text: &'a str) -> Self {
        Self { rest: text, after_word: false, line_begins: true }
    }

    /// Returns the next piece's kind and length in bytes; the rest must not be empty.
    fn measure(&self, first: char) -> (Kind, usize) {
        if first == '\''
            && self.after_word
            && let Some(length) = contraction(self.rest)
        {
            return (Kind::Contraction, length);
        }
        match Class::of(first) {
            Class::Letter(_) | Class::Capital(_) => {
                self.word(0, if self.line_begins { Lead::Line } else { Lead::None })
            }
            Class::Digit | Class::Number => self.numbers(),
            Class::Space | Class::Newline => self.white(),
            Class::Sign(_) => {
                let after = first.len_utf8();
                if self.letter_at(after) { self.word(after, Lead::Sign) } else { (Kind::Signs, self.signs(0)) }
            }
        }
    }

    fn tail(&self, from: usize) -> &'a str {
        self.rest.get(from..).unwrap_or_default()
    }

    fn letter_at(&self, from: usize) -> bool {
        let next = self.tail(from).chars().next().map(Class::of);
        matches!(next, Some(Class::Letter(_) | Class::Capital(_)))
    }

    /// Returns the word whose letters begin at `from`, after its lead.
    fn word(&self, from: usize, lead: Lead) -> (Kind, usize) {
        let mut script = None;
        let mut small = false;
        let mut length = from;
        for c in self.tail(from).chars() {
            let own = match Class::of(c) {
                Class::Letter(own) => {
                    small = true;
                    own
                }
                Class::Capital(own) if !small => own,
                _ => break,
            };
            if *script.get_or_insert(own) != own {
                break;
            }
            length += c.len_utf8();
        }
        (Kind::Word(script.unwrap_or(Script::Latin), lead), length)
    }

    fn numbers(&self) -> (Kind, usize) {
        let mut kind = Kind::Digits;
        let mut length = 0;
        for c in self.rest.chars().take(3) {
            match Class::of(c) {
                Class::Digit => {}
                Class::Number => kind = Kind::Numbers,
                _ => break,
            }
            length += c.len_utf8();
        }
        (kind, length)
    }

    /// Returns the end of the signs that begin at `from`, including the line ends and slashes after them.
    fn signs(&self, from: usize) -> usize {
        let mut length = from;
        let mut closing = false;
        for c in self.tail(from).chars() {
            match Class::of(c) {
                Class::Sign(_) if !closing || c == '/' => {}
                Class::Newline => closing = true,
                _ => break,
            }
            length += c.len_utf8();
        }
        length
    }

    fn white(&self) -> (Kind, usize) {
        let mut length = 0;
        let mut lines_end = 0;
        let mut last = ' ';
        let mut following = None;
        for c in self.rest.chars() {
            match Class::of(c) {
                Class::Newline => lines_end = length + c.len_utf8(),
                Class::Space => {}
                other => {
                    following = Some(other);
                    break;
                }
            }
            length += c.len_utf8();
            last = c;
        }
        let before_last = length - last.len_utf8();
        match following {
            _ if lines_end > 0 => (Kind::Lines, lines_end),
            None => (Kind::Spaces, length),
            Some(_) if before_last > 0 => (Kind::Spaces, before_last),
            Some(Class::Letter(_) | Class::Capital(_)) => {
                self.word(length, if last == ' ' { Lead::Space } else { Lead::Sign })
            }
            Some(Class::Sign(_)) if last == ' ' => (Kind::SpacedSigns, self.signs(length)),
            Some(_) => (Kind::Spaces, length),
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let (kind, length) = self.measure(self.rest.chars().next()?);
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        self.after_word = matches!(kind, Kind::Word(..));
        self.line_begins = text.ends_with(['\n', '\r']);
        Some(Piece { kind, text })
    }
}

/// Returns the length of the contraction that `rest` begins with.
fn contraction(rest: &str) -> Option<usize> {
    let fits = |ending: &&&str| rest.get(..ending.len()).is_some_and(|start| start.eq_ignore_ascii_case(ending));
    ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].iter().find(fits).map(|ending| ending.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_are_those_of_the_split_rule() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("Hello, world!", &["Hello", ",", " world", "!"]),
            ("don't  stop", &["don", "'t", " ", " stop"]),
            ("camelCaseHTTPServer", &["camel", "Case", "HTTPServer"]),
            ("x=1234567;\n\n}", &["x", "=", "123", "456", "7", ";\n\n", "}"]),
            ("a \n  b", &["a", " \n", " ", " b"]),
            ("a 1", &["a", " ", "1"]),
            ("a (b) ((c", &["a", " (", "b", ")", " ((", "c"]),
            ("foo.bar(\"x\")", &["foo", ".bar", "(\"", "x", "\")"]),
            ("\tif\t\tx", &["\tif", "\t", "\tx"]),
            ("トークンを数える", &["トークン", "を", "数", "える"]),
            ("end   ", &["end", "   "]),
            ("http://a/b", &["http", "://", "a", "/b"]),
            ("½ cup", &["½", " cup"]),
        ];
        for (text, expected) in cases {
            let pieces: Vec<&str> = Pieces::of(text).map(|piece| piece.text).collect();
            assert_eq!(pieces, *expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_put_together_are_the_text(text in any::<String>()) {
            let joined: String = Pieces::of(&text).map(|piece| piece.text).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn no_piece_is_empty(text in "[ a-cA-C'/\\n\\t1é我の!🦀]{0,40}") {
            prop_assert!(Pieces::of(&text).all(|piece| !piece.text.is_empty()));
        }
    }
}
