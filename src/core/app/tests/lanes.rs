//! Lanes side by side: one prompt and several answers that end independently.

use headroom_domain::{Model, Parameters};

use super::{Page, SSE_END, content, from_tab, kept_turn};
use crate::{conversation::saved::restored, *};

/// Creates a page with lanes that use these models of one provider.
pub fn lanes(models: &[&str]) -> Page {
    let mut page = Page::ready();
    page.happens(Event::LanesSet(models.len()));
    for (lane, model) in models.iter().enumerate() {
        page.happens(Event::ModelChosen { lane, model: (*model).into() });
    }
    page
}

impl Page {
    /// Sends a prompt to all lanes and returns their runs, in order.
    pub(super) fn fans_out(&mut self, prompt: &str) -> Vec<(RunId, String)> {
        self.happens(Event::DraftChanged(prompt.into()));
        let now_ms = self.now_ms;
        all_sent(&self.happens(Event::SendPressed { now_ms }))
    }

    pub(super) fn states(&self) -> Vec<&'static str> {
        (0..self.state.settings().lane_count()).map(|lane| self.state.lane_state(lane).name()).collect()
    }

    fn text(&self, lane: usize) -> &str {
        self.state
            .chat()
            .turns
            .last()
            .and_then(|turn| turn.answer(self.state.settings().lane_id(lane)))
            .map_or("", |answer| &answer.text)
    }
}

pub(super) fn all_sent(effects: &[Effect]) -> Vec<(RunId, String)> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(outgoing) => Some((outgoing.run, outgoing.body.clone())),
        _ => None,
    });
    sent.collect()
}

#[test]
fn one_prompt_goes_to_every_lane_with_the_lane_s_own_model() {
    let mut page = lanes(&["one", "two", "three"]);
    let sent = page.fans_out("hello");
    assert_eq!(sent.len(), 3);
    for ((_, body), model) in sent.iter().zip(["one", "two", "three"]) {
        assert!(body.contains(&format!("\"model\":\"{model}\"")) && body.contains("\"hello\""), "{body}");
    }
    assert_eq!(page.states(), ["waiting"; 3]);
    assert_eq!(page.state.chat().turns.len(), 1, "it is one turn");
}

#[test]
fn each_lane_ends_in_its_own_way() {
    let mut page = lanes(&["done", "stopped", "limited", "cut"]);
    page.happens(Event::QueueSet(false));
    let runs: Vec<RunId> = page.fans_out("hello").into_iter().map(|(run, _)| run).collect();
    page.answered(runs[0], "whole");
    page.happens(Event::ResponseHeaders { run: runs[1], status: 200, headers: vec![] });
    page.hears(runs[1], &content("half"));
    let effects = page.happens(Event::StopPressed { lane: Some(1), now_ms: 2_000.0 });
    assert!(effects.contains(&Effect::Abort(runs[1])) && !effects.contains(&Effect::Abort(runs[3])));
    page.happens(Event::ResponseHeaders { run: runs[2], status: 429, headers: vec![] });
    page.happens(Event::Ended { run: runs[2], now_ms: 2_000.0 });
    page.happens(Event::ResponseHeaders { run: runs[3], status: 200, headers: vec![] });
    page.hears(runs[3], &content("so far"));
    page.happens(Event::Ended { run: runs[3], now_ms: 2_000.0 });
    assert_eq!(page.states(), ["done", "stopped", "failed", "cut-off"]);
    assert_eq!([0, 1, 2, 3].map(|lane| page.text(lane).to_owned()), ["whole", "half", "", "so far"]);
    assert!(!page.state.is_running());
    let kinds: Vec<_> = page.state.chat().turns[0]
        .answers
        .iter()
        .map(|answer| answer.failure.as_ref().map(|it| it.kind.name()))
        .collect();
    assert_eq!(kinds, [None, None, Some("rate-limited"), Some("bad-stream")]);
}

#[test]
fn a_lane_that_cannot_be_asked_is_left_out_and_does_not_hold_up_the_others() {
    let mut page = lanes(&["one", "two"]);
    page.happens(Event::ProviderChosen { lane: Some(1), provider: "groq".into() });
    page.happens(Event::PanelShown(Panel::None));
    assert_eq!(page.state.can_ask(1), Err(SendProblem::NoKey("Groq".into())));
    let sent = page.fans_out("hello");
    assert_eq!(sent.len(), 1);
    assert_eq!(page.states(), ["waiting", "idle"]);
    assert!(page.state.chat().turns[0].answer(LaneId(1)).is_none());
}

