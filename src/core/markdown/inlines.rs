//! The text of one leaf → inlines.
//!
//! `pulldown-cmark` knows emphasis, links, entities and code spans; blocks are judged [line by line](crate::line) here.
//! To keep its block rules out, the text is handed over as the later lines of a paragraph, each indented by four
//! columns: nothing that is indented so far can interrupt a paragraph, whatever it looks like.

use crate::{
    Href, Inline, LinkKind, MAX_NESTING,
    definitions::Definitions,
    pieces::{Piece, Place, Top},
};
use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, OffsetIter, Options, Parser, Tag};
use std::{
    ops::{AddAssign, Range},
    sync::Arc,
};

/// What stands before the first line.
pub(crate) const LEAD: &str = ".\n    ";

/// What stands between two lines of a leaf's text.
pub(crate) const LINE_BREAK: &str = "\n    ";

/// What a leaf's text means.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) references: References,
}

/// What looks like links by reference.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct References {
    /// How many have a definition.
    pub(crate) found: usize,
    /// How many have none (yet).
    pub(crate) missing: usize,
}

impl AddAssign for References {
    fn add_assign(&mut self, more: Self) {
        self.found += more.found;
        self.missing += more.missing;
    }
}

/// Parses the text of a leaf: lines with [`LINE_BREAK`] between them, each starting with what is not white space.
pub(crate) fn parse(text: &str, definitions: &Definitions) -> Parsed {
    let wrapped = [LEAD, text].concat();
    let mut references = References::default();
    let mut resolve = |link: BrokenLink<'_>| {
        let found = definitions.find(&link.reference);
        references += match found {
            Some(_) => References { found: 1, missing: 0 },
            None => References { found: 0, missing: 1 },
        };
        // The number stands for the target: copying a long one for each use could fill the memory.
        found.map(|number| (number.to_string().into(), CowStr::Borrowed("")))
    };
    let parser = parser(&wrapped, &mut resolve);
    let builder = Builder { source: &wrapped, definitions, open: Vec::new(), links: 0, deeper: 0, top: Top::default() };
    let pieces = builder.run(parser.into_offset_iter());
    Parsed { pieces, references }
}

/// Parses a text that is shown at once or not at all, such as a cell of a table.
pub(crate) fn parse_whole(text: &str, definitions: &Definitions) -> (Vec<Inline>, References) {
    let parsed = parse(text, definitions);
    let mut inlines = Vec::with_capacity(parsed.pieces.len());
    for piece in parsed.pieces {
        append(&mut inlines, piece.inline);
    }
    (inlines, parsed.references)
}

/// The target and title of the link that `source` is, as a definition would have it: `[x](target "title")`.
pub(crate) fn target(source: &str) -> Option<(Option<Href>, Option<Arc<str>>)> {
    let wrapped = [LEAD, source].concat();
    parser(&wrapped, &mut |_| None).find_map(|event| match event {
        Event::Start(Tag::Link { dest_url, title, .. }) => Some((Href::check(&dest_url), shared(&title))),
        _ => None,
    })
}

