//! Views that are not needed before the page accepts input. They form a separate part of the wasm, fetched afterwards.
//!
//! The build detects which code only these views reach, and moves it there. So they are listed here as functions, and
//! nothing else may call them: one direct call puts the view back into the part that delays startup.

use headroom_app::{Rules, rules::rules};
use headroom_domain::{Explanation, Failure};
use leptos::{html, prelude::*};

use super::{
    Ui,
    comparison_header::{lane_pager, shared_prompt},
    cost::cost,
    error_card::error_card,
    history_sidebar::history_sidebar,
    limits::{panel, refills_soon, ring, send_summary, verdict, watch},
    model_picker::model_picker,
    overdue::overdue,
    parameters_form::{cap, parameters_form},
    settings::settings,
    shortcuts::shortcuts,
    tokens::tokens,
    turn::turn,
};

/// The lazy views, and the data they bring along.
#[derive(Clone, Copy)]
pub struct LazyViews {
    /// The rules that read the limit profiles.
    pub rules: Rules,
    /// Starts tracking the limits for all views that show them.
    pub watch: fn(Ui),
    /// Whether anything about the limits changes within the hour if nothing is sent.
    pub refills_soon: fn(Ui) -> bool,
    pub(super) settings: fn(Ui) -> AnyView,
    pub(super) history_sidebar: fn(Ui) -> AnyView,
    pub(super) turn: fn(Ui, usize, &str) -> AnyView,
    pub(super) shared_prompt: fn(Ui) -> AnyView,
    pub(super) lane_pager: fn(Ui, RwSignal<usize>, NodeRef<html::Div>) -> AnyView,
    pub(super) model_picker: fn(Ui, usize) -> AnyView,
    pub(super) cost: fn(Ui) -> AnyView,
    pub(super) cap: fn(Ui, Option<usize>) -> AnyView,
    pub(super) parameters_form: fn(Ui, Option<usize>) -> AnyView,
    pub(super) error_card: fn(Ui, usize, Failure, Option<Explanation>, bool) -> AnyView,
    pub(super) verdict: fn(Ui, usize) -> AnyView,
    pub(super) overdue: fn(Ui, usize) -> AnyView,
    pub(super) limits: fn(Ui) -> AnyView,
    pub(super) tokens: fn(Ui) -> AnyView,
    pub(super) ring: fn(Ui) -> AnyView,
    pub(super) send_summary: fn(Ui) -> AnyView,
    pub(super) shortcuts: fn(Ui) -> AnyView,
}

impl LazyViews {
    /// Returns all of them.
    #[must_use]
    pub fn here() -> Self {
        Self {
            rules: rules(),
            watch,
            refills_soon,
            settings,
            history_sidebar,
            turn,
            shared_prompt,
            lane_pager,
            model_picker,
            cost,
            cap,
            parameters_form,
            error_card,
            verdict,
            overdue,
            limits: panel,
            tokens,
            ring,
            send_summary,
            shortcuts,
        }
    }
}
