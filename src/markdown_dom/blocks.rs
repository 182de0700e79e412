//! Blocks and what they contain.

use headroom_markdown::{Alignment, Block, BlockCell, Cells, Inline, Item, Task, is_right_to_left};
use web_sys::{Document as Dom, Element};

use super::{
    code,
    inlines::{self, InlineNodes},
};
use crate::dom_text::{AppendOnlyText, child};

/// The page has an h1 and a message an h2, so headings in answers start below them.
const HIGHEST: u8 = 3;
const LOWEST: u8 = 6;

/// The DOM nodes of a sequence of blocks.
#[derive(Default)]
pub(super) struct BlockNodes {
    nodes: Vec<BlockNode>,
    /// Whether they are inside a list item or a quote. If so, they inherit its direction: with `dir="auto"`, a browser
    /// ignores children that have their own `dir`.
    nested: bool,
}

struct BlockNode {
    id: u64,
    /// For a heading: its level in the text, and its level in the DOM.
    heading: Option<(u8, u8)>,
    /// The element in the parent.
    element: Element,
    inside: Inside,
}

/// State of a block's content, kept to update only what changed.
enum Inside {
    Text(InlineNodes),
    List(Vec<ItemNode>),
    Code(AppendOnlyText),
    Quote(BlockNodes),
    Table { body: Element, rows: Vec<(u64, u64, Element)> },
    Rule,
}

struct ItemNode {
    id: u64,
    element: Element,
    blocks: BlockNodes,
}

impl BlockNodes {
    /// Cells before `first` are unchanged since revision `seen`.
    pub(super) fn update(&mut self, dom: &Dom, parent: &Element, cells: &[BlockCell], first: usize, seen: u64) {
        for node in self.nodes.drain(cells.len().min(self.nodes.len())..) {
            node.element.remove();
        }
        for (at, cell) in cells.iter().enumerate().skip(first) {
            let heading = self.heading_at(at, &cell.content);
            match self.nodes.get_mut(at) {
                Some(node) if node.id == cell.id => {
                    if cell.version > seen {
                        node.update(dom, &cell.content, seen);
                    }
                }
                other => {
                    let Some(node) = BlockNode::new(dom, cell, heading, self.nested) else { continue };
                    match other {
                        Some(old) => {
                            old.element.replace_with_with_node_1(&node.element).ok();
                            *old = node;
                        }
                        None => {
                            parent.append_child(&node.element).ok();
                            self.nodes.push(node);
                        }
                    }
                }
            }
        }
    }

    /// Returns a heading's level in the text and its level in the DOM. An answer may start at any level and skip some;
    /// users who navigate by headings need all levels, and the page has two levels above an answer.
    fn heading_at(&self, at: usize, block: &Block) -> Option<(u8, u8)> {
        let Block::Heading { level, .. } = block else { return None };
        let above = self.nodes.iter().take(at).rev().filter_map(|node| node.heading).find(|(other, _)| other <= level);
        let shown = match above {
            Some((other, shown)) if other == *level => shown,
            Some((_, shown)) => LOWEST.min(shown + 1),
            None => HIGHEST,
        };
        Some((*level, shown))
    }

    /// For the content of a list item or a quote.
    fn nested() -> Self {
        Self { nested: true, ..Self::default() }
    }

    /// Updates the blocks of a container that tracks its own changes.
    fn update_nested(&mut self, dom: &Dom, parent: &Element, cells: &Cells<Block>, seen: u64) {
        self.update(dom, parent, cells, cells.changed_since(seen), seen);
    }
}

impl BlockNode {
    fn new(dom: &Dom, cell: &BlockCell, heading: Option<(u8, u8)>, nested: bool) -> Option<Self> {
        let element = match heading {
            Some((_, shown)) => dom.create_element(&format!("h{shown}")),
            None => dom.create_element(tag(&cell.content)),
        };
        let element = element.ok()?;
        if !nested && matches!(&cell.content, Block::Paragraph(_) | Block::Heading { .. } | Block::Quote(_)) {
            element.set_attribute("dir", "auto").ok()?;
        }
        let inside = match &cell.content {
            Block::Paragraph(_) | Block::Heading { .. } => Inside::Text(InlineNodes::default()),
            Block::List { start, .. } => {
                if let Some(start) = start.filter(|start| *start != 1) {
                    element.set_attribute("start", &start.to_string()).ok()?;
                }
                Inside::List(Vec::new())
            }
            Block::Code { language, attributes, .. } => {
                Inside::Code(code::frame(dom, &element, language.as_deref(), attributes.as_deref())?)
            }
            Block::Quote(_) => Inside::Quote(BlockNodes::nested()),
            Block::Table { alignments, head, .. } => {
                // The wrapper scrolls sideways; the table itself keeps its columns.
                element.set_class_name("md-table");
                let table = child(dom, &element, "table")?;
                // The order of the columns. `auto` would ignore the text of cells, which have their own `dir`.
                if head.iter().find(|cell| !cell.is_empty()).is_some_and(|cell| is_right_to_left(cell)) {
                    table.set_attribute("dir", "rtl").ok()?;
                }
                let header = child(dom, &child(dom, &table, "thead")?, "tr")?;
                fill_row(dom, &header, "th", alignments, head);
                Inside::Table { body: child(dom, &table, "tbody")?, rows: Vec::new() }
            }
            Block::Rule => Inside::Rule,
        };
        let mut node = Self { id: cell.id, heading, element, inside };
        node.update(dom, &cell.content, 0);
        Some(node)
    }

