//! One answer: reasoning, text, stats and actions.

use headroom_app::{Answer as SavedAnswer, Ending, Event, Id, why_cut};
use headroom_domain::{Explanation, Failure, FinishMeaning, FinishReason, Skipped, ToolCall, grouped};
use leptos::{html, prelude::*};

use super::{
    Ui,
    controls::{button, icon_button},
    icons::Glyph,
    metrics::{AnswerStats, answer_stats},
    reactive::{children, derived, memo, when},
};
use crate::dom_text::{AnswerText, AppendOnlyText};

/// Everything about an answer except its text. Changes a few times, not with every token.
#[derive(Clone, PartialEq)]
struct Facts {
    who: String,
    ending: Ending,
    live: bool,
    last: bool,
    finish: Option<String>,
    /// The note for a finish reason other than a normal end.
    note: Option<String>,
    /// The parts of the response that could not be read.
    skipped: Skipped,
    /// Whether later requests leave out the prompt.
    left_out: bool,
    stats: AnswerStats,
    reasoning_tokens: Option<u64>,
    failure: Option<(Failure, Option<Explanation>)>,
    silent: bool,
    /// Whether it is queued and not sent yet.
    queued: bool,
    reasons: bool,
    tool_calls: Vec<ToolCall>,
    /// Output tokens, counted or estimated.
    tokens: Option<u64>,
    /// The reason it was cut off, if reasoning used up its cap.
    eaten: Option<String>,
    /// Notes that a rate limit rejected it before it was canceled.
    refused: Option<String>,
    /// Whether the model can continue it.
    unfinished: bool,
}

/// Identifies the answer to draw: a lane's last one to the turn at this index.
#[derive(Clone, Copy)]
struct Which {
    at: usize,
    lane: usize,
    turn: StoredValue<Id>,
}

impl Which {
    /// Reruns the caller when the answer changes: on each frame while it streams, rarely otherwise.
    fn track(self, ui: Ui) {
        ui.revision.get();
        let live = ui.state.with_untracked(|state| self.turn.with_value(|id| state.is_live(id, self.lane)));
        if live {
            ui.state.track();
        }
    }

    /// Reads the answer. `None` if another turn is now at that index.
    fn read<T>(self, ui: Ui, read: impl FnOnce(&SavedAnswer) -> T) -> Option<T> {
        ui.state.with_untracked(|state| {
            let found = state.chat().turns().get(self.at)?;
            self.turn.with_value(|turn| found.id == *turn).then_some(())?;
            found.answer(state.settings().lane_id(self.lane)).map(read)
        })
    }

    fn facts(self, ui: Ui) -> Option<Facts> {
        self.track(ui);
        ui.state.with_untracked(|state| {
            let turn = state.chat().turns().get(self.at)?;
            let live = self.turn.with_value(|id| (turn.id == *id).then(|| state.is_live(id, self.lane)))?;
            let answer = turn.answer(state.settings().lane_id(self.lane))?;
            let provider = state.settings().provider(&answer.provider);
            let name = provider.as_ref().map_or(answer.provider.as_str(), |provider| &provider.name);
            let badges = turn.badges(state.settings());
            let badges = badges.into_iter().filter(|(lane, _)| *lane == self.lane).map(|(_, badge)| badge.name());
            let explained = |failure: &Failure| provider.as_ref().map(|provider| failure.explain(provider));
            Some(Facts {
                who: format!("{} · {name}", answer.model),
                ending: answer.ending,
                live,
                last: state.last_turn_of(self.lane) == Some(self.at) && state.lane_state(self.lane).is_at_rest(),
                finish: answer.finish.as_ref().map(|finish| finish.name().to_owned()),
                note: answer.finish.as_ref().and_then(FinishReason::note),
                skipped: answer.skipped.clone(),
                left_out: turn.is_left_out(state.settings().lane_id(self.lane)),
                stats: AnswerStats::of(answer, state.so_far(self.lane, None).filter(|_| live), badges.collect()),
                reasoning_tokens: answer.usage.reasoning_tokens,
                failure: answer.failure.as_ref().map(|failure| (failure.clone(), explained(failure))),
                queued: live && state.waits(self.lane).is_some(),
                silent: answer.text.is_empty() && answer.reasoning.is_empty(),
                reasons: !answer.reasoning.is_empty(),
                tool_calls: answer.tool_calls.clone(),
                refused: answer.refusal.map(|refusal| refusal.canceled()),
                eaten: answer
                    .finish
                    .as_ref()
                    .filter(|finish| finish.meaning() == FinishMeaning::Cut)
                    .and_then(|_| why_cut(state, answer)),
                tokens: answer.usage.completion_tokens.or(answer.estimated_completion_tokens),
                unfinished: state.unfinished(self.lane).is_some_and(|(turn, _)| turn == self.at),
            })
        })
    }
}

