//! Dynamic parts of views, in few types.
//!
//! Leptos compiles its machinery once for each type of closure it meets in a view, and every closure has a type of its
//! own. Boxed here, they share one: the page is a third smaller by it, and nothing in it is slower than a key press.

use std::sync::Arc;

use leptos::prelude::*;

/// A part of a view that is drawn anew when what it reads changes.
pub(super) type Children = Box<dyn FnMut() -> AnyView + Send>;

/// Draws anew when what it reads changes.
pub(super) fn children(view: impl FnMut() -> AnyView + Send + 'static) -> Children {
    Box::new(view)
}

/// Draws only while the condition holds, and once each time it begins to.
pub(super) fn when(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> Children {
    let shown = memo(Box::new(shown));
    children(move || if shown.get() { untrack(&view) } else { ().into_any() })
}

/// A text or attribute that follows the state.
pub(super) fn derived<T: Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    signal(Box::new(value))
}

/// One view for each key, kept while its key is there. Keys are texts, so that all lists share their machinery.
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

/// What is done when something happens to an element.
pub(super) fn on<E>(handler: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handler)
}

/// A value that is worked out again when what it reads changes, and told on when it is another.
pub(super) fn memo<T: PartialEq + Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
    Memo::new(move |_| value())
}

fn signal<T: Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
    Signal::derive(value)
}
