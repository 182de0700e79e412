//! What went wrong, the provider's explanation, the cost, and the next step. The raw facts are under Details.

use headroom_app::{Event, Panel, State, cap_after_refusal};
use headroom_domain::{Explanation, Failure, FailureKind, grouped};
use leptos::prelude::*;

use super::{
    Ui,
    controls::button,
    icons::{Glyph, icon},
    limits::{now, set_cap},
};

/// Draws the card. `last` means that the failed answer can be retried.
pub(super) fn error_card(
    ui: Ui,
    lane: usize,
    failure: Failure,
    explanation: Option<Explanation>,
    last: bool,
) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    let Explanation { happened, cost, next } = explanation.unwrap_or_else(|| Explanation {
        happened: "This answer's provider was removed.".into(),
        cost: failure.cost(),
        next: "Choose a provider, then retry.".into(),
    });
    let words = failure.message.clone();
    let cap = State::affordable_cap(&failure).filter(|_| last);
    let with_cap = cap.map(|cap| {
        let press = move || dispatch.send(Event::CapAccepted { lane, cap, now_ms: (hands.now_ms)() });
        let label = format!("Set max output to {} and retry", grouped(cap.into()));
        button("link", "error-afford", label.into_any(), press)
    });
    let suggested = ui.state.with_untracked(|state| {
        let turn = state.chat().turns().get(state.last_turn_of(lane).filter(|_| last)?)?;
        let provider = turn.answer(state.settings().lane_id(lane))?.provider.clone();
        Some((state.suggested_base_url(&provider, &failure)?, provider))
    });
    let elsewhere = suggested.map(|(base_url, provider)| {
        let label = format!("Use {} and retry", base_url.endpoint(""));
        let press = move || {
            let (provider, base_url) = (provider.clone(), base_url.clone());
            dispatch.send(Event::BaseUrlAccepted { provider, base_url, lane, now_ms: (hands.now_ms)() });
        };
        button("link", "error-base-url", label.into_any(), press)
    });
    let about_the_key = matches!(failure.kind, FailureKind::WrongKey | FailureKind::NoKey | FailureKind::Payment);
    let settings = move || {
        let provider = ui.state.with_untracked(|state| {
            state.settings().lane(lane).map(|setup| setup.provider.clone()).unwrap_or_default()
        });
        dispatch.send(Event::PanelShown(Panel::Settings(provider)));
    };
    let again = move || dispatch.send(Event::RegeneratePressed { lane: Some(lane), now_ms: (hands.now_ms)() });
    // For a request larger than its window: the cap that would fit.
    let fitting = ui.state.with_untracked(|state| cap_after_refusal(state, lane, untrack(|| now(ui))).filter(|_| last));
    let fitting = fitting.map(|cap| {
        let press = move || {
            set_cap(ui, lane, cap);
            again();
        };
        button("link", "error-cap", format!("Set max output to {} and retry", grouped(cap)).into_any(), press)
    });
    let raw = [("Status", failure.status.map(|status| status.to_string())), ("Code", failure.code)];
    let raw =
        raw.into_iter().filter_map(|(name, value)| Some(view! { <dt>{name}</dt><dd>{value?}</dd> })).collect_view();
    view! {
        <div class="error" role="alert" data-testid="error" data-lane=lane.to_string() data-kind=failure.kind.name()
            data-status=failure.status.map(|status| status.to_string())>
            {icon(Glyph::Warning, 16)}
            <div>
                <h3>{happened}</h3>
                {words.map(|words| view! { <p class="error-words" data-testid="error-words">{words}</p> })}
                <p>{format!("{} {next}", cost.sentence())}</p>
                <p class="error-actions">
                    {about_the_key.then(|| button("link", "", "Open key settings".into_any(), settings))}
                    {fitting}
                    {with_cap}
                    {elsewhere}
                    {last.then(|| button("link", "", "Retry".into_any(), again))}
                </p>
                <details>
                    <summary>"Details"</summary>
                    <dl class="raw">{raw}</dl>
                    {failure.raw_body.map(|body| view! { <pre>{body}</pre> })}
                </details>
            </div>
        </div>
    }
    .into_any()
}
