//! The views. They read slices of the state and send events. They make no decisions and call no browser API directly.

mod answer;
mod comparison_header;
mod composer;
mod controls;
mod cost;
mod dispatch;
mod error_card;
mod history_sidebar;
mod icons;
mod key_form;
mod keys;
mod lane;
mod lanes;
mod lazy_views;
mod limits;
mod metrics;
mod model_picker;
mod onboarding;
mod overdue;
mod parameters_form;
mod queue_item;
mod reactive;
mod settings;
mod shortcuts;
mod storage_notice;
mod tokens;
mod topbar;
mod turn;

pub use dispatch::{BrowserApi, Dispatch};
pub use lazy_views::LazyViews;
pub use limits::refills_soon;

use headroom_app::{Panel, State, assess::Assessment};
use leptos::{mount::UnmountHandle, prelude::*, tachys::view::any_view::AnyViewState};

use crate::shell::Shell;
use reactive::{attach, children, derived, memo, when};

/// The handle passed to every view: the state to read, and where to send events.
#[derive(Clone, Copy)]
pub struct Ui {
    /// The state to draw.
    pub state: ReadSignal<State>,
    /// Where events go.
    pub dispatch: Dispatch,
    /// The browser calls that views may make.
    pub hands: BrowserApi,
    /// Whether the Markdown renderer is loaded, so that answers are shown formatted.
    pub formatted: ReadSignal<bool>,
    /// The lazy views, once they are loaded.
    pub lazy_views: ReadSignal<Option<LazyViews>>,
    /// Milliseconds since 1970, updated several times a second. Drives the display of refilling limits.
    pub clock: ReadSignal<f64>,
    /// Which parts of the frame are shown.
    pub(crate) frame: Frame,
    /// The assessment of each lane's limits.
    assessments: Memo<Vec<Assessment>>,
    /// Updates with every change except streaming progress.
    revision: Memo<u64>,
}

/// Which regions of the frame are shown where there is not room for all. Never saved.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// The history, on small screens.
    pub(crate) history: RwSignal<bool>,
    /// The limits, where they are a sheet.
    pub(crate) sheet: RwSignal<bool>,
    /// Whether the limits panel is hidden where it has a fixed place.
    pub(crate) no_limits: RwSignal<bool>,
    /// The list of shortcuts.
    pub(crate) shortcuts: RwSignal<bool>,
    /// The system prompt.
    pub(crate) system: RwSignal<bool>,
    /// The parameters of all lanes.
    pub(crate) parameters: RwSignal<bool>,
}

impl Default for Frame {
    fn default() -> Self {
        let hidden = || RwSignal::new(false);
        Self {
            history: hidden(),
            sheet: hidden(),
            no_limits: hidden(),
            shortcuts: hidden(),
            system: hidden(),
            parameters: hidden(),
        }
    }
}

impl Ui {
    /// Bundles what the views need.
    #[must_use]
    pub fn new(
        state: ReadSignal<State>,
        dispatch: Dispatch,
        hands: BrowserApi,
        formatted: ReadSignal<bool>,
        lazy_views: ReadSignal<Option<LazyViews>>,
        clock: ReadSignal<f64>,
    ) -> Self {
        let revision = memo(Box::new(move || state.with(State::revision)));
        let (frame, assessments) = (Frame::default(), limits::assessments(state, revision, clock));
        Self { state, dispatch, hands, formatted, lazy_views, clock, frame, assessments, revision }
    }

    /// One of the lazy views; empty until they are loaded.
    fn lazy_views(self, view: impl Fn(LazyViews) -> AnyView + Send + 'static) -> AnyView {
        self.lazy_view_or(view, || ().into_any())
    }

    /// One of the lazy views; another until they are loaded.
    fn lazy_view_or(
        self,
        view: impl Fn(LazyViews) -> AnyView + Send + 'static,
        until: impl Fn() -> AnyView + Send + 'static,
    ) -> AnyView {
        children(move || match self.lazy_views.get() {
            Some(lazy_views) => untrack(|| view(lazy_views)),
            None => untrack(&until),
        })
        .into_any()
    }

    /// A slice of the state. Dependents run only when the slice itself changes. Does not rerun while an answer merely
    /// streams: with six lanes that happens hundreds of times a second and affects almost nothing.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        slice: impl Fn(&State) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        memo(Box::new(move || {
            // Read, not only tracked: a memo that is never read does not run and never updates.
            self.revision.get();
            self.state.with_untracked(&slice)
        }))
    }

    /// A slice that changes while an answer streams. It must be cheap.
    fn flowing<T: PartialEq + Send + Sync + 'static>(
        self,
        slice: impl Fn(&State) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        memo(Box::new(move || self.state.with(&slice)))
    }
}

/// Mounts all views into the frame. They are removed when the handles are dropped.
#[must_use]
pub fn mount(ui: Ui, shell: &Shell) -> Vec<UnmountHandle<AnyViewState>> {
    let started = ui.slice(|state| state.settings().has_started());
    let settings_open = ui.slice(|state| *state.panel() != Panel::None);
    let shows_tokens = ui.slice(State::shows_tokens);
    let frame = shell.clone();
    vec![
        mount_to(shell.topbar.clone(), move || topbar::topbar(ui)),
        mount_to(shell.history.clone(), move || {
            frame_of(ui, &frame, started, shows_tokens);
            when(move || started.get(), move || ui.lazy_views(move |lazy_views| (lazy_views.history_sidebar)(ui)))
                .into_any()
        }),
        mount_to(shell.lanes.clone(), move || {
            children(move || if started.get() { lanes::lanes(ui) } else { onboarding::onboarding(ui) }).into_any()
        }),
        mount_to(shell.above.clone(), move || when(move || started.get(), move || composer::above(ui)).into_any()),
        mount_to(shell.bar.clone(), {
            let shell = shell.clone();
            move || composer::composer(ui, &shell)
        }),
        mount_to(shell.panels.clone(), move || {
            when(
                move || started.get(),
                move || (limits::panel(ui), ui.lazy_views(move |lazy_views| (lazy_views.tokens)(ui))).into_any(),
            )
            .into_any()
        }),
        mount_to(shell.dialogs.clone(), move || {
            (
                when(move || started.get(), move || ui.lazy_views(move |lazy_views| (lazy_views.shortcuts)(ui))),
                when(move || settings_open.get(), move || ui.lazy_views(move |lazy_views| (lazy_views.settings)(ui))),
            )
                .into_any()
        }),
    ]
}

/// Keeps the frame's own attributes up to date.
fn frame_of(ui: Ui, shell: &Shell, started: Memo<bool>, shows_tokens: Memo<bool>) {
    let limits = move || if ui.frame.no_limits.get() || shows_tokens.get() { "hidden" } else { "shown" };
    attach(
        &shell.app,
        view! { <{..} data-limits=derived(limits) data-started=derived(move || started.get().to_string()) /> },
    );
    attach(&shell.main, view! { <{..} hidden=shows_tokens /> });
    let title = ui.slice(|state| state.title().to_owned());
    attach(&shell.title, view! { <{..} hidden=derived(move || !started.get()) prop:textContent=title /> });
    Effect::new(move |was: Option<bool>| {
        let started = started.get();
        if started && was == Some(false) {
            (ui.hands.focus)("message");
        }
        started
    });
}
