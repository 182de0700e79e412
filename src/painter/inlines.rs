//! Text and its markup.

use headroom_markdown::{Cells, Inline, LinkKind};
use wasm_bindgen::JsCast as _;
use web_sys::{Document as Dom, Element, Node};

use crate::paint::child;

/// The nodes of a run of inlines that may still grow: one for each cell.
#[derive(Default)]
pub(super) struct InlineNodes(Vec<Node>);

impl InlineNodes {
    pub(super) fn update(&mut self, dom: &Dom, parent: &Element, cells: &Cells<Inline>, seen: u64) {
        let first = cells.changed_since(seen).min(self.0.len());
        for node in self.0.drain(first..) {
            parent.remove_child(&node).ok();
        }
        for cell in cells.iter().skip(first) {
            if let Some(node) = node(dom, &cell.content) {
                parent.append_child(&node).ok();
                self.0.push(node);
            }
        }
    }
}

/// Adds finished inlines.
pub(super) fn append(dom: &Dom, parent: &Element, inlines: &[Inline]) {
    for inline in inlines {
        if let Some(node) = node(dom, inline) {
            parent.append_child(&node).ok();
        }
    }
}

fn node(dom: &Dom, inline: &Inline) -> Option<Node> {
    Some(match inline {
        Inline::Text(text) => dom.create_text_node(text).unchecked_into(),
        Inline::SoftBreak => dom.create_text_node(" ").unchecked_into(),
        Inline::HardBreak => dom.create_element("br").ok()?.unchecked_into(),
        Inline::Emphasis(children) => wrapped(dom, "em", children)?,
        Inline::Strong(children) => wrapped(dom, "strong", children)?,
        Inline::Strike(children) => wrapped(dom, "s", children)?,
        Inline::Code(text) => {
            let code = dom.create_element("code").ok()?;
            code.set_text_content(Some(text));
            code.unchecked_into()
        }
        Inline::Link { href, title, kind, children } => {
            let link = dom.create_element("a").ok()?;
            link.set_attribute("href", href.as_str()).ok()?;
            // The page goes nowhere by itself, and the target learns nothing of it.
            link.set_attribute("target", "_blank").ok()?;
            link.set_attribute("rel", "noopener noreferrer").ok()?;
            if let Some(title) = title {
                link.set_attribute("title", title).ok()?;
            }
            if *kind == LinkKind::Image {
                let mark = child(dom, &link, "span")?;
                mark.set_class_name("image-mark");
                mark.set_text_content(Some("Image: "));
            }
            append(dom, &link, children);
            link.unchecked_into()
        }
    })
}

fn wrapped(dom: &Dom, tag: &str, children: &[Inline]) -> Option<Node> {
    let element = dom.create_element(tag).ok()?;
    append(dom, &element, children);
    Some(element.unchecked_into())
}
