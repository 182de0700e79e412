//! The box for the next message, and what the message will cost.

use headroom_app::{Event, SendProblem};
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
};

use super::{
    Ui,
    controls::button,
    cost::cost,
    icons::{Glyph, icon},
    keys::on_key,
    limits::{queues, send_summary},
    parameters_form::cap,
    reactive::{attach, derived, on, when},
};
use crate::shell::Shell;

/// The rows above the box.
pub(super) fn above(ui: Ui) -> AnyView {
    let Ui { dispatch, frame, .. } = ui;
    let editing = ui.slice(|state| state.chat().editing().is_some());
    let edited_lane = ui.slice(headroom_app::State::edited_lane);
    let about_edit = move || match edited_lane.get() {
        Some(lane) => {
            format!("Editing a message in lane {}. Sending replaces it and everything after it there. ", lane + 1)
        }
        None => "Editing a message. Sending replaces it and everything after it. ".to_owned(),
    };
    frame.system.set(ui.state.with_untracked(|state| !state.settings().system().is_empty()));
    (
        ui.lazy_views(move |lazy_views| (lazy_views.storage_notice)(ui)),
        when(
            move || editing.get(),
            move || {
                view! {
            <p class="editing" role="status">
                {derived(about_edit)}
                {button("link", "edit-drop", "Cancel edit".into_any(), move || dispatch.send(Event::EditDropped))}
            </p>
        }.into_any()
            },
        ),
        when(move || frame.system.get(), move || system_prompt(ui)),
        when(
            move || frame.parameters.get(),
            move || ui.lazy_views(move |lazy_views| (lazy_views.parameters_form)(ui, None)),
        ),
    )
        .into_any()
}

/// Takes over the box and the Send button of the frame. Returns the controls between them.
pub(super) fn composer(ui: Ui, shell: &Shell) -> AnyView {
    let Ui { state, dispatch, hands, frame, .. } = ui;
    let draft = ui.slice(|state| state.draft().to_owned());
    let started = ui.slice(|state| state.settings().has_started());
    let running = ui.slice(|state| state.is_running());
    let editing = ui.slice(|state| state.chat().editing().is_some());
    let many = ui.slice(|state| state.settings().lane_count() > 1);
    let problem = ui.slice(|state| state.can_send().err());
    let send = move || {
        if problem.get_untracked().is_none() {
            dispatch.send(Event::SendPressed { now_ms: (hands.now_ms)() });
        }
    };
    let stop = move || dispatch.send(Event::StopPressed { lane: None, now_ms: (hands.now_ms)() });
    let pressed = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            send();
        }
        // Handled here, so the global shortcuts do not see it.
        "Escape" if running.get_untracked() => {
            event.prevent_default();
            stop();
        }
        "Escape" if editing.get_untracked() => {
            event.prevent_default();
            dispatch.send(Event::EditDropped);
        }
        "ArrowUp" if draft.with_untracked(String::is_empty) => {
            if let Some(turn) = state.with_untracked(|state| state.chat().turns().last().map(|turn| turn.id.clone())) {
                event.prevent_default();
                dispatch.send(Event::EditPressed { turn, lane: None });
            }
        }
        _ => {}
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let typed = move |event| dispatch.send(Event::DraftChanged(event_target_value(&event)));
    // Does not report an empty box before the user has typed.
    let worth_saying = move || {
        problem.get().filter(|it| !matches!(it, SendProblem::Empty | SendProblem::Running(None) | SendProblem::Queued))
    };
    attach(&shell.composer, view! { <{..} on:submit=on(submit) /> });
    attach(&shell.message, view! { <{..} on:input=on(typed) on:keydown=on_key(pressed) /> });
    let box_of = shell.clone();
    StoredValue::new_local(RenderEffect::new(move |_| draft.with(|draft| box_of.show_draft(draft))));
    attach(
        &shell.send,
        view! { <{..} disabled=derived(move || problem.get().is_some()) title=derived(move || problem.get().map(|problem| problem.to_string())) /> },
    );
    attach(
        &shell.send_label,
        view! { <{..} prop:textContent=derived(move || if queues(ui) { "Queue" } else { "Send" }) /> },
    );
    attach(&shell.send_keys, view! { <{..} prop:textContent=if (hands.is_mac)() { "⌘↵" } else { "Ctrl ↵" } /> });
    attach(
        &shell.reason,
        view! { <{..} prop:textContent=derived(move || worth_saying().map(|it| it.to_string()).unwrap_or_default()) /> },
    );
    let controls = move || {
        view! {
            {toggle("composer-system-open", "System", frame.system)}
            {toggle("composer-knobs-open", "Parameters", frame.parameters)}
            <span class="cap-place">{cap(ui, None)}</span>
            <span class="grow"></span>
            {cost(ui)}
            {send_summary(ui)}
            {when(move || running.get(), move || {
                button("button", "composer-stop", (icon(Glyph::Stop, 14), if many.get() { "Stop all" } else { "Stop" }).into_any(), stop)
            })}
        }
        .into_any()
    };
    when(move || started.get(), controls).into_any()
}

/// A chip that shows and hides a row above the box.
fn toggle(test_id: &'static str, name: &'static str, shown: RwSignal<bool>) -> AnyView {
    view! {
        <button class="chip" type="button" data-testid=test_id aria-expanded=derived(move || shown.get().to_string())
            on:click=on(move |_: leptos::ev::MouseEvent| shown.update(|shown| *shown = !*shown))>{name}</button>
    }
    .into_any()
}

fn system_prompt(ui: Ui) -> AnyView {
    let Ui { state, dispatch, .. } = ui;
    view! {
        <label class="system">
            <span class="field-name">"System prompt"</span>
            <textarea class="input" rows="2" dir="auto" data-testid="composer-system" placeholder="Instructions for the whole conversation"
                prop:value=state.with_untracked(|state| state.settings().system().to_owned())
                on:input=on(move |event| dispatch.send(Event::SystemChanged(event_target_value(&event)))) />
        </label>
    }
    .into_any()
}
