//! Shows the open leaf, resolves reference links to later definitions, and shows definitions that nothing uses.

use crate::{
    Block, Document, Inline,
    cells::{Cells, Stamps},
    cursor::from,
    definitions::{DefinitionSpans, Definitions},
    document::{HiddenDefinitions, Pending},
    grow::last,
    grow_table::RowState,
    inlines::{self, Parsed, Piece, References},
    leaf::Leaf,
};
use std::mem;

impl Document {
    /// Shows what was pushed to the open leaf.
    pub(crate) fn refresh(&mut self) {
        match &mut self.leaf {
            Leaf::Paragraph(text) | Leaf::Heading(text) if text.grown() => {
                let last = last(&mut self.blocks, self.frames.len(), &self.stamps);
                if let Some(Block::Paragraph(cells) | Block::Heading { content: cells, .. }) = last {
                    let parsed = text.refresh(cells, &self.definitions, &mut self.stamps);
                    self.work.parsed += parsed as u64;
                }
            }
            Leaf::Table { columns, row: Some(row) } if row.due() => {
                let (columns, text) = (*columns, row.take());
                self.show_row(columns, &text, RowState::Growing);
                if let Leaf::Table { row: Some(row), .. } = &mut self.leaf {
                    row.text = text;
                }
            }
            _ => {}
        }
    }

    /// Records the last block (paragraph, heading or table row) if it has references to undefined labels.
    pub(crate) fn remember(&mut self, references: &References, row: usize, text: &str) {
        self.definitions.mark_used(&references.found);
        if references.missing > 0 {
            let path = self.path();
            self.pending.push(Pending { path, row, text: text.to_owned(), found: references.found.len() });
        }
    }

    /// Records that the last block, a paragraph, starts with definitions.
    pub(crate) fn hide_definitions(&mut self, taken: DefinitionSpans, text: &str) {
        let path = self.path();
        self.hidden.push(HiddenDefinitions { path, text: text.to_owned(), taken });
    }

    /// Returns the path of the last block.
    fn path(&self) -> Vec<usize> {
        let mut path = Vec::new();
        let mut blocks = &self.blocks;
        while let Some(cell) = blocks.last() {
            path.push(blocks.len() - 1);
            blocks = match &cell.content {
                Block::Quote(inside) => inside,
                Block::List { items, .. } => {
                    path.push(items.len().saturating_sub(1));
                    let Some(item) = items.last() else { break };
                    &item.content.blocks
                }
                _ => break,
            };
        }
        path
    }

    /// Reparses leaves whose references may be defined by now, each at most once.
    pub(crate) fn resolve(&mut self) {
        if self.definitions.len() == 0 {
            return;
        }
        for leaf in mem::take(&mut self.pending) {
            let references = match self.columns(&leaf.path) {
                None => self.resolve_text(&leaf),
                Some(columns) => self.resolve_row(&leaf, columns),
            };
            self.definitions.mark_used(&references.found);
        }
    }

    fn resolve_text(&mut self, leaf: &Pending) -> References {
        let Parsed { pieces, references } = inlines::parse(leaf.text.as_str(), &self.definitions);
        self.work.parsed += leaf.text.len() as u64;
        if references.found.len() > leaf.found {
            self.show(&leaf.path, pieces);
        }
        references
    }

    fn resolve_row(&mut self, leaf: &Pending, columns: usize) -> References {
        let (new, references) = self.row(columns, &leaf.text, RowState::Whole);
        if references.found.len() > leaf.found
            && let Some(Block::Table { head, rows, .. }) = find(&mut self.blocks, &leaf.path, &self.stamps)
        {
            let row = match leaf.row.checked_sub(1) {
                None => Some(head),
                Some(row) => rows.touch(row, &self.stamps),
            };
            if let Some(row) = row {
                *row = new;
            }
        }
        references
    }

    /// Shows unused definitions as text.
    pub(crate) fn show_unused_definitions(&mut self) {
        for HiddenDefinitions { path, text, taken } in mem::take(&mut self.hidden) {
            let unused =
                taken.iter().filter(|(_, number)| number.is_none_or(|number| !self.definitions.is_used(number)));
            let unused: String = unused.filter_map(|(range, _)| text.get(range.clone())).collect();
            if unused.is_empty() {
                continue;
            }
            let rest = from(&text, taken.last().map_or(0, |(range, _)| range.end));
            self.work.parsed += text.len() as u64;
            let mut pieces = inlines::parse(unused.as_str(), &Definitions::default()).pieces;
            if !rest.is_empty() {
                pieces.push(Piece { inline: Inline::SoftBreak, start: None });
                pieces.extend(inlines::parse(rest, &self.definitions).pieces);
            }
            self.show(&path, pieces);
        }
    }

    /// Replaces the content of a paragraph or heading.
    fn show(&mut self, path: &[usize], pieces: Vec<Piece>) {
        let found = find(&mut self.blocks, path, &self.stamps);
        if let Some(Block::Paragraph(cells) | Block::Heading { content: cells, .. }) = found {
            cells.replace_from(0, pieces.into_iter().map(|piece| piece.inline), &mut self.stamps);
        }
    }

    /// Returns the number of columns if the block at a path is a table.
    fn columns(&self, path: &[usize]) -> Option<usize> {
        let mut path = path.iter();
        let mut block = self.blocks.get(*path.next()?)?;
        while let Some(index) = path.next() {
            block = match &block.content {
                Block::Quote(inside) => inside.get(*index)?,
                Block::List { items, .. } => items.get(*index)?.content.blocks.get(*path.next()?)?,
                _ => return None,
            };
        }
        match &block.content {
            Block::Table { alignments, .. } => Some(alignments.len()),
            _ => None,
        }
    }
}

/// Returns the block at a path, marking everything along the path as changed.
fn find<'d>(blocks: &'d mut Cells<Block>, path: &[usize], stamps: &Stamps) -> Option<&'d mut Block> {
    let mut path = path.iter();
    let mut block = blocks.touch(*path.next()?, stamps)?;
    while let Some(index) = path.next() {
        block = match block {
            Block::Quote(inside) => inside.touch(*index, stamps)?,
            Block::List { items, .. } => items.touch(*index, stamps)?.blocks.touch(*path.next()?, stamps)?,
            _ => return None,
        };
    }
    Some(block)
}
