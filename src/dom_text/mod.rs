//! DOM content that bypasses the views because it changes on each frame: the text of answers, and the reader's scroll
//! position in it.
//!
//! **Invariant:** this module knows text and the DOM. It knows no state, no events and no Leptos.

#[cfg(feature = "page")]
mod answer_text;
mod append_only_text;
#[cfg(feature = "page")]
mod stick_to_bottom;
#[cfg(feature = "page")]
mod token_text;

use web_sys::{Document, Element};

#[cfg(feature = "page")]
pub use answer_text::{AnswerText, load_markdown};
pub use append_only_text::AppendOnlyText;
#[cfg(feature = "page")]
pub use stick_to_bottom::StickToBottom;
#[cfg(feature = "page")]
pub use token_text::{Picked, TokenText};

/// Appends a new element to another.
pub(crate) fn child(dom: &Document, parent: &Element, tag: &str) -> Option<Element> {
    let element = dom.create_element(tag).ok()?;
    parent.append_child(&element).ok()?;
    Some(element)
}
