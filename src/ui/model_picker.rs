//! The model field: choose from the provider's list, or type.

use headroom_app::{Event, Models, Setup, State};
use headroom_domain::{case_folded, retirement_of};
use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};

use super::{
    Ui,
    keys::on_key,
    reactive::{children, derived, memo, on},
};

/// Suggestions drawn at first. More are drawn as the highlighted one, or the scroll position, nears the last.
const FIRST: usize = 60;
/// How near, in suggestions.
const NEAR: usize = 10;

pub(super) fn model_picker(ui: Ui, lane: usize) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let chosen = ui.slice(move |state| of(state, lane).model.clone());
    let listed: Memo<Vec<(String, String)>> = ui.slice(move |state| match state.models_of(&of(state, lane).provider) {
        Some(Models::Listed(models)) => {
            models.iter().map(|model| (model.id.clone(), model.title().to_owned())).collect()
        }
        _ => Vec::new(),
    });
    let note = ui.slice(move |state| note(state, of(state, lane)));
    let (field, list) = (NodeRef::<html::Input>::new(), NodeRef::<html::Ul>::new());
    let typed = RwSignal::new(None::<String>);
    let marked = RwSignal::new(None::<usize>);
    let drawn = RwSignal::new(FIRST);
    let suggestions = memo(Box::new(move || {
        let Some(wanted) = typed.get() else { return Vec::new() };
        let wanted = case_folded(&wanted);
        let fits = |(id, title): &&(String, String)| {
            let name = case_folded(&format!("{id} {title}"));
            wanted.split_whitespace().all(|word| name.contains(word))
        };
        listed.with(|listed| listed.iter().filter(fits).cloned().collect::<Vec<_>>())
    }));
    let mark = move |at: Option<usize>| {
        // In this order, so the highlighted suggestion is drawn before it is scrolled to.
        drawn.set(drawn.get_untracked().max(at.unwrap_or(0) + NEAR));
        marked.set(at);
    };
    let offer = move |text: String| {
        drawn.set(FIRST);
        marked.set(None);
        typed.set(Some(text));
    };
    let close = move || {
        marked.set(None);
        typed.set(None);
    };
    let take = move |model: String| {
        close();
        if !model.trim().is_empty() {
            dispatch.send(Event::ModelChosen { lane, model });
        }
    };
    let restore = move || {
        close();
        if let Some(field) = field.get_untracked() {
            field.set_value(&chosen.get_untracked());
        }
    };
    let picked = move || {
        marked.get_untracked().and_then(|at| suggestions.with_untracked(|all| all.get(at).map(|(id, _)| id.clone())))
    };
    let pressed = move |event: KeyboardEvent| {
        let count = suggestions.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                if typed.get_untracked().is_none() {
                    offer(String::new());
                }
                mark(step(marked.get_untracked(), suggestions.with_untracked(Vec::len), event.key() == "ArrowDown"));
            }
            "PageDown" | "PageUp" if count > 0 && typed.get_untracked().is_some() => {
                event.prevent_default();
                let at = marked.get_untracked().unwrap_or(0);
                let at = if event.key() == "PageDown" { at + NEAR } else { at.saturating_sub(NEAR) };
                mark(Some(at.min(count - 1)));
            }
            "Enter" => {
                event.prevent_default();
                take(picked().unwrap_or_else(|| event_target_value(&event)));
            }
            // Closes the open list before anything else.
            "Escape" if typed.get_untracked().is_some() => {
                event.prevent_default();
                restore();
            }
            _ => {}
        }
    };
    // Scrolls only the list; the page around it stays in place.
    Effect::new(move |_| {
        let (Some(at), Some(list)) = (marked.get(), list.get_untracked()) else { return };
        let rows = list.children();
        let Some(row) = u32::try_from(at).ok().and_then(|at| rows.item(at)) else { return };
        let (seen, place) = (list.get_bounding_client_rect(), row.get_bounding_client_rect());
        let moved = (place.top() - seen.top()).min(0.0) + (place.bottom() - seen.bottom()).max(0.0);
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a list")]
        list.set_scroll_top(list.scroll_top() + moved.round() as i32);
    });
    let open = memo(Box::new(move || typed.with(Option::is_some) && !suggestions.with(Vec::is_empty)));
    let focused = move |_: FocusEvent| {
        offer(String::new());
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    // Leaving the field accepts the typed text or the highlighted suggestion.
    let left = move |event: FocusEvent| {
        let text = event_target_value(&event);
        match picked() {
            Some(model) => take(model),
            None if text.trim().is_empty() || text.trim() == chosen.get_untracked() => restore(),
            None => take(text),
        }
    };
    let scrolled = move |_: leptos::ev::Event| {
        if let Some(list) = list.get_untracked()
            && list.scroll_height() - list.scroll_top() - list.client_height() < list.client_height()
            && drawn.get_untracked() < suggestions.with_untracked(Vec::len)
        {
            drawn.update(|drawn| *drawn += FIRST);
        }
    };
    let options = move || {
        let all = suggestions.get();
        let count = all.len();
        let options = all.into_iter().take(drawn.get()).enumerate().map(|(at, (id, title))| {
            let chosen = id.clone();
            let pick = move |event: MouseEvent| {
                event.prevent_default();
                take(chosen.clone());
            };
            view! {
                <li role="option" id=format!("model-{lane}-{at}") aria-selected=derived(move || (marked.get() == Some(at)).to_string())
                    aria-posinset=(at + 1).to_string() aria-setsize=count.to_string() on:mousedown=on(pick)>
                    <b>{id.clone()}</b>{(title != id).then(|| view! { <span>{title}</span> })}
                </li>
            }
        });
        options.collect_view().into_any()
    };
    view! {
        <div class="picker">
            <input class="picker-input" node_ref=field data-testid="lane-model" role="combobox" aria-label="Model" aria-autocomplete="list"
                aria-controls=format!("models-{lane}") aria-expanded=derived(move || open.get().to_string()) autocomplete="off" spellcheck="false"
                placeholder="Choose or type a model"
                aria-activedescendant=derived(move || marked.get().map(|at| format!("model-{lane}-{at}")))
                prop:value=derived(move || chosen.get())
                on:focus=on(focused)
                on:input=on(move |event: leptos::ev::Event| offer(event_target_value(&event)))
                on:keydown=on_key(pressed)
                on:blur=on(left) />
            <ul class="picker-list" id=format!("models-{lane}") role="listbox" aria-label="Models" node_ref=list
                hidden=derived(move || !open.get()) on:scroll=on(scrolled)>{children(options)}</ul>
            <p class="picker-note" role="status">{note}</p>
        </div>
    }
    .into_any()
}

/// Returns the setup of a lane. The first lane always exists.
fn of(state: &State, lane: usize) -> &Setup {
    state.settings().lane(lane).unwrap_or(state.settings().first_lane())
}

/// Returns the note about the chosen model or the list.
fn note(state: &State, setup: &Setup) -> String {
    if let Some(retired) = retirement_of(&setup.provider, &setup.model) {
        return format!("{} was retired on {}.", retired.id, retired.retired_on);
    }
    match state.models_of(&setup.provider) {
        Some(Models::Listed(models))
            if !setup.model.is_empty() && !models.is_empty() && !models.iter().any(|model| model.id == setup.model) =>
        {
            format!("{} is not in the model list.", setup.model)
        }
        _ => state.model_list_note(&setup.provider),
    }
}

/// The next or previous suggestion, wrapping around.
fn step(marked: Option<usize>, count: usize, down: bool) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match (marked, down) {
        (None, true) => 0,
        (None, false) => last,
        (Some(at), true) => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        (Some(at), false) => at.checked_sub(1).unwrap_or(last),
    })
}
