//! Classifies a line by what it does to the open blocks.
//!
//! A line that is still being typed is classified as soon as no further character can change the result. Until then it
//! is [undecided](classify) and not shown, so nothing has to be undone because a line continued.

use crate::{
    Alignment, MAX_NESTING, Task,
    cursor::{Cursor, TAB, blank, from, run},
    formula_lines::OpenFormula,
    markers::{Found, Marker, item_marker, task},
    table,
};

/// An open container, innermost last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    Quote,
    Item(ItemFrame),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItemFrame {
    pub(crate) marker: Marker,
    /// The number of an ordered item.
    pub(crate) number: Option<u32>,
    /// The indentation in columns that a line needs to belong to the item.
    pub(crate) offset: usize,
    pub(crate) task: Option<Task>,
    /// Whether the item is still empty. A blank line ends an empty item.
    pub(crate) empty: bool,
}

/// An open code fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) mark: u8,
    pub(crate) length: usize,
    indent: usize,
}

/// The block that the next line may continue, as far as classification needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tip<'a> {
    Nothing,
    /// With its last line so far, and the open display formula.
    Paragraph(&'a str, Option<&'a OpenFormula>),
    /// An apparent paragraph turned out to be only definitions: the line that revealed it is classified once more. What
    /// cannot interrupt a paragraph cannot start here either.
    Definitions,
    /// Also tells whether a closing fence would end it.
    Fence(Fence, bool),
    Indented,
    Table,
}

/// The effect of a line.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan<'l> {
    /// How many of the open containers the line belongs to. With [`Content::Continuation`] all stay open.
    pub(crate) keep: usize,
    /// Containers that the line opens inside those.
    pub(crate) opened: Vec<Frame>,
    pub(crate) content: Content<'l>,
}

