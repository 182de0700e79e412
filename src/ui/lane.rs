//! A lane: its provider and model, the conversation, and the limits on the next request.

use headroom_app::{Event, SIMULATOR, State};
use headroom_domain::{Effort, Parameters, grouped};
use leptos::{html, prelude::*};

use super::{
    Ui,
    controls::{button, icon_button},
    icons::{Glyph, icon},
    limits::verdict,
    reactive::{derived, keyed, on, when},
    topbar::provider_select,
    turn::{TurnKey, turn},
};
use crate::dom_text::StickToBottom;

/// The text shown in an empty chat.
const WITH_SIMULATOR: &str = "The simulator streams made-up answers through the same code as a real provider. Ask for a table, some code, or a long text.";
const WITH_PROVIDER: &str = "Write a message below. Its tokens are counted before you send it.";
/// Example prompts for new users. Pressing one puts it into the box.
const EXAMPLES: [&str; 4] = [
    "Compare two models for me",
    "Write a small Rust program",
    "How does Headroom count tokens?",
    "Tell me a long story about a very small server",
];

/// Draws the lane with this number, from 0.
pub(super) fn lane(ui: Ui, lane: usize) -> AnyView {
    let lane_state = ui.flowing(move |state| state.lane_state(lane).name());
    let model = ui.slice(move |state| some(state.settings().lane(lane).map(|setup| setup.model.as_str())));
    let provider = ui.slice(move |state| some(state.settings().lane(lane).map(|setup| setup.provider.as_str())));
    let simulated = ui.slice(move |state| is_simulated(state, lane));
    let loading = ui.slice(|state| state.chat().is_loading());
    let empty = ui.slice(move |state| state.last_turn_of(lane).is_none() && !state.chat().is_loading());
    let alone = ui.slice(|state| state.settings().lane_count() == 1);
    let diverges = ui.slice(move |state| state.settings().lane_count() > 1 && state.diverges(lane));
    // Regenerating a turn creates a new answer, which is redrawn.
    let turns = ui.slice(move |state| {
        let (lanes, lane) = (state.settings().lane_count(), state.settings().lane_id(lane));
        let turns = state.chat().turns().iter().enumerate().filter(|(_, turn)| turn.is_in(lane));
        let last = state.chat().turns().len().saturating_sub(1);
        // The prompt shared by all lanes is shown once, above them.
        let above =
            |at: usize, turn: &headroom_app::Turn| lanes > 1 && at == last && turn.is_shared_by(state.settings());
        let key = |(at, turn): (usize, &headroom_app::Turn)| TurnKey {
            at,
            above: above(at, turn),
            newest: turn.newest(lane).unwrap_or(0),
            id: turn.id.clone(),
        };
        turns.map(|turn| key(turn).to_text()).collect::<Vec<_>>()
    });
    let (scroller, content) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let below = RwSignal::new(false);
    let follow = StoredValue::new_local(None::<StickToBottom>);
    let to_end = move || follow.with_value(|follow| follow.iter().for_each(StickToBottom::to_end));
    Effect::new(move |_| {
        if let (Some(scroller), Some(content)) = (scroller.get(), content.get()) {
            follow.set_value(Some(StickToBottom::new(scroller.into(), &content, move |is_below| below.set(is_below))));
        }
    });
    // Scrolls to the message just sent, wherever the reader was before.
    Effect::new(move |asked: Option<usize>| {
        let now = turns.with(Vec::len);
        if asked.is_some_and(|before| now > before) {
            to_end();
        }
        now
    });
    view! {
        <section class="lane" data-testid="lane" data-lane=lane.to_string() id=format!("lane-{lane}") tabindex="-1"
            aria-label=format!("Lane {}", lane + 1) data-state=lane_state data-model=model data-provider=provider>
            {header(ui, lane, model, simulated, alone)}
            <div class="messages" node_ref=scroller tabindex="-1"
                on:scroll=on(move |_| follow.with_value(|follow| follow.iter().for_each(StickToBottom::scrolled)))>
                <div class="messages-inner" node_ref=content>
                    {when(move || loading.get(), || view! { <p class="quiet" role="status">"Opening the chat…"</p> }.into_any())}
                    {when(move || diverges.get(), || view! {
                        <p class="quiet own-way" role="status">"This lane's history differs from the others."</p>
                    }.into_any())}
                    {when(move || empty.get() && alone.get(), move || nothing_said(ui))}
                    {when(move || empty.get() && !alone.get(), move || ready(ui, lane))}
                    {keyed(move || turns.get(), move |key| turn(ui, lane, &key))}
                </div>
            </div>
            {ui.lazy_views(move |lazy_views| (lazy_views.overdue)(ui, lane))}
            {when(move || below.get(), move || button("button below", "", "Jump to latest".into_any(), to_end))}
            {verdict(ui, lane)}
        </section>
    }
    .into_any()
}

