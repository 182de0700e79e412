//! The limit profile in effect: chosen from dated profiles, or edited.

use headroom_app::{
    Event, Setup, State,
    rules::{OWN, choices, chosen_profile, profile_of},
};
use headroom_domain::{LimitProfile, ModelLimits, grouped, integer};
use leptos::{html, prelude::*};

use super::{
    super::{
        Ui,
        controls::button,
        reactive::{children, derived, keyed, memo, on, when},
    },
    assessment, first_lanes,
};

/// The profile of each provider used by a lane.
pub(in crate::ui) fn profiles(ui: Ui) -> AnyView {
    let lanes = ui.slice(|state| {
        let first = first_lanes(state).into_iter();
        first.map(|(lane, provider)| format!("{lane} {provider}")).collect::<Vec<_>>()
    });
    view! {
        {keyed(
            move || lanes.get(),
            move |key| profile(ui, key.split(' ').next().and_then(|lane| lane.parse().ok()).unwrap_or(0)),
        )}
        {queue(ui)}
    }
    .into_any()
}

/// Whether requests that do not fit are queued.
fn queue(ui: Ui) -> AnyView {
    let is_on = ui.slice(|state| state.settings().queues());
    let probes = ui.slice(|state| state.settings().probes());
    view! {
        <section class="limits-profile" aria-label="Queue">
            <label class="check">
                <input type="checkbox" data-testid="queue-on" prop:checked=is_on on:change=on(move |event| ui.dispatch.send(Event::QueueSet(event_target_checked(&event)))) />
                <span>"Queue requests over the limit"</span>
            </label>
            <p class="quiet">"Sent automatically once there is room."</p>
            <label class="check">
                <input type="checkbox" data-testid="queue-probes" prop:checked=probes on:change=on(move |event| ui.dispatch.send(Event::ProbingSet(event_target_checked(&event)))) />
                <span>"Probe for higher limits"</span>
            </label>
            <p class="quiet">"Occasionally send a queued request early to detect higher limits. After a rejection, pause for an hour."</p>
        </section>
    }
    .into_any()
}

/// The setup of a lane. The first lane always exists.
fn of(state: &State, lane: usize) -> &Setup {
    state.settings().lane(lane).unwrap_or(state.settings().first_lane())
}

/// The profile of the provider for which this is the first lane.
fn profile(ui: Ui, lane: usize) -> AnyView {
    let provider = ui.slice(move |state| of(state, lane).provider.clone());
    let name = ui.slice(move |state| state.provider_of(lane).map(|provider| provider.name).unwrap_or_default());
    let chosen = ui.slice(move |state| chosen_profile(state.settings(), &of(state, lane).provider));
    let offered = ui.slice(move |state| choices(state.settings(), &of(state, lane).provider));
    let source = ui.slice(move |state| {
        let profile = profile_of(state.settings(), &of(state, lane).provider);
        profile
            .map(|profile| format!("Limits as of {}. Source: {}.", profile.as_of, profile.source))
            .unwrap_or_default()
    });
    let editing = RwSignal::new(false);
    let choose = move |event| {
        let (provider, profile) = (provider.get_untracked(), event_target_value(&event));
        ui.dispatch.send(Event::LimitsChosen { provider, profile });
    };
    let options = move || {
        let options = offered.get().into_iter().map(|(id, name)| {
            let selected = id == chosen.get_untracked();
            view! { <option value=id selected=selected>{name}</option> }
        });
        view! { <option value="">"None"</option>{options.collect_view()} }.into_any()
    };
    view! {
        <section class="limits-profile" aria-label="Limit profile">
            <label class="field"><span class="field-name">{derived(move || format!("Limits for {}", name.get()))}</span>
                <select class="select" data-testid="limit-profile" data-value=chosen prop:value=chosen on:change=on(choose)>{children(options)}</select>
            </label>
            <p class="quiet">{source}</p>
            {contradictions(ui, lane)}
            {credit(ui, lane)}
            {button("link", "limit-edit", "Edit limits".into_any(), move || editing.update(|editing| *editing = !*editing))}
            {when(move || editing.get(), move || form(ui, lane))}
        </section>
    }
    .into_any()
}

