//! Text shown as tokens: colored near the visible part, plain everywhere else, so that megabytes need only a few
//! hundred elements.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use headroom_tokenizer::token_segments::{Block, blocks, plain_blocks};
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{
    Document, Element, EventTarget, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
};

use super::child;

/// How far from the visible part blocks are colored: about one screen.
const AHEAD: &str = "600px";

/// Tints in rotation. They show where tokens end and have no other meaning.
const TINTS: [&str; 4] = ["tk tk1", "tk tk2", "tk tk3", "tk tk4"];

/// Shows text as tokens inside an element, which it then owns. Each segment is an element of class `tk` with its first
/// token (`data-at`, from 0) and its number of tokens (`data-count`). Dropping it stops watching.
pub struct TokenText {
    place: Element,
    shown: Rc<RefCell<Shown>>,
    observer: Option<IntersectionObserver>,
    _seen: Closure<dyn FnMut(Array)>,
}

/// A segment of tokens that the reader points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its first token, from 0.
    pub first: u64,
    /// The number of its tokens: more than one if only together they form complete characters.
    pub count: u64,
    /// Its text.
    pub text: String,
}

impl Picked {
    /// Marks a segment, and no other.
    fn mark(element: &Element) -> Option<Self> {
        if let Ok(Some(before)) = element.owner_document()?.query_selector(".tk.on") {
            before.class_list().remove_1("on").ok();
        }
        element.class_list().add_1("on").ok();
        let number = |name| element.get_attribute(name)?.parse().ok();
        Some(Self { first: number("data-at")?, count: number("data-count")?, text: element.text_content()? })
    }
}

#[derive(Default)]
struct Shown {
    text: Arc<str>,
    blocks: Vec<(Element, Block)>,
}

impl TokenText {
    /// Takes over an empty element.
    #[must_use]
    pub fn new(place: Element) -> Self {
        let shown = Rc::new(RefCell::new(Shown::default()));
        let seen = Closure::<dyn FnMut(Array)>::new({
            let shown = shown.clone();
            move |entries: Array| {
                let shown = shown.borrow();
                for entry in entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
                    shown.seen(&entry.target(), entry.is_intersecting());
                }
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(AHEAD);
        // The text scrolls within the page, where a root margin has no effect. Browsers without `scrollMargin` color a
        // block once it is visible.
        Reflect::set(&options, &"scrollMargin".into(), &AHEAD.into()).ok();
        let observer = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options).ok();
        Self { place, shown, observer, _seen: seen }
    }

    /// Shows text with tokens ending at these bytes or, without them, plain text.
    pub fn update(&self, text: &Arc<str>, ends: Option<&[u32]>) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        self.place.set_text_content(None);
        let Some(dom) = self.place.owner_document() else { return };
        let mut shown = self.shown.borrow_mut();
        shown.text = text.clone();
        shown.blocks.clear();
        let blocks = ends.map_or_else(|| plain_blocks(text), |ends| blocks(text, ends));
        for (number, block) in blocks.into_iter().enumerate() {
            let Some(element) = child(&dom, &self.place, "div") else { return };
            element.set_class_name("block");
            element.set_attribute("data-block", &number.to_string()).ok();
            shown.blocks.push((element, block));
        }
        for (element, block) in &shown.blocks {
            shown.plain(element, block);
            if let Some(observer) = self.observer.as_ref().filter(|_| ends.is_some()) {
                observer.observe(element);
            }
        }
    }

    /// Marks the segment that is the target of an event.
    #[must_use]
    pub fn point(target: Option<EventTarget>) -> Option<Picked> {
        Picked::mark(&target?.dyn_into::<Element>().ok()?.closest(".tk").ok()??)
    }

    /// Marks the segment after or before the marked one, or the first one if none is marked.
    #[must_use]
    pub fn step(&self, forwards: bool) -> Option<Picked> {
        let next = match self.place.query_selector(".tk.on").ok()? {
            Some(marked) => self.beside(&marked, forwards)?,
            None => self.place.query_selector(".tk").ok()??,
        };
        next.scroll_into_view_with_bool(false);
        Picked::mark(&next)
    }

    /// Returns the neighboring segment, even across blocks.
    fn beside(&self, element: &Element, forwards: bool) -> Option<Element> {
        let step = |element: &Element| {
            if forwards { element.next_element_sibling() } else { element.previous_element_sibling() }
        };
        step(element).or_else(|| {
            let block = step(&element.parent_element()?)?;
            // The block may not have been visible yet.
            self.shown.borrow().seen(&block, true);
            if forwards { block.first_element_child() } else { block.last_element_child() }
        })
    }
}

impl Drop for TokenText {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

impl Shown {
    fn seen(&self, element: &Element, is_near: bool) {
        let number = element.get_attribute("data-block").and_then(|number| number.parse::<usize>().ok());
        let Some((element, block)) = number.and_then(|number| self.blocks.get(number)) else { return };
        let is_colored = element.first_element_child().is_some();
        match (is_near, element.owner_document()) {
            (true, Some(dom)) if !is_colored => self.colored(&dom, element, block),
            (false, _) if is_colored => self.plain(element, block),
            _ => {}
        }
    }

    fn plain(&self, element: &Element, block: &Block) {
        element.set_text_content(self.text.get(block.bytes.clone()));
    }

    fn colored(&self, dom: &Document, element: &Element, block: &Block) {
        element.set_text_content(None);
        let (mut start, mut token) = (block.bytes.start, block.first);
        for segment in &block.segments {
            let (Some(part), Some(text)) = (child(dom, element, "span"), self.text.get(start..segment.end)) else {
                return;
            };
            let words = text.trim_end_matches('\n');
            part.set_text_content(Some(words));
            // A line end is shown by a symbol before it, drawn by the style sheet.
            if words.len() < text.len()
                && let Some(end) = child(dom, &part, "i")
            {
                end.set_text_content(text.get(words.len()..));
            }
            part.set_class_name(TINTS.get(token % TINTS.len()).copied().unwrap_or_default());
            part.set_attribute("data-at", &token.to_string()).ok();
            part.set_attribute("data-count", &segment.tokens.to_string()).ok();
            start = segment.end;
            token += segment.tokens as usize;
        }
    }
}
