//! The cost of Send, next to the box.

use headroom_app::{Event, RequestTokens};
use headroom_domain::{grouped, percent};
use headroom_tokenizer::Fit;
use leptos::prelude::*;

use super::{
    Ui,
    reactive::{derived, on},
};

pub(super) fn cost(ui: Ui) -> AnyView {
    let cost = ui.slice(|state| state.request_tokens(state.lane_to_ask()));
    let vocabulary = ui.slice(|state| state.vocabulary(state.settings().lane(state.lane_to_ask())?).name());
    let is_exact = move || cost.with(|cost| cost.as_ref().is_some_and(RequestTokens::is_exact));
    let text = move || match cost.get() {
        Some(cost) if cost.is_exact() => format!("{} tokens · exact", grouped(cost.tokens)),
        Some(cost) => format!("≈ {} tokens, ± {}", grouped(cost.tokens), percent(cost.error_margin)),
        None => "Counting…".to_owned(),
    };
    let name = move || vocabulary.get().filter(|_| is_exact()).map(|name| format!(" · {name}")).unwrap_or_default();
    view! {
        <button class="cost" type="button" data-testid="composer-tokens" data-exact=derived(move || is_exact().to_string()) data-vocabulary=vocabulary
            data-count=derived(move || cost.get().map(|cost| cost.tokens.to_string()))
            on:click=on(move |_: leptos::ev::MouseEvent| ui.dispatch.send(Event::TokensShown(true)))
            title=derived(move || cost.get().map(|cost| explained(cost, vocabulary.get())))>
            {derived(text)}<span class="vocabulary">{derived(name)}</span>
        </button>
    }
    .into_any()
}

fn explained(cost: RequestTokens, vocabulary: Option<&str>) -> String {
    let how = match (cost.is_exact(), vocabulary) {
        (true, Some(vocabulary)) => format!("Exact count with {vocabulary}"),
        _ => "Estimated".to_owned(),
    };
    let learned = match cost.fit {
        Fit::Unknown => String::new(),
        fit => format!(" Compared with the provider's counts: {fit}."),
    };
    format!(
        "{how}: system prompt, conversation, this message, and the chat template.{learned} Click to see the tokens."
    )
}
