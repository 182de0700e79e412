//! The limits: what is left of each before a request is sent, and what recent requests used.

mod advice;
mod credit;
mod gauge;
mod profile;
mod requests;
mod ring;
mod send_summary;
mod signals;
mod today;
mod verdict;
mod weeks;

use headroom_app::{
    Event, State,
    advice_text::error_words,
    assess::{Assessment, assess},
    whole_ms,
};
use headroom_domain::NumberField;
use headroom_limits::{Gauge, Verdict};
use leptos::prelude::*;

pub(super) use advice::advice;
pub(super) use credit::credit;
pub(super) use profile::profiles;
pub(super) use requests::requests;
pub(super) use ring::ring;
pub(super) use send_summary::send_summary;
pub(super) use signals::signals;
pub(super) use today::day;
pub(super) use verdict::verdict;
pub(super) use weeks::weeks;

use ring::OPENER;

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    keys::on_key,
    reactive::{children, derived, keyed, memo, on, when},
};

/// The current time in whole milliseconds, updated several times a second.
pub(super) fn now(ui: Ui) -> u64 {
    whole_ms(ui.clock.get())
}

/// Whether the browser is offline, rechecked on each clock tick.
pub(super) fn offline(ui: Ui) -> Memo<bool> {
    memo(Box::new(move || {
        ui.clock.track();
        !(ui.hands.is_online)()
    }))
}

/// Computes the assessment of all lanes, once for all views that show it: on each clock tick and on every change except
/// streaming progress.
pub(super) fn assessments(
    state: ReadSignal<State>,
    revision: Memo<u64>,
    clock: ReadSignal<f64>,
) -> Memo<Vec<Assessment>> {
    memo(Box::new(move || {
        revision.get();
        let now_ms = whole_ms(clock.get());
        state.with_untracked(|state| assess(state, now_ms))
    }))
}

/// Whether anything about the limits changes within the hour if nothing is sent: a window refills, or a draft waits for one.
#[must_use]
pub fn refills_soon(ui: Ui) -> bool {
    const HOUR_MS: u64 = 3_600_000;
    let changes = |assessment: &Assessment| {
        let refills = |gauge: &Gauge| gauge.whole_in_ms > 0 && gauge.limit.window.period_ms() <= HOUR_MS;
        matches!(assessment.verdict, Some(Verdict::Wait { .. })) || assessment.gauges.iter().any(refills)
    };
    ui.assessments.with_untracked(|assessments| assessments.iter().any(changes))
}

/// Reads the assessment of all lanes.
fn with_looks<T>(ui: Ui, read: impl FnOnce(&[Assessment]) -> T) -> T {
    ui.assessments.with(|assessments| read(assessments))
}

/// The current time for slowly changing values, updated every other second.
fn slowly(ui: Ui) -> Memo<u64> {
    memo(Box::new(move || now(ui) / 2_000 * 2_000))
}

/// The first lane of each provider in use, with the provider's id.
fn first_lanes(state: &State) -> Vec<(usize, &str)> {
    let mut first: Vec<(usize, &str)> = Vec::new();
    for (lane, setup) in state.settings().lanes().enumerate() {
        if !first.iter().any(|(_, provider)| *provider == setup.provider) {
            first.push((lane, &setup.provider));
        }
    }
    first
}

/// Sets the cap of a lane.
pub(super) fn set_cap(ui: Ui, lane: usize, cap: u64) {
    let set = ui.state.with_untracked(|state| state.settings().lane(lane).map(|setup| setup.parameters.clone()));
    let Some(mut parameters) = set else { return };
    parameters.type_into(NumberField::MaxCompletionTokens, Some(&cap.to_string()));
    ui.dispatch.send(Event::ParametersChanged { lane: Some(lane), parameters });
}

/// Whether Send would queue all its requests.
pub(super) fn queues(ui: Ui) -> bool {
    ui.revision.get();
    with_looks(ui, |assessments| ui.state.with_untracked(|state| state.send_queues(assessments)))
}

/// The assessment of a lane.
fn assessment(ui: Ui, lane: usize) -> Memo<Option<Assessment>> {
    memo(Box::new(move || with_looks(ui, |assessments| assessments.get(lane).cloned())))
}