/// The windows of the lane's model, as editable numbers. The first edit creates a custom profile.
fn form(ui: Ui, lane: usize) -> AnyView {
    let shown = ui.slice(move |state| {
        let setup = of(state, lane);
        let profile = profile_of(state.settings(), &setup.provider)?;
        let model = profile.of_model(&setup.model)?.clone();
        Some((model.windows.iter().map(|limit| limit.window).collect::<Vec<_>>(), model.context_tokens.is_some()))
    });
    let replaces = ui.slice(move |state| {
        let provider = &of(state, lane).provider;
        chosen_profile(state.settings(), provider) != OWN
            && choices(state.settings(), provider).iter().any(|(id, _)| id == OWN)
    });
    let rows = move || {
        let Some((windows, context)) = shown.get() else {
            return view! { <p class="quiet">"Choose a profile first, then edit its numbers."</p> }.into_any();
        };
        let windows = windows.into_iter().map(|window| {
            let read = move |model: &ModelLimits| {
                model.windows.iter().find(|limit| limit.window == window).map(|limit| limit.limit)
            };
            let write = move |model: &mut ModelLimits, number: u64| {
                if let Some(limit) = model.windows.iter_mut().find(|limit| limit.window == window) {
                    limit.limit = number;
                }
            };
            number(ui, lane, window.traits().full_name, window.name(), read, write)
        });
        let context = context.then(|| {
            number(
                ui,
                lane,
                "Context window",
                "context",
                |model| model.context_tokens,
                |model, number| model.context_tokens = Some(number),
            )
        });
        (windows.collect_view(), context).into_any()
    };
    view! {
        <div class="limits-form">
            {when(move || replaces.get(), || view! {
                <p class="quiet" data-testid="limit-replaces">"Editing here replaces your earlier custom limits."</p>
            }.into_any())}
            {children(rows)}
        </div>
    }
    .into_any()
}

/// Edits the profile of a lane's provider, which turns it into a custom profile.
fn rewrite(ui: Ui, lane: usize, change: impl FnOnce(&mut LimitProfile, &Setup) -> Option<()>) {
    let written = ui.state.with_untracked(|state| {
        let setup = of(state, lane);
        let mut profile = profile_of(state.settings(), &setup.provider)?.clone();
        if profile.id != OWN {
            profile.name = format!("Custom, from {}", profile.name);
            profile.id = OWN.to_owned();
            profile.provider.clone_from(&setup.provider);
        }
        change(&mut profile, setup)?;
        Some((setup.provider.clone(), Box::new(profile)))
    });
    if let Some((provider, profile)) = written {
        ui.dispatch.send(Event::LimitsEdited { provider: provider.clone(), profile });
        ui.dispatch.send(Event::LimitsChosen { provider, profile: OWN.to_owned() });
    }
}

/// Edits a model's entry in a profile. A profile with one entry for all models gets an entry for this one.
fn change_model(profile: &mut LimitProfile, setup: &Setup, change: impl FnOnce(&mut ModelLimits)) -> Option<()> {
    let mut model = profile.of_model(&setup.model)?.clone();
    change(&mut model);
    match profile.models.iter_mut().find(|other| other.id == setup.model) {
        Some(known) => *known = model,
        None => {
            model.id.clone_from(&setup.model);
            profile.models.push(model);
        }
    }
    Some(())
}