/// Draws a lane's last answer to a turn.
pub(super) fn answer(ui: Ui, lane: usize, at: usize, id: Id) -> AnyView {
    let Ui { dispatch, hands, formatted, .. } = ui;
    let which = Which { at, lane, turn: StoredValue::new(id) };
    let facts = memo(Box::new(move || which.facts(ui)));
    let shown = memo(Box::new(move || facts.with(|facts| facts.as_ref().map(|facts| facts.stats.clone()))));
    // Everything except the stats, which change on each frame while it streams.
    let end = memo(Box::new(move || {
        let ended = |facts: &Facts| (!facts.live).then(|| facts.clone());
        facts.with(|facts| facts.as_ref().and_then(ended))
    }));
    let is = move |read: fn(&Facts) -> bool| move || facts.with(|facts| facts.as_ref().is_some_and(read));

    // The text goes straight into the DOM, bypassing the views: a frame costs only what it adds.
    let place = NodeRef::<html::Div>::new();
    let text = StoredValue::new_local(None::<(AnswerText, u32)>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        formatted.track();
        text.update_value(|text| {
            which.track(ui);
            which.read(ui, |answer| {
                // Text that turned out to be reasoning moves there, so the rest starts over.
                if text.take_if(|(_, moved)| *moved != answer.moved).is_some() {
                    place.set_text_content(None);
                }
                let (text, _) = text.get_or_insert_with(|| (AnswerText::new(place.clone().into()), answer.moved));
                text.update(&answer.text, answer.ending != Ending::Running);
            });
        });
    });

    let copy = move || {
        let text = which.read(ui, |answer| answer.text.clone()).unwrap_or_default();
        (hands.copy)(&text);
    };
    let many = ui.slice(|state| state.settings().lane_count() > 1);
    let edit = move || {
        icon_button(Glyph::Pencil, "Edit the prompt for this lane", "edit", move || {
            dispatch.send(Event::EditPressed { turn: which.turn.get_value(), lane: Some(lane) });
        })
    };
    let go_on = move || dispatch.send(Event::ContinuePressed { lane, now_ms: (hands.now_ms)() });
    let regenerate = move || dispatch.send(Event::RegeneratePressed { lane: Some(lane), now_ms: (hands.now_ms)() });
    view! {
        <div class="answer" hidden=derived(move || facts.with(Option::is_none))>
            <h2 class="who">{derived(move || facts.with(|facts| facts.as_ref().map(|facts| facts.who.clone()).unwrap_or_default()))}</h2>
            {when(is(|facts| facts.reasons), move || reasoning(ui, which, facts))}
            <div class="message" data-testid="message-answer" aria-busy=derived(move || is(|facts| facts.live)().to_string())
                data-finish=derived(move || facts.with(|facts| facts.as_ref()?.finish.clone()))>
                {when(is(|facts| facts.live && facts.silent && !facts.queued), move || waiting(ui, lane))}
                <div class="md" node_ref=place></div>
            </div>
            {when(is(|facts| facts.queued), move || ui.lazy_views(move |lazy_views| (lazy_views.queue_item)(ui, lane)))}
            {children(move || end.get().map(|facts| closing(facts, go_on)).into_any())}
            {children(move || end.get().and_then(|facts| {
                let (failure, explanation) = facts.failure?;
                let last = facts.last;
                Some(ui.lazy_views(move |lazy_views| (lazy_views.error_card)(ui, lane, failure.clone(), explanation.clone(), last)))
            }).into_any())}
            <div class="answer-foot" hidden=derived(is(|facts| facts.queued))>
                {children(move || shown.get().map(|shown| answer_stats(&shown)).into_any())}
                <div class="actions">
                    {when(is(|facts| facts.last), move || icon_button(Glyph::Again, "Regenerate", "regenerate", regenerate))}
                    {icon_button(Glyph::Copy, "Copy answer", "copy", copy)}
                    {when(move || many.get() && is(|facts| !facts.live)(), edit)}
                    {children(move || {
                        let badges = shown.get().map(|shown| shown.badges).unwrap_or_default();
                        badges.into_iter().map(|name| view! { <span class="badge">{name}</span> }).collect_view().into_any()
                    })}
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// The placeholder for an answer that has not started.
fn waiting(ui: Ui, lane: usize) -> AnyView {
    let waited = move || {
        let waited = ui.state.with_untracked(|state| Some(state.so_far(lane, Some(ui.clock.get()))?.0.total_ms));
        waited.filter(|ms| *ms >= 250.0).map(|ms| format!(", {:.1} s", ms / 1_000.0)).unwrap_or_default()
    };
    view! {
        <p class="waiting"><span role="status">"Waiting for the first token"</span><span aria-hidden="true">{derived(waited)}</span></p>
        <div class="skeleton" aria-hidden="true"></div>
    }
    .into_any()
}

/// Everything after the text: tool calls, how it ended, what could not be read, and the button to continue.
fn closing(facts: Facts, go_on: impl Fn() + 'static) -> AnyView {
    let calls = facts.tool_calls.into_iter().map(|call| {
        view! { <div class="tool-call"><b>"Calls " <code>{call.name}</code></b><pre>{call.arguments}</pre></div> }
    });
    let tokens = facts.tokens.map(|tokens| format!(" after {} tokens", grouped(tokens))).unwrap_or_default();
    let note = match facts.ending {
        Ending::Stopped => Some(format!("Stopped{tokens}. The partial answer is kept. ")),
        Ending::NotSent if facts.refused.is_some() => facts.refused.map(|words| format!("{words} ")),
        Ending::NotSent => Some("Canceled before sending. Regenerate to send it. ".to_owned()),
        Ending::Done => facts.note.map(|note| {
            let eaten = facts.eaten.map(|words| format!("{words} ")).unwrap_or_default();
            format!("{} {eaten}", note.replacen("Cut:", &format!("Cut{tokens}:"), 1))
        }),
        Ending::Failed if facts.left_out => Some("Later requests skip this prompt. ".to_owned()),
        _ => None,
    };
    let skipped = (!facts.skipped.is_empty()).then(|| {
        let sentence = facts.skipped.sentence();
        view! {
            <details class="card-note" data-testid="skipped"><summary>{sentence}</summary><pre>{facts.skipped.sample}</pre></details>
        }
    });
    let more = facts.unfinished.then(|| button("link", "continue", "Continue".into_any(), go_on));
    let shown = note.is_some() || more.is_some();
    view! { {calls.collect_view()}{shown.then(|| view! { <p class="card-note">{note}{more}</p> })}{skipped} }.into_any()
}

fn reasoning(ui: Ui, which: Which, facts: Memo<Option<Facts>>) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let text = StoredValue::new_local(None::<AppendOnlyText>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        text.update_value(|text| {
            let text = text.get_or_insert_with(|| AppendOnlyText::new(place.into()));
            which.track(ui);
            which.read(ui, |answer| text.update(&answer.reasoning));
        });
    });
    let tokens = move || facts.with(|facts| facts.as_ref()?.reasoning_tokens);
    let title = move || match tokens() {
        Some(tokens) => format!("Reasoning · {} tokens", grouped(tokens)),
        None => "Reasoning".to_owned(),
    };
    view! {
        <details class="reasoning" data-testid="reasoning" data-tokens=derived(move || tokens().map(|tokens| tokens.to_string()))>
            <summary>{derived(title)}</summary>
            <div class="reasoning-text" node_ref=place></div>
        </details>
    }
    .into_any()
}
