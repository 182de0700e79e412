//! Settings: providers and their keys.

use headroom_app::{Event, KeyMode, Panel, SIMULATOR};
use headroom_domain::{Address, KeyNeed, Provider, web_link};
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    html,
    prelude::*,
};

use super::{
    Ui,
    controls::{button, icon_button},
    icons::{Glyph, icon},
    key_form::{KEY_MODE, KeyForm},
    reactive::{children, derived, memo, on, when},
};

/// Shared by the forms of the dialog.
#[derive(Clone, Copy)]
struct SettingsDialog {
    ui: Ui,
    dialog: NodeRef<html::Dialog>,
}

impl SettingsDialog {
    /// Sends an event. If it closed the panel, the dialog is closed natively before it is removed, which returns the
    /// focus to the element that opened it.
    fn send(self, event: Event) {
        self.ui.dispatch.send(event);
        if self.ui.state.with_untracked(|state| *state.panel() == Panel::None) {
            self.close();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }
}

/// The dialog, with the form of one provider or of a new one open.
pub(super) fn settings(ui: Ui) -> AnyView {
    let Ui { state, dispatch, .. } = ui;
    let dialog = NodeRef::<html::Dialog>::new();
    let door = SettingsDialog { ui, dialog };
    let closed = move |_: leptos::ev::Event| dispatch.send(Event::PanelShown(Panel::None));
    // A native modal: it traps focus, closes on Escape and makes the rest inert.
    dialog.on_load(move |dialog| {
        if !dialog.open() {
            dialog.show_modal().ok();
        }
    });
    let open = ui.slice(|state| match state.panel() {
        Panel::Settings(provider) => provider.clone(),
        Panel::None => String::new(),
    });
    let all = ui.slice(|state| {
        let providers = state.settings().providers().into_iter().filter(|provider| provider.id != SIMULATOR);
        providers
            .map(|provider| (state.key_mode(&provider.id).is_some(), provider.id, provider.name))
            .collect::<Vec<_>>()
    });
    let list = move || {
        let items = all.get().into_iter().map(|(has_key, id, name)| {
            let current = (id == open.get()).then_some("true");
            let show = move |_: MouseEvent| dispatch.send(Event::PanelShown(Panel::Settings(id.clone())));
            let key = has_key.then(|| view! { <span class="has-key">{icon(Glyph::Key, 12)}"key"</span> });
            view! { <button class="settings-item" type="button" aria-current=current on:click=on(show)>{name}{key}</button> }
        });
        items.collect_view().into_any()
    };
    let form = move || match state.with_untracked(|state| state.settings().provider(&open.get())) {
        Some(provider) if provider.id == SIMULATOR => about_the_simulator(),
        Some(provider) => provider_form(door, &provider),
        None => new_provider(door),
    };
    view! {
        <dialog class="settings" node_ref=dialog aria-label="Settings" on:close=on(closed)>
            <header class="settings-header">
                <h2>"Settings"</h2>
                {icon_button(Glyph::Close, "Close settings", "settings-close", move || door.close())}
            </header>
            <div class="settings-body">
                <nav class="settings-list" aria-label="Providers">
                    {children(list)}
                    {button("settings-item add", "provider-add", (icon(Glyph::Plus, 12), "Add a provider").into_any(), move || {
                        dispatch.send(Event::PanelShown(Panel::Settings(String::new())));
                    })}
                </nav>
                {children(form)}
            </div>
        </dialog>
    }
    .into_any()
}

fn about_the_simulator() -> AnyView {
    view! {
        <div class="settings-form">
            <h3>"Simulator"</h3>
            <p>"The simulator runs in this page and sends nothing. Add a key for a provider to use real models."</p>
        </div>
    }
    .into_any()
}

/// The key of a known provider.
fn provider_form(door: SettingsDialog, provider: &Provider) -> AnyView {
    let ui = door.ui;
    let key = KeyForm::new(ui);
    let problem = ui.slice(|state| state.form_problem().unwrap_or_default().to_owned());
    let id = StoredValue::new(provider.id.clone());
    let kept = ui.slice(move |state| state.key_mode(&id.get_value()));
    let added = ui.slice(move |state| state.settings().is_added(&id.get_value()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        door.send(Event::KeyEntered { provider: id.get_value(), key: key.pasted(), mode: key.mode() });
    };
    let use_it = move || {
        door.send(Event::ProviderChosen { lane: None, provider: id.get_value() });
        door.send(Event::PanelShown(Panel::None));
    };
    let optional = provider.key_need == KeyNeed::Optional;
    let need = if optional { "A key is optional." } else { "A key is required." };
    let where_kept = move || match kept.get() {
        Some(KeyMode::Tab) => "Key saved in this tab only.",
        Some(KeyMode::Browser) => "Key saved in this browser.",
        None => "",
    };
    view! {
        <form class="settings-form" on:submit=on(save)>
            <h3>{provider.name.clone()}</h3>
            <p>"Requests go to " <code>{provider.chat_url()}</code> ". " {need}</p>
            {provider.key_page.as_deref().and_then(web_link).map(str::to_owned).map(|page| view! {
                <p><a href=page target="_blank" rel="noopener noreferrer">"Get a key"</a></p>
            })}
            <p class="kept" role="status">{derived(where_kept)}</p>
            {key.field("provider-key", "API key", "Paste the key")}
            <p class="form-problem" role="alert">{problem}</p>
            {key.modes(Signal::stored(Some(KEY_MODE)))}
            <div class="form-actions">
                <button class="button primary" type="submit" data-testid="provider-save">"Save"</button>
                {optional.then(|| button("button", "provider-use", "Use without a key".into_any(), use_it))}
                {when(move || kept.get().is_some(), move || {
                    button("button", "key-forget", "Delete key".into_any(), move || door.send(Event::KeyRemoved(id.get_value())))
                })}
                {when(move || added.get(), move || {
                    button("button", "provider-remove", "Remove provider".into_any(), move || {
                        door.send(Event::ProviderRemoved(id.get_value()));
                    })
                })}
            </div>
        </form>
    }
    .into_any()
}

/// The form for a new provider.
fn new_provider(door: SettingsDialog) -> AnyView {
    let ui = door.ui;
    let (name, base_url) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let key = KeyForm::new(ui);
    let problem = ui.slice(|state| state.form_problem().unwrap_or_default().to_owned());
    let value = |field: NodeRef<html::Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
    let typed = RwSignal::new(String::new());
    let read = memo(Box::new(move || typed.with(|typed| (!typed.trim().is_empty()).then(|| Address::of(typed)))));
    let note = move || read.with(|read| read.as_ref()?.as_ref().ok()?.note());
    let suggestion = move || {
        let suggested = read.with(|read| match read.as_ref()? {
            Ok(address) => address.suggestion.as_ref().map(ToString::to_string),
            Err(why) => why.suggestion.as_ref().map(ToString::to_string),
        });
        let Some(url) = suggested else { return ().into_any() };
        let words = format!("Use {url}");
        let take = move || {
            if let Some(field) = base_url.get_untracked() {
                field.set_value(&url);
            }
            typed.set(url.clone());
        };
        button("link", "provider-suggestion", words.into_any(), take)
    };
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let (name, base_url) = (value(name), value(base_url));
        door.send(Event::ProviderAdded { name, base_url, key: key.pasted(), mode: key.mode() });
    };
    view! {
        <form class="settings-form" on:submit=on(save)>
            <h3>"Add a provider"</h3>
            <p>"Any server with OpenAI's chat completions API, on the web or on this computer."</p>
            <label class="field"><span class="field-name">"Name"</span>
                <input class="input" node_ref=name data-testid="provider-name" placeholder="My server" autocomplete="off" /></label>
            <label class="field"><span class="field-name">"Base URL"</span>
                <input class="input" node_ref=base_url data-testid="provider-base-url" inputmode="url" placeholder="https://llm.example/v1"
                    autocomplete="off" spellcheck="false" autocapitalize="off" aria-describedby="base-url-note"
                    on:input=on(move |event: leptos::ev::Event| typed.set(event_target_value(&event))) /></label>
            <p class="field-note" id="base-url-note" data-testid="provider-note">{derived(note)} {children(suggestion)}</p>
            {key.field("provider-key", "API key (optional)", "Paste the key")}
            <p class="form-problem" role="alert">{problem}</p>
            {key.modes(Signal::stored(Some(KEY_MODE)))}
            <div class="form-actions"><button class="button primary" type="submit" data-testid="provider-save">"Save"</button></div>
        </form>
    }
    .into_any()
}
