//! The lanes side by side, with their shared prompt above them.

use leptos::{html, prelude::*};

use super::{
    Ui,
    comparison_header::{lane_pager, shared_prompt},
    lane::lane,
    reactive::{derived, keyed, memo, on, when},
};

pub(super) fn lanes(ui: Ui) -> AnyView {
    let count = ui.slice(|state| state.settings().lane_count());
    let row = NodeRef::<html::Div>::new();
    // The scroll position of the row: the lane that a phone shows.
    let shown = RwSignal::new(0_usize);
    let scrolled = move |_: leptos::ev::Event| {
        let Some(row) = row.get_untracked() else { return };
        let width = row.scroll_width() / i32::try_from(count.get_untracked()).unwrap_or(1).max(1);
        let at = (row.scroll_left() + width / 2) / width.max(1);
        shown.set(usize::try_from(at).unwrap_or(0));
    };
    let keys = move || (0..count.get()).map(|lane| lane.to_string()).collect();
    let many = memo(Box::new(move || count.get() > 1));
    view! {
        {when(move || many.get(), move || shared_prompt(ui))}
        <div class="lanes" data-count=derived(move || count.get().to_string()) node_ref=row on:scroll=on(scrolled)>
            {keyed(keys, move |number| lane(ui, number.parse().unwrap_or(0)))}
        </div>
        {when(move || many.get(), move || lane_pager(ui, shown, row))}
    }
    .into_any()
}
