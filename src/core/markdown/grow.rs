//! Applies a classified line to the tree.

use crate::{
    Block, Document, Item,
    cells::{Cells, Stamps},
    cursor::from,
    grow_table::RowState,
    inlines::{self, Source},
    leaf::{Growing, Leaf},
    line::{Content, Frame, ItemFrame, Plan},
    markers::Marker,
    nested_fences::NestedFences,
};
use std::mem;

/// A list that may get another item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenList {
    marker: Marker,
    /// The number of the last item, as shown.
    number: Option<u32>,
    /// Whether the written numbers are ignored because the second item repeats the first item's number. Decided by the
    /// second item.
    counted: Option<bool>,
}

/// Whether a plan could be carried out.
pub(crate) enum Applied {
    Done,
    /// The line needed the open paragraph, which consisted only of definitions and is gone.
    NoParagraph,
}

/// Returns the blocks of the innermost of `depth` open containers, marking everything along the path as changed.
fn descend<'d>(blocks: &'d mut Cells<Block>, depth: usize, stamps: &Stamps) -> Option<&'d mut Cells<Block>> {
    let mut blocks = blocks;
    for _ in 0..depth {
        blocks = match blocks.touch_last(stamps)? {
            Block::Quote(inside) => inside,
            Block::List { items, .. } => &mut items.touch_last(stamps)?.blocks,
            _ => return None,
        };
    }
    Some(blocks)
}

/// Returns the last of those blocks.
pub(crate) fn last<'d>(blocks: &'d mut Cells<Block>, depth: usize, stamps: &Stamps) -> Option<&'d mut Block> {
    descend(blocks, depth, stamps)?.touch_last(stamps)
}

impl Document {
    pub(crate) fn apply(&mut self, plan: Plan<'_>) -> Applied {
        let blank = mem::take(&mut self.blank);
        match plan.content {
            Content::Continuation(text) => {
                let lazy = plan.keep < self.frames.len();
                if let Leaf::Paragraph(paragraph) = &mut self.leaf {
                    paragraph.line(text, lazy);
                }
            }
            Content::FormulaBlank => {
                if let Leaf::Paragraph(paragraph) = &mut self.leaf {
                    paragraph.line("", false);
                }
            }
            Content::Code(spaces, text) => self.code_line(spaces, text),
            Content::CodeBlank(spaces, text) => {
                self.blank = Some(self.innermost_quote(plan.keep));
                if let Leaf::Indented { held } = &mut self.leaf {
                    held.push('\n');
                    held.extend(std::iter::repeat_n(' ', spaces));
                    held.push_str(text);
                }
            }
            Content::FenceEnd => self.leaf = Leaf::Nothing,
            Content::Row(text) => self.start_row(text),
            Content::Underline(level) => return self.underline(level),
            Content::Delimiters(alignments) => return self.start_table(alignments),
            Content::Blank => {
                self.close(plan.keep);
                if plan.opened.is_empty() {
                    self.blank = Some(self.innermost_quote(plan.keep));
                }
                self.open(plan.opened, blank);
            }
            content => {
                self.close(plan.keep);
                self.open(plan.opened, blank);
                self.start(&content, blank);
            }
        }
        Applied::Done
    }

    /// Starts a leaf in the innermost container.
    fn start(&mut self, content: &Content<'_>, blank: Option<usize>) {
        let depth = self.frames.len();
        match *content {
            Content::Text(text) => {
                self.add_block(depth, Block::Paragraph(Cells::default()), blank);
                self.leaf = Leaf::Paragraph(Growing::new(text));
            }
            Content::Task(text) => {
                self.add_block(depth, Block::Paragraph(Cells::default()), blank);
                self.leaf = Leaf::Paragraph(Growing::task(text));
            }
            Content::Heading(level, text) => {
                let content = Cells::default();
                self.add_block(depth, Block::Heading { level, content }, blank);
                self.leaf = Leaf::Heading(Growing::new(text));
            }
            Content::Rule => self.add_block(depth, Block::Rule, blank),
            Content::FenceStart(fence, info) => {
                let (language, attributes) = info.split_once([' ', '\t']).unwrap_or((info, ""));
                let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                let (language, attributes) = (some(language), some(attributes.trim()));
                let nested = NestedFences::of(language.as_deref());
                self.add_block(depth, Block::Code { language, attributes, text: String::new() }, blank);
                self.leaf = Leaf::Fence { fence, begun: false, nested };
            }
            Content::CodeStart(spaces, text) => {
                let text = [&" ".repeat(spaces), text].concat();
                self.add_block(depth, Block::Code { language: None, attributes: None, text }, blank);
                self.leaf = Leaf::Indented { held: String::new() };
            }
            _ => {}
        }
    }