type Resolve<'s, 'r> = dyn FnMut(BrokenLink<'s>) -> Option<(CowStr<'s>, CowStr<'s>)> + 'r;

/// One kind of parser for all uses: each kind costs the page ten kilobytes.
fn parser<'s, 'r>(wrapped: &'s str, resolve: &'r mut Resolve<'s, 'r>) -> Parser<'s, &'r mut Resolve<'s, 'r>> {
    Parser::new_with_broken_link_callback(wrapped, Options::ENABLE_STRIKETHROUGH, Some(resolve))
}

fn shared(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

/// Adds an inline, merging text with text.
fn append(inlines: &mut Vec<Inline>, inline: Inline) {
    match (inlines.last_mut(), inline) {
        (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
        (_, inline) => inlines.push(inline),
    }
}

/// What is open around an inline.
enum Around {
    Emphasis,
    Strong,
    Strike,
    Link(Href, Option<Arc<str>>, LinkKind),
    /// Leaves no trace: a link that is not offered.
    Nothing,
}

struct Open {
    around: Around,
    start: usize,
    children: Vec<Inline>,
}

struct Builder<'s> {
    source: &'s str,
    definitions: &'s Definitions,
    open: Vec<Open>,
    /// How many links are open, offered or not: a link inside a link is only its text.
    links: usize,
    /// How many more are open than are kept. They are only counted: handing what is in them from one to the next would
    /// take quadratic time.
    deeper: usize,
    top: Top,
}

impl<'s> Builder<'s> {
    fn run<F: pulldown_cmark::BrokenLinkCallback<'s>>(mut self, events: OffsetIter<'s, F>) -> Vec<Piece> {
        for (event, range) in events.filter(|(_, range)| range.end > LEAD.len()) {
            match event {
                Event::Start(tag) => self.start(tag, range.start),
                Event::End(_) => self.end(),
                Event::Text(text) if range.start >= LEAD.len() => self.text(&text, &range),
                Event::Code(code) => {
                    let code = self.code(&code, &range);
                    self.add(Inline::Code(code), Some(range.start));
                }
                Event::InlineHtml(html) | Event::Html(html) => self.raw(&html, range.start),
                Event::SoftBreak => self.add(Inline::SoftBreak, Some(range.start)),
                Event::HardBreak => self.add(Inline::HardBreak, Some(range.start)),
                // No other option is enabled.
                _ => {}
            }
        }
        while !self.open.is_empty() {
            self.end();
        }
        self.top.finish()
    }

    fn start(&mut self, tag: Tag<'_>, start: usize) {
        let around = match tag {
            Tag::Emphasis => Around::Emphasis,
            Tag::Strong => Around::Strong,
            Tag::Strikethrough => Around::Strike,
            Tag::Link { link_type, dest_url, title, .. } => self.link(link_type, &dest_url, &title, LinkKind::Page),
            Tag::Image { link_type, dest_url, title, .. } => self.link(link_type, &dest_url, &title, LinkKind::Image),
            // The paragraph that everything stands in.
            _ if self.open.is_empty() && start == 0 => return,
            _ => Around::Nothing,
        };
        if self.open.len() >= MAX_NESTING {
            self.deeper += 1;
            return;
        }
        self.links += usize::from(matches!(around, Around::Link(..)));
        self.open.push(Open { around, start, children: Vec::new() });
    }

    fn link(&self, link_type: LinkType, target: &str, title: &str, kind: LinkKind) -> Around {
        if self.links > 0 {
            return Around::Nothing;
        }
        let (href, title) = match link_type {
            LinkType::ReferenceUnknown | LinkType::CollapsedUnknown | LinkType::ShortcutUnknown => {
                self.definitions.target(target).unwrap_or_default()
            }
            LinkType::Email => (Href::check(&["mailto:", target].concat()), None),
            _ => (Href::check(target), shared(title)),
        };
        href.map_or(Around::Nothing, |href| Around::Link(href, title, kind))
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
            Around::Emphasis => Inline::Emphasis(children),
            Around::Strong => Inline::Strong(children),
            Around::Strike => Inline::Strike(children),
            Around::Link(href, title, kind) => {
                self.links -= 1;
                if children.is_empty() {
                    children.push(Inline::Text(href.as_str().to_owned()));
                }
                Inline::Link { href, title, kind, children }
            }
            Around::Nothing => return self.dissolve(children, start),
        };
        self.add(inline, Some(start));
    }

    /// A link that is not offered leaves its text, as pieces of their own.
    fn dissolve(&mut self, children: Vec<Inline>, start: usize) {
        if self.open.is_empty() {
            self.top.flush();
        }
        let starts = std::iter::once(Some(start)).chain(std::iter::repeat(None));
        for (child, start) in children.into_iter().zip(starts) {
            self.add(child, start);
        }
        if self.open.is_empty() {
            self.top.flush();
        }
    }

    fn add(&mut self, inline: Inline, start: Option<usize>) {
        match (self.open.last_mut(), inline) {
            (Some(open), inline) => append(&mut open.children, inline),
            (None, Inline::Text(text)) => self.top.text(&text, start.map(Place::Start)),
            (None, inline) => self.top.other(inline, start),
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        match self.open.last_mut() {
            Some(open) => match open.children.last_mut() {
                Some(Inline::Text(before)) => before.push_str(text),
                _ => open.children.push(Inline::Text(text.to_owned())),
            },
            None => {
                let same = self.source.get(range.clone()) == Some(text);
                let place = if same { Place::Along(range.start) } else { Place::Start(range.start) };
                self.top.text(text, Some(place));
            }
        }
    }

    /// Raw HTML is text. Its lines are still indented.
    fn raw(&mut self, html: &str, start: usize) {
        let mut place = Some(start);
        for line in html.split(LINE_BREAK) {
            if place.is_none() {
                self.add(Inline::SoftBreak, None);
            }
            self.add(Inline::Text(line.to_owned()), place.take());
        }
    }

    /// A code span over several lines still has their indentation in it, so it is read from the source.
    fn code(&self, code: &str, range: &Range<usize>) -> String {
        let source = self.source.get(range.clone()).unwrap_or_default();
        if !source.contains('\n') {
            return code.to_owned();
        }
        let inner = source.trim_matches('`').replace(LINE_BREAK, " ");
        let padded = inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
        match padded {
            Some(padded) if !inner.trim_matches(' ').is_empty() => padded.to_owned(),
            _ => inner,
        }
    }
}
