//! Views that nobody needs before the page takes input. They are a part of the wasm of their own, fetched afterwards.
//!
//! The build finds out by itself what only these lead to, and moves it there. So they are named here as functions, and
//! nothing else may call them: one direct call, and the view is back in the part that everyone waits for.

use leptos::prelude::*;

use super::{Ui, error_card::error_card, knobs::knobs, settings::settings};
use headroom_domain::{Explanation, Failure};

/// The views that come later.
#[derive(Clone, Copy)]
pub struct Later {
    pub(super) settings: fn(Ui) -> AnyView,
    pub(super) knobs: fn(Ui) -> AnyView,
    pub(super) error_card: fn(Ui, Failure, Option<Explanation>, bool) -> AnyView,
}

impl Later {
    /// All of them.
    #[must_use]
    pub fn here() -> Self {
        Self { settings, knobs, error_card }
    }
}