    /// Counts how many of the first `depth` containers there are up to the innermost quote.
    fn innermost_quote(&self, depth: usize) -> usize {
        let quote = self.frames.iter().take(depth).rposition(|frame| *frame == Frame::Quote);
        quote.map_or(0, |at| at + 1)
    }

    fn open(&mut self, frames: Vec<Frame>, blank: Option<usize>) {
        for frame in frames {
            let depth = self.frames.len();
            match &frame {
                Frame::Quote => self.add_block(depth, Block::Quote(Cells::default()), blank),
                Frame::Item(item) => self.add_item(depth, item, blank),
            }
            self.frames.push(frame);
        }
    }

    fn add_item(&mut self, depth: usize, frame: &ItemFrame, blank: Option<usize>) {
        let list = self.lists.get(depth).copied().flatten().filter(|list| list.marker == frame.marker);
        let goes_on = list.is_some();
        if !goes_on {
            let list = Block::List { start: frame.number, tight: true, items: Cells::default() };
            self.add_block(depth, list, blank);
        }
        let mut list = list.unwrap_or(OpenList { marker: frame.marker, number: None, counted: None });
        list.number = frame.number.map(|written| match list.number {
            None => written,
            Some(before) if *list.counted.get_or_insert(written == before) => before.saturating_add(1),
            Some(_) => written,
        });
        if let Some(last) = self.lists.get_mut(depth) {
            *last = Some(list);
        }
        if let Some(Block::List { tight, items, .. }) = last(&mut self.blocks, depth, &self.stamps) {
            *tight &= !(goes_on && blank.is_some_and(|quote| quote <= depth));
            let item = Item { number: list.number, task: frame.task, blocks: Cells::default() };
            items.push(item, &mut self.stamps);
        }
    }

    /// Adds a block to the container at `depth`. `blank` tells whether the previous line was blank.
    pub(crate) fn add_block(&mut self, depth: usize, block: Block, blank: Option<usize>) {
        if let Some(inside) = depth.checked_sub(1)
            && let Some(Frame::Item(item)) = self.frames.get_mut(inside)
        {
            let loosens = !mem::take(&mut item.empty) && blank.is_some_and(|quote| quote <= depth);
            if let Some(Block::List { tight, .. }) = last(&mut self.blocks, inside, &self.stamps) {
                *tight &= !loosens;
            }
        }
        self.lists.truncate(depth + 1);
        self.lists.resize(depth + 1, None);
        if let Some(list) = self.lists.get_mut(depth) {
            *list = None;
        }
        if let Some(blocks) = descend(&mut self.blocks, depth, &self.stamps) {
            blocks.push(block, &mut self.stamps);
        }
    }

    /// Returns the last block of the innermost container, marked as changed.
    fn last_block(&mut self) -> Option<&mut Block> {
        last(&mut self.blocks, self.frames.len(), &self.stamps)
    }

    /// Removes the last block, which turned out to be something else.
    pub(crate) fn drop_block(&mut self) {
        if let Some(blocks) = descend(&mut self.blocks, self.frames.len(), &self.stamps) {
            blocks.pop(&self.stamps);
        }
    }

    /// Adds a line to the open code block.
    fn code_line(&mut self, spaces: usize, text: &str) {
        let mut before = match &mut self.leaf {
            Leaf::Fence { begun, .. } => match mem::replace(begun, true) {
                true => "\n".to_owned(),
                false => String::new(),
            },
            Leaf::Indented { held } => {
                held.push('\n');
                mem::take(held)
            }
            _ => return,
        };
        before.extend(std::iter::repeat_n(' ', spaces));
        if let Some(Block::Code { text: code, .. }) = self.last_block() {
            code.push_str(&before);
            code.push_str(text);
        }
    }

