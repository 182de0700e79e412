//! Text and inline markup.

use headroom_markdown::{Cells, Inline, LinkKind};
use wasm_bindgen::JsCast as _;
use web_sys::{Document as Dom, Element, Node};

use crate::dom_text::child;

/// The number of characters shown of an inert link's target. A `data:` URL can have a million.
const LONGEST_TARGET: usize = 200;

/// The nodes of inlines that may still grow: one per cell.
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
        Inline::Code(text) => left_to_right(dom, "code", text)?.unchecked_into(),
        Inline::Formula(text) => {
            let formula = left_to_right(dom, "span", text)?;
            formula.set_class_name("formula");
            formula.unchecked_into()
        }
        Inline::Link { href, title, kind, children } => {
            let link = dom.create_element("a").ok()?;
            link.set_attribute("href", href.as_str()).ok()?;
            // Links open in a new tab, and the target gets no referrer.
            link.set_attribute("target", "_blank").ok()?;
            link.set_attribute("rel", "noopener noreferrer").ok()?;
            if let Some(title) = title {
                link.set_attribute("title", title).ok()?;
            }
            if matches!(children.as_slice(), [Inline::Text(text)] if href.as_str().ends_with(text)) {
                link.set_attribute("dir", "ltr").ok()?;
            }
            mark_image(dom, &link, *kind)?;
            append_within_link(dom, &link, children);
            link.unchecked_into()
        }
        Inline::InertLink { target, title, kind, children } => {
            let place = dom.create_element("span").ok()?;
            place.set_class_name("inert-link");
            if let Some(title) = title {
                place.set_attribute("title", title).ok()?;
            }
            mark_image(dom, &place, *kind)?;
            append(dom, &place, children);
            let says_it = place.text_content().is_some_and(|text| text.ends_with(&**target));
            if !says_it {
                let before = if children.is_empty() { "" } else { " " };
                place.append_child(&dom.create_text_node(before)).ok()?;
                append_target(dom, &place, target)?;
            }
            place.unchecked_into()
        }
    })
}

/// Shows the target of an inert link in parentheses.
fn append_target(dom: &Dom, parent: &Element, target: &str) -> Option<()> {
    let shown: String = target.chars().take(LONGEST_TARGET).collect();
    let rest = if shown.len() < target.len() { "…" } else { "" };
    let element = left_to_right(dom, "span", &["(", &shown, rest, ")"].concat())?;
    element.set_class_name("link-target");
    if !rest.is_empty() {
        element.set_attribute("title", target).ok()?;
    }
    parent.append_child(&element).ok()?;
    Some(())
}

/// Adds the text of a link. Inert links inside it, such as a badge image, show no target.
fn append_within_link(dom: &Dom, link: &Element, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::InertLink { target, children, .. } if children.is_empty() => {
                append(dom, link, &[Inline::Text(target.to_string())]);
            }
            Inline::InertLink { children, .. } => append_within_link(dom, link, children),
            other => append(dom, link, std::slice::from_ref(other)),
        }
    }
}

fn mark_image(dom: &Dom, parent: &Element, kind: LinkKind) -> Option<()> {
    if kind == LinkKind::Image {
        let mark = child(dom, parent, "span")?;
        mark.set_class_name("image-mark");
        mark.set_text_content(Some("Image: "));
    }
    Some(())
}

/// An element with left-to-right text that does not affect the direction of the surrounding text.
fn left_to_right(dom: &Dom, tag: &str, text: &str) -> Option<Element> {
    let element = dom.create_element(tag).ok()?;
    element.set_attribute("dir", "ltr").ok()?;
    element.set_text_content(Some(text));
    Some(element)
}

fn wrapped(dom: &Dom, tag: &str, children: &[Inline]) -> Option<Node> {
    let element = dom.create_element(tag).ok()?;
    append(dom, &element, children);
    Some(element.unchecked_into())
}
