//! The text of an answer: plain at first, formatted once the painter is here.
//!
//! The painter is a module of its own, fetched after the page took its first input. Where it does not come, or breaks,
//! the text stays readable as it is.

use std::cell::RefCell;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Element;

use super::AppendOnlyText;
use crate::modules;

#[wasm_bindgen]
extern "C" {
    /// What `src/bin/markdown_dom.rs` exports.
    #[derive(Clone)]
    type Module;
    #[wasm_bindgen(catch, method)]
    fn paint(this: &Module, place: &Element) -> Result<Remote, JsValue>;

    /// A painter on the other side.
    type Remote;
    #[wasm_bindgen(catch, method)]
    fn push(this: &Remote, added: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method)]
    fn finish(this: &Remote) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method)]
    fn free(this: &Remote) -> Result<(), JsValue>;
}

thread_local! {
    /// The module, once it is here. It goes with the page, or when it breaks.
    static MODULE: RefCell<Option<Module>> = const { RefCell::new(None) };
}

/// Fetches the painter. `true` when it is here: texts that are shown can be formatted from then on.
pub async fn load_painter() -> bool {
    let module = modules::load("markdown_dom").await.ok();
    let here = module.is_some();
    MODULE.set(module);
    here
}

/// Shows the growing text of one answer inside one element, which it owns from then on.
pub struct AnswerText {
    place: Element,
    /// Bytes of the source that were handed on.
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

    /// Shows what was added since last time. `source` begins with what it was then; `whole` says that no more comes.
    pub fn update(&mut self, source: &str, whole: bool) {
        if matches!(self.shown, Shown::Plain(_)) {
            self.become_painted();
        }
        if self.hand_on(source, whole).is_err() {
            // A module that broke stays broken: everything goes on as plain text.
            MODULE.set(None);
            self.place.set_text_content(None);
            self.written = 0;
            self.shown = Shown::Plain(AppendOnlyText::new(self.place.clone()));
            self.hand_on(source, whole).ok();
        }
    }

    fn become_painted(&mut self) {
        let Some(module) = MODULE.with_borrow(Clone::clone) else { return };
        self.place.set_text_content(None);
        if let Ok(remote) = module.paint(&self.place) {
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