/// The content of a line after its container markers.
#[derive(Debug, PartialEq)]
pub(crate) enum Content<'l> {
    Blank,
    /// Starts a paragraph.
    Text(&'l str),
    /// Starts the paragraph of a task. It cannot start with definitions because the task marker comes first.
    Task(&'l str),
    /// Continues the open paragraph, possibly lazily.
    Continuation(&'l str),
    /// A blank line in a display formula of the open paragraph.
    FormulaBlank,
    /// Turns the open paragraph into a heading. If the paragraph is gone because it was only definitions, the line is
    /// [classified again](Tip::Definitions).
    Underline(u8),
    Heading(u8, &'l str),
    Rule,
    /// Turns the last line of the open paragraph into a table.
    Delimiters(Vec<Alignment>),
    Row(&'l str),
    FenceStart(Fence, &'l str),
    FenceEnd,
    /// Starts indented code: columns of a split tab, then text.
    CodeStart(usize, &'l str),
    /// Continues the open code, fenced or indented.
    Code(usize, &'l str),
    /// A blank line in indented code, which counts only if more code follows.
    CodeBlank(usize, &'l str),
}

/// Classifies a line. `None` if that depends on the rest of the line; never `None` if the line is `complete`.
pub(crate) fn classify<'l>(frames: &[Frame], tip: Tip<'_>, line: &'l str, complete: bool) -> Option<Plan<'l>> {
    let mut cursor = Cursor::new(line);
    let mut keep = 0;
    for frame in frames {
        let ahead = cursor.ahead();
        if ahead.rest.is_empty() && !complete {
            return None;
        }
        match frame {
            Frame::Quote if ahead.indent < TAB && ahead.rest.starts_with('>') => {
                cursor.skip_marker(&ahead, 1);
                cursor.skip_columns(1);
            }
            Frame::Item(item) if ahead.rest.is_empty() && !item.empty => {}
            Frame::Item(item) if ahead.indent >= item.offset && !ahead.rest.is_empty() => {
                cursor.skip_columns(item.offset);
            }
            _ => break,
        }
        keep += 1;
    }
    let mut look = Look { cursor, tip, keep, all: keep == frames.len(), opened: Vec::new(), complete };
    let content = match look.code() {
        Found::Yes(content) => content,
        Found::No => look.starts()?,
        Found::Unsure => return None,
    };
    Some(Plan { keep, opened: look.opened, content })
}

struct Look<'a, 'l> {
    cursor: Cursor<'l>,
    tip: Tip<'a>,
    keep: usize,
    /// Whether the line belongs to all open containers.
    all: bool,
    opened: Vec<Frame>,
    complete: bool,
}

impl<'l> Look<'_, 'l> {
    /// Unsure, or no if the line is complete.
    fn unless_more<T>(&self) -> Found<T> {
        if self.complete { Found::No } else { Found::Unsure }
    }

    /// Open code takes precedence over everything else.
    fn code(&mut self) -> Found<Content<'l>> {
        if !self.all {
            return Found::No;
        }
        let ahead = self.cursor.ahead();
        match self.tip {
            Tip::Fence(fence, can_end) => {
                if ahead.rest.is_empty() && !self.complete {
                    return Found::Unsure;
                }
                let length = run(ahead.rest, fence.mark);
                if can_end && ahead.indent < TAB && length > 0 && blank(from(ahead.rest, length)) {
                    match (length >= fence.length, self.complete) {
                        (true, true) => return Found::Yes(Content::FenceEnd),
                        (false, true) => {}
                        (true, false) => return Found::Unsure,
                        (false, false) if length == ahead.rest.len() => return Found::Unsure,
                        (false, false) => {}
                    }
                }
                self.cursor.skip_columns(fence.indent);
                let (spaces, text) = self.cursor.raw();
                Found::Yes(Content::Code(spaces, text))
            }
            Tip::Indented if ahead.rest.is_empty() => {
                if !self.complete {
                    return Found::Unsure;
                }
                self.cursor.skip_columns(TAB);
                let (spaces, text) = self.cursor.raw();
                Found::Yes(Content::CodeBlank(spaces, text))
            }
            Tip::Indented if ahead.indent >= TAB => {
                self.cursor.skip_columns(TAB);
                let (spaces, text) = self.cursor.raw();
                Found::Yes(Content::Code(spaces, text))
            }
            _ => Found::No,
        }
    }

    /// Classifies a line within a display formula. Only headings and fences, which no formula contains, interrupt it.
    fn formula(&self) -> Found<Content<'l>> {
        let Tip::Paragraph(_, Some(formula)) = self.tip else {
            return Found::No;
        };
        if !self.all && !formula.lazy {
            return Found::No;
        }
        let ahead = self.cursor.ahead();
        let other = match ahead.rest.as_bytes().first() {
            None if !self.complete => return Found::Unsure,
            None if formula.certain => return Found::Yes(Content::FormulaBlank),
            None => return Found::No,
            Some(b'#') => self.heading(ahead.rest),
            Some(b'`') => self.fence(ahead.indent, ahead.rest),
            Some(_) => Found::No,
        };
        match other {
            Found::No => Found::Yes(Content::Continuation(self.cursor.raw().1)),
            Found::Unsure => Found::Unsure,
            Found::Yes(_) => Found::No,
        }
    }

    /// Opens containers until the line starts with something else.
    fn starts(&mut self) -> Option<Content<'l>> {
        match self.formula() {
            Found::Yes(content) => return Some(content),
            Found::Unsure => return None,
            Found::No => {}
        }
        loop {
            let ahead = self.cursor.ahead();
            if ahead.rest.is_empty() {
                return self.complete.then_some(Content::Blank);
            }
            let same_place = self.all && self.opened.is_empty();
            let paragraph = match self.tip {
                Tip::Paragraph(last, _) if self.opened.is_empty() => Some(last),
                _ => None,
            };
            let otherwise = match (paragraph, self.tip) {
                (Some(_), _) => Content::Continuation(ahead.rest),
                (None, Tip::Table) if same_place => Content::Row(ahead.rest),
                _ => Content::Text(ahead.rest),
            };
            if ahead.indent >= TAB {
                if !matches!(otherwise, Content::Text(_)) {
                    return Some(otherwise);
                }
                self.cursor.skip_columns(TAB);
                let (spaces, text) = self.cursor.raw();
                return Some(Content::CodeStart(spaces, text));
            }
            let leaf = match ahead.rest.as_bytes().first() {
                Some(b'#') => self.heading(ahead.rest),
                Some(b'`' | b'~') => self.fence(ahead.indent, ahead.rest),
                Some(b'=' | b'-' | b'*' | b'_' | b'|' | b':') => {
                    self.ruling(ahead.rest, paragraph.filter(|_| same_place))
                }
                _ => Found::No,
            };
            match leaf {
                Found::Yes(content) => return Some(content),
                Found::Unsure => return None,
                Found::No => {}
            }
            let interrupts = paragraph.is_some() && same_place || matches!(self.tip, Tip::Definitions);
            match self.container(interrupts) {
                Found::Yes(Some(text)) => return Some(Content::Task(text)),
                Found::Yes(None) => {}
                Found::Unsure => return None,
                Found::No => return Some(otherwise),
            }
        }
    }

    fn heading(&self, rest: &'l str) -> Found<Content<'l>> {
        let level = run(rest, b'#');
        let text = from(rest, level);
        let Some(level) = u8::try_from(level).ok().filter(|level| *level <= 6) else {
            return Found::No;
        };
        if blank(text) && !self.complete {
            return Found::Unsure;
        }
        if !text.is_empty() && !text.starts_with([' ', '\t']) {
            return Found::No;
        }
        Found::Yes(Content::Heading(level, text.trim_start_matches([' ', '\t'])))
    }

    fn fence(&self, indent: usize, rest: &'l str) -> Found<Content<'l>> {
        let mark = if rest.starts_with('`') { b'`' } else { b'~' };
        let length = run(rest, mark);
        let info = from(rest, length);
        if length < 3 {
            return if info.is_empty() { self.unless_more() } else { Found::No };
        }
        if mark == b'`' && info.contains('`') {
            return Found::No;
        }
        if !self.complete {
            return Found::Unsure;
        }
        Found::Yes(Content::FenceStart(Fence { mark, length, indent }, info.trim()))
    }

    /// Classifies lines made of rule characters: heading underlines, table delimiter rows, thematic breaks. `paragraph`
    /// is the last line of the paragraph that the line would continue.
    fn ruling(&self, rest: &'l str, paragraph: Option<&str>) -> Found<Content<'l>> {
        let Some(mark) = rest.bytes().next() else {
            return Found::No;
        };
        let mut unsure = false;
        let length = run(rest, mark);
        if paragraph.is_some() && matches!(mark, b'=' | b'-') && blank(from(rest, length)) {
            if self.complete {
                return Found::Yes(Content::Underline(if mark == b'=' { 1 } else { 2 }));
            }
            unsure = true;
        }
        if let Some(header) = paragraph.filter(|header| header.contains('|'))
            && table::may_delimit(rest)
        {
            let fits = |columns: &Vec<Alignment>| columns.len() == table::cells(header, columns.len()).len();
            match table::delimiters(rest).filter(fits) {
                Some(alignments) if self.complete => return Found::Yes(Content::Delimiters(alignments)),
                _ => unsure = true,
            }
        }
        if matches!(mark, b'-' | b'*' | b'_') && rest.bytes().all(|byte| byte == mark || matches!(byte, b' ' | b'\t')) {
            if self.complete && rest.bytes().filter(|byte| *byte == mark).count() >= 3 {
                return Found::Yes(Content::Rule);
            }
            unsure = true;
        }
        if unsure { self.unless_more() } else { Found::No }
    }

    /// Opens a quote or an item, if one starts here. Returns the text of a task, which is always a paragraph.
    fn container(&mut self, interrupts: bool) -> Found<Option<&'l str>> {
        if self.keep + self.opened.len() >= MAX_NESTING {
            return Found::No;
        }
        let ahead = self.cursor.ahead();
        if ahead.rest.starts_with('>') {
            self.cursor.skip_marker(&ahead, 1);
            self.cursor.skip_columns(1);
            self.opened.push(Frame::Quote);
            return Found::Yes(None);
        }
        let (width, marker, number) = match item_marker(ahead.rest) {
            Found::Yes(found) => found,
            Found::No => return Found::No,
            Found::Unsure => return self.unless_more(),
        };
        let after = from(ahead.rest, width);
        if blank(after) && !self.complete {
            return Found::Unsure;
        }
        if !after.is_empty() && !after.starts_with([' ', '\t']) {
            return Found::No;
        }
        if interrupts && (blank(after) || number.is_some_and(|number| number != 1)) {
            return Found::No;
        }
        let mut cursor = self.cursor;
        cursor.skip_marker(&ahead, width);
        let inner = cursor.ahead();
        let gap = if blank(after) || inner.indent > TAB { 1 } else { inner.indent };
        cursor.skip_columns(gap);
        let mut item = ItemFrame { marker, number, offset: ahead.indent + width + gap, task: None, empty: true };
        let inner = cursor.ahead();
        let task = if inner.indent < TAB { task(inner.rest, self.complete) } else { Found::No };
        match task {
            Found::Unsure => Found::Unsure,
            Found::No => {
                self.cursor = cursor;
                self.opened.push(Frame::Item(item));
                Found::Yes(None)
            }
            Found::Yes((task, text)) => {
                cursor.skip_marker(&inner, 3);
                self.cursor = cursor;
                item.task = Some(task);
                self.opened.push(Frame::Item(item));
                Found::Yes((!text.is_empty()).then_some(text))
            }
        }
    }
}
