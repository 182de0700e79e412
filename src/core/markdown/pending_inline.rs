//! Text that is still being typed, shown the way it will probably end: `**bo` is already bold, and the target of an
//! unfinished link is hidden. This is a guess until the block ends.

use crate::{
    cursor::{from, until},
    inlines::{
        Source, autolinks,
        code::CodeSpans,
        flanking::{Flanking, before},
        formula::{FormulaEnd, Formulas, Opener as FormulaOpener},
    },
};
use std::{borrow::Cow, ops::Range};

/// An opener still unclosed after this many bytes is treated as plain text until its block ends. Also bounds how much
/// text (plus the piece before it) one more byte at the end of a paragraph can cause to be reparsed.
pub(crate) const WINDOW: usize = 2048;
/// The same for a bracket or a dollar. Link text and inline formulas are short; stray brackets and dollars are common.
const BRACKET_WINDOW: usize = 512;

/// Text completed the way it will probably end.
#[derive(Debug, PartialEq)]
pub(crate) struct PendingInline<'t> {
    pub(crate) text: Cow<'t, str>,
    /// A formula without a closing delimiter.
    pub(crate) formula: Option<Range<usize>>,
    /// Nothing is open before this byte, so later text cannot change it.
    pub(crate) sure: usize,
}

impl PendingInline<'_> {
    /// Returns what to parse. `before` is the character before the text.
    pub(crate) fn source(&self, before: Option<char>) -> Source<'_> {
        Source { text: &self.text, before, formula: self.formula.clone() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Code,
    /// `*`, `_` or `~`.
    Emphasis(u8),
    Bracket,
    Dollar,
}

impl Kind {
    /// Whether unclosed markup of this kind is shown as if it were closed.
    fn is_ended(self) -> bool {
        !matches!(self, Self::Bracket | Self::Dollar)
    }
}

#[derive(Clone, Copy, Debug)]
struct Opener {
    kind: Kind,
    at: usize,
    length: usize,
}

impl Opener {
    fn end(&self) -> usize {
        self.at + self.length
    }

    /// Whether it is close enough to the end of `tail` to still count as open.
    fn recent(&self, tail: &str) -> bool {
        let window = if self.kind.is_ended() { WINDOW } else { BRACKET_WINDOW };
        tail.len() - self.at <= window
    }
}

/// Closes what is open in `tail`, the end of a leaf's text. `before` is the character before it.
pub(crate) fn complete(tail: &str, before: Option<char>) -> PendingInline<'_> {
    // A large push is parsed without completion; settled pieces are dropped, and the next push is back to normal.
    if tail.len() > 4 * WINDOW {
        return PendingInline { text: tail.into(), formula: None, sure: tail.len() - WINDOW };
    }
    let scan = Scan::run(tail, before);
    let open = || scan.open.iter().filter(|opener| opener.recent(tail));
    let sure = open().map(|opener| opener.at).chain([scan.sure]).min().unwrap_or(tail.len());
    let mut text = match scan.link {
        Some((at, inside)) => [until(tail, at), inside].concat().into(),
        None => Cow::Borrowed(until(tail, scan.end)),
    };
    let formula = scan.formula.map(|at| at..text.trim_end().len());
    let mut closers: Vec<Opener> = open().filter(|opener| opener.kind.is_ended()).copied().collect();
    if !closers.is_empty() {
        close(text.to_mut(), &mut closers);
    }
    PendingInline { text, formula, sure }
}

fn close(text: &mut String, openers: &mut Vec<Opener>) {
    text.truncate(text.trim_end().len());
    // Hides an opener that has no content yet.
    while let Some(opener) = openers.last() {
        if opener.end() < text.len() {
            break;
        }
        text.truncate(until(text, opener.at).trim_end().len());
        openers.pop();
    }
    if openers.last().is_some_and(|opener| opener.kind == Kind::Code) {
        text.truncate(text.trim_end_matches('`').len());
    }
    for opener in openers.iter().rev() {
        let mark = match opener.kind {
            Kind::Code => '`',
            Kind::Emphasis(mark) => char::from(mark),
            Kind::Bracket | Kind::Dollar => continue,
        };
        text.extend(std::iter::repeat_n(mark, opener.length));
    }
}

struct Scan<'t> {
    tail: &'t str,
    before: Option<char>,
    code: CodeSpans<'t>,
    formulas: Formulas<'t>,
    open: Vec<Opener>,
    /// The end of the text to show.
    end: usize,
    sure: usize,
    /// An unfinished link: its start and its text.
    link: Option<(usize, &'t str)>,
    /// The start of a formula without a closing delimiter.
    formula: Option<usize>,
}

