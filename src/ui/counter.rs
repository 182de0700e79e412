//! The text box and what its text costs.

use headroom_app::{
    Count, Counter as Who,
    shell::{Event, State},
};
use headroom_domain::{grouped, percent};
use leptos::prelude::*;

use super::Dispatch;

/// What a figure shows while it is not known.
const UNKNOWN: &str = "–";

#[component]
pub(super) fn Counter(state: ReadSignal<State>, dispatch: Dispatch) -> impl IntoView {
    let count = Memo::new(move |_| state.with(|state| state.count));
    let who = Memo::new(move |_| state.with(|state| state.counter));
    let figure = move |show: fn(headroom_tokenizer::TextFigures) -> String| {
        move || count.get().figures().map_or_else(|| UNKNOWN.to_owned(), show)
    };
    let tokens = move || count.get().figures().map(|figures| figures.tokens.to_string());
    let current = move || matches!(count.get(), Count::Current(_)).to_string();
    let type_text = move |event| dispatch.send(Event::DraftChanged(event_target_value(&event)));
    view! {
        <main class="counter">
            <header>
                <h1>"Know what a text costs before you send it"</h1>
                <p>"Write or paste a prompt. It is counted here, in your browser; nothing you type is sent anywhere."</p>
            </header>
            <textarea class="counter-text" id="text" data-testid="text" aria-label="Text to count" autofocus
                placeholder="Paste a prompt, a document, some code…" spellcheck="false" autocomplete="off"
                prop:value=state.with_untracked(|state| state.draft.clone()) on:input=type_text />
            <dl class="figures" data-testid="figures" data-tokens=tokens data-current=current>
                <div class="lead">
                    <dt>"tokens, estimated"</dt>
                    <dd>{figure(|figures| format!("≈ {}", grouped(figures.tokens)))}</dd>
                </div>
                <div>
                    <dt>"may be off by"</dt>
                    <dd>{figure(|figures| format!("± {}", percent(figures.band)))}</dd>
                </div>
                <div>
                    <dt>"characters"</dt>
                    <dd>{figure(|figures| grouped(figures.characters))}</dd>
                </div>
                <div>
                    <dt>"bytes of UTF-8"</dt>
                    <dd>{figure(|figures| grouped(figures.bytes))}</dd>
                </div>
            </dl>
            <p class="counter-note" data-testid="counted-by" data-counter=move || match who.get() {
                Who::Worker { .. } => "worker",
                Who::Page => "page",
            }>
                {move || match who.get() {
                    Who::Worker { .. } => "An estimate for current vocabularies of 100,000 to 200,000 tokens, worked out beside the page, so typing stays smooth.",
                    Who::Page => "An estimate for current vocabularies. This browser runs no worker for it, so very long texts may slow the page while you type.",
                }}
            </p>
        </main>
    }
}
