//! Tables: the head and the rows, including the row being typed.

use crate::{
    Alignment, Block, Document, Inline,
    cells::Cells,
    grow::{Applied, last},
    inlines::{self, References},
    leaf::{Leaf, Row},
    pending_inline, table,
};
use std::mem;

impl Document {
    /// Turns the last line of the open paragraph into a table.
    pub(crate) fn start_table(&mut self, alignments: Vec<Alignment>) -> Applied {
        let Leaf::Paragraph(paragraph) = mem::take(&mut self.leaf) else {
            return Applied::NoParagraph;
        };
        let (before, header) = paragraph.split_last_line();
        match before {
            Some(before) => self.end_paragraph(before.into(), paragraph.may_define()),
            None => self.drop_block(),
        }
        let columns = alignments.len();
        let (head, references) = self.row(columns, header, RowState::Whole);
        let table = Block::Table { alignments, head, rows: Cells::default() };
        self.add_block(self.frames.len(), table, None);
        self.remember(&references, 0, header);
        self.leaf = Leaf::Table { columns, row: None };
        Applied::Done
    }

    pub(crate) fn start_row(&mut self, text: &str) {
        if let Leaf::Table { row, .. } = &mut self.leaf {
            *row = Some(Row::new(text));
            if let Some(Block::Table { rows, .. }) = last(&mut self.blocks, self.frames.len(), &self.stamps) {
                rows.push(Vec::new(), &mut self.stamps);
            }
        }
    }

    /// Updates the last row of the open table to its current text.
    pub(crate) fn show_row(&mut self, columns: usize, text: &str, state: RowState) {
        let (cells, references) = self.row(columns, text, state);
        let Some(Block::Table { rows, .. }) = last(&mut self.blocks, self.frames.len(), &self.stamps) else {
            return;
        };
        let row = rows.len();
        if let Some(last) = rows.touch_last(&self.stamps) {
            *last = cells;
        }
        if state == RowState::Whole {
            self.remember(&references, row, text);
        }
    }

    /// Returns the cells of a row.
    pub(crate) fn row(&mut self, columns: usize, text: &str, state: RowState) -> (Vec<Vec<Inline>>, References) {
        let mut references = References::default();
        let mut row = Vec::new();
        let mut cells = table::cells(text, columns).into_iter().peekable();
        while let Some(cell) = cells.next() {
            let cell = table::text(cell);
            self.work.parsed += cell.len() as u64;
            let (inlines, more) = if state == RowState::Growing && cells.peek().is_none() {
                inlines::parse_whole(pending_inline::complete(&cell, None).source(None), &self.definitions)
            } else {
                inlines::parse_whole(&*cell, &self.definitions)
            };
            references += more;
            row.push(inlines);
        }
        (row, references)
    }
}

/// Whether a row is complete or may still grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RowState {
    Growing,
    Whole,
}
