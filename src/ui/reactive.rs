//! Dynamic parts of views, with few types.
//!
//! Leptos compiles its machinery once per closure type in a view, and every closure has its own type. Boxed here, they
//! share one: this makes the page a third smaller, and everything is still faster than a key press.

use std::sync::Arc;

use leptos::{attr::Attribute, prelude::*, tachys::renderer::types::Element};

/// A part of a view that is redrawn when what it reads changes.
pub(super) type Children = Box<dyn FnMut() -> AnyView + Send>;

/// Redraws when what it reads changes.
pub(super) fn children(view: impl FnMut() -> AnyView + Send + 'static) -> Children {
    Box::new(view)
}

/// Draws only while the condition holds, once each time it becomes true.
pub(super) fn when(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> Children {
    let shown = memo(Box::new(shown));
    children(move || if shown.get() { untrack(&view) } else { ().into_any() })
}

/// Text or an attribute that follows the state.
pub(super) fn derived<T: Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    signal(Box::new(value))
}

/// One view per key, kept while its key is present. Keys are strings, so that all lists share their machinery.
pub(super) fn keyed(
    keys: impl Fn() -> Vec<String> + Send + Sync + 'static,
    view: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_of(Box::new(keys), Arc::new(view))
}

fn each_of(
    keys: Box<dyn Fn() -> Vec<String> + Send + Sync>,
    view: Arc<dyn Fn(String) -> AnyView + Send + Sync>,
) -> AnyView {
    view! { <For each=keys key=String::clone children=move |key| view(key) /> }.into_any()
}

/// Adds attributes and event handlers to an element that the page did not create. The attributes follow the state while
/// the current view exists.
pub(super) fn attach(element: &Element, attributes: impl Attribute<State: 'static>) {
    StoredValue::new_local(attributes.build(element));
}

/// Boxes an event handler for an element.
pub(super) fn on<E>(handler: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handler)
}

/// A value that is recomputed when what it reads changes, and notifies only if it differs.
pub(super) fn memo<T: PartialEq + Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
    Memo::new(move |_| value())
}

fn signal<T: Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
    Signal::derive(value)
}