/// The date when credit was granted, if the profile includes credit. Only the user knows it.
fn credit(ui: Ui, lane: usize) -> AnyView {
    let stated = ui.slice(move |state| profile_of(state.settings(), &of(state, lane).provider)?.credit.clone());
    let words = move || {
        stated.with(|credit| {
            let credit = credit.as_ref()?;
            let days = credit.days.map(|days| format!(", valid {days} days")).unwrap_or_default();
            Some(format!("${:.2} credit{days}, from", credit.dollars))
        })
    };
    let since =
        ui.slice(move |state| state.settings().credit_since(&of(state, lane).provider).unwrap_or_default().to_owned());
    let change = move |event: leptos::ev::Event| {
        let provider = ui.state.with_untracked(|state| of(state, lane).provider.clone());
        ui.dispatch.send(Event::CreditSet { provider, day: event_target_value(&event) });
    };
    let field = move || {
        view! {
        <label class="knob"><span>{derived(words)}</span>
            <input class="number date" type="date" data-testid="credit-since" prop:value=since on:change=on(change) />
        </label>
    }.into_any()
    };
    when(move || stated.with(Option::is_some), field).into_any()
}

/// What the provider's responses state against the profile, and the button to accept it.
fn contradictions(ui: Ui, lane: usize) -> AnyView {
    let assessment = assessment(ui, lane);
    let found = memo(Box::new(move || {
        assessment.with(|assessment| {
            let assessment = assessment.as_ref()?;
            let profile =
                ui.state.with_untracked(|state| profile_of(state.settings(), &assessment.provider).cloned())?;
            Some(assessment.contradictions(&profile)).filter(|found| !found.is_empty())
        })
    }));
    let take = move || {
        let stated = assessment.with_untracked(|assessment| {
            assessment.as_ref().map(|assessment| assessment.gauges.clone()).unwrap_or_default()
        });
        rewrite(ui, lane, |profile, setup| {
            change_model(profile, setup, |model| {
                for limit in &mut model.windows {
                    let stated = stated.iter().find(|gauge| gauge.stated && gauge.limit.window == limit.window);
                    limit.limit = stated.map_or(limit.limit, |gauge| gauge.limit.limit);
                }
            })
        });
    };
    let shown = move || {
        let words = move || found.with(|found| found.clone().unwrap_or_default());
        view! {
            <div class="limits-told" data-testid="limit-contradicted">
                {children(move || words().into_iter().map(|words| view! { <p>{words}</p> }.into_any()).collect_view().into_any())}
                {button("link", "limit-take", "Use the provider's limits".into_any(), take)}
            </div>
        }
        .into_any()
    };
    when(move || found.with(Option::is_some), shown).into_any()
}

fn number(
    ui: Ui,
    lane: usize,
    name: &'static str,
    id: &'static str,
    read: impl Fn(&ModelLimits) -> Option<u64> + Send + Sync + 'static,
    write: impl Fn(&mut ModelLimits, u64) + 'static,
) -> AnyView {
    let read = StoredValue::new(read);
    let used = move || {
        ui.state.with_untracked(|state| {
            let setup = of(state, lane);
            let profile = profile_of(state.settings(), &setup.provider)?;
            read.with_value(|read| read(profile.of_model(&setup.model)?))
        })
    };
    let value = used();
    let input = NodeRef::<html::Input>::new();
    let problem = RwSignal::new(None::<String>);
    let change = move |_: leptos::ev::Event| {
        let Some(field) = input.get_untracked() else { return };
        let number = integer(&field.value()).and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0);
        problem.set(number.is_none().then(|| {
            let holds = used().map(|used| format!(" {} still applies.", grouped(used))).unwrap_or_default();
            format!("Enter a whole number of at least 1.{holds}")
        }));
        if let Some(number) = number {
            rewrite(ui, lane, |profile, setup| change_model(profile, setup, |model| write(model, number)));
        }
    };
    let described = format!("limit-{id}-{lane}-problem");
    let problem_id = described.clone();
    view! {
        <label class="knob"><span>{name}</span>
            <input class="number" type="number" min="1" step="1" inputmode="numeric" data-testid="limit-number" data-window=id node_ref=input
                aria-invalid=derived(move || problem.with(Option::is_some).then_some("true")) aria-describedby=described
                prop:value=derived(move || value.map(|value| value.to_string()).unwrap_or_default()) on:input=on(change) />
            <small class="field-problem" id=problem_id aria-hidden="true">{derived(move || problem.get().unwrap_or_default())}</small>
        </label>
    }
    .into_any()
}
