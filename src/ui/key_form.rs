//! Key entry: the field, and the choice of where to store the key.

use headroom_app::{KeyMode, SecretInput};
use headroom_domain::CleanedKey;
use leptos::{
    ev::{ClipboardEvent, Event, MouseEvent},
    html,
    prelude::*,
};

use super::{
    Ui,
    icons::{Glyph, icon},
    reactive::{derived, on},
};

/// The test id of the choice of where to store a key.
pub(super) const KEY_MODE: &str = "key-mode";

/// A field for a key, and the choice of where to store it.
#[derive(Clone, Copy)]
pub(super) struct KeyForm {
    ui: Ui,
    field: NodeRef<html::Input>,
    mode: RwSignal<KeyMode>,
    /// What was removed from the pasted text.
    note: RwSignal<Option<String>>,
}

impl KeyForm {
    pub(super) fn new(ui: Ui) -> Self {
        Self { ui, field: NodeRef::new(), mode: RwSignal::new(KeyMode::Tab), note: RwSignal::new(None) }
    }

    /// What was pasted.
    pub(super) fn pasted(self) -> SecretInput {
        SecretInput(self.field.get_untracked().map(|field| field.value()).unwrap_or_default())
    }

    /// Where to store it.
    pub(super) fn mode(self) -> KeyMode {
        self.mode.get_untracked()
    }

    /// The field. Never shows a stored key, which can only be replaced or deleted.
    pub(super) fn field(self, test_id: &'static str, label: &'static str, placeholder: &'static str) -> AnyView {
        let shown = RwSignal::new(false);
        let note = self.note;
        let typed = move |event: Event| self.tell(&CleanedKey::of(&event_target_value(&event)));
        let note_id = format!("{test_id}-note");
        view! {
            <label class="field">
                <span class="field-name">{label}</span>
                <span class="key-field">
                    {icon(Glyph::Key, 16)}
                    <input node_ref=self.field data-testid=test_id type=derived(move || if shown.get() { "text" } else { "password" })
                        placeholder=placeholder autocomplete="off" spellcheck="false" autocapitalize="off"
                        aria-describedby=note_id.clone() on:input=on(typed) on:paste=on(move |event: ClipboardEvent| self.paste(&event)) />
                    <button class="link" type="button" aria-pressed=derived(move || shown.get().to_string())
                        on:click=on(move |_: MouseEvent| shown.update(|shown| *shown = !*shown))>
                        "Show"
                    </button>
                </span>
                <small class="field-note" id=note_id aria-hidden="true" data-testid="key-note">{derived(move || note.get().unwrap_or_default())}</small>
            </label>
        }
        .into_any()
    }

    /// Reports what was removed, under the field and to screen readers.
    fn tell(self, cleaned: &CleanedKey) {
        let note = cleaned.note();
        if let Some(note) =
            note.as_ref().filter(|note| self.note.with_untracked(|before| before.as_ref() != Some(note)))
        {
            (self.ui.hands.announce)(note);
        }
        self.note.set(note);
    }

    /// Handles a paste of several lines, which the field would join into one and make the key unrecognizable.
    fn paste(self, event: &ClipboardEvent) {
        let Some(text) = (self.ui.hands.pasted)(event).filter(|text| text.trim().contains('\n')) else { return };
        let Some(field) = self.field.get_untracked() else { return };
        event.prevent_default();
        let cleaned = CleanedKey::of(&text);
        self.tell(&cleaned);
        // Several keys are joined by spaces, which are then rejected with the reason.
        field.set_value(&cleaned.key.replace('\n', " "));
    }

    /// The choice. `test_id` names it while it can be used.
    pub(super) fn modes(self, test_id: Signal<Option<&'static str>>) -> AnyView {
        let mode = self.mode;
        let option = move |value: KeyMode, title: &'static str, text: &'static str| {
            view! {
                <label class="radio">
                    <input type="radio" name="key-mode" value=value.name() prop:checked=derived(move || mode.get() == value)
                        on:change=on(move |_: Event| mode.set(value)) />
                    <b>{title}</b>
                    <small>{text}</small>
                </label>
            }
            .into_any()
        };
        view! {
            <fieldset class="radios" role="radiogroup" data-testid=test_id aria-label="Where to store the key">
                <legend>"Where to store it"</legend>
                {option(KeyMode::Tab, "This tab only", "In memory only. Closing or reloading the tab deletes it.")}
                {option(KeyMode::Browser, "This browser", "Saved in local storage, readable by anyone who can use this browser profile.")}
            </fieldset>
        }
        .into_any()
    }
}
