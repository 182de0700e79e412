//! Signs that a plan no longer fits the usage, each with its evidence and with free alternatives.

use headroom_app::{
    Event,
    advice_text::{Plan, SignalWords, plans, signal_words},
    plan_signals,
};
use headroom_limits::short;
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        controls::icon_button,
        icons::Glyph,
        reactive::{children, derived, memo, when},
    },
    slowly, with_looks,
};

const WEEK_MS: u64 = 7 * 86_400_000;

pub(in crate::ui) fn signals(ui: Ui) -> AnyView {
    let tick = slowly(ui);
    // The first lane with a plan that is too small, and why.
    let stated = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = tick.get();
        untrack(|| {
            with_looks(ui, |assessments| {
                ui.state.with_untracked(|state| {
                    if state.settings().hides_signals(now_ms) {
                        return None;
                    }
                    assessments.iter().enumerate().find_map(|(lane, assessment)| {
                        let signals = plan_signals(state, lane, assessment, now_ms);
                        let words: Vec<SignalWords> = signals.iter().map(signal_words).collect();
                        (!words.is_empty()).then(|| {
                            (
                                assessment.model.clone(),
                                plans(state.settings(), &assessment.provider, &assessment.model),
                                words,
                            )
                        })
                    })
                })
            })
        })
    }));
    let hide = move || {
        ui.dispatch.send(Event::SignalsHidden(tick.get_untracked() + WEEK_MS));
        // The pressed button is gone.
        (ui.hands.focus)("limits");
    };
    let rows = move || {
        let words = stated.with(|stated| stated.as_ref().map(|(.., words)| words.clone()).unwrap_or_default());
        let rows = words.into_iter().map(|SignalWords { figure, of, evidence, .. }| {
            view! { <div data-testid="signal"><dt>{figure}</dt><dd>{of}<small>{evidence}</small></dd></div> }.into_any()
        });
        rows.collect_view().into_any()
    };
    let remedies = move || {
        let words = stated.with(|stated| stated.as_ref().map(|(.., words)| words.clone()).unwrap_or_default());
        words.into_iter().map(|words| view! { <li>{words.remedy}</li> }.into_any()).collect_view().into_any()
    };
    let table = move || {
        let plans = stated.with(|stated| stated.as_ref().map(|(_, plans, _)| plans.clone()).unwrap_or_default());
        let rows = plans.into_iter().map(|Plan { name, figures }| {
            let figures =
                figures.map(|figure| view! { <td>{figure.map_or_else(|| "–".to_owned(), short)}</td> }.into_any());
            view! { <tr><th scope="row">{name}</th>{figures.into_iter().collect::<Vec<_>>()}</tr> }.into_any()
        });
        rows.collect_view().into_any()
    };
    let no_plans = move || stated.with(|stated| stated.as_ref().is_none_or(|(_, plans, _)| plans.is_empty()));
    let shown = move || {
        view! {
            <section class="signals" aria-label="Signs that the plan is too small" data-testid="signals">
                <h3><b>"This plan no longer fits your usage"</b>{icon_button(Glyph::Close, "Hide for a week", "signals-hide", hide)}</h3>
                <dl>{children(rows)}</dl>
                <details data-testid="signals-less"><summary>"Reduce usage instead"</summary><ul>{children(remedies)}</ul></details>
                <details data-testid="signals-plans" hidden=derived(no_plans)><summary>"Compare plans"</summary>
                    <div class="table-box" tabindex="0" role="region" aria-label="Plans"><table>
                        <thead><tr><th scope="col">"Plan"</th><th scope="col">"Req/min"</th><th scope="col">"Tok/min"</th><th scope="col">"Tok/day"</th><th scope="col">"Context"</th></tr></thead>
                        <tbody>{children(table)}</tbody>
                    </table></div>
                </details>
            </section>
        }
        .into_any()
    };
    when(move || stated.with(Option::is_some), shown).into_any()
}