    fn update(&mut self, dom: &Dom, block: &Block, seen: u64) {
        match (&mut self.inside, block) {
            (Inside::Text(nodes), Block::Paragraph(cells) | Block::Heading { content: cells, .. }) => {
                nodes.update(dom, &self.element, cells, seen);
            }
            (Inside::List(nodes), Block::List { tight, items, .. }) => {
                // A list becomes loose after a blank line; no trace of the tight layout may stay.
                if *tight {
                    self.element.set_class_name("tight");
                } else {
                    self.element.remove_attribute("class").ok();
                }
                update_items(dom, &self.element, nodes, items, seen);
            }
            (Inside::Code(code), Block::Code { text, .. }) => code.update(text),
            (Inside::Quote(nodes), Block::Quote(cells)) => nodes.update_nested(dom, &self.element, cells, seen),
            (Inside::Table { body, rows: nodes }, Block::Table { alignments, rows, .. }) => {
                update_rows(dom, body, nodes, alignments, rows, seen);
            }
            // The kind of a block never changes under one id, and a rule has no content.
            _ => {}
        }
    }
}

const fn tag(block: &Block) -> &'static str {
    match block {
        // The tag of a heading depends on the headings above it.
        Block::Paragraph(_) | Block::Heading { .. } => "p",
        Block::List { start: None, .. } => "ul",
        Block::List { start: Some(_), .. } => "ol",
        Block::Code { .. } | Block::Table { .. } => "div",
        Block::Quote(_) => "blockquote",
        Block::Rule => "hr",
    }
}

fn update_items(dom: &Dom, list: &Element, nodes: &mut Vec<ItemNode>, items: &Cells<Item>, seen: u64) {
    for node in nodes.drain(items.len().min(nodes.len())..) {
        node.element.remove();
    }
    for (at, cell) in items.iter().enumerate().skip(items.changed_since(seen)) {
        match nodes.get_mut(at) {
            Some(node) if node.id == cell.id => {
                if cell.version > seen {
                    node.blocks.update_nested(dom, &node.element, &cell.content.blocks, seen);
                }
            }
            other => {
                let before = at.checked_sub(1).and_then(|at| items.get(at)?.content.number);
                let Some(node) = item(dom, cell.id, &cell.content, before) else { continue };
                match other {
                    Some(old) => {
                        old.element.replace_with_with_node_1(&node.element).ok();
                        *old = node;
                    }
                    None => {
                        list.append_child(&node.element).ok();
                        nodes.push(node);
                    }
                }
            }
        }
    }
}

/// `before` is the number of the previous item.
fn item(dom: &Dom, id: u64, item: &Item, before: Option<u32>) -> Option<ItemNode> {
    let element = dom.create_element("li").ok()?;
    element.set_attribute("dir", "auto").ok()?;
    if let Some(number) =
        item.number.filter(|number| before.is_some_and(|before| before.checked_add(1) != Some(*number)))
    {
        element.set_attribute("value", &number.to_string()).ok()?;
    }
    if let Some(task) = item.task {
        element.set_class_name("task");
        let mark = child(dom, &element, "span")?;
        mark.set_class_name("task-mark");
        mark.set_text_content(Some(if task == Task::Done { "☑" } else { "☐" }));
    }
    let mut blocks = BlockNodes::nested();
    blocks.update_nested(dom, &element, &item.blocks, 0);
    Some(ItemNode { id, element, blocks })
}

fn update_rows(
    dom: &Dom,
    body: &Element,
    nodes: &mut Vec<(u64, u64, Element)>,
    alignments: &[Alignment],
    rows: &Cells<Vec<Vec<Inline>>>,
    seen: u64,
) {
    for (.., row) in nodes.drain(rows.len().min(nodes.len())..) {
        row.remove();
    }
    for (at, cell) in rows.iter().enumerate().skip(rows.changed_since(seen)) {
        match nodes.get_mut(at) {
            Some((id, version, _)) if (*id, *version) == (cell.id, cell.version) => {}
            Some((id, version, row)) => {
                row.set_text_content(None);
                fill_row(dom, row, "td", alignments, &cell.content);
                (*id, *version) = (cell.id, cell.version);
            }
            None => {
                let Some(row) = child(dom, body, "tr") else { continue };
                fill_row(dom, &row, "td", alignments, &cell.content);
                nodes.push((cell.id, cell.version, row));
            }
        }
    }
}

fn fill_row(dom: &Dom, row: &Element, tag: &str, alignments: &[Alignment], cells: &[Vec<Inline>]) {
    for (at, content) in cells.iter().enumerate() {
        // An empty header cell labels nothing but would be read out as a header.
        let tag = if content.is_empty() { "td" } else { tag };
        let Some(cell) = child(dom, row, tag) else { continue };
        cell.set_attribute("dir", "auto").ok();
        match alignments.get(at) {
            Some(Alignment::Right) => cell.set_class_name("right"),
            Some(Alignment::Center) => cell.set_class_name("center"),
            _ => {}
        }
        inlines::append(dom, &cell, content);
    }
}
