//! Trees as compact S-expressions.

use crate::{Alignment, Block, Cells, Document, Inline, Item, LinkKind, Task};
use std::fmt::Write as _;

/// Returns the complete tree, with pieces of text joined.
pub(super) fn show(document: &Document) -> String {
    let mut out = String::new();
    blocks(&document.blocks, &mut out);
    out
}

fn blocks(cells: &Cells<Block>, out: &mut String) {
    // A paragraph of only definitions is empty.
    let shown = cells.iter().filter(|cell| !matches!(&cell.content, Block::Paragraph(content) if content.is_empty()));
    for (index, cell) in shown.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        block(&cell.content, out);
    }
}

fn block(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(content) => wrap("p", out, |out| inlines(content.iter().map(|cell| &cell.content), out)),
        Block::Heading { level, content } => {
            wrap(&format!("h{level}"), out, |out| inlines(content.iter().map(|cell| &cell.content), out));
        }
        Block::List { start, tight, items } => {
            let kind = start.map_or("ul".to_owned(), |start| format!("ol{start}"));
            // Without a paragraph directly inside, tight and loose look the same.
            let loose = !tight && items.iter().any(|item| has_paragraph(&item.content));
            let name = if loose { kind + "-loose" } else { kind };
            wrap(&name, out, |out| {
                let mut before = None;
                for item in items.iter() {
                    let name = match item.content.task {
                        None => "li",
                        Some(Task::Open) => "todo",
                        Some(Task::Done) => "done",
                    };
                    let number =
                        item.content.number.filter(|number| before.is_some_and(|before| *number != before + 1));
                    before = item.content.number;
                    let name = number.map_or(name.to_owned(), |number| format!("{name}={number}"));
                    wrap(&name, out, |out| blocks(&item.content.blocks, out));
                }
            });
        }
        Block::Code { language, text, .. } => {
            let name = language.as_ref().map_or("code".to_owned(), |language| format!("code:{language}"));
            wrap(&name, out, |out| write!(out, "{text:?}").unwrap());
        }
        Block::Quote(inside) => wrap("quote", out, |out| blocks(inside, out)),
        Block::Table { alignments, head, rows } => wrap("table", out, |out| {
            for alignment in alignments {
                out.push(match alignment {
                    Alignment::Unset => '-',
                    Alignment::Left => '<',
                    Alignment::Center => '^',
                    Alignment::Right => '>',
                });
            }
            for row in std::iter::once(head).chain(rows.iter().map(|row| &row.content)) {
                // Trailing empty cells may be present or not; the meaning is the same.
                let filled = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
                wrap(" tr", out, |out| {
                    for cell in row.iter().take(filled) {
                        wrap("td", out, |out| inlines(cell.iter(), out));
                    }
                });
            }
        }),
        Block::Rule => out.push_str("(hr)"),
    }
}

fn has_paragraph(item: &Item) -> bool {
    item.blocks.iter().any(|block| matches!(&block.content, Block::Paragraph(content) if !content.is_empty()))
}

fn wrap(name: &str, out: &mut String, inside: impl FnOnce(&mut String)) {
    let spaces = name.len() - name.trim_start().len();
    out.push_str(&name[..spaces]);
    write!(out, "({} ", &name[spaces..]).unwrap();
    inside(out);
    if out.ends_with(' ') {
        out.pop();
    }
    out.push(')');
}

/// Writes inlines, joining neighboring text.
pub(super) fn inlines<'i>(inlines: impl Iterator<Item = &'i Inline>, out: &mut String) {
    let mut text = String::new();
    for inline in inlines {
        if let Inline::Text(piece) = inline {
            text.push_str(piece);
            continue;
        }
        flush(&mut text, out);
        match inline {
            Inline::Text(_) => {}
            Inline::Emphasis(inside) => wrap("em", out, |out| self::inlines(inside.iter(), out)),
            Inline::Strong(inside) => wrap("b", out, |out| self::inlines(inside.iter(), out)),
            Inline::Strike(inside) => wrap("s", out, |out| self::inlines(inside.iter(), out)),
            Inline::Code(code) => write!(out, "`{code}`").unwrap(),
            Inline::Formula(formula) => write!(out, "{{{formula}}}").unwrap(),
            Inline::InertLink { target, title, kind, children } => {
                let name = match kind {
                    LinkKind::Page => "inert",
                    LinkKind::Image => "inert-img",
                };
                wrap(&format!("{name} <{target}>"), out, |out| {
                    if let Some(title) = title {
                        write!(out, "{title:?} ").unwrap();
                    }
                    self::inlines(children.iter(), out);
                });
            }
            Inline::Link { href, title, kind, children } => {
                let name = match kind {
                    LinkKind::Page => "a",
                    LinkKind::Image => "img",
                };
                wrap(&format!("{name} <{href}>"), out, |out| {
                    if let Some(title) = title {
                        write!(out, "{title:?} ").unwrap();
                    }
                    self::inlines(children.iter(), out);
                });
            }
            Inline::SoftBreak => out.push('~'),
            Inline::HardBreak => out.push('/'),
        }
    }
    flush(&mut text, out);
}

fn flush(text: &mut String, out: &mut String) {
    if !text.is_empty() {
        write!(out, "{text:?}").unwrap();
        text.clear();
    }
}
