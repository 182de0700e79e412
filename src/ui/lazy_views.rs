//! Views that a first request does not need. They form a separate part of the wasm, fetched after the page is ready.
//!
//! The build detects which code only these views reach, and moves it there. So they are listed here as functions, and
//! nothing else may call them: one direct call puts the view back into the first part.

use headroom_app::assess::Assessment;
use headroom_domain::{Explanation, Failure};
use leptos::prelude::*;

use super::{
    Ui,
    error_card::error_card,
    history_sidebar::history_sidebar,
    limits::{advice, credit, day, profiles, requests, signals, weeks},
    model_picker::model_picker,
    overdue::overdue,
    parameters_form::parameters_form,
    queue_item::queue_item,
    settings::settings,
    shortcuts::shortcuts,
    storage_notice::storage_notice,
    tokens::tokens,
};

/// The lazy views.
#[derive(Clone, Copy)]
pub struct LazyViews {
    pub(super) history_sidebar: fn(Ui) -> AnyView,
    pub(super) settings: fn(Ui) -> AnyView,
    pub(super) parameters_form: fn(Ui, Option<usize>) -> AnyView,
    pub(super) queue_item: fn(Ui, usize) -> AnyView,
    pub(super) model_picker: fn(Ui, usize) -> AnyView,
    pub(super) overdue: fn(Ui, usize) -> AnyView,
    pub(super) error_card: fn(Ui, usize, Failure, Option<Explanation>, bool) -> AnyView,
    pub(super) advice: fn(Ui, usize, Memo<Option<Assessment>>) -> AnyView,
    pub(super) credit: fn(Ui) -> AnyView,
    pub(super) requests: fn(Ui) -> AnyView,
    pub(super) day: fn(Ui) -> AnyView,
    pub(super) profiles: fn(Ui) -> AnyView,
    pub(super) signals: fn(Ui) -> AnyView,
    pub(super) weeks: fn(Ui) -> AnyView,
    pub(super) tokens: fn(Ui) -> AnyView,
    pub(super) shortcuts: fn(Ui) -> AnyView,
    pub(super) storage_notice: fn(Ui) -> AnyView,
}

impl LazyViews {
    /// Returns all of them.
    #[must_use]
    pub fn here() -> Self {
        Self {
            history_sidebar,
            settings,
            parameters_form,
            queue_item,
            model_picker,
            overdue,
            error_card,
            advice,
            credit,
            requests,
            day,
            profiles,
            signals,
            weeks,
            tokens,
            shortcuts,
            storage_notice,
        }
    }
}
