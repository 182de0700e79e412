//! Showing the open leaf, and links by reference to what is defined only later.

use crate::{
    Block, Document,
    cells::{Cells, Stamps},
    document::Pending,
    grow::last,
    grow_table::RowState,
    inlines::{self, Parsed, References},
    leaf::Leaf,
};
use std::mem;

impl Document {
    /// Shows what the pushes added to the open leaf.
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

    /// Notes the last block if it has links to what is not defined yet: paragraph, heading, or a row of a table.
    pub(crate) fn remember(&mut self, references: References, row: usize, text: &str) {
        if references.missing == 0 {
            return;
        }
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
        self.pending.push(Pending { path, row, text: text.to_owned(), found: references.found });
    }

    /// Parses leaves again whose links may be defined now: each at most once.
    pub(crate) fn resolve(&mut self) {
        if self.definitions.len() == 0 {
            return;
        }
        for leaf in mem::take(&mut self.pending) {
            let parsed = inlines::parse(&leaf.text, &self.definitions);
            self.work.parsed += leaf.text.len() as u64;
            if parsed.references.found > leaf.found {
                self.replace(&leaf, parsed);
            }
        }
    }

    fn replace(&mut self, leaf: &Pending, parsed: Parsed) {
        let columns = match find(&mut self.blocks, &leaf.path, &self.stamps) {
            Some(Block::Paragraph(cells) | Block::Heading { content: cells, .. }) => {
                let pieces = parsed.pieces.into_iter().map(|piece| piece.inline);
                cells.replace_from(0, pieces, &mut self.stamps);
                return;
            }
            Some(Block::Table { alignments, .. }) => alignments.len(),
            _ => return,
        };
        let (new, _) = self.row(columns, &leaf.text, RowState::Whole);
        if let Some(Block::Table { head, rows, .. }) = find(&mut self.blocks, &leaf.path, &self.stamps) {
            let row = match leaf.row.checked_sub(1) {
                None => Some(head),
                Some(row) => rows.touch(row, &self.stamps),
            };
            if let Some(row) = row {
                *row = new;
            }
        }
    }
}

/// The block at a path, with everything on the way marked as changed.
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
