//! The views. They read slices of the state and send events; they decide nothing and touch no browser API of their own.

mod counter;
mod dispatch;
mod icons;
mod topbar;

pub use dispatch::Dispatch;

use headroom_app::shell::State;
use leptos::prelude::*;

use counter::Counter;
use topbar::Topbar;

/// The whole page.
#[component]
pub fn App(
    /// What is drawn.
    state: ReadSignal<State>,
    /// Where events go.
    dispatch: Dispatch,
    /// Asked when the theme button is pressed: the first press must change what is seen.
    system_is_dark: fn() -> bool,
) -> impl IntoView {
    view! {
        <a class="skip-link button" href="#text">"Skip to the text"</a>
        <div class="app">
            <Topbar dispatch system_is_dark />
            <Counter state dispatch />
        </div>
    }
}
