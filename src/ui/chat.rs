//! The lane: which model, what was said.

use headroom_app::{Event, Id, SIMULATOR, State};
use leptos::{html, prelude::*};

use super::{
    Ui,
    answer::answer,
    controls::{button, icon_button},
    icons::Glyph,
    model_picker::model_picker,
    shapes::{fact, on, when},
};
use crate::paint::Follow;

/// What stands in an empty chat.
const WITH_SIMULATOR: &str = "The simulator streams made-up answers through the same code as a real provider. Ask for a table, some code, or a long text.";
const WITH_PROVIDER: &str = "Write a message below. Its tokens are counted before you send it.";
/// What a newcomer may ask: a press puts it into the box.
const EXAMPLES: [&str; 4] = [
    "Compare two models for me",
    "Write a small Rust program",
    "How does Headroom count tokens?",
    "Tell me a long story about a very small server",
];

pub(super) fn chat(ui: Ui) -> AnyView {
    let lane_state = ui.slice(|state| state.lane_state().name());
    let model = ui.slice(|state| some(&state.settings.setup.model));
    let provider = ui.slice(|state| some(&state.settings.setup.provider));
    let simulated = ui.slice(is_simulated);
    let loading = ui.slice(|state| state.chat.loading);
    let empty = ui.slice(|state| state.chat.turns.is_empty() && !state.chat.loading);
    // A turn that is asked again gets a new answer, which is drawn anew.
    let turns = ui.slice(|state| {
        let turns = state.chat.turns.iter().enumerate();
        turns.map(|(at, turn)| (at, turn.id.clone(), turn.answers.len())).collect::<Vec<_>>()
    });
    let (scroller, content) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let below = RwSignal::new(false);
    let follow = StoredValue::new_local(None::<Follow>);
    let to_end = move || follow.with_value(|follow| follow.iter().for_each(Follow::to_end));
    Effect::new(move |_| {
        if let (Some(scroller), Some(content)) = (scroller.get(), content.get()) {
            follow.set_value(Some(Follow::new(scroller.into(), &content, move |is_below| below.set(is_below))));
        }
    });
    // What the user just sent is looked at, wherever the reader was before.
    Effect::new(move |asked: Option<usize>| {
        let now = turns.with(Vec::len);
        if asked.is_some_and(|before| now > before) {
            to_end();
        }
        now
    });
    view! {
        <section class="lane" data-testid="lane" data-lane="0" aria-label="Chat" data-state=lane_state data-model=model data-provider=provider>
            <header class="lane-header">
                {model_picker(ui)}
                {when(move || simulated.get(), || view! { <span class="badge">"Simulated"</span> }.into_any())}
            </header>
            <div class="messages" node_ref=scroller tabindex="-1"
                on:scroll=on(move |_| follow.with_value(|follow| follow.iter().for_each(Follow::scrolled)))>
                <div class="messages-inner" node_ref=content>
                    {when(move || loading.get(), || view! { <p class="quiet" role="status">"Opening the chat…"</p> }.into_any())}
                    {when(move || empty.get(), move || nothing_said(ui))}
                    <For each=move || turns.get() key=Clone::clone children=move |(at, id, _)| turn(ui, at, id) />
                </div>
            </div>
            {when(move || below.get(), move || button("button below", "", "New text below".into_any(), to_end))}
        </section>
    }
    .into_any()
}

/// An unknown value is no attribute.
fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn nothing_said(ui: Ui) -> AnyView {
    let simulated = ui.slice(is_simulated);
    let examples = EXAMPLES.map(|prompt| {
        button("chip example", "example", prompt.into_any(), move || {
            ui.dispatch.send(Event::DraftChanged(prompt.into()))
        })
    });
    view! {
        <div class="empty">
            <h2>"What do you want to try?"</h2>
            <p>{fact(move || if simulated.get() { WITH_SIMULATOR } else { WITH_PROVIDER })}</p>
            <div class="examples">{examples.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

fn is_simulated(state: &State) -> bool {
    state.settings.setup.provider == SIMULATOR
}

fn turn(ui: Ui, at: usize, id: Id) -> AnyView {
    let Ui { state, dispatch, .. } = ui;
    let prompt =
        state.with_untracked(|state| state.chat.turns.get(at).map(|turn| turn.prompt.clone()).unwrap_or_default());
    let running = ui.slice(|state| state.is_running());
    let edited = id.clone();
    let is_edited = {
        let id = id.clone();
        ui.slice(move |state| state.chat.editing.as_ref() == Some(&id))
    };
    let edit = move || {
        let id = edited.clone();
        icon_button(Glyph::Pencil, "Edit and send again", "edit", move || dispatch.send(Event::EditPressed(id.clone())))
    };
    view! {
        <article class="turn" data-edited=fact(move || is_edited.get().then_some("true"))>
            <div class="prompt">
                <h2 class="who">"You"</h2>
                <p class="prompt-text" data-testid="message-user">{prompt}</p>
                {when(move || !running.get(), edit)}
            </div>
            {answer(ui, at, id)}
        </article>
    }
    .into_any()
}