#[test]
fn a_lane_added_later_starts_from_there_and_says_so() {
    let mut page = lanes(&["one"]);
    let (run, _) = page.sends("first");
    page.answered(run, "1");
    page.happens(Event::LanesSet(2));
    page.happens(Event::ModelChosen { lane: 1, model: "two".into() });
    let sent = page.fans_out("second");
    assert!(sent[0].1.contains("first") && !sent[1].1.contains("first"), "{sent:?}");
    assert!(!page.state.diverges(0) && page.state.diverges(1));
}

#[test]
fn asking_one_lane_again_leaves_the_others_alone() {
    let mut page = lanes(&["one", "two"]);
    for (run, _) in page.fans_out("hello") {
        page.answered(run, "answer");
    }
    let effects = page.happens(Event::RegeneratePressed { lane: Some(1), now_ms: 3_000.0 });
    let sent = all_sent(&effects);
    assert_eq!(sent.len(), 1);
    assert_eq!(page.states(), ["done", "waiting"]);
    page.answered(sent[0].0, "another");
    assert_eq!((page.text(0), page.text(1)), ("answer", "another"));
    assert_eq!(page.state.chat().turns[0].newest(LaneId(1)), Some(2), "the older answer is kept");
}

#[test]
fn a_prompt_edited_for_one_lane_gives_it_a_history_of_its_own() {
    let mut page = lanes(&["one", "two"]);
    for (run, _) in page.fans_out("old question") {
        page.answered(run, "old answer");
    }
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: Some(1) });
    assert_eq!(page.state.draft(), "old question");
    let sent = page.fans_out("new question");
    assert_eq!(sent.len(), 1, "only that lane is asked");
    page.answered(sent[0].0, "new answer");
    assert!(page.state.diverges(0) && page.state.diverges(1));
    let next = page.fans_out("and now?");
    assert!(next[0].1.contains("old question") && !next[0].1.contains("new question"), "{}", next[0].1);
    assert!(next[1].1.contains("new question") && !next[1].1.contains("old question"), "{}", next[1].1);
}

#[test]
fn fewer_lanes_stop_what_runs_in_those_that_go_and_lose_nothing() {
    let mut page = lanes(&["one", "two"]);
    let runs = page.fans_out("hello");
    page.happens(Event::ResponseHeaders { run: runs[1].0, status: 200, headers: vec![] });
    page.hears(runs[1].0, &content("half"));
    let effects = page.happens(Event::LanesSet(1));
    assert!(effects.contains(&Effect::Abort(runs[1].0)));
    assert_eq!(kept_turn(&effects).unwrap().answers[1].text, "half");
    page.happens(Event::LanesSet(2));
    assert_eq!(page.text(1), "half", "with the lane its answer is back");
    assert_eq!(page.states()[1], "stopped");
}

#[test]
fn new_lanes_ask_models_that_no_lane_asks_yet() {
    let mut page = Page::ready();
    let models = ["gpt-oss-120b", "qwen", "llama"].map(Model::named).to_vec();
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(models) });
    page.happens(Event::LanesSet(4));
    let models: Vec<&str> = page.state.settings().lanes().map(|setup| setup.model.as_str()).collect();
    assert_eq!(models, ["gpt-oss-120b", "qwen", "llama", "llama"], "when all are taken, one is asked twice");
    page.happens(Event::LanesSet(99));
    assert_eq!(page.state.settings().lane_count(), MOST_LANES);
    page.happens(Event::LanesSet(0));
    assert_eq!(page.state.settings().lane_count(), 1);
}

#[test]
fn a_knob_turned_for_all_lanes_leaves_what_one_lane_set_for_itself() {
    let mut page = lanes(&["one", "two"]);
    let own = Parameters { temperature: Some(0.2), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: Some(1), parameters: own });
    let all = Parameters { max_completion_tokens: Some(500), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters: all });
    let set: Vec<_> = page
        .state
        .settings()
        .lanes()
        .map(|it| (it.parameters.max_completion_tokens, it.parameters.temperature))
        .collect();
    assert_eq!(set, [(Some(500), None), (Some(500), Some(0.2))]);
}

