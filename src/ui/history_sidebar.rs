//! The history next to the chat.

use headroom_app::{Event, HistoryRow, Id, State};
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

/// Rows beyond what is in view, on either side: the keyboard finds the next one, and scrolling stays ahead.
const BEYOND: usize = 12;
/// The first row in view is rounded to this, so that most scroll events change nothing.
const STEP: usize = 6;
/// Rows in view until they are measured.
const USUAL: usize = 50;

pub(super) fn history_sidebar(ui: Ui) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let any = ui.slice(|state| !state.entries().is_empty());
    let listed = ui.slice(State::listed_chats);
    let shown = ui.frame.history;
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
            {entries(ui, listed)}
            {when(move || !any.get(), || view! {
                <p class="rail-note">"No chats yet. They are saved in this browser only."</p>
            }.into_any())}
            {when(move || any.get() && listed.get() == 0, || view! { <p class="rail-note">"No matching chats."</p> }.into_any())}
            {button("button rail-keys", "tokens-open", "Tokens".into_any(), move || {
                shown.set(false);
                dispatch.send(Event::TokensShown(true));
            })}
            {button("button rail-keys", "shortcuts-open", "Keyboard shortcuts".into_any(), move || ui.frame.shortcuts.set(true))}
        </nav>
    }
    .into_any()
}

/// What the rows have in common.
#[derive(Clone, Copy)]
struct Rows {
    ui: Ui,
    listed: Memo<usize>,
    rows: Memo<Vec<HistoryRow>>,
    open: Memo<Option<Id>>,
    answering: Memo<Vec<Id>>,
    renaming: RwSignal<Option<Id>>,
}

/// The list. Only the rows in view, those next to them, and the one with the focus exist.
fn entries(ui: Ui, listed: Memo<usize>) -> AnyView {
    let list = NodeRef::<html::Ul>::new();
    let in_view = RwSignal::new((0_usize, USUAL));
    let focused = RwSignal::new(None::<HistoryRow>);
    let revision = ui.slice(State::history_revision);
    let rows = memo(Box::new(move || {
        revision.get();
        let (first, last) = in_view.get();
        // After a search, the list may end before what was in view.
        let first = first.min(listed.get().saturating_sub(USUAL));
        let near = first.saturating_sub(BEYOND)..last + BEYOND;
        ui.state.with_untracked(|state| {
            let mut rows = state.history_rows(near.clone());
            let apart = focused.get().filter(|row| !near.contains(&row.at));
            rows.extend(apart.filter(|row| state.history_rows(row.at..row.at + 1).contains(row)));
            // In order: a row that is moved in the document loses the focus.
            rows.sort_by_key(|row| row.at);
            rows
        })
    }));
    let rows = Rows {
        ui,
        listed,
        rows,
        open: ui.slice(|state| state.chat().id().cloned()),
        answering: ui.slice(State::answering_chats),
        renaming: RwSignal::new(None),
    };
    let scrolled = move || {
        let Some(list) = list.get_untracked() else { return };
        let height = list.first_element_child().map(|row| row.client_height());
        let Some(height) = height.filter(|height| *height > 0) else { return };
        let at = |pixels: i32| usize::try_from(pixels / height).unwrap_or(0);
        let first = at(list.scroll_top()) / STEP * STEP;
        let seen = (first, first + STEP + at(list.client_height()).max(USUAL));
        if in_view.get_untracked() != seen {
            in_view.set(seen);
        }
    };
    let keys = move || rows.rows.with(|rows| rows.iter().map(key_of).collect());
    view! {
        <ul class="entries" node_ref=list style:--rows=derived(move || listed.get().to_string())
            on:scroll=on(move |_| scrolled()) on:focusout=on(move |_: FocusEvent| focused.set(None))>
            {keyed(keys, move |key| entry(rows, &key, focused))}
        </ul>
    }
    .into_any()
}

/// The key of a row. The title is part of it, so a renamed entry is redrawn.
fn key_of(row: &HistoryRow) -> String {
    format!("{} {}", row.id.0, row.title)
}

fn entry(all: Rows, key: &str, focused: RwSignal<Option<HistoryRow>>) -> AnyView {
    let Rows { ui: Ui { dispatch, frame, .. }, listed, rows, open, answering, renaming, .. } = all;
    let shown = frame.history;
    let (id, title) = key.split_once(' ').unwrap_or((key, ""));
    let kept = StoredValue::new((Id(id.to_owned()), title.to_owned()));
    let id = move || kept.with_value(|(id, _)| id.clone());
    let title = move || kept.with_value(|(_, title)| title.clone());
    let own = move || rows.with(|rows| rows.iter().find(|row| kept.with_value(|(id, _)| row.id == *id)).cloned());
    let at = memo(Box::new(move || own().map_or(0, |row| row.at)));
    let is = move |other: &Id| kept.with_value(|(id, _)| id == other);
    let is_open = memo(Box::new(move || open.with(|open| open.as_ref().is_some_and(is))));
    let is_answering = memo(Box::new(move || answering.with(|chats| chats.iter().any(is))));
    let is_renamed = memo(Box::new(move || renaming.with(|renaming| renaming.as_ref().is_some_and(is))));
    view! {
        <li class="entry" style:--at=derived(move || at.get().to_string()) aria-posinset=derived(move || (at.get() + 1).to_string())
            aria-setsize=derived(move || listed.get().to_string())
            on:focusin=on(move |_: FocusEvent| focused.set(untrack(own)))>
            {children(move || {
                if is_renamed.get() {
                    return rename(all.ui, id(), title(), renaming);
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
