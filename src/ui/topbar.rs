//! The bar at the top.

use headroom_app::shell::Event;
use leptos::prelude::*;

use super::{
    Dispatch,
    icons::{Gauge, Sun},
};

#[component]
pub(super) fn Topbar(dispatch: Dispatch, system_is_dark: fn() -> bool) -> impl IntoView {
    let switch = move |_| dispatch.send(Event::ThemePressed { system_is_dark: system_is_dark() });
    view! {
        <header class="topbar">
            <span class="brand"><Gauge />"Headroom"</span>
            <button class="icon-button" type="button" data-testid="theme" aria-label="Switch theme" title="Switch theme" on:click=switch>
                <Sun />
            </button>
        </header>
    }
}
