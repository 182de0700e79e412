//! A single pass over the text that recognizes inline markup.

use super::{
    Source, autolinks,
    autolinks::Autolink,
    code::{self, CodeSpans},
    emphasis::{self, Run},
    flanking::{Flanking, before},
    formula::{Formulas, Opener},
    html::{self, Tags},
    link::{self, Target},
    text::{reference, unescaped},
    token::{Destination, Link, ScanResult, Token},
};
use crate::{
    Href, Inline, LinkKind,
    cursor::{from, run, until},
    definitions::Definitions,
};

/// An unclosed opening bracket.
struct Bracket {
    token: usize,
    image: bool,
    /// The position after it.
    inner: usize,
    /// The length of [`Scan::waiting`] when it was found.
    waiting: usize,
    /// False if it contains a link, so it cannot become one itself.
    active: bool,
    /// Whether another opening bracket follows it.
    followed: bool,
}

pub(crate) struct Scan<'t, 'd> {
    text: &'t str,
    source: Source<'t>,
    definitions: &'d Definitions,
    out: ScanResult<'t>,
    /// Delimiter runs that are not paired yet.
    waiting: Vec<usize>,
    brackets: Vec<Bracket>,
    code: CodeSpans<'t>,
    formulas: Formulas<'t>,
    tags: Tags,
    /// The start of the text that is not in a token yet.
    start: usize,
    at: usize,
}

impl<'t, 'd> Scan<'t, 'd> {
    pub(crate) fn new(source: Source<'t>, definitions: &'d Definitions) -> Self {
        let text = source.text.trim_end_matches([' ', '\t', '\n']);
        Self {
            text,
            source,
            definitions,
            out: ScanResult::default(),
            waiting: Vec::new(),
            brackets: Vec::new(),
            code: CodeSpans::new(text),
            formulas: Formulas::new(text),
            tags: Tags::default(),
            start: 0,
            at: 0,
        }
    }

