//! The global shortcuts, and the list of them.

use headroom_app::Event;
use leptos::{ev, html, prelude::*};

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    keys::on_key_anywhere,
    reactive::{on, when},
};

/// Each key and its action.
const KEYS: [(&str, &str); 8] = [
    ("Ctrl or ⌘ + Enter", "Send"),
    ("Esc", "Stop, cancel an edit, or close a dialog"),
    ("↑ in an empty message", "Edit the last message"),
    ("Ctrl or ⌘ + K", "Search chats"),
    ("Ctrl or ⌘ + B", "Show or hide the history"),
    ("F6, Shift + F6", "Next or previous region"),
    ("← →", "Previous or next lane, from a lane"),
    ("?", "This list"),
];

/// The ids of the regions that F6 cycles through.
const REGIONS: [&str; 5] = ["history", "lane-0", "message", "limits", "tokens"];

/// Handles the keys, and shows the list on request.
pub(super) fn shortcuts(ui: Ui) -> AnyView {
    let shown = ui.frame.shortcuts;
    let listener = on_key_anywhere(move |event| pressed(ui, event));
    on_cleanup(move || listener.remove());
    when(move || shown.get(), move || list(shown)).into_any()
}

fn list(shown: RwSignal<bool>) -> AnyView {
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        if !dialog.open() {
            dialog.show_modal().ok();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let keys = KEYS.map(|(key, action)| view! { <dt><kbd>{key}</kbd></dt><dd>{action}</dd> });
    view! {
        <dialog class="shortcuts" node_ref=dialog aria-label="Keyboard shortcuts" on:close=on(move |_: ev::Event| shown.set(false))>
            <header class="settings-header"><h2>"Keyboard shortcuts"</h2>{icon_button(Glyph::Close, "Close", "shortcuts-close", close)}</header>
            <dl>{keys.into_iter().collect_view()}</dl>
        </dialog>
    }
    .into_any()
}

fn pressed(ui: Ui, event: &ev::KeyboardEvent) {
    let command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    let writing = document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.closest("dialog[open]").is_ok_and(|it| it.is_some())
    });
    match event.key().as_str() {
        "k" if command => {
            ui.frame.history.set(true);
            // The field becomes visible in the next frame.
            let focus = ui.hands.focus;
            request_animation_frame(move || focus("search"));
        }
        "b" if command => ui.frame.history.update(|shown| *shown = !*shown),
        "F6" => next_region(ui, if event.shift_key() { REGIONS.len() - 1 } else { 1 }),
        "?" if !writing => ui.frame.shortcuts.set(true),
        "Escape" if !writing && !event.default_prevented() => {
            let (now_ms, running) = ((ui.hands.now_ms)(), ui.state.with_untracked(|state| state.is_running()));
            if running {
                ui.dispatch.send(Event::StopPressed { lane: None, now_ms });
            }
            return;
        }
        "ArrowLeft" if !writing => return beside(ui, event, false),
        "ArrowRight" if !writing => return beside(ui, event, true),
        _ => return,
    }
    event.prevent_default();
}

/// Moves the focus this many regions forward. Skips hidden regions.
fn next_region(ui: Ui, steps: usize) {
    let seen = |id: &&str| {
        let element = document().get_element_by_id(id);
        element.is_some_and(|element| element.client_width() > 0)
    };
    let regions: Vec<&str> = REGIONS.into_iter().filter(seen).collect();
    let active = document().active_element();
    let inside = |id: &str| {
        let region = document().get_element_by_id(id);
        region.zip(active.as_ref()).is_some_and(|(region, active)| region.contains(Some(active)))
    };
    let at = regions.iter().position(|id| inside(id));
    let back = steps > 1;
    let next = match at {
        Some(at) if back => (at + regions.len() - 1) % regions.len().max(1),
        Some(at) => (at + 1) % regions.len().max(1),
        None => 0,
    };
    if let Some(id) = regions.get(next) {
        (ui.hands.focus)(id);
    }
}

/// Moves the focus to a neighboring lane.
fn beside(ui: Ui, event: &ev::KeyboardEvent, right: bool) {
    let active = document().active_element();
    let Some(lane) =
        active.filter(|active| active.class_name() == "lane").and_then(|lane| lane.get_attribute("data-lane"))
    else {
        return;
    };
    let Ok(lane) = lane.parse::<usize>() else { return };
    let count = ui.state.with_untracked(|state| state.settings().lane_count());
    let next = if right { lane + 1 } else { lane.wrapping_sub(1) };
    if next < count {
        event.prevent_default();
        (ui.hands.focus)(&format!("lane-{next}"));
    }
}
