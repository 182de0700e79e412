//! The block at the end of the text, which the next characters may continue.

use crate::{
    Inline,
    cells::{Cells, Stamps},
    cursor::{from, until},
    definitions::{self, Definitions},
    formula_lines::{self, OpenFormula},
    inlines::{self, Piece, Source, autolinks, flanking},
    line::{Fence, Tip},
    nested_fences::NestedFences,
    pending_inline,
};
use std::mem;

/// A row longer than this is shown again only after it grows by an eighth, so that the work stays proportional to the
/// text.
const LONG_ROW: usize = 1024;

/// The open leaf. Its shown content is at the end of the tree.
#[derive(Clone, Debug, Default)]
pub(crate) enum Leaf {
    #[default]
    Nothing,
    Paragraph(Growing),
    Heading(Growing),
    Fence {
        fence: Fence,
        /// Whether it already has a line.
        begun: bool,
        /// Nested fences, if the code is Markdown.
        nested: Option<NestedFences>,
    },
    Indented {
        /// Blank lines that count only if more code follows.
        held: String,
    },
    Table {
        columns: usize,
        row: Option<Row>,
    },
}

impl Leaf {
    pub(crate) fn tip(&self) -> Tip<'_> {
        match self {
            Self::Nothing | Self::Heading(_) => Tip::Nothing,
            Self::Paragraph(text) => Tip::Paragraph(text.last_line(), text.formula.as_ref()),
            Self::Fence { fence, nested, .. } => Tip::Fence(*fence, nested.as_ref().is_none_or(NestedFences::is_empty)),
            Self::Indented { .. } => Tip::Indented,
            Self::Table { .. } => Tip::Table,
        }
    }
}

/// The row being typed, the last one of its table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) text: String,
    /// Its length when it was last shown.
    shown: usize,
}

impl Row {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), shown: 0 }
    }

    /// Whether it is worth showing again.
    pub(crate) fn due(&self) -> bool {
        let length = self.text.len();
        let step = if length < LONG_ROW { 1 } else { self.shown / 8 };
        length >= self.shown + step
    }

    /// Takes out the text to show.
    pub(crate) fn take(&mut self) -> String {
        self.shown = self.text.len();
        mem::take(&mut self.text)
    }
}

/// The text of a paragraph or heading while it grows.
///
/// Only its end is reparsed: pieces with nothing open before or in them are *settled*. That is a guess where markup
/// spans more than [`pending_inline::WINDOW`]; when the block ends, a single parse of the complete text decides.
#[derive(Clone, Debug)]
pub(crate) struct Growing {
    /// Lines with line feeds between them.
    text: String,
    /// The number of settled bytes of `text`.
    settled: usize,
    /// The number of settled inlines.
    settled_cells: usize,
    grown: bool,
    may_define: bool,
    /// A display formula that continues on the next line.
    formula: Option<OpenFormula>,
    /// Whether the last line did not belong to all open containers.
    lazy: bool,
}

impl Growing {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            settled: 0,
            settled_cells: 0,
            grown: true,
            may_define: true,
            formula: None,
            lazy: false,
        }
    }

    /// The paragraph of a task.
    pub(crate) fn task(text: &str) -> Self {
        Self { may_define: false, ..Self::new(text) }
    }

    /// Whether definitions may appear at its start.
    pub(crate) fn may_define(&self) -> bool {
        self.may_define
    }

    pub(crate) fn line(&mut self, text: &str, lazy: bool) {
        self.text.push('\n');
        self.lazy = lazy;
        self.extend(text);
    }

    /// Call when the last line is complete.
    pub(crate) fn line_ends(&mut self) {
        let at = self.last_line_at();
        self.formula = formula_lines::open_after_line(self.formula.take(), from(&self.text, at), at, self.lazy);
    }

    /// Returns what to parse once the text is complete. A formula that started on its own line needs no end.
    pub(crate) fn source(&self) -> Source<'_> {
        let formula = self.formula.as_ref().filter(|formula| formula.certain);
        Source { formula: formula.map(|formula| formula.at..self.text.len()), ..Source::from(self.text()) }
    }

    pub(crate) fn extend(&mut self, text: &str) {
        self.text.push_str(text);
        self.grown = true;
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn last_line(&self) -> &str {
        from(&self.text, self.last_line_at())
    }

    fn last_line_at(&self) -> usize {
        self.text.rfind('\n').map_or(0, |at| at + 1)
    }

    /// Returns the text before the last line, if any, and the last line.
    pub(crate) fn split_last_line(&self) -> (Option<&str>, &str) {
        let before = self.last_line_at().checked_sub(1);
        (before.map(|at| until(&self.text, at)), self.last_line())
    }

    /// Shows what was added. Returns the number of bytes parsed.
    pub(crate) fn refresh(&mut self, cells: &mut Cells<Inline>, known: &Definitions, stamps: &mut Stamps) -> usize {
        self.grown = false;
        let tail = from(&self.text, self.settled);
        // Text that may turn out to be a definition will not be shown in that case.
        if self.may_define
            && self.settled == 0
            && definitions::may_start(until(tail, pending_inline::WINDOW))
            && tail.len() < pending_inline::WINDOW
        {
            cells.replace_from(0, [], stamps);
            return 0;
        }
        let before = flanking::before(until(&self.text, self.settled), None);
        let half = pending_inline::complete(tail, before);
        let pieces = inlines::parse(half.source(before), known).pieces;
        let work = half.text.len();
        // A URL at the end may continue after its period.
        let open_end = match pieces.as_slice() {
            [.., Piece { inline: Inline::Link { .. }, .. }, Piece { inline: Inline::Text(text), .. }] => {
                usize::from(autolinks::may_continue(text))
            }
            _ => 0,
        };
        let sure = pieces.iter().enumerate().skip(1).rev().skip(open_end).find_map(|(index, piece)| {
            let start = piece.start.filter(|start| *start <= half.sure)?;
            // Whitespace at the start would be lost.
            let solid = !from(&half.text, start).starts_with(char::is_whitespace);
            solid.then_some((index, start))
        });
        cells.replace_from(self.settled_cells, pieces.into_iter().map(|piece| piece.inline), stamps);
        if let Some((index, start)) = sure {
            self.settled += start;
            self.settled_cells += index;
        }
        work
    }

    /// Whether text was added that is not shown yet.
    pub(crate) fn grown(&self) -> bool {
        self.grown
    }
}
