//! The model: chosen from the provider's list, or typed.

use headroom_app::{Event, Models, Setup, State};
use headroom_domain::{folded, retirement_of};
use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};

use super::{
    Ui,
    shapes::{fact, live, memo, on},
};

/// Most suggestions shown at a time; typing narrows them.
const MOST: usize = 30;

pub(super) fn model_picker(ui: Ui, lane: usize) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let chosen = ui.slice(move |state| of(state, lane).model.clone());
    let listed: Memo<Vec<(String, String)>> =
        ui.slice(move |state| match state.models.get(&of(state, lane).provider) {
            Some(Models::Listed(models)) => {
                models.iter().map(|model| (model.id.clone(), model.title().to_owned())).collect()
            }
            _ => Vec::new(),
        });
    let note = ui.slice(move |state| {
        let setup = of(state, lane);
        if let Some(retired) = retirement_of(&setup.provider, &setup.model) {
            return format!("{} was retired on {}.", retired.id, retired.retired_on);
        }
        state.model_list_note(&setup.provider)
    });
    let field = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(None::<String>);
    let marked = RwSignal::new(None::<usize>);
    let suggestions = memo(Box::new(move || {
        let Some(wanted) = typed.get() else { return Vec::new() };
        let wanted = folded(wanted.trim());
        let listed = listed.get();
        let fits = |(id, title): &&(String, String)| folded(id).contains(&wanted) || folded(title).contains(&wanted);
        listed.iter().filter(fits).take(MOST).cloned().collect::<Vec<_>>()
    }));
    let take = move |model: String| {
        typed.set(None);
        marked.set(None);
        if !model.trim().is_empty() {
            dispatch.send(Event::ModelChosen { lane, model });
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let count = suggestions.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                if typed.get_untracked().is_none() {
                    typed.set(Some(String::new()));
                }
                let down = event.key() == "ArrowDown";
                marked.update(|marked| *marked = step(*marked, count, down));
            }
            "Enter" => {
                event.prevent_default();
                let picked = marked
                    .get_untracked()
                    .and_then(|at| suggestions.with_untracked(|all| all.get(at).map(|(id, _)| id.clone())));
                take(picked.unwrap_or_else(|| event_target_value(&event)));
            }
            "Escape" => {
                typed.set(None);
                marked.set(None);
            }
            _ => {}
        }
    };
    let open = memo(Box::new(move || typed.with(Option::is_some) && !suggestions.with(Vec::is_empty)));
    let focused = move |_: FocusEvent| {
        typed.set(Some(String::new()));
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    // Leaving the field takes a model that is listed; half a name that was typed in passing it does not.
    let left = move |event: FocusEvent| {
        let text = event_target_value(&event);
        if listed.with(|listed| listed.iter().any(|(id, _)| *id == text)) {
            return take(text);
        }
        typed.set(None);
        marked.set(None);
        if let Some(field) = field.get_untracked() {
            field.set_value(&chosen.get_untracked());
        }
    };
    let options = move || {
        let options = suggestions.get().into_iter().enumerate().map(|(at, (id, title))| {
            let chosen = id.clone();
            let pick = move |event: MouseEvent| {
                event.prevent_default();
                take(chosen.clone());
            };
            view! {
                <li role="option" id=format!("model-{lane}-{at}") aria-selected=fact(move || (marked.get() == Some(at)).to_string())
                    on:mousedown=on(pick)>
                    <b>{id.clone()}</b>{(title != id).then(|| view! { <span>{title}</span> })}
                </li>
            }
        });
        options.collect_view().into_any()
    };
    view! {
        <div class="picker">
            <input class="picker-input" node_ref=field data-testid="lane-model" role="combobox" aria-label="Model" aria-autocomplete="list"
                aria-controls=format!("models-{lane}") aria-expanded=fact(move || open.get().to_string()) autocomplete="off" spellcheck="false"
                placeholder="Choose or type a model"
                aria-activedescendant=fact(move || marked.get().map(|at| format!("model-{lane}-{at}")))
                prop:value=fact(move || chosen.get())
                on:focus=on(focused)
                on:input=on(move |event: leptos::ev::Event| {
                    marked.set(None);
                    typed.set(Some(event_target_value(&event)));
                })
                on:keydown=on(on_key)
                on:blur=on(left) />
            <ul class="picker-list" id=format!("models-{lane}") role="listbox" aria-label="Models" hidden=fact(move || !open.get())>{live(options)}</ul>
            <p class="picker-note" role="status">{note}</p>
        </div>
    }
    .into_any()
}

/// Whom a lane asks; the first lane is always there.
fn of(state: &State, lane: usize) -> &Setup {
    state.settings.lane(lane).unwrap_or(&state.settings.setup)
}

/// The next or previous suggestion, round and round.
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