/// The panel: next to the lanes if there is room, otherwise a sheet.
pub(super) fn panel(ui: Ui) -> AnyView {
    let sheet = ui.frame.sheet;
    let models = ui.slice(|state| {
        let mut models: Vec<(usize, String, String)> = Vec::new();
        for (lane, setup) in state.settings().lanes().enumerate() {
            if !models.iter().any(|(_, provider, model)| *provider == setup.provider && *model == setup.model) {
                models.push((lane, setup.provider.clone(), setup.model.clone()));
            }
        }
        models.into_iter().map(|(lane, provider, model)| format!("{lane} {provider} {model}")).collect::<Vec<_>>()
    });
    Effect::new(move |was: Option<bool>| {
        let shown = sheet.get();
        if was.unwrap_or_default() != shown {
            hold_focus(shown);
            (ui.hands.focus)(if shown { "limits" } else { OPENER });
        }
        shown
    });
    let widened = window_event_listener(leptos::ev::resize, move |_| {
        if sheet.get_untracked() && ring::is_beside() {
            sheet.set(false);
        }
    });
    on_cleanup(move || widened.remove());
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && sheet.get_untracked() {
            event.stop_propagation();
            sheet.set(false);
        }
    };
    view! {
        {when(move || sheet.get(), move || view! {
            <div class="sheet-back" on:click=on(move |_: leptos::ev::MouseEvent| sheet.set(false))></div>
        }.into_any())}
        <aside class=derived(move || if sheet.get() { "limits sheet" } else { "limits" }) id="limits" tabindex="-1" aria-label="Limits"
            on:keydown=on_key(pressed)>
            <header class="limits-header">
                <h2>"Limits"</h2>
                {icon_button(Glyph::Close, "Close limits", "limits-close", move || {
                    if sheet.get_untracked() { sheet.set(false) } else { ui.frame.no_limits.set(true) }
                })}
                <p class="legend" aria-hidden="true">
                    <span><i class="sw-used"></i>"used"</span><span><i class="sw-flight"></i>"in flight"</span>
                    <span><i class="sw-draft"></i>"this draft"</span><span><i class="sw-line"></i>"limit"</span>
                </p>
            </header>
            <div class="limits-body">
                {keyed(move || models.get(), move |key| section(ui, &key))}
                {ui.lazy_views(move |lazy_views| (lazy_views.credit)(ui))}
                {ui.lazy_views(move |lazy_views| (lazy_views.requests)(ui))}
                {ui.lazy_views(move |lazy_views| (lazy_views.day)(ui))}
                {ui.lazy_views(move |lazy_views| (lazy_views.signals)(ui))}
                {ui.lazy_views(move |lazy_views| (lazy_views.weeks)(ui))}
                {ui.lazy_views(move |lazy_views| (lazy_views.profiles)(ui))}
            </div>
        </aside>
    }
    .into_any()
}

/// Makes everything under the sheet inert for the keyboard and screen readers, or undoes that.
fn hold_focus(held: bool) {
    for under in [".skip-link", ".topbar", ".rail-place", ".center"] {
        if let Ok(Some(under)) = document().query_selector(under) {
            under.toggle_attribute_with_force("inert", held).ok();
        }
    }
}

/// The limits of one model.
fn section(ui: Ui, key: &str) -> AnyView {
    let mut parts = key.splitn(3, ' ').map(str::to_owned);
    let lane = parts.next().and_then(|lane| lane.parse().ok()).unwrap_or(0);
    let (provider, model) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let assessment = assessment(ui, lane);
    let note = memo(Box::new(move || {
        assessment.with(|assessment| assessment.as_ref().map(Assessment::note).unwrap_or_default())
    }));
    let pressure = memo(Box::new(move || {
        assessment.with(|assessment| match assessment.as_ref().and_then(|assessment| assessment.verdict) {
            Some(Verdict::Wait { .. }) => "warn",
            Some(Verdict::Never { .. }) => "crit",
            _ => "",
        })
    }));
    let windows = memo(Box::new(move || {
        assessment.with(|assessment| {
            assessment
                .iter()
                .flat_map(|assessment| &assessment.gauges)
                .map(|gauge| gauge.limit.window.name().to_owned())
                .collect::<Vec<_>>()
        })
    }));
    let known = move || !windows.with(Vec::is_empty);
    let over_context = memo(Box::new(move || {
        let context = headroom_limits::Binding::Context;
        assessment.with(|assessment| {
            matches!(assessment.as_ref().and_then(|assessment| assessment.verdict), Some(Verdict::Never { binding, .. }) if binding == context)
        })
    }));
    let error = memo(Box::new(move || {
        assessment.with(|assessment| ui.state.with_untracked(|state| error_words(state, assessment.as_ref()?)))
    }));
    let (title, of) = (model.clone(), model.clone());
    let label = format!("Limits of {model} at {provider}");
    view! {
        <section class="limits-model" aria-label=label>
            <h3><b>{title}</b><span data-pressure=pressure>{note}</span></h3>
            {when(move || over_context.get(), move || gauge::context(assessment, of.clone()))}
            {keyed(move || windows.get(), move |window| gauge::gauge(assessment, &window, model.clone()))}
            {children(move || assessment.with(|assessment| assessment.as_ref()?.stated_words()).map(|words| view! { <p class="quiet" data-testid="limit-told">{words}</p> }).into_any())}
            {children(move || error.get().map(|words| view! { <p class="quiet" data-testid="limit-error" title="Recent requests rejected though they were forecast to fit, or accepted though they were not">{words}</p> }).into_any())}
            {ui.lazy_views(move |lazy_views| (lazy_views.advice)(ui, lane, assessment))}
            {children(move || if known() { ().into_any() } else { view! {
                <p class="quiet">"No limits known for this model. Choose a profile below."</p>
            }.into_any() })}
        </section>
    }
    .into_any()
}
