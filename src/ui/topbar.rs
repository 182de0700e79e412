//! The bar at the top: name, provider, theme, settings.

use headroom_app::{Event, Panel};
use leptos::prelude::*;

use super::{
    Ui,
    controls::icon_button,
    icons::{Glyph, icon},
    shapes::{live, on, when},
};

pub(super) fn topbar(ui: Ui) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    let chosen = ui.slice(|state| state.settings.setup.provider.clone());
    let started = ui.slice(|state| state.settings.started);
    view! {
        <header class="topbar">
            <span class="brand">{icon(Glyph::Gauge, 18)}"Headroom"</span>
            {when(move || started.get(), move || provider_select(ui))}
            <span class="grow"></span>
            {icon_button(Glyph::Sun, "Switch theme", "theme", move || {
                dispatch.send(Event::ThemePressed { system_is_dark: (hands.system_is_dark)() });
            })}
            {icon_button(Glyph::Sliders, "Settings", "settings-open", move || {
                dispatch.send(Event::PanelShown(Panel::Settings(chosen.get_untracked())));
            })}
        </header>
    }
    .into_any()
}

fn provider_select(ui: Ui) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let providers = ui.slice(|state| {
        state.settings.providers().into_iter().map(|provider| (provider.id, provider.name)).collect::<Vec<_>>()
    });
    let chosen = ui.slice(|state| state.settings.setup.provider.clone());
    let options = move || {
        let options = providers.get().into_iter().map(|(id, name)| {
            let selected = id == chosen.get_untracked();
            view! { <option value=id selected=selected>{name}</option> }
        });
        options.collect_view().into_any()
    };
    view! {
        <label class="provider">
            <span class="visually-hidden">"Provider"</span>
            <select class="select" data-testid="provider-select" data-value=chosen prop:value=chosen
                on:change=on(move |event| dispatch.send(Event::ProviderChosen(event_target_value(&event))))>
                {live(options)}
            </select>
        </label>
    }
    .into_any()
}