    /// Adds more of a decided line.
    pub(crate) fn extend(&mut self, more: &str) {
        match &mut self.leaf {
            Leaf::Paragraph(text) | Leaf::Heading(text) => text.extend(more),
            Leaf::Table { row: Some(row), .. } => row.text.push_str(more),
            Leaf::Fence { .. } | Leaf::Indented { .. } => {
                if let Some(Block::Code { text, .. }) = self.last_block() {
                    text.push_str(more);
                }
            }
            Leaf::Table { .. } | Leaf::Nothing => {}
        }
    }

    /// Ends the line, and with it any leaf that is only one line long.
    pub(crate) fn leaf_line_ends(&mut self) {
        match mem::take(&mut self.leaf) {
            Leaf::Paragraph(mut paragraph) => {
                paragraph.line_ends();
                self.leaf = Leaf::Paragraph(paragraph);
            }
            Leaf::Heading(text) => {
                let text = text.text().trim_end();
                let unmarked = text.trim_end_matches('#');
                let closed = unmarked.is_empty() || unmarked.ends_with([' ', '\t']);
                self.settle(if closed { unmarked } else { text }.into());
            }
            Leaf::Fence { fence, begun, mut nested } => {
                if let Some(nested) = nested.as_mut().filter(|_| begun)
                    && let Some(Block::Code { text, .. }) = self.last_block()
                {
                    nested.line(fence, text.rsplit('\n').next().unwrap_or_default());
                }
                self.leaf = Leaf::Fence { fence, begun, nested };
            }
            Leaf::Table { columns, row } => {
                if let Some(row) = row {
                    self.show_row(columns, &row.text, RowState::Whole);
                }
                self.leaf = Leaf::Table { columns, row: None };
            }
            other => self.leaf = other,
        }
    }

    /// Closes the open leaf and all containers except the first `keep`.
    pub(crate) fn close(&mut self, keep: usize) {
        if let Leaf::Paragraph(paragraph) = mem::take(&mut self.leaf) {
            self.end_paragraph(paragraph.source(), paragraph.may_define());
        }
        self.frames.truncate(keep);
        self.lists.truncate(keep + 1);
    }

    /// Gives the paragraph its final text. Drops the paragraph if no text is left.
    pub(crate) fn end_paragraph(&mut self, source: Source<'_>, may_define: bool) {
        let (hides, rest) = self.take_definitions(source.text, may_define);
        if !hides {
            return self.settle(source);
        }
        self.settle(rest.into());
    }

    /// Splits off definitions at the start of the open paragraph. Returns whether there are any, and the other text.
    fn take_definitions<'t>(&mut self, text: &'t str, may_define: bool) -> (bool, &'t str) {
        let taken = if may_define { self.definitions.take(text) } else { Vec::new() };
        let Some(end) = taken.last().map(|(range, _)| range.end) else {
            return (false, text);
        };
        self.hide_definitions(taken, text);
        (true, from(text, end))
    }

    /// Parses the complete text of a paragraph or heading. This result is final.
    fn settle(&mut self, source: Source<'_>) {
        let text = source.text;
        let parsed = inlines::parse(source, &self.definitions);
        self.work.parsed += text.len() as u64;
        let pieces = parsed.pieces.into_iter().map(|piece| piece.inline);
        let last = last(&mut self.blocks, self.frames.len(), &self.stamps);
        if let Some(Block::Paragraph(cells) | Block::Heading { content: cells, .. }) = last {
            cells.replace_from(0, pieces, &mut self.stamps);
        }
        self.remember(&parsed.references, 0, text);
    }

    /// Turns the open paragraph into a heading.
    fn underline(&mut self, level: u8) -> Applied {
        let Leaf::Paragraph(paragraph) = mem::take(&mut self.leaf) else {
            return Applied::NoParagraph;
        };
        let (hides, text) = self.take_definitions(paragraph.text(), paragraph.may_define());
        if hides {
            self.settle("".into());
        } else {
            self.drop_block();
        }
        if text.is_empty() {
            return Applied::NoParagraph;
        }
        let content = Cells::default();
        self.add_block(self.frames.len(), Block::Heading { level, content }, None);
        self.settle(text.into());
        Applied::Done
    }
}
