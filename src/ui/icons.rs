//! Line icons on a 16 × 16 grid. They are decoration: the name is always on the control.

use leptos::prelude::*;

/// An icon by its path data.
#[component]
fn Icon(paths: &'static str, #[prop(default = 16)] size: u8) -> impl IntoView {
    view! {
        <svg width=size height=size viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d=paths />
        </svg>
    }
}

/// The gauge of the name.
#[component]
pub(super) fn Gauge() -> impl IntoView {
    view! { <Icon size=18 paths="M2.5 12.5a6 6 0 1 1 11 0M8 10.5l3-4M7.4 10.7a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0" /> }
}

/// The sun, for light and dark.
#[component]
pub(super) fn Sun() -> impl IntoView {
    view! {
        <Icon paths="M5.3 8a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
    }
}
