//! Elements shown only for side-by-side lanes: the shared prompt, and the lane dots on a phone.

use headroom_app::Event;
use leptos::{html, prelude::*};

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    reactive::{children, derived, on, when},
    turn::prompt,
};

/// The last prompt, if it was sent to all lanes.
pub(super) fn shared_prompt(ui: Ui) -> AnyView {
    let last = ui.slice(|state| {
        let (at, turn) = state.chat().turns().iter().enumerate().next_back()?;
        turn.is_shared_by(state.settings()).then(|| (at, turn.id.clone()))
    });
    let running = ui.slice(headroom_app::State::is_running);
    let at_rest = move || !running.get();
    let again = move || {
        icon_button(Glyph::Again, "Regenerate all", "regenerate-all", move || {
            ui.dispatch.send(Event::RegeneratePressed { lane: None, now_ms: (ui.hands.now_ms)() });
        })
    };
    children(move || {
        let row =
            |(at, id)| view! { <div class="prompt-row">{prompt(ui, at, id, || None)}{when(at_rest, again)}</div> };
        last.get().map(row).into_any()
    })
    .into_any()
}

/// Shows which lane a phone displays, and links to the others.
pub(super) fn lane_pager(ui: Ui, shown: RwSignal<usize>, row: NodeRef<html::Div>) -> AnyView {
    let count = ui.slice(|state| state.settings().lane_count());
    let lane_pager = move || {
        let lane_pager = (0..count.get()).map(|lane| {
            let model = ui.slice(move |state| state.settings().lane(lane).map(|setup| setup.model.clone()).unwrap_or_default());
            let go = move |_: leptos::ev::MouseEvent| {
                let Some(row) = row.get_untracked() else { return };
                let width = row.scroll_width() / i32::try_from(count.get_untracked()).unwrap_or(1).max(1);
                row.set_scroll_left(width * i32::try_from(lane).unwrap_or(0));
            };
            view! {
                <button class="dot" type="button" aria-label=derived(move || format!("Show lane {}, {}", lane + 1, model.get()))
                    aria-current=derived(move || (shown.get() == lane).then_some("true")) on:click=on(go)></button>
            }
        });
        lane_pager.collect_view().into_any()
    };
    view! { <div class="dots">{children(lane_pager)}</div> }.into_any()
}
