//! The bar at the top, after the name: provider, theme, settings.

use headroom_app::{Event, MOST_LANES, Panel};
use leptos::prelude::*;

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    limits::ring,
    reactive::{children, derived, on, when},
};

pub(super) fn topbar(ui: Ui) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    let chosen = ui.slice(|state| state.settings().first_lane().provider.clone());
    let started = ui.slice(|state| state.settings().has_started());
    view! {
            {when(move || started.get(), move || {
                let provider = provider_select(ui, None, "provider-select", "Provider of all lanes");
                (provider, lane_count(ui)).into_any()
            })}
            <span class="grow"></span>
            {when(move || started.get(), move || ring(ui))}
            {icon_button(Glyph::Sun, "Switch theme", "theme", move || {
                dispatch.send(Event::ThemePressed { system_is_dark: (hands.system_is_dark)() });
            })}
            {icon_button(Glyph::Sliders, "Settings", "settings-open", move || {
                dispatch.send(Event::PanelShown(Panel::Settings(chosen.get_untracked())));
            })}
    }
    .into_any()
}

/// Chooses the provider of one lane, or of all.
pub(super) fn provider_select(ui: Ui, lane: Option<usize>, test_id: &'static str, name: &'static str) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let providers = ui.slice(|state| {
        state.settings().providers().into_iter().map(|provider| (provider.id, provider.name)).collect::<Vec<_>>()
    });
    let chosen = ui.slice(move |state| {
        let setup = state.settings().lane(lane.unwrap_or(0));
        setup.map(|setup| setup.provider.clone()).unwrap_or_default()
    });
    let options = move || {
        let options = providers.get().into_iter().map(|(id, name)| {
            let selected = id == chosen.get_untracked();
            view! { <option value=id selected=selected>{name}</option> }
        });
        options.collect_view().into_any()
    };
    let choose = move |event| dispatch.send(Event::ProviderChosen { lane, provider: event_target_value(&event) });
    view! {
        <select class="select" data-testid=test_id aria-label=name data-value=chosen prop:value=chosen on:change=on(choose)>
            {children(options)}
        </select>
    }
    .into_any()
}

/// The choice of the number of lanes.
fn lane_count(ui: Ui) -> AnyView {
    const IDS: [&str; MOST_LANES] = ["lanes-1", "lanes-2", "lanes-3", "lanes-4", "lanes-5", "lanes-6"];
    let count = ui.slice(|state| state.settings().lane_count());
    let buttons = IDS.into_iter().zip(1..).map(|(test_id, lanes)| {
        let set = move |_: leptos::ev::MouseEvent| ui.dispatch.send(Event::LanesSet(lanes));
        view! {
            <button type="button" data-testid=test_id aria-label=format!("{lanes} lane{}", if lanes == 1 { "" } else { "s" })
                aria-pressed=derived(move || (count.get() == lanes).to_string()) on:click=on(set)>{lanes.to_string()}</button>
        }
    });
    view! { <div class="segments" role="group" aria-label="Lanes"><span aria-hidden="true">"Lanes"</span>{buttons.collect_view()}</div> }
        .into_any()
}
