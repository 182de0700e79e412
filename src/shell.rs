//! The frame that `index.html` draws before any of our code is loaded: the places where views go, and the message box.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

/// Set on the form while a Send that was pressed before the page was loaded has not been handled.
const SENDS: &str = "data-sends";

/// The elements of the frame. The message box is used as it is, with its text, caret, undo history and composition: it is
/// never moved, copied or replaced.
#[derive(Clone)]
pub struct Shell {
    /// The frame itself.
    pub app: HtmlElement,
    /// The bar at the top; has the name already.
    pub topbar: HtmlElement,
    /// Where the history goes.
    pub history: HtmlElement,
    /// The region with the lanes and the box.
    pub main: HtmlElement,
    /// The name of the open chat.
    pub title: HtmlElement,
    /// Where the lanes go.
    pub lanes: HtmlElement,
    /// The form around the box.
    pub composer: HtmlElement,
    /// Where the rows above the box go.
    pub above: HtmlElement,
    /// The message box.
    pub message: HtmlTextAreaElement,
    /// Where the controls below the box go.
    pub bar: HtmlElement,
    /// The Send button.
    pub send: HtmlElement,
    /// Its label.
    pub send_label: HtmlElement,
    /// Its shortcut.
    pub send_keys: HtmlElement,
    /// Why Send is unavailable.
    pub reason: HtmlElement,
    /// Where the panels beside the lanes go.
    pub panels: HtmlElement,
    /// Where dialogs go.
    pub dialogs: HtmlElement,
}

impl Shell {
    /// Finds the elements within an element. `None` if one is missing.
    #[must_use]
    pub fn find(within: &Element) -> Option<Self> {
        Some(Self {
            app: element(within, "app")?,
            topbar: element(within, "topbar")?,
            history: element(within, "history-place")?,
            main: element(within, "main")?,
            title: element(within, "title")?,
            lanes: element(within, "lanes-place")?,
            composer: element(within, "composer")?,
            above: element(within, "above-message")?,
            message: element(within, "message")?,
            bar: element(within, "below-message")?,
            send: element(within, "send")?,
            send_label: element(within, "send-label")?,
            send_keys: element(within, "send-keys")?,
            reason: element(within, "composer-reason")?,
            panels: element(within, "panels-place")?,
            dialogs: element(within, "dialogs-place")?,
        })
    }

    /// Returns whether Send was pressed before the page was loaded, and the text not changed since; once.
    #[must_use]
    pub fn take_early_send(&self) -> bool {
        let was_pressed = self.composer.has_attribute(SENDS);
        self.composer.remove_attribute(SENDS).ok();
        was_pressed
    }

    /// Shows a draft in the box. A box that shows it already is left alone: its caret and undo history stay.
    pub fn show_draft(&self, draft: &str) {
        if self.message.value() != draft {
            self.message.set_value(draft);
        }
    }

    /// Removes what it says while the page loads.
    pub fn loaded(&self) {
        if let Ok(Some(loading)) = self.app.query_selector("#loading") {
            loading.remove();
        }
    }
}

fn element<T: JsCast>(within: &Element, id: &str) -> Option<T> {
    within.query_selector(&format!("#{id}")).ok()??.dyn_into().ok()
}
