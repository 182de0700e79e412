//! A turn: the user's message, and a lane's answer to it.

use headroom_app::{Event, Id};
use leptos::prelude::*;

use super::{
    Ui,
    answer::answer,
    controls::icon_button,
    icons::Glyph,
    reactive::{derived, when},
};

/// The key of a turn: it is redrawn when any of this changes.
pub(super) struct TurnKey {
    /// Its index in the chat.
    pub(super) at: usize,
    /// Whether its prompt is shown above all lanes.
    pub(super) above: bool,
    /// The index of the lane's answer. Changes when it is regenerated, or when another lane takes this lane's place.
    pub(super) newest: usize,
    /// Its id.
    pub(super) id: Id,
}

impl TurnKey {
    pub(super) fn to_text(&self) -> String {
        let Self { at, above, newest, id } = self;
        format!("{at} {} {newest} {}", u8::from(*above), id.0)
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let mut next = || parts.next();
        let (at, above, newest) = (next()?.parse().ok()?, next()? == "1", next()?.parse().ok()?);
        Some(Self { at, above, newest, id: Id(next()?.to_owned()) })
    }
}

/// Draws a turn in a lane.
pub(super) fn turn(ui: Ui, lane: usize, key: &str) -> AnyView {
    let Some(TurnKey { at, above, id, .. }) = TurnKey::from_text(key) else { return ().into_any() };
    let alone = ui.slice(|state| state.settings().lane_count() == 1);
    let is_edited = {
        let id = id.clone();
        ui.slice(move |state| {
            let edit = state.chat().editing();
            edit.is_some_and(|edit| {
                edit.turn == id && edit.lane.is_none_or(|edited| edited == state.settings().lane_id(lane))
            })
        })
    };
    let own = id.clone();
    let prompt = (!above).then(move || prompt(ui, at, own, move || (!alone.get_untracked()).then_some(lane)));
    view! {
        <article class="turn" data-edited=derived(move || is_edited.get().then_some("true"))>
            {prompt}
            {answer(ui, lane, at, id)}
        </article>
    }
    .into_any()
}

/// The user's message, with a button to edit it, for one lane or for all.
pub(super) fn prompt(
    ui: Ui,
    at: usize,
    id: Id,
    lane: impl Fn() -> Option<usize> + Copy + Send + Sync + 'static,
) -> AnyView {
    let Ui { state, dispatch, .. } = ui;
    let text =
        state.with_untracked(|state| state.chat().turns().get(at).map(|turn| turn.prompt.clone()).unwrap_or_default());
    let running = ui.slice(|state| state.is_running());
    let edit = move || {
        let id = id.clone();
        icon_button(Glyph::Pencil, "Edit and resend", "edit", move || {
            dispatch.send(Event::EditPressed { turn: id.clone(), lane: lane() });
        })
    };
    view! {
        <div class="prompt">
            <h2 class="who">"You"</h2>
            <p class="prompt-text" dir="auto" data-testid="message-user">{text}</p>
            {when(move || !running.get(), edit)}
        </div>
    }
    .into_any()
}
