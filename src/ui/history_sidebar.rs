//! The history next to the chat.

use headroom_app::{Event, Id};
use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};

use super::{
    Ui,
    controls::{button, icon_button},
    icons::{Glyph, icon},
    keys::on_key,
    reactive::{children, derived, keyed, memo, on, when},
};

pub(super) fn history_sidebar(ui: Ui) -> AnyView {
    let Ui { dispatch, .. } = ui;
    // The title is part of the key, so a renamed entry is redrawn.
    let found = ui.slice(|state| {
        state.found().into_iter().map(|entry| format!("{} {}", entry.id.0, entry.title)).collect::<Vec<_>>()
    });
    let any = ui.slice(|state| !state.entries().is_empty());
    let renaming = RwSignal::new(None::<Id>);
    let shown = ui.frame.history;
    let nothing_found = move || any.get() && found.with(Vec::is_empty);
    view! {
        <button class="icon-button rail-toggle" type="button" aria-label="History" aria-expanded=derived(move || shown.get().to_string())
            on:click=on(move |_: MouseEvent| shown.update(|shown| *shown = !*shown))>
            {icon(Glyph::Menu, 16)}
        </button>
        <nav class=derived(move || if shown.get() { "rail shown" } else { "rail" }) id="history" tabindex="-1" aria-label="History">
            {button("button new-chat", "new-chat", (icon(Glyph::Plus, 16), "New chat").into_any(), move || {
                shown.set(false);
                dispatch.send(Event::NewChatPressed);
            })}
            {when(move || any.get(), move || view! {
                <input class="input" id="search" type="search" placeholder="Search chats" aria-label="Search chats"
                    on:input=on(move |event| dispatch.send(Event::SearchChanged(event_target_value(&event)))) />
            }.into_any())}
            <ul class="entries">
                {keyed(move || found.get(), move |key| entry(ui, &key, shown, renaming))}
            </ul>
            {when(move || !any.get(), || view! {
                <p class="rail-note">"No chats yet. They are saved in this browser only."</p>
            }.into_any())}
            {when(nothing_found, || view! { <p class="rail-note">"No matching chats."</p> }.into_any())}
            {button("button rail-keys", "tokens-open", "Tokens".into_any(), move || {
                shown.set(false);
                dispatch.send(Event::TokensShown(true));
            })}
            {button("button rail-keys", "shortcuts-open", "Keyboard shortcuts".into_any(), move || ui.frame.shortcuts.set(true))}
        </nav>
    }
    .into_any()
}

fn entry(ui: Ui, key: &str, shown: RwSignal<bool>, renaming: RwSignal<Option<Id>>) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let (id, title) = key.split_once(' ').unwrap_or((key, ""));
    let kept = StoredValue::new((Id(id.to_owned()), title.to_owned()));
    let id = move || kept.with_value(|(id, _)| id.clone());
    let title = move || kept.with_value(|(_, title)| title.clone());
    let is_open = ui.slice(move |state| state.chat().is(&id()));
    let is_answering = ui.slice(move |state| state.is_answering(&id()));
    let is_renamed = memo(Box::new(move || renaming.get() == Some(id())));
    view! {
        <li class="entry">
            {children(move || {
                if is_renamed.get() {
                    return rename(ui, id(), title(), renaming);
                }
                let open = move |_: MouseEvent| {
                    shown.set(false);
                    dispatch.send(Event::ChatOpened(id()));
                };
                view! {
                    <button class="entry-open" type="button" data-testid="conversation" data-id=id().0
                        aria-current=derived(move || is_open.get().then_some("true")) on:click=on(open)>
                        {when(move || is_answering.get() && !is_open.get(), || {
                            view! { <span class="answering" data-testid="conversation-answering" title="Answering"><span class="visually-hidden">"Answering: "</span></span> }.into_any()
                        })}
                        {title()}
                    </button>
                    {icon_button(Glyph::Pencil, format!("Rename {}", title()), "conversation-rename", move || renaming.set(Some(id())))}
                    {icon_button(Glyph::Trash, format!("Delete {}", title()), "conversation-delete", move || {
                        dispatch.send(Event::ChatDeleted(id()));
                    })}
                }
                .into_any()
            })}
        </li>
    }
    .into_any()
}

/// The title of a chat as a field. Enter or leaving it saves, Escape discards.
fn rename(ui: Ui, id: Id, title: String, renaming: RwSignal<Option<Id>>) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let field = NodeRef::<html::Input>::new();
    let id = StoredValue::new(id);
    field.on_load(|field| {
        field.focus().ok();
        field.select();
    });
    let done = move |keeps: bool| {
        // Removing the field makes it lose focus once more.
        let Some(id) = id.try_get_value().filter(|id| renaming.get_untracked().as_ref() == Some(id)) else { return };
        if let Some(field) = field.get_untracked().filter(|_| keeps) {
            dispatch.send(Event::ChatRenamed(id, field.value()));
        }
        renaming.set(None);
    };
    let pressed = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => done(true),
        "Escape" => done(false),
        _ => {}
    };
    view! {
        <input class="input" node_ref=field aria-label="Chat name" value=title on:keydown=on_key(pressed)
            on:blur=on(move |_: FocusEvent| done(true)) />
    }
    .into_any()
}
