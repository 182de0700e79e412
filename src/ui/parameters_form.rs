//! The parameters of a request. Parameters that are not set are not sent, so the provider's default applies.

use headroom_app::{Event, State};
use headroom_domain::{Effort, MOST_STOPS, NumberField, ParameterProblem, Parameters};
use leptos::{html, prelude::*};

use super::{
    Ui,
    reactive::{children, derived, on},
};

/// A numeric parameter: its wire name and its allowed values.
struct Number {
    field: NumberField,
    name: &'static str,
    about: &'static str,
    least: &'static str,
    most: Option<&'static str>,
    /// The step of the arrows; values in between are fine.
    step: &'static str,
    placeholder: &'static str,
    test_id: &'static str,
}

const CAP: Number = Number {
    field: NumberField::MaxCompletionTokens,
    name: "max output",
    about: "max_completion_tokens: limit for the answer, including reasoning",
    least: "1",
    most: None,
    step: "1",
    placeholder: "no limit",
    test_id: "composer-cap",
};

/// The same for the parameters of one lane.
const LANE_CAP: Number = Number { test_id: "lane-cap", ..CAP };

const NUMBERS: [Number; 5] = [
    Number {
        field: NumberField::Temperature,
        name: "temperature",
        about: "0 to 2: randomness; 0 is focused, 2 is wild",
        least: "0",
        most: Some("2"),
        step: "0.1",
        placeholder: "default",
        test_id: "knob-temperature",
    },
    Number {
        field: NumberField::TopP,
        name: "top_p",
        about: "0 to 1: nucleus sampling, the probability mass to choose tokens from",
        least: "0",
        most: Some("1"),
        step: "0.05",
        placeholder: "default",
        test_id: "knob-top-p",
    },
    Number {
        field: NumberField::Seed,
        name: "seed",
        about: "Makes answers repeatable where the provider supports it",
        least: "0",
        most: None,
        step: "1",
        placeholder: "none",
        test_id: "knob-seed",
    },
    Number {
        field: NumberField::FrequencyPenalty,
        name: "frequency_penalty",
        about: "-2 to 2: penalizes tokens by how often they appeared",
        least: "-2",
        most: Some("2"),
        step: "0.1",
        placeholder: "default",
        test_id: "knob-frequency-penalty",
    },
    Number {
        field: NumberField::PresencePenalty,
        name: "presence_penalty",
        about: "-2 to 2: penalizes tokens that appeared at all",
        least: "-2",
        most: Some("2"),
        step: "0.1",
        placeholder: "default",
        test_id: "knob-presence-penalty",
    },
];

/// The most used setting: the maximum length of the answer. For one lane or, without a lane, for all.
pub(super) fn cap(ui: Ui, lane: Option<usize>) -> AnyView {
    number(ui, lane, &CAP)
}

/// All other settings, for one lane or for all.
pub(super) fn parameters_form(ui: Ui, lane: Option<usize>) -> AnyView {
    let stops = ui.state.with_untracked(|state| of(state, lane).stop.join("\n"));
    let too_many = ui.slice(move |state| of(state, lane).problems().contains(&ParameterProblem::TooManyStops));
    let set_stops = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        let stops = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        change(ui, lane, |set| set.stop = stops);
    };
    let described = format!("knob-stop-{}", lane.map_or_else(|| "all".to_owned(), |lane| lane.to_string()));
    let stops_id = described.clone();
    view! {
        <fieldset class="knobs" aria-label="Parameters" data-testid="composer-knobs">
            {lane.map(|_| number(ui, lane, &LANE_CAP))}
            {NUMBERS.iter().map(|knob| number(ui, lane, knob)).collect_view()}
            {effort(ui, lane)}
            <label class="knob stops" title="Stop sequences, one per line">
                <span>"stop"</span>
                <textarea class="input" rows="1" data-testid="knob-stop" placeholder=format!("one per line, max {MOST_STOPS}")
                    prop:value=stops on:input=on(set_stops) aria-invalid=derived(move || too_many.get().then_some("true")) aria-describedby=described />
                <small class="field-problem" id=stops_id aria-hidden="true">{derived(move || too_many.get().then(|| ParameterProblem::TooManyStops.to_string()))}</small>
            </label>
        </fieldset>
    }
    .into_any()
}