    pub(crate) fn run(mut self) -> ScanResult<'t> {
        while let Some(next) = from(self.text, self.at).bytes().position(is_special) {
            self.at += next;
            if let Some(formula) = self.source.formula.take_if(|formula| formula.start <= self.at)
                && formula.start == self.at
            {
                let end = formula.end.min(self.text.len());
                self.inline(end, |text| Inline::Formula(text.to_owned()));
                continue;
            }
            let taken = match self.text.as_bytes().get(self.at) {
                Some(b'\n') => self.line_end(),
                Some(b'\\') => self.formula() || self.escape(),
                Some(b'$') => self.formula() || self.skip(b'$'),
                Some(b'`') => self.code(),
                Some(b'&') => self.reference(),
                Some(b'<') => self.autolink() || self.tag(),
                Some(mark @ (b'*' | b'_' | b'~')) => self.emphasis(*mark),
                Some(b'!') => from(self.text, self.at).starts_with("![") && self.bracket(true),
                Some(b'[') => self.bracket(false),
                Some(b']') => self.close_bracket(),
                Some(b':') => self.address(autolinks::url),
                Some(b'.') => self.address(autolinks::www),
                _ => self.address(autolinks::mail),
            };
            if !taken {
                self.at += 1;
            }
        }
        self.at = self.text.len();
        self.flush();
        emphasis::pair(&mut self.out.runs, &self.waiting);
        self.out
    }

    fn rest(&self) -> &'t str {
        from(self.text, self.at)
    }

    fn before(&self) -> Option<char> {
        before(until(self.text, self.at), self.source.before)
    }

    /// Turns the pending text into a token.
    fn flush(&mut self) {
        if let Some(text) = self.text.get(self.start..self.at).filter(|text| !text.is_empty()) {
            self.out.tokens.push(Token::Text(self.start, text));
        }
        self.start = self.at;
    }

    /// Continues at `at`.
    fn continue_at(&mut self, at: usize) -> bool {
        self.at = at;
        self.start = at;
        true
    }

    fn push(&mut self, token: Token<'t>, end: usize) -> bool {
        self.flush();
        self.out.tokens.push(token);
        self.continue_at(end)
    }

    fn inline(&mut self, end: usize, inline: impl FnOnce(&str) -> Inline) -> bool {
        let inline = inline(self.text.get(self.at..end).unwrap_or_default());
        self.push(Token::Inline(Some(self.at), inline), end)
    }

    /// Skips a run of one character, which stays text.
    fn skip(&mut self, byte: u8) -> bool {
        self.at += run(self.rest(), byte);
        true
    }

    fn line_end(&mut self) -> bool {
        let line = self.text.get(self.start..self.at).unwrap_or_default();
        let kept = line.trim_end_matches([' ', '\t']);
        let end = self.at + 1;
        let hard = line.ends_with("  ") && !line.trim_end_matches(' ').ends_with('\t');
        self.at = self.start + kept.len();
        self.flush();
        self.out.tokens.push(Token::Inline(Some(end - 1), if hard { Inline::HardBreak } else { Inline::SoftBreak }));
        let rest = from(self.text, end);
        self.continue_at(end + rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    fn formula(&mut self) -> bool {
        let end = Opener::at(self.text, self.at, self.before())
            .and_then(|opener| self.formulas.end(self.at, opener, &mut self.code));
        end.is_some_and(|end| self.inline(end, |text| Inline::Formula(text.to_owned())))
    }

    fn escape(&mut self) -> bool {
        match self.rest().as_bytes().get(1) {
            Some(b'\n') => {
                self.inline(self.at + 2, |_| Inline::HardBreak);
                let rest = self.rest();
                self.continue_at(self.at + rest.len() - rest.trim_start_matches([' ', '\t']).len())
            }
            Some(escaped) if escaped.is_ascii_punctuation() => {
                self.push(Token::Written(Some(self.at), char::from(*escaped).into()), self.at + 2)
            }
            _ => false,
        }
    }

    fn code(&mut self) -> bool {
        let (length, end) = self.code.end(self.at);
        match end {
            Some(end) => self.inline(end, |span| {
                let inner = span.get(length..span.len().saturating_sub(length)).unwrap_or_default();
                Inline::Code(code::content(inner))
            }),
            None => self.skip(b'`'),
        }
    }

    fn reference(&mut self) -> bool {
        let Some((characters, length)) = reference(self.rest()) else {
            return false;
        };
        self.push(Token::Written(Some(self.at), characters), self.at + length)
    }

    fn autolink(&mut self) -> bool {
        let Some((length, mail)) = html::autolink(self.rest()) else {
            return false;
        };
        let shown = self.rest().get(1..length - 1).unwrap_or_default();
        let target = [if mail { "mailto:" } else { "" }, shown].concat();
        self.push(Token::Address(self.at, target, shown.to_owned()), self.at + length)
    }

    /// Scans a tag, which is text except for `<br>`.
    fn tag(&mut self) -> bool {
        let Some(length) = self.tags.length(self.rest()) else {
            return false;
        };
        let (at, end) = (self.at, self.at + length);
        if html::is_break(until(self.rest(), length)) {
            return self.inline(end, |_| Inline::HardBreak);
        }
        self.flush();
        for (number, line) in until(self.rest(), length).split('\n').enumerate() {
            if number > 0 {
                self.out.tokens.push(Token::Inline(None, Inline::SoftBreak));
            }
            let first = (number == 0).then_some(at);
            self.out.tokens.push(Token::Written(first, line.to_owned()));
        }
        self.continue_at(end)
    }

    fn emphasis(&mut self, mark: u8) -> bool {
        let length = run(self.rest(), mark);
        // A single tilde means "about", as in `~20 km`.
        if mark == b'~' && length != 2 {
            return self.skip(mark);
        }
        let flanking = Flanking::of(mark, self.before(), from(self.rest(), length).chars().next());
        if !flanking.opens && !flanking.closes {
            return self.skip(mark);
        }
        let index = self.out.runs.len();
        self.out.runs.push(Run::new(mark, self.at, length, flanking));
        self.waiting.push(index);
        self.push(Token::Run(index), self.at + length)
    }

    fn bracket(&mut self, image: bool) -> bool {
        let written = if image { "![" } else { "[" };
        let inner = self.at + written.len();
        self.push(Token::Bracket(self.at, written), inner);
        if let Some(outer) = self.brackets.last_mut() {
            outer.followed = true;
        }
        let (token, waiting) = (self.out.tokens.len() - 1, self.waiting.len());
        self.brackets.push(Bracket { token, image, inner, waiting, active: true, followed: false });
        true
    }

    fn close_bracket(&mut self) -> bool {
        let Some(bracket) = self.brackets.pop() else {
            return false;
        };
        if !bracket.active {
            return false;
        }
        let kind = if bracket.image { LinkKind::Image } else { LinkKind::Page };
        let Some((link, end)) = self.link(&bracket, kind) else {
            return false;
        };
        self.push(Token::LinkEnd, end);
        let inside = self.waiting.split_off(bracket.waiting.min(self.waiting.len()));
        emphasis::pair(&mut self.out.runs, &inside);
        if let Some(token @ Token::Bracket(..)) = self.out.tokens.get_mut(bracket.token) {
            let at = bracket.inner - if bracket.image { 2 } else { 1 };
            *token = Token::Link(at, link);
        }
        if !bracket.image {
            // Links do not nest. Every bracket before an inactive one is inactive already.
            let outer = self.brackets.iter_mut().rev().filter(|outer| !outer.image);
            outer.take_while(|outer| outer.active).for_each(|outer| outer.active = false);
        }
        true
    }

    /// Returns the link whose text ends here, and its end.
    fn link(&mut self, bracket: &Bracket, kind: LinkKind) -> Option<(Link, usize)> {
        let after = self.at + 1;
        if let Some((Target { address, title }, length)) = link::tail(from(self.text, after)) {
            let to = Href::check(&address).map_or(Destination::Inert(address), Destination::Offered);
            return Some((Link { to, title, kind }, after + length));
        }
        let inner = self.text.get(bracket.inner..self.at).unwrap_or_default();
        let own = if bracket.followed || inner.len() > link::LONGEST_LABEL { "" } else { inner };
        let (label, end) = match link::label(from(self.text, after)) {
            Some(("", length)) => (own, after + length),
            Some((label, length)) if !label.trim().is_empty() => (label, after + length),
            _ => (own, after),
        };
        if label.trim().is_empty() {
            return None;
        }
        let Some(number) = self.definitions.find(label) else {
            self.out.references.missing += 1;
            return None;
        };
        self.out.references.found.push(number);
        let (href, title) = self.definitions.target(number)?;
        Some((Link { to: Destination::Offered(href), title, kind }, end))
    }

    fn address(&mut self, find: fn(&str, usize, Option<char>) -> Option<Autolink>) -> bool {
        let Some(bare) = find(self.text, self.at, self.source.before) else {
            return false;
        };
        if bare.end - bare.start > autolinks::LONGEST {
            self.at = bare.end;
            return true;
        }
        if !self.rewind(bare.start) {
            return false;
        }
        let written = self.text.get(bare.start..bare.end).unwrap_or_default();
        let shown = if written.contains('&') { unescaped(written) } else { written.to_owned() };
        let target = [bare.prefix, &shown].concat();
        self.push(Token::Address(bare.start, target, shown), bare.end)
    }

    /// Drops the tokens after `to`, the start of an autolink. Fails if they are anything but text and underscores.
    fn rewind(&mut self, to: usize) -> bool {
        let mut tokens = self.out.tokens.len();
        let mut start = self.start;
        while start > to {
            start = match tokens.checked_sub(1).and_then(|index| self.out.tokens.get(index)) {
                Some(Token::Text(at, _)) => *at,
                Some(Token::Run(index)) => match self.out.runs.get(*index) {
                    Some(run) if run.mark == b'_' => run.at,
                    _ => return false,
                },
                _ => return false,
            };
            tokens -= 1;
        }
        for token in self.out.tokens.drain(tokens..) {
            if let Token::Run(index) = token {
                self.out.runs.truncate(index);
                while self.waiting.last().is_some_and(|waiting| *waiting >= index) {
                    self.waiting.pop();
                }
            }
        }
        self.start = start;
        self.at = to;
        true
    }
}

/// Whether the byte may start markup, or an autolink is recognized by it.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\n' | b'\\' | b'$' | b'`' | b'&' | b'<' | b'*' | b'_' | b'~' | b'!' | b'[' | b']' | b':' | b'.' | b'@'
    )
}
