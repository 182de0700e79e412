//! The tightest limit of all lanes as a ring, where the panel has no place of its own; it opens it.

use headroom_app::{Event, State, verdict_text::full_name};
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        reactive::{derived, memo, on},
    },
    with_looks,
};

/// From this width on, in pixels, the panel has a place beside the lanes; as in `style/limits.css`.
const BESIDE: i32 = 1280;

/// The id of the button that opens the sheet: it has the focus again when the sheet is closed.
pub(super) const OPENER: &str = "limits-ring";

/// Whether the panel has a place beside the lanes.
pub(super) fn is_beside() -> bool {
    document().document_element().is_some_and(|root| root.client_width() >= BESIDE)
}

pub(in crate::ui) fn ring(ui: Ui) -> AnyView {
    // Percent left, and of what.
    let tightest = memo(Box::new(move || {
        with_looks(ui, |looks| {
            let all = looks.iter().flat_map(|look| {
                look.gauges.iter().map(|gauge| {
                    let percent = gauge.left * 100 / gauge.limit.limit.max(1);
                    (percent, full_name(gauge.limit.window), look.model.clone())
                })
            });
            all.min_by_key(|(percent, ..)| *percent)
        })
    }));
    let label = move || match tightest.get() {
        Some((percent, window, model)) => {
            format!("Limits: {percent}% of {} left for {model}", window.to_ascii_lowercase())
        }
        None => "Limits: not known yet".to_owned(),
    };
    let percent = move || tightest.with(|tightest| tightest.as_ref().map(|(percent, ..)| *percent));
    let pressure = move || match percent() {
        Some(0) => "crit",
        Some(1..20) => "warn",
        _ => "",
    };
    let open = move |_: leptos::ev::MouseEvent| {
        ui.frame.no_limits.set(false);
        if ui.state.with_untracked(State::shows_tokens) {
            ui.dispatch.send(Event::TokensShown(false));
        }
        ui.frame.sheet.set(!is_beside());
    };
    view! {
        <button class="ring" type="button" id=OPENER data-testid="limits-open" aria-label=derived(label) title=derived(label) data-pressure=derived(pressure)
            on:click=on(open)>
            <svg width="32" height="32" viewBox="0 0 36 36" aria-hidden="true">
                <circle cx="18" cy="18" r="15.5" pathLength="100" />
                <circle class="level" cx="18" cy="18" r="15.5" pathLength="100" stroke-dasharray=derived(move || format!("{} 100", percent().unwrap_or(0))) />
            </svg>
            <span aria-hidden="true">{derived(move || percent().map_or_else(|| "?".to_owned(), |percent| format!("{percent}%")))}</span>
        </button>
    }
    .into_any()
}
