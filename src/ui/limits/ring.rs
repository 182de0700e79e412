//! The tightest limit of all lanes as a ring, shown where the panel does not fit. Opens the panel.

use headroom_app::{Event, State};
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        reactive::{derived, memo, on},
    },
    with_looks,
};

/// The minimum window width, in pixels, at which the panel fits next to the lanes; as in `style/limits.css`.
const BESIDE: i32 = 1280;

/// The id of the button that opens the sheet. It gets the focus back when the sheet closes.
pub(super) const OPENER: &str = "limits-ring";

/// Whether the panel fits next to the lanes.
pub(super) fn is_beside() -> bool {
    document().document_element().is_some_and(|root| root.client_width() >= BESIDE)
}

pub(in crate::ui) fn ring(ui: Ui) -> AnyView {
    // The percentage left, and the limit it belongs to.
    let tightest = memo(Box::new(move || {
        with_looks(ui, |assessments| {
            let all = assessments.iter().flat_map(|assessment| {
                assessment.gauges.iter().map(|gauge| {
                    let percent = gauge.left * 100 / gauge.limit.limit.max(1);
                    (percent, gauge.limit.window.traits().full_name, assessment.model.clone())
                })
            });
            all.min_by_key(|(percent, ..)| *percent)
        })
    }));
    let label = move || match tightest.get() {
        Some((percent, window, model)) => {
            format!("Limits: {percent}% of {} left for {model}", window.to_ascii_lowercase())
        }
        None => "Limits: unknown".to_owned(),
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
