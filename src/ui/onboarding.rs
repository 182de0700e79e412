//! The first visit.

use headroom_app::{Event, Panel, SIMULATOR};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    Ui,
    controls::button,
    icons::{Glyph, icon},
    key_form::{KEY_MODE, KeyForm},
    reactive::{derived, on},
};

/// How to get a key, as of the date shown next to it.
const STEPS: [&str; 5] = [
    "Open cloud.cerebras.ai and sign up.",
    "Add and verify a payment method. Without one, the free trial ($5 credit, 30 days) rejects requests (402).",
    "Choose API keys in the left menu.",
    "Press Create key and name it headroom.",
    "Copy the value that starts with csk- and paste it here.",
];

pub(super) fn onboarding(ui: Ui) -> AnyView {
    let Ui { dispatch, .. } = ui;
    let key = KeyForm::new(ui);
    let problem = ui.slice(|state| state.form_problem().map(str::to_owned));
    // While the settings are open, they contain a second choice with the same name, so this one is unnamed.
    let in_front = ui.slice(|state| *state.panel() == Panel::None);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        dispatch.send(Event::KeyEntered { provider: "cerebras".into(), key: key.pasted(), mode: key.mode() });
    };
    let others = [
        ("openrouter", "OpenRouter", "Many models, one key"),
        ("groq", "Groq", "Fast, free tier"),
        ("tokenmix", "TokenMix.ai", "Many models, one key"),
        ("ollama", "Local server", "Ollama, LM Studio, llama.cpp, vLLM"),
    ];
    view! {
        <div class="onboarding">
            <section class="onboarding-main">
                <h1>"Know what a request costs your limits before you send it"</h1>
                <p class="lead">"Try language models in your browser, with tokens counted as you type. No Headroom server: your key goes only to the provider."</p>
                <div class="try">
                    {button(
                        "button primary large",
                        "onboarding-simulator",
                        (icon(Glyph::Play, 14), "Try it now with the built-in simulator").into_any(),
                        move || dispatch.send(Event::ProviderChosen { lane: None, provider: SIMULATOR.into() }),
                    )}
                    <p>"No key, no network. Simulated answers, real token and limit arithmetic."</p>
                </div>
                <form class="card" on:submit=on(save)>
                    <h2>"Use my Cerebras key"</h2>
                    <div class="key-row">
                        {key.field("onboarding-key", "API key", "csk-…")}
                        <button class="button large" type="submit" data-testid="onboarding-save">"Save and start"</button>
                    </div>
                    <p class="form-problem" role="alert">{derived(move || problem.get().unwrap_or_default())}</p>
                    {key.modes(derived(move || in_front.get().then_some(KEY_MODE)))}
                    <p class="note">{icon(Glyph::Shield, 16)}
                        <span>"Your key is sent to "<code>"api.cerebras.ai"</code>" and nowhere else."</span>
                    </p>
                </form>
                <h2 class="others-title">"Or another provider"</h2>
                <div class="others">
                    {others.map(|(id, name, text)| {
                        let words = view! { <b>{name}</b><span>{text}</span> }.into_any();
                        button("other", "", words, move || {
                            dispatch.send(Event::ProviderChosen { lane: None, provider: id.into() });
                            dispatch.send(Event::PanelShown(Panel::Settings(id.into())));
                        })
                    }).into_iter().collect_view()}
                </div>
            </section>
            <aside class="card steps-card">
                <h2>"Get a Cerebras key in 5 steps"</h2>
                <ol class="steps">{STEPS.map(|step| view! { <li>{step}</li> }).into_iter().collect_view()}</ol>
                <p><a class="button" href="https://cloud.cerebras.ai" target="_blank" rel="noopener noreferrer">"Open cloud.cerebras.ai"</a></p>
                <p class="as-of">"As of October 2026. In April 2026 the free tier needed no card, so check the provider's page."</p>
            </aside>
        </div>
    }
    .into_any()
}
