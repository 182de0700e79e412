//! An answer: reasoning, text, figures, what can be done.

use headroom_app::{Answer as Kept, Ending, Event, Id};
use headroom_domain::{Explanation, Failure, Metrics, ToolCall, Usage, grouped};
use leptos::{html, prelude::*};

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    metrics::figures,
    shapes::{fact, live, memo, when},
};
use crate::paint::{AnswerText, GrowingText};

/// Everything about an answer but its text: it changes a few times, not with every token.
#[derive(Clone, PartialEq)]
struct Facts {
    who: String,
    ending: Ending,
    live: bool,
    last: bool,
    finish: Option<String>,
    usage: Usage,
    metrics: Option<Metrics>,
    estimated: Option<u64>,
    failure: Option<(Failure, Option<Explanation>)>,
    silent: bool,
    reasons: bool,
    tool_calls: Vec<ToolCall>,
}

/// Which answer is drawn: the last one of the turn at this index.
#[derive(Clone, Copy)]
struct Which {
    at: usize,
    turn: StoredValue<Id>,
}

impl Which {
    /// Reads the answer; none if another turn stands there by now.
    fn read<T>(self, ui: Ui, read: impl FnOnce(&Kept) -> T) -> Option<T> {
        ui.state.with(|state| {
            let found = state.chat.turns.get(self.at)?;
            self.turn.with_value(|turn| found.id == *turn).then_some(())?;
            found.answers.last().map(read)
        })
    }

    fn facts(self, ui: Ui) -> Option<Facts> {
        let mut facts = self.read(ui, |answer| Facts {
            who: answer.model.clone(),
            ending: answer.ending,
            live: false,
            last: false,
            finish: answer.finish.as_ref().map(|finish| finish.name().to_owned()),
            usage: answer.usage,
            metrics: answer.metrics,
            estimated: answer.estimated_prompt_tokens,
            failure: answer.failure.clone().map(|failure| (failure, None)),
            silent: answer.text.is_empty() && answer.reasoning.is_empty(),
            reasons: !answer.reasoning.is_empty(),
            tool_calls: answer.tool_calls.clone(),
        })?;
        ui.state.with(|state| {
            let asked = self.read(ui, |answer| answer.provider.clone()).unwrap_or_default();
            let provider = state.settings.provider(&asked);
            facts.who =
                format!("{} · {}", facts.who, provider.as_ref().map_or(asked.as_str(), |provider| &provider.name));
            facts.live = self.turn.with_value(|turn| state.is_live(turn));
            facts.last = self.at + 1 == state.chat.turns.len() && !state.is_running();
            if let (Some((failure, explanation)), Some(provider)) = (&mut facts.failure, &provider) {
                *explanation = Some(failure.explain(provider));
            }
        });
        Some(facts)
    }
}

/// Draws the last answer of a turn.
pub(super) fn answer(ui: Ui, at: usize, id: Id) -> AnyView {
    let Ui { dispatch, hands, formatted, .. } = ui;
    let which = Which { at, turn: StoredValue::new(id) };
    let facts = memo(Box::new(move || which.facts(ui)));
    let is = move |read: fn(&Facts) -> bool| move || facts.with(|facts| facts.as_ref().is_some_and(read));

    // The text goes straight into the document, outside of the views: a frame costs what it adds.
    let place = NodeRef::<html::Div>::new();
    let text = StoredValue::new_local(None::<AnswerText>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        formatted.track();
        text.update_value(|text| {
            let text = text.get_or_insert_with(|| AnswerText::new(place.into()));
            which.read(ui, |answer| text.update(&answer.text, answer.ending != Ending::Running));
        });
    });

    let copy = move || {
        let text = which.read(ui, |answer| answer.text.clone()).unwrap_or_default();
        (hands.copy)(&text);
    };
    let regenerate = move || dispatch.send(Event::RegeneratePressed { now_ms: (hands.now_ms)() });
    view! {
        <div class="answer" hidden=fact(move || facts.with(Option::is_none))>
            <h2 class="who">{fact(move || facts.get().map(|facts| facts.who).unwrap_or_default())}</h2>
            {when(is(|facts| facts.reasons), move || reasoning(ui, which, facts))}
            <div class="message" data-testid="message-answer" aria-busy=fact(move || is(|facts| facts.live)().to_string())
                data-finish=fact(move || facts.get().and_then(|facts| facts.finish))>
                {when(is(|facts| facts.live && facts.silent), || view! {
                    <p class="waiting" role="status">"Waiting for the first token"</p>
                }.into_any())}
                <div class="md" node_ref=place></div>
            </div>
            {live(move || facts.get().map(closing).into_any())}
            {live(move || facts.get().and_then(|facts| {
                let (failure, explanation) = facts.failure?;
                let last = facts.last;
                Some(ui.later(move |later| (later.error_card)(ui, failure.clone(), explanation.clone(), last)))
            }).into_any())}
            <div class="answer-foot">
                {live(move || facts.get().map(|facts| figures(&facts.usage, facts.metrics, facts.estimated)).into_any())}
                <div class="actions">
                    {when(is(|facts| facts.last), move || icon_button(Glyph::Again, "Ask again", "regenerate", regenerate))}
                    {icon_button(Glyph::Copy, "Copy the answer", "copy", copy)}
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What follows the text: the tools it calls, and that it was stopped.
fn closing(facts: Facts) -> AnyView {
    let calls = facts.tool_calls.into_iter().map(|call| {
        view! { <div class="tool-call"><b>"Calls " <code>{call.name}</code></b><pre>{call.arguments}</pre></div> }
    });
    let stopped = facts.ending == Ending::Stopped;
    let note = stopped.then(|| view! { <p class="card-note">"Stopped. The text so far is kept."</p> });
    view! { {calls.collect_view()}{note} }.into_any()
}

fn reasoning(ui: Ui, which: Which, facts: Memo<Option<Facts>>) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let text = StoredValue::new_local(None::<GrowingText>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        text.update_value(|text| {
            let text = text.get_or_insert_with(|| GrowingText::new(place.into()));
            which.read(ui, |answer| text.update(&answer.reasoning));
        });
    });
    let tokens = move || facts.get().and_then(|facts| facts.usage.reasoning_tokens);
    let title = move || match tokens() {
        Some(tokens) => format!("Reasoning · {} tokens", grouped(tokens)),
        None => "Reasoning".to_owned(),
    };
    view! {
        <details class="reasoning" data-testid="reasoning" data-tokens=fact(move || tokens().map(|tokens| tokens.to_string()))>
            <summary>{fact(title)}</summary>
            <div class="reasoning-text" node_ref=place></div>
        </details>
    }
    .into_any()
}
