//! Parses the text of one leaf into inlines by CommonMark's rules and the extensions of this dialect.
//!
//! `scan` makes a flat list of tokens, `emphasis` pairs the delimiter runs, and the builder here turns them into a
//! tree. It records where the top-level inlines start in the text, so that growing text is parsed from the last of them
//! on (`pieces`).

pub(crate) mod autolinks;
pub(crate) mod code;
mod emphasis;
pub(crate) mod flanking;
pub(crate) mod formula;
mod html;
pub(crate) mod link;
mod pieces;
mod scan;
mod text;
mod token;

pub(crate) use pieces::Piece;

use crate::{Href, Inline, LinkKind, MAX_NESTING, definitions::Definitions};
use emphasis::{EmphasisKind, Run};
use pieces::{Place, Top};
use scan::Scan;
use std::{
    ops::{AddAssign, Range},
    sync::Arc,
};
use token::{Destination, Link, ScanResult, Token};

/// Text to parse. Its lines are separated by line feeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    /// The character before the text, if the text is the end of longer text.
    pub(crate) before: Option<char>,
    /// A formula without a closing delimiter.
    pub(crate) formula: Option<Range<usize>>,
}

impl<'t> From<&'t str> for Source<'t> {
    fn from(text: &'t str) -> Self {
        Self { text, ..Self::default() }
    }
}

/// The parsed content of a leaf.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) references: References,
}

/// The possible reference links.
#[derive(Clone, Debug, Default)]
pub(crate) struct References {
    /// The numbers of the definitions that were found.
    pub(crate) found: Vec<usize>,
    /// How many have no definition (yet).
    pub(crate) missing: usize,
}

impl AddAssign for References {
    fn add_assign(&mut self, more: Self) {
        self.found.extend(more.found);
        self.missing += more.missing;
    }
}

/// Parses the text of a leaf.
pub(crate) fn parse<'t>(source: impl Into<Source<'t>>, definitions: &Definitions) -> Parsed {
    let source = source.into();
    let text = source.text;
    let ScanResult { tokens, runs, references } = Scan::new(source, definitions).run();
    let mut builder = Builder { text, open: Vec::new(), links: 0, deeper: 0, top: Top::default() };
    for token in tokens {
        builder.token(token, &runs);
    }
    Parsed { pieces: builder.finish(), references }
}

/// Parses text that is shown all at once or not at all, such as a table cell.
pub(crate) fn parse_whole<'t>(source: impl Into<Source<'t>>, definitions: &Definitions) -> (Vec<Inline>, References) {
    let parsed = parse(source, definitions);
    let mut inlines = Vec::with_capacity(parsed.pieces.len());
    for piece in parsed.pieces {
        append(&mut inlines, piece.inline);
    }
    (inlines, parsed.references)
}

/// Adds an inline, merging text with text.
fn append(inlines: &mut Vec<Inline>, inline: Inline) {
    match (inlines.last_mut(), inline) {
        (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
        (_, inline) => inlines.push(inline),
    }
}

/// The markup open around an inline.
enum Around {
    Emphasis(EmphasisKind),
    Link(Href, Option<Arc<str>>, LinkKind),
    Inert(Arc<str>, Option<Arc<str>>, LinkKind),
}

struct Open {
    around: Around,
    start: usize,
    children: Vec<Inline>,
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    /// The number of open links. A link inside a link becomes inert.
    links: usize,
    /// The number of levels open beyond those that are kept. They are only counted: passing their content from one
    /// level to the next would take quadratic time.
    deeper: usize,
    top: Top,
}

impl Builder<'_> {
    fn token(&mut self, token: Token<'_>, runs: &[Run]) {
        match token {
            Token::Text(at, text) | Token::Bracket(at, text) => self.characters(text, Some(Place::Along(at))),
            Token::Written(at, text) => self.characters(&text, at.map(Place::Start)),
            Token::Inline(at, inline) => self.add(inline, at),
            Token::Address(at, target, shown) => self.address(at, &target, shown),
            Token::Run(index) => {
                if let Some(run) = runs.get(index) {
                    self.run(run);
                }
            }
            Token::Link(at, link) => self.link(at, link),
            Token::LinkEnd => self.end(),
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        while !self.open.is_empty() {
            self.end();
        }
        self.top.finish()
    }

    fn characters(&mut self, text: &str, place: Option<Place>) {
        match self.open.last_mut() {
            None => self.top.text(text, place),
            Some(open) => match open.children.last_mut() {
                Some(Inline::Text(before)) => before.push_str(text),
                _ => open.children.push(Inline::Text(text.to_owned())),
            },
        }
    }

    fn add(&mut self, inline: Inline, start: Option<usize>) {
        match self.open.last_mut() {
            Some(open) => open.children.push(inline),
            None => self.top.other(inline, start),
        }
    }

    /// Adds an autolink, which is only text inside a link.
    fn address(&mut self, at: usize, target: &str, shown: String) {
        match Href::check(target).filter(|_| self.links == 0) {
            Some(href) => {
                let children = vec![Inline::Text(shown)];
                self.add(Inline::Link { href, title: None, kind: LinkKind::Page, children }, Some(at));
            }
            None => self.characters(&shown, Some(Place::Start(at))),
        }
    }

    /// Adds the characters of a run: first those that close, then those that are text, then those that open.
    fn run(&mut self, run: &Run) {
        for _ in &run.closes {
            self.end();
        }
        let taken: usize = run.closes.iter().map(|kind| kind.length()).sum();
        let mut at = run.at + taken;
        let left = self.text.get(at..at + run.left()).unwrap_or_default();
        if !left.is_empty() {
            self.characters(left, Some(Place::Along(at)));
        }
        at += left.len();
        for kind in run.opens.iter().rev() {
            self.start(Around::Emphasis(*kind), at);
            at += kind.length();
        }
    }

    fn link(&mut self, at: usize, link: Link) {
        let Link { to, title, kind } = link;
        let around = match to {
            Destination::Offered(href) if self.links == 0 => Around::Link(href, title, kind),
            Destination::Offered(href) => Around::Inert(href.as_str().into(), title, kind),
            Destination::Inert(target) => Around::Inert(target.into(), title, kind),
        };
        self.start(around, at);
    }

    fn start(&mut self, around: Around, start: usize) {
        if self.open.len() >= MAX_NESTING {
            self.deeper += 1;
            return;
        }
        self.links += usize::from(matches!(around, Around::Link(..)));
        self.open.push(Open { around, start, children: Vec::new() });
    }

    fn end(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(Open { around, start, mut children }) = self.open.pop() else {
            return;
        };
        let inline = match around {
            Around::Emphasis(EmphasisKind::Emphasis) => Inline::Emphasis(children),
            Around::Emphasis(EmphasisKind::Strong) => Inline::Strong(children),
            Around::Emphasis(EmphasisKind::Strike) => Inline::Strike(children),
            Around::Link(href, title, kind) => {
                self.links -= 1;
                if children.is_empty() {
                    children.push(Inline::Text(href.as_str().to_owned()));
                }
                Inline::Link { href, title, kind, children }
            }
            Around::Inert(target, title, kind) => Inline::InertLink { target, title, kind, children },
        };
        self.add(inline, Some(start));
    }
}
