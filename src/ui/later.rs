//! Views that nobody needs before the page takes input. They are a part of the wasm of their own, fetched afterwards.
//!
//! The build finds out by itself what only these lead to, and moves it there. So they are named here as functions, and
//! nothing else may call them: one direct call, and the view is back in the part that everyone waits for.

use headroom_app::{Rules, rules::rules};
use headroom_domain::{Explanation, Failure};
use leptos::{html, prelude::*};

use super::{
    Ui,
    beside::{dots, shared_prompt},
    cost::cost,
    error_card::error_card,
    knobs::{cap, knobs},
    limits::{outcome, panel, ring, verdict, watch},
    model_picker::model_picker,
    overdue::overdue,
    rail::rail,
    settings::settings,
    shortcuts::shortcuts,
    tokens::tokens,
    turn::turn,
};

/// The views that come later, and what they bring along.
#[derive(Clone, Copy)]
pub struct Later {
    /// What reads the limit profiles.
    pub rules: Rules,
    /// Begins to watch the limits, for all the views that show them.
    pub watch: fn(Ui),
    pub(super) settings: fn(Ui) -> AnyView,
    pub(super) rail: fn(Ui) -> AnyView,
    pub(super) turn: fn(Ui, usize, &str) -> AnyView,
    pub(super) shared_prompt: fn(Ui) -> AnyView,
    pub(super) dots: fn(Ui, RwSignal<usize>, NodeRef<html::Div>) -> AnyView,
    pub(super) model_picker: fn(Ui, usize) -> AnyView,
    pub(super) cost: fn(Ui) -> AnyView,
    pub(super) cap: fn(Ui, Option<usize>) -> AnyView,
    pub(super) knobs: fn(Ui, Option<usize>) -> AnyView,
    pub(super) error_card: fn(Ui, usize, Failure, Option<Explanation>, bool) -> AnyView,
    pub(super) verdict: fn(Ui, usize) -> AnyView,
    pub(super) overdue: fn(Ui, usize) -> AnyView,
    pub(super) limits: fn(Ui) -> AnyView,
    pub(super) tokens: fn(Ui) -> AnyView,
    pub(super) ring: fn(Ui) -> AnyView,
    pub(super) outcome: fn(Ui) -> AnyView,
    pub(super) shortcuts: fn(Ui) -> AnyView,
}

impl Later {
    /// All of them.
    #[must_use]
    pub fn here() -> Self {
        Self {
            rules: rules(),
            watch,
            settings,
            rail,
            turn,
            shared_prompt,
            dots,
            model_picker,
            cost,
            cap,
            knobs,
            error_card,
            verdict,
            overdue,
            limits: panel,
            tokens,
            ring,
            outcome,
            shortcuts,
        }
    }
}
