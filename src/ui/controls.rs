//! Small controls shared by several regions.

use leptos::{ev::MouseEvent, prelude::*};

use super::{
    icons::{Glyph, icon},
    reactive::on,
};

/// An icon-only button. Its name is for screen readers and the tooltip.
pub(super) fn icon_button(
    glyph: Glyph,
    name: impl Into<Oco<'static, str>>,
    test_id: &'static str,
    on_press: impl Fn() + 'static,
) -> AnyView {
    let name: Oco<'static, str> = name.into();
    view! {
        <button class="icon-button" type="button" data-testid=test_id aria-label=name.clone() title=name on:click=on(move |_: MouseEvent| on_press())>
            {icon(glyph, 16)}
        </button>
    }
    .into_any()
}

/// A button with a text label.
pub(super) fn button(
    class: &'static str,
    test_id: &'static str,
    content: AnyView,
    on_press: impl Fn() + 'static,
) -> AnyView {
    let test_id = (!test_id.is_empty()).then_some(test_id);
    view! {
        <button class=class type="button" data-testid=test_id on:click=on(move |_: MouseEvent| on_press())>{content}</button>
    }
    .into_any()
}