/// The complete turn is saved whenever one lane ends. It includes what the others had by then, so their next slices
/// must not repeat it.
#[test]
fn what_is_kept_while_lanes_stream_adds_up_to_each_lane_s_text() {
    let mut page = lanes(&["one", "two"]);
    let runs: Vec<RunId> = page.fans_out("hello").into_iter().map(|(run, _)| run).collect();
    let (mut turn, mut slices) = (None, Vec::new());
    let mut keep = |effects: Vec<Effect>| {
        for effect in effects {
            match effect {
                Effect::SaveTurn(kept) => {
                    turn = Some(*kept);
                    slices.clear();
                }
                Effect::SaveSlice { slice, .. } => slices.push(slice),
                _ => {}
            }
        }
    };
    for run in &runs {
        page.happens(Event::ResponseHeaders { run: *run, status: 200, headers: vec![] });
    }
    keep(page.hears(runs[0], &content("a1 ")));
    keep(page.hears(runs[1], &content("b1 ")));
    keep(page.happens(Event::Tick { now_ms: 1_500.0 }));
    keep(page.hears(runs[1], &content("b2 ")));
    keep(page.hears(runs[0], SSE_END));
    keep(page.hears(runs[1], &content("b3")));
    keep(page.happens(Event::Tick { now_ms: 2_000.0 }));
    let turn = restored(turn.unwrap(), &slices);
    let texts: Vec<_> = turn.answers.iter().map(|answer| (answer.text.as_str(), answer.ending)).collect();
    assert_eq!(texts, [("a1 ", Ending::Done), ("b1 b2 b3", Ending::CutOff)]);
}

#[test]
fn the_books_hold_a_request_and_settle_what_it_took() {
    let mut page = lanes(&["gpt-oss-120b"]);
    page.happens(Event::ParametersChanged {
        lane: None,
        parameters: Parameters { max_completion_tokens: Some(1_000), ..Parameters::default() },
    });
    let (run, _) = page.sends("hello");
    let held = page.state.ledger().all().next().unwrap().clone();
    assert!(held.reserved > 1_000 && held.settled.is_none(), "{held:?}");
    let effects = page.answered(run, "Hi");
    let settled = page.state.ledger().all().next().unwrap();
    assert_eq!((settled.settled.unwrap().1.total(), settled.status), (13, Some(200)), "as usage says");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveRequest { id, .. } if *id == held.id)));
}

#[test]
fn what_another_tab_sends_counts_here_and_a_refusal_takes_nothing() {
    let mut one = lanes(&["m"]);
    let mut other = lanes(&["m"]);
    let now_ms = one.now_ms;
    one.happens(Event::DraftChanged("hello".into()));
    let effects = one.happens(Event::SendPressed { now_ms });
    let run = all_sent(&effects)[0].0;
    let tell = |effects: Vec<Effect>, to: &mut Page| {
        for effect in effects {
            if let Effect::SaveRequest { record, .. } = effect {
                to.happens(from_tab(record));
            }
        }
    };
    tell(effects, &mut other);
    assert_eq!(one.state.ledger(), other.state.ledger());
    one.happens(Event::ResponseHeaders { run, status: 429, headers: vec![] });
    let effects = one.happens(Event::Ended { run, now_ms: now_ms + 50.0 });
    tell(effects, &mut other);
    assert_eq!(one.state.ledger(), other.state.ledger());
    let refused = other.state.ledger().all().next().unwrap();
    assert_eq!((refused.status, refused.settled.unwrap().1.total()), (Some(429), 0));
}

#[test]
fn requests_of_before_are_read() {
    let mut before = lanes(&["m"]);
    before.happens(Event::DraftChanged("hello".into()));
    let effects = before.happens(Event::SendPressed { now_ms: 5_000.0 });
    let records: Vec<String> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::SaveRequest { record, .. } => Some(record),
            _ => None,
        })
        .collect();
    let mut page = Page::ready();
    page.happens(Event::RequestsLoaded { records, days: 2, now_ms: 6_000.0 });
    assert_eq!(page.state.ledger().all().count(), 1);
}

