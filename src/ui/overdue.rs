//! An overdue answer: since when, when it is canceled, and the option to keep waiting.

use headroom_app::{Event, Overdue};
use headroom_domain::span;
use leptos::prelude::*;

use super::{
    Ui,
    controls::button,
    reactive::{derived, memo, when},
};

/// The line under the messages of a lane while its answer is overdue.
pub(super) fn overdue(ui: Ui, lane: usize) -> AnyView {
    let overdue = memo(Box::new(move || {
        // During the silence, only the time changes.
        let now_ms = ui.clock.get();
        ui.state.with_untracked(|state| state.overdue(lane, now_ms)).map(in_seconds)
    }));
    let has_text = memo(Box::new(move || overdue.with(|it| it.is_some_and(|it| it.has_text))));
    let gives_up = memo(Box::new(move || overdue.with(|it| it.is_some_and(|it| it.ends_in_ms.is_some()))));
    // Announced once; the time next to it changes every second.
    let what = move || if has_text.get() { "The answer has paused." } else { "No answer yet." };
    let since = move || overdue.get().map(words).unwrap_or_default();
    let wait = move || ui.dispatch.send(Event::KeepWaitingPressed { lane });
    let line = move || {
        view! {
            <p class="overdue" data-testid="overdue">
                <span role="status">{derived(what)}</span>
                <span>{derived(since)}</span>
                {when(move || gives_up.get(), move || button("link", "keep-waiting", "Keep waiting".into_any(), wait))}
            </p>
        }
        .into_any()
    };
    when(move || overdue.with(Option::is_some), line).into_any()
}

/// Rounds to whole seconds, so that it updates once a second.
const fn in_seconds(overdue: Overdue) -> Overdue {
    let ends_in_ms = match overdue.ends_in_ms {
        Some(ms) => Some(ms.div_ceil(1_000) * 1_000),
        None => None,
    };
    Overdue { silent_ms: overdue.silent_ms / 1_000 * 1_000, ends_in_ms, has_text: overdue.has_text }
}

fn words(overdue: Overdue) -> String {
    let silent = span(overdue.silent_ms);
    match overdue.ends_in_ms {
        Some(ms) => format!("No data for {silent}. Times out in {}.", span(ms)),
        None => format!("No data for {silent}. Waiting until you stop it."),
    }
}
