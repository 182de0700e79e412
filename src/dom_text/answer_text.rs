//! The text of an answer: plain at first, formatted once the Markdown renderer is loaded.
//!
//! `markdown_dom` is a separate module, fetched after the page accepts input. If it cannot be loaded, or crashes, the
//! text stays readable as plain text.

use std::cell::RefCell;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Element;

use super::AppendOnlyText;
use crate::modules;

#[wasm_bindgen]
extern "C" {
    /// The exports of `src/bin/markdown_dom.rs`.
    #[derive(Clone)]
    type Module;
    #[wasm_bindgen(catch, method)]
    fn paint(this: &Module, place: &Element) -> Result<Remote, JsValue>;

    /// A Markdown renderer in the other module.
    type Remote;
    #[wasm_bindgen(catch, method)]
    fn push(this: &Remote, added: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method)]
    fn finish(this: &Remote) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method)]
    fn free(this: &Remote) -> Result<(), JsValue>;
}

thread_local! {
    /// The module, once loaded. Dropped with the page, or when it crashes.
    static MODULE: RefCell<Option<Module>> = const { RefCell::new(None) };
}

/// Loads the Markdown renderer. Returns `true` on success: shown text can be formatted from then on.
pub async fn load_markdown() -> bool {
    let module = modules::load("markdown_dom").await.ok();
    let here = module.is_some();
    MODULE.set(module);
    here
}

/// Shows the growing text of one answer inside one element, which it then owns.
pub struct AnswerText {
    place: Element,
    /// Bytes of the source already passed on.
    written: usize,
    finished: bool,
    shown: Shown,
}

enum Shown {
    Plain(AppendOnlyText),
    Painted(Remote),
}

impl AnswerText {
    /// Takes over an empty element.
    #[must_use]
    pub fn new(place: Element) -> Self {
        let shown = Shown::Plain(AppendOnlyText::new(place.clone()));
        Self { place, written: 0, finished: false, shown }
    }

    /// Shows text added since the last call. `source` starts with the previous source; `whole` means it is complete.
    pub fn update(&mut self, source: &str, whole: bool) {
        if matches!(self.shown, Shown::Plain(_)) {
            self.become_painted();
        }
        if self.hand_on(source, whole).is_err() {
            // A crashed module stays unusable, so everything continues as plain text.
            MODULE.set(None);
            self.place.set_text_content(None);
            self.place.remove_attribute("data-formatted").ok();
            self.written = 0;
            self.shown = Shown::Plain(AppendOnlyText::new(self.place.clone()));
            self.hand_on(source, whole).ok();
        }
    }

    fn become_painted(&mut self) {
        let Some(module) = MODULE.with_borrow(Clone::clone) else { return };
        self.place.set_text_content(None);
        if let Ok(remote) = module.paint(&self.place) {
            self.place.set_attribute("data-formatted", "").ok();
            self.shown = Shown::Painted(remote);
            self.written = 0;
            self.finished = false;
        }
    }

    fn hand_on(&mut self, source: &str, whole: bool) -> Result<(), JsValue> {
        let added = source.get(self.written..).unwrap_or_default();
        match &mut self.shown {
            Shown::Plain(text) => text.update(source),
            Shown::Painted(remote) => {
                if !added.is_empty() {
                    remote.push(added)?;
                }
                if whole && !self.finished {
                    remote.finish()?;
                    self.finished = true;
                }
            }
        }
        self.written = source.len();
        Ok(())
    }
}

impl Drop for AnswerText {
    fn drop(&mut self) {
        if let Shown::Painted(remote) = &self.shown {
            remote.free().ok();
        }
    }
}