/// The lane's provider, model and parameters, and the speed of its response.
fn header(ui: Ui, lane: usize, model: Memo<Option<String>>, simulated: Memo<bool>, alone: Memo<bool>) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    let running = ui.slice(move |state| !state.lane_state(lane).is_at_rest());
    let pace = ui.flowing(move |state| Some(format!("{:.0} tok/s", state.so_far(lane, None)?.0.tokens_per_second?)));
    let summary = ui.slice(move |state| {
        let set = state.settings().lane(lane).map(|setup| &setup.parameters);
        set.map(|set| summary(set, state.efforts(lane))).unwrap_or_default()
    });
    let invalid =
        ui.slice(move |state| state.settings().lane(lane).is_some_and(|setup| !setup.parameters.problems().is_empty()));
    let shown = RwSignal::new(false);
    let stop = move || dispatch.send(Event::StopPressed { lane: Some(lane), now_ms: (hands.now_ms)() });
    let toggle = move |_: leptos::ev::MouseEvent| shown.update(|shown| *shown = !*shown);
    view! {
        <header class="lane-header">
            {ui.lazy_view_or(move |lazy_views| (lazy_views.model_picker)(ui, lane), move || view! {
                <p class="picker picker-input">{model}</p>
            }.into_any())}
            <span class="pace" aria-hidden="true">{derived(move || pace.get().unwrap_or_default())}</span>
            {when(move || running.get(), move || icon_button(Glyph::Stop, "Stop this lane", "lane-stop", stop))}
            {when(move || !alone.get(), move || {
                icon_button(Glyph::Close, "Remove this lane", "lane-remove", move || dispatch.send(Event::LaneRemoved(lane)))
            })}
            <div class="lane-setup">
                {provider_select(ui, Some(lane), "lane-provider", "Provider of this lane")}
                <button class="chip lane-params" type="button" data-testid="lane-params" data-invalid=derived(move || invalid.get().then_some("true")) aria-expanded=derived(move || shown.get().to_string())
                    aria-label=derived(move || format!("Parameters of this lane: {}", summary.get())) on:click=on(toggle)>
                    {icon(Glyph::Sliders, 12)}{summary}
                </button>
                {when(move || simulated.get(), || view! { <span class="badge">"Simulated"</span> }.into_any())}
            </div>
            {when(move || shown.get(), move || ui.lazy_views(move |lazy_views| (lazy_views.parameters_form)(ui, Some(lane))))}
        </header>
    }
    .into_any()
}

/// A short summary of the parameters that are set and sent. Problems come first.
fn summary(set: &Parameters, efforts: &[Effort]) -> String {
    if let Some(problem) = set.problems().first() {
        return problem.to_string();
    }
    let mut parts = Vec::new();
    parts.extend(set.max_completion_tokens.map(|cap| format!("max output {}", grouped(u64::from(cap)))));
    parts.extend(set.temperature.map(|temperature| format!("temp {temperature}")));
    let effort = set.reasoning_effort.filter(|effort| efforts.contains(effort));
    parts.extend(effort.map(Effort::name).map(|effort| format!("effort {effort}")));
    if parts.is_empty() { "Defaults".to_owned() } else { parts.join(" · ") }
}

/// Shown by one of several lanes before its first request: its model's limits and price.
fn ready(ui: Ui, lane: usize) -> AnyView {
    let facts = ui.slice(move |state| {
        let listed = state.settings().lane(lane).and_then(|setup| state.listed_model(setup));
        let mut facts = Vec::new();
        if let Some(model) = listed {
            facts.extend(model.context_tokens.map(|tokens| format!("{} context", grouped(tokens))));
            facts.extend(model.max_output_tokens.map(|tokens| format!("{} max output", grouped(tokens))));
            facts.extend(model.price.map(|price| {
                let (input, output) = (price.prompt_dollars * 1e6, price.completion_dollars * 1e6);
                format!("${input:.2} in, ${output:.2} out per 1M tokens")
            }));
        }
        facts.join(", ")
    });
    view! { <div class="card ready"><b>"Ready"</b><p>{facts}</p></div> }.into_any()
}

/// Omits the attribute if the value is unknown.
fn some(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn nothing_said(ui: Ui) -> AnyView {
    let simulated = ui.slice(|state| is_simulated(state, 0));
    let examples = EXAMPLES.map(|prompt| {
        button("chip example", "example", prompt.into_any(), move || {
            ui.dispatch.send(Event::DraftChanged(prompt.into()))
        })
    });
    view! {
        <div class="empty">
            <h2>"What do you want to try?"</h2>
            <p>{derived(move || if simulated.get() { WITH_SIMULATOR } else { WITH_PROVIDER })}</p>
            <div class="examples">{examples.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

fn is_simulated(state: &State, lane: usize) -> bool {
    state.settings().lane(lane).is_some_and(|setup| setup.provider == SIMULATOR)
}
