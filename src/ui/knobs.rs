//! The parameters of a request. A knob that is not turned is not sent: the provider's own default holds.

use headroom_app::{Event, State};
use headroom_domain::{Effort, MOST_STOPS, Parameters, decimal};
use leptos::{html, prelude::*};

use super::{
    Ui,
    shapes::{fact, live, on},
};

/// A number among the parameters: its name on the wire, and how it is read and written.
struct Number {
    name: &'static str,
    about: &'static str,
    least: &'static str,
    most: Option<&'static str>,
    /// The steps of the arrows; values between them are fine.
    step: &'static str,
    placeholder: &'static str,
    test_id: &'static str,
    read: fn(&Parameters) -> Option<String>,
    write: fn(&mut Parameters, &str),
}

const CAP: Number = Number {
    name: "cap",
    about: "max_completion_tokens: most tokens of the answer, reasoning included",
    least: "1",
    most: None,
    step: "1",
    placeholder: "none",
    test_id: "composer-cap",
    read: |set| set.max_completion_tokens.map(|cap| cap.to_string()),
    write: |set, text| set.max_completion_tokens = text.parse().ok(),
};

/// The same among the parameters of a lane.
const LANE_CAP: Number = Number { test_id: "lane-cap", ..CAP };

const NUMBERS: [Number; 5] = [
    Number {
        name: "temperature",
        about: "0 to 2: how much chance there is in the choice of each token",
        least: "0",
        most: Some("2"),
        step: "0.1",
        placeholder: "auto",
        test_id: "knob-temperature",
        read: |set| set.temperature.map(|value| value.to_string()),
        write: |set, text| set.temperature = decimal(text),
    },
    Number {
        name: "top_p",
        about: "0 to 1, nucleus sampling: the share of probability that tokens are chosen from",
        least: "0",
        most: Some("1"),
        step: "0.05",
        placeholder: "auto",
        test_id: "knob-top-p",
        read: |set| set.top_p.map(|value| value.to_string()),
        write: |set, text| set.top_p = decimal(text),
    },
    Number {
        name: "seed",
        about: "Makes answers repeatable, as far as the provider can",
        least: "0",
        most: None,
        step: "1",
        placeholder: "none",
        test_id: "knob-seed",
        read: |set| set.seed.map(|value| value.to_string()),
        write: |set, text| set.seed = text.parse().ok(),
    },
    Number {
        name: "frequency_penalty",
        about: "-2 to 2: against tokens in proportion to how often they were used",
        least: "-2",
        most: Some("2"),
        step: "0.1",
        placeholder: "auto",
        test_id: "knob-frequency-penalty",
        read: |set| set.frequency_penalty.map(|value| value.to_string()),
        write: |set, text| set.frequency_penalty = decimal(text),
    },
    Number {
        name: "presence_penalty",
        about: "-2 to 2: against tokens that were used at all",
        least: "-2",
        most: Some("2"),
        step: "0.1",
        placeholder: "auto",
        test_id: "knob-presence-penalty",
        read: |set| set.presence_penalty.map(|value| value.to_string()),
        write: |set, text| set.presence_penalty = decimal(text),
    },
];

/// The knob that is turned most: how long the answer may be. Of one lane or, without one, of all.
pub(super) fn cap(ui: Ui, lane: Option<usize>) -> AnyView {
    number(ui, lane, &CAP)
}

/// All other knobs, of one lane or of all.
pub(super) fn knobs(ui: Ui, lane: Option<usize>) -> AnyView {
    let stops = ui.state.with_untracked(|state| of(state, lane).stop.join("\n"));
    let set_stops = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        let stops = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        change(ui, lane, |set| set.stop = stops);
    };
    view! {
        <fieldset class="knobs" aria-label="Parameters" data-testid="composer-knobs">
            {lane.map(|_| number(ui, lane, &LANE_CAP))}
            {NUMBERS.iter().map(|knob| number(ui, lane, knob)).collect_view()}
            {effort(ui, lane)}
            <label class="knob stops" title="Texts that end the answer, one a line">
                <span>"stop"</span>
                <textarea class="input" rows="1" data-testid="knob-stop" placeholder=format!("one a line, at most {MOST_STOPS}")
                    prop:value=stops on:input=on(set_stops) />
            </label>
        </fieldset>
    }
    .into_any()
}

fn number(ui: Ui, lane: Option<usize>, knob: &'static Number) -> AnyView {
    let value = ui.slice(move |state| (knob.read)(&of(state, lane)).unwrap_or_default());
    let field = NodeRef::<html::Input>::new();
    // What is being typed stays as it is typed ("0." on the way to 0.5); only another number replaces it.
    Effect::new(move |_| {
        let (wanted, Some(field)) = (value.get(), field.get()) else { return };
        let mut shown = Parameters::default();
        (knob.write)(&mut shown, field.value().trim());
        if (knob.read)(&shown).unwrap_or_default() != wanted {
            field.set_value(&wanted);
        }
    });
    let set = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        change(ui, lane, |set| (knob.write)(set, text.trim()));
    };
    view! {
        <label class="knob" title=knob.about><span>{knob.name}</span>
            <input class="number" type="number" min=knob.least max=knob.most step=knob.step inputmode="decimal"
                placeholder=knob.placeholder data-testid=knob.test_id node_ref=field on:input=on(set) />
        </label>
    }
    .into_any()
}

/// How long to think; only for models that are known to take it.
fn effort(ui: Ui, lane: Option<usize>) -> AnyView {
    let efforts = ui.slice(move |state| state.efforts(lane.unwrap_or(0)));
    let chosen = ui.slice(move |state| of(state, lane).reasoning_effort.map_or("", Effort::name));
    let set = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        let effort = efforts.get_untracked().iter().copied().find(|effort| effort.name() == name);
        change(ui, lane, |set| set.reasoning_effort = effort);
    };
    live(move || {
        if efforts.with(|efforts| efforts.is_empty()) {
            return ().into_any();
        }
        let options = efforts.get().iter().map(|effort| effort.name());
        let options = options.map(|name| view! { <option value=name selected=name == chosen.get_untracked()>{name}</option> });
        view! {
            <label class="knob" title="How long the model may think before it answers">
                <span>"reasoning_effort"</span>
                <select class="select" data-testid="knob-effort" on:change=on(set) prop:value=fact(move || chosen.get())>
                    <option value="">"auto"</option>{options.collect_view()}
                </select>
            </label>
        }
        .into_any()
    })
    .into_any()
}

/// The parameters of a lane; of the first, where all are meant.
fn of(state: &State, lane: Option<usize>) -> Parameters {
    state.settings.lane(lane.unwrap_or(0)).map(|setup| setup.parameters.clone()).unwrap_or_default()
}

fn change(ui: Ui, lane: Option<usize>, change: impl FnOnce(&mut Parameters)) {
    let mut parameters = ui.state.with_untracked(|state| of(state, lane));
    change(&mut parameters);
    ui.dispatch.send(Event::ParametersChanged { lane, parameters });
}