fn number(ui: Ui, lane: Option<usize>, knob: &'static Number) -> AnyView {
    let value = ui.slice(move |state| of(state, lane).shown(knob.field));
    let problem = ui.slice(move |state| of(state, lane).problem_of(knob.field).map(|problem| problem.to_string()));
    let input = NodeRef::<html::Input>::new();
    // Keeps text as typed ("0." on the way to 0.5); only a different value replaces it.
    Effect::new(move |_| {
        let (wanted, Some(shown)) = (value.get(), input.get()) else { return };
        let mut typed = Parameters::default();
        type_from(input, knob.field, &mut typed);
        if typed.shown(knob.field) != wanted {
            shown.set_value(&wanted);
        }
    });
    let set = move |_: leptos::ev::Event| change(ui, lane, |set| type_from(input, knob.field, set));
    let described = format!("{}-{}", knob.test_id, lane.map_or_else(|| "all".to_owned(), |lane| lane.to_string()));
    let problem_id = described.clone();
    view! {
        <label class="knob" title=knob.about><span>{knob.name}</span>
            <input class="number" type="number" min=knob.least max=knob.most step=knob.step inputmode="decimal"
                placeholder=knob.placeholder data-testid=knob.test_id node_ref=input on:input=on(set)
                aria-invalid=derived(move || problem.with(Option::is_some).then_some("true")) aria-describedby=described />
            <small class="field-problem" id=problem_id aria-hidden="true">{derived(move || problem.get().unwrap_or_default())}</small>
        </label>
    }
    .into_any()
}

/// Types what a number field contains into the parameters. The browser reports unreadable input only as invalid.
fn type_from(input: NodeRef<html::Input>, field: NumberField, parameters: &mut Parameters) {
    let Some(input) = input.get_untracked() else { return };
    let text = (!input.validity().bad_input()).then(|| input.value());
    parameters.type_into(field, text.as_deref());
}

/// The reasoning effort; only for models known to support it.
fn effort(ui: Ui, lane: Option<usize>) -> AnyView {
    let efforts = ui.slice(move |state| state.efforts(lane.unwrap_or(0)));
    let chosen = ui.slice(move |state| of(state, lane).reasoning_effort.map_or("", Effort::name));
    let set = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        let effort = efforts.get_untracked().iter().copied().find(|effort| effort.name() == name);
        change(ui, lane, |set| set.reasoning_effort = effort);
    };
    children(move || {
        if efforts.with(|efforts| efforts.is_empty()) {
            return ().into_any();
        }
        let options = efforts.get().iter().map(|effort| effort.name());
        let options = options.map(|name| view! { <option value=name selected=name == chosen.get_untracked()>{name}</option> });
        view! {
            <label class="knob" title="How much the model may reason before it answers">
                <span>"reasoning_effort"</span>
                <select class="select" data-testid="knob-effort" on:change=on(set) prop:value=derived(move || chosen.get())>
                    <option value="">"default"</option>{options.collect_view()}
                </select>
            </label>
        }
        .into_any()
    })
    .into_any()
}

/// The parameters of a lane, or of the first one if all lanes are meant.
fn of(state: &State, lane: Option<usize>) -> Parameters {
    state.settings().lane(lane.unwrap_or(0)).map(|setup| setup.parameters.clone()).unwrap_or_default()
}

fn change(ui: Ui, lane: Option<usize>, change: impl FnOnce(&mut Parameters)) {
    let mut parameters = ui.state.with_untracked(|state| of(state, lane));
    change(&mut parameters);
    ui.dispatch.send(Event::ParametersChanged { lane, parameters });
}