#[test]
fn an_answer_that_was_cut_short_goes_on_where_the_provider_takes_its_beginning() {
    let mut page = lanes(&["m"]);
    let stop_in_the_middle = |page: &mut Page| {
        let (run, _) = page.sends("count");
        page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        page.hears(run, &content("one two"));
        page.happens(Event::StopPressed { lane: None, now_ms: 2_000.0 });
    };
    stop_in_the_middle(&mut page);
    assert_eq!(page.state.unfinished(0), None, "of Cerebras nothing is known");
    assert_eq!(page.happens(Event::ContinuePressed { lane: 0, now_ms: 3_000.0 }), []);

    page.happens(Event::ProviderChosen { lane: None, provider: "groq".into() });
    page.happens(Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    stop_in_the_middle(&mut page);
    let (run, body) = all_sent(&page.happens(Event::ContinuePressed { lane: 0, now_ms: 3_000.0 })).remove(0);
    assert!(body.contains(r#"{"content":"one two","role":"assistant"}]"#), "its beginning comes last: {body}");
    page.answered(run, " three");
    assert_eq!((page.text(0), page.states()), ("one two three", vec!["done"]));
    assert_eq!(page.state.unfinished(0), None);
}

#[test]
fn a_lane_that_goes_takes_the_edit_for_it_along() {
    let mut page = lanes(&["one", "two"]);
    for (run, _) in page.fans_out("question") {
        page.answered(run, "answer");
    }
    page.happens(Event::DraftChanged("next".into()));
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: Some(1) });
    page.happens(Event::LanesSet(1));
    assert_eq!((page.state.chat().editing.clone(), page.state.draft()), (None, "next"));
    assert_eq!(page.state.can_send(), Ok(()));
}

#[test]
fn a_request_that_never_got_there_takes_nothing() {
    let mut page = lanes(&["m"]);
    let (run, _) = page.sends("hello");
    page.happens(Event::RequestFailed { run, now_ms: 2_000.0, link: ConnectionError::Offline });
    assert_eq!(page.states(), ["failed"]);
    assert_eq!(page.state.ledger().all().next().unwrap().settled.unwrap().1.total(), 0);
}

#[test]
fn a_provider_that_is_removed_leaves_nothing_to_the_next() {
    let mut page = Page::ready();
    let add = |page: &mut Page| {
        page.happens(Event::ProviderAdded {
            name: "Mine".into(),
            base_url: "http://localhost:9/v1".into(),
            key: SecretInput(String::new()),
            mode: KeyMode::Tab,
        });
        page.state.settings().first_lane().provider.clone()
    };
    let id = add(&mut page);
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    page.happens(Event::LimitsChosen { provider: id.clone(), profile: "cerebras-guide".into() });
    page.happens(Event::ProviderRemoved(id.clone()));
    assert_ne!(add(&mut page), id);
    assert!(page.state.settings().limits.is_empty() && page.state.settings().first_lane().model.is_empty());
}

#[test]
fn a_tab_that_is_never_closed_forgets_what_no_limit_remembers() {
    let mut page = lanes(&["m"]);
    let (run, _) = page.sends("today");
    page.answered(run, "answer");
    page.now_ms += 3.0 * 86_400_000.0;
    page.happens(Event::DraftChanged("later".into()));
    page.happens(Event::SendPressed { now_ms: page.now_ms });
    assert_eq!(page.state.ledger().all().count(), 1);
}

#[test]
fn a_lane_in_the_middle_can_go_and_the_others_keep_what_they_say() {
    let mut page = lanes(&["one", "two", "three"]);
    page.happens(Event::SystemChanged("be brief".into()));
    let runs: Vec<RunId> = page.fans_out("hello").into_iter().map(|(run, _)| run).collect();
    for run in &runs {
        page.happens(Event::ResponseHeaders { run: *run, status: 200, headers: vec![] });
    }
    page.hears(runs[1], &content("from two"));
    page.hears(runs[2], &content("from "));
    let effects = page.happens(Event::LaneRemoved(1));
    assert!(effects.contains(&Effect::Abort(runs[1])) && !effects.contains(&Effect::Abort(runs[2])));
    page.hears(runs[2], &content("three"));
    page.hears(runs[2], SSE_END);
    page.answered(runs[0], "from one");
    let models: Vec<&str> = page.state.settings().lanes().map(|setup| setup.model.as_str()).collect();
    assert_eq!((models, page.text(0), page.text(1)), (vec!["one", "three"], "from one", "from three"));
    page.happens(Event::LanesSet(3));
    assert_eq!(page.text(2), "from two", "it is there again with one lane more");

    page.happens(Event::LaneRemoved(0));
    assert_eq!((page.text(0), page.state.settings().system.as_str()), ("from three", "be brief"));
    page.happens(Event::LaneRemoved(1));
    assert_eq!(page.happens(Event::LaneRemoved(0)), [], "the last one stays");
}