impl<'t> Scan<'t> {
    fn run(tail: &'t str, before: Option<char>) -> Self {
        let mut scan = Self {
            tail,
            before,
            code: CodeSpans::new(tail),
            formulas: Formulas::new(tail),
            open: Vec::new(),
            end: tail.len(),
            sure: tail.len(),
            link: None,
            formula: None,
        };
        let mut at = 0;
        while let Some(byte) = tail.as_bytes().get(at) {
            let next = match byte {
                b'\\' if at + 1 == tail.len() => scan.cut(at),
                b'\\' | b'$' => scan.formula(at, *byte),
                b'`' => scan.code(at),
                b'*' | b'_' | b'~' => scan.emphasis(at, *byte),
                b':' => Some(autolinks::url(tail, at, before).map_or(at + 1, |address| address.end)),
                b'.' => Some(autolinks::www(tail, at, before).map_or(at + 1, |address| address.end)),
                b'[' => {
                    let image = until(tail, at).ends_with('!');
                    scan.open.push(Opener {
                        kind: Kind::Bracket,
                        at: at - usize::from(image),
                        length: 1 + usize::from(image),
                    });
                    Some(at + 1)
                }
                b']' => scan.bracket(at),
                _ => Some(at + 1),
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        scan
    }

    /// Hides everything from here on.
    fn cut(&mut self, at: usize) -> Option<usize> {
        self.end = at;
        self.sure = self.sure.min(at);
        None
    }

    fn formula(&mut self, at: usize, byte: u8) -> Option<usize> {
        let length = if byte == b'$' { crate::cursor::run(from(self.tail, at), b'$') } else { 2 };
        let Some(opener) = FormulaOpener::at(self.tail, at, before(until(self.tail, at), self.before)) else {
            return Some(at + length);
        };
        if let Some(end) = self.formulas.end(at, opener, &mut self.code) {
            return Some(end);
        }
        let open = Opener { kind: Kind::Dollar, at, length: opener.length() };
        let is_open = self.formulas.ending(at, opener, &mut self.code) == FormulaEnd::Open;
        match opener {
            FormulaOpener::Dollar | FormulaOpener::SpacedDollar => self.open.push(open),
            _ if is_open && self.tail.len() - at <= WINDOW => {
                self.formula = Some(at);
                self.sure = self.sure.min(at);
                return None;
            }
            _ => {}
        }
        Some(at + length)
    }

    fn code(&mut self, at: usize) -> Option<usize> {
        let (length, end) = self.code.end(at);
        if end.is_some() {
            return end;
        }
        let opener = Opener { kind: Kind::Code, at, length };
        if !opener.recent(self.tail) {
            return Some(at + length);
        }
        self.open.push(opener);
        None
    }

    fn emphasis(&mut self, at: usize, mark: u8) -> Option<usize> {
        let mut length = crate::cursor::run(from(self.tail, at), mark);
        let end = at + length;
        let after = from(self.tail, end).chars().next();
        if mark == b'~' && length != 2 && after.is_some() {
            return Some(end);
        }
        let flanking = Flanking::of(mark, before(until(self.tail, at), self.before), after);
        while flanking.closes && length > 0 {
            let Some(index) = self.opener(mark) else { break };
            let Some(opener) = self.open.get_mut(index) else { break };
            if after.is_none() && length < opener.length {
                break;
            }
            let used = length.min(opener.length);
            length -= used;
            opener.length -= used;
            let left = opener.length;
            self.open.truncate(if left > 0 { index + 1 } else { index });
        }
        if length == 0 {
            return Some(end);
        }
        // The rest of the run, or the text it emphasizes, is still to come.
        if after.is_none() {
            return self.cut(end - length);
        }
        if flanking.opens && length <= 3 {
            self.open.push(Opener { kind: Kind::Emphasis(mark), at: end - length, length });
        }
        Some(end)
    }

    /// Returns the last opener of this kind inside the open brackets.
    fn opener(&self, mark: u8) -> Option<usize> {
        let inside = self.open.iter().rposition(|opener| opener.kind == Kind::Bracket).map_or(0, |at| at + 1);
        let index = self.open.iter().rposition(|opener| opener.kind == Kind::Emphasis(mark))?;
        (index >= inside).then_some(index)
    }

    fn bracket(&mut self, at: usize) -> Option<usize> {
        let Some(index) = self.open.iter().rposition(|opener| opener.kind == Kind::Bracket) else {
            return Some(at + 1);
        };
        let Some(opener) = self.open.get(index).copied() else {
            return Some(at + 1);
        };
        let after = from(self.tail, at + 1);
        let end = match after.as_bytes().first() {
            // It can still become a link.
            None => None,
            Some(b'(') => target_end(after),
            Some(b'[') => after.find(']').map(|end| Some(end + 1)).unwrap_or_default(),
            Some(_) => Some(0),
        };
        match end {
            Some(length) => {
                self.open.truncate(index);
                Some(at + 1 + length)
            }
            None if !after.is_empty() && opener.recent(self.tail) => {
                self.open.truncate(index);
                self.link = Some((opener.at, until(from(self.tail, opener.end()), at - opener.end())));
                self.cut(opener.at)
            }
            None => {
                self.open.truncate(index + usize::from(after.is_empty()));
                Some(at + 1)
            }
        }
    }
}

/// The length of `(target "title")` at the start of the text: 0 if it is not a target, `None` if it may become one.
fn target_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth <= 1 => return Some(at + 1),
            b')' => depth -= 1,
            b' ' | b'\n' => {
                let title = from(text, at).trim_start();
                let quote = title.bytes().next()?;
                return match quote {
                    b')' => Some(text.len() - title.len() + 1),
                    b'"' | b'\'' => {
                        let end = from(title, 1).find(char::from(quote))?;
                        let rest = from(title, end + 2).trim_start();
                        match rest.bytes().next()? {
                            b')' => Some(text.len() - rest.len() + 1),
                            _ => Some(0),
                        }
                    }
                    _ => Some(0),
                };
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_ended_and_what_says_nothing_yet_is_held_back() {
        for (tail, text, sure) in [
            ("plain text", "plain text", 10),
            ("a **bo", "a **bo**", 2),
            ("a **bold*", "a **bold**", 2),
            ("a **bold**", "a **bold**", 10),
            ("a **bold** b", "a **bold** b", 12),
            ("a *it", "a *it*", 2),
            ("a **", "a ", 2),
            ("a *", "a ", 2),
            ("a **b *c", "a **b *c***", 2),
            ("a **b `c", "a **b `c`**", 2),
            ("a **b `", "a **b**", 2),
            ("a `co", "a `co`", 2),
            ("a ``c`", "a ``c``", 2),
            ("a ~~st", "a ~~st~~", 2),
            ("a **b ", "a **b**", 2),
            ("2 * 3 and 4", "2 * 3 and 4", 11),
            ("snake_case_name ", "snake_case_name ", 16),
            ("see [text", "see [text", 4),
            ("see [text]", "see [text]", 4),
            ("see [text](htt", "see text", 4),
            ("see [text](http://x.y \"ti", "see text", 4),
            ("see [text](http://x.y)", "see [text](http://x.y)", 22),
            ("see ![alt](htt", "see alt", 4),
            ("see [a](b and more", "see [a](b and more", 18),
            ("see [a] (b", "see [a] (b", 10),
            ("**see [te*x*t](htt", "**see te*x*t**", 0),
            ("a \\", "a ", 2),
            ("a ~b", "a ~b", 4),
            ("a \\(b *c", "a \\(b *c", 2),
            ("a **\\(b", "a **\\(b**", 2),
            ("a $$b_c", "a $$b_c", 2),
            ("a $b *c", "a $b *c*", 2),
            ("a $b_c$ d", "a $b_c$ d", 9),
            ("は**「朝", "は**「朝**", 3),
            ("は**「朝」**か", "は**「朝」**か", 19),
            ("a \\*b", "a \\*b", 5),
            ("`a` **b** [c](d)", "`a` **b** [c](d)", 16),
        ] {
            let half = complete(tail, None);
            assert_eq!((half.text.as_ref(), half.sure), (text, sure), "{tail}");
        }
    }

    #[test]
    fn an_opener_out_of_the_window_is_taken_for_text() {
        for opener in ["**", "`", "["] {
            let tail = format!("{opener}a{} **bo", " word".repeat(WINDOW / 5 + 1));
            let half = complete(&tail, None);
            assert!(half.text.ends_with(" **bo**"), "{opener}");
            assert_eq!(half.sure, tail.len() - 4, "{opener}");
        }
    }
}
