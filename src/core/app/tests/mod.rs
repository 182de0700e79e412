//! Tests of the complete state machine: events in, effects out.

use headroom_domain::{Failure, FailureKind};

use crate::*;

mod answers;
mod assess;
mod background;
mod certainty;
mod counting;
mod deleted;
mod early_send;
mod entering;
mod exact_count;
mod faults;
mod history;
mod lane_ids;
mod lanes;
mod limits;
mod network;
mod queue;
mod refusals;
mod request_spec;
mod review;
mod saved_settings;
mod storage;
mod storms;
mod tabs;
mod token_view;
mod version_1;
mod version_1_chats;
mod weeks;
mod words;

const SSE_END: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";

/// A page with a provider, a key, and a model, as after a few clicks.
struct Page {
    state: State,
    now_ms: f64,
}

impl Page {
    fn restore_state() -> Self {
        let mut page = Self { state: State::default(), now_ms: 1_000.0 };
        page.happens(Event::StateRestored(Box::default()));
        page
    }

    fn ready() -> Self {
        let mut page = Self::restore_state();
        page.happens(Event::ProviderChosen { lane: None, provider: "cerebras".into() });
        page.happens(Event::KeyEntered {
            provider: "cerebras".into(),
            key: SecretInput("csk-canary".into()),
            mode: KeyMode::Tab,
        });
        page.happens(Event::ModelChosen { lane: 0, model: "gpt-oss-120b".into() });
        page
    }

    fn happens(&mut self, event: Event) -> Vec<Effect> {
        self.state.update(event)
    }

    fn sends(&mut self, prompt: &str) -> (RunId, String) {
        self.happens(Event::DraftChanged(prompt.into()));
        let now_ms = self.now_ms;
        let effects = self.happens(Event::SendPressed { now_ms });
        sent(&effects)
    }

    fn hears(&mut self, run: RunId, text: &str) -> Vec<Effect> {
        self.now_ms += 10.0;
        let reads = vec![Read { at_ms: self.now_ms, bytes: text.as_bytes().to_vec() }];
        self.happens(Event::Received { run, reads })
    }

    fn answered(&mut self, run: RunId, text: &str) -> Vec<Effect> {
        self.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        self.hears(run, &content(text));
        self.hears(run, SSE_END)
    }

    fn answer(&self) -> &Answer {
        self.state.chat().turns.last().unwrap().answers.last().unwrap()
    }
}

fn sent(effects: &[Effect]) -> (RunId, String) {
    let outgoing = effects.iter().find_map(|effect| match effect {
        Effect::Send(outgoing) => Some((outgoing.run, outgoing.body.clone())),
        _ => None,
    });
    outgoing.unwrap_or_else(|| panic!("a request is sent: {effects:?}"))
}

fn content(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": { "content": text } }] }))
}

/// What the limits mean for a lane.
fn assess_lane(state: &State, lane: usize, now_ms: u64) -> Option<scheduler::assess::Assessment> {
    scheduler::assess::assess(state, now_ms).into_iter().nth(lane)
}

/// A message of another tab.
fn from_tab(record: String) -> Event {
    Event::TabMessage { record, is_older: false, now_ms: 1_000.0 }
}

/// The settings that these effects save.
fn settings_saved(effects: &[Effect]) -> Vec<SettingRecord> {
    let records = effects.iter().filter_map(|effect| match effect {
        Effect::SaveSettings(records) => Some(records.clone()),
        _ => None,
    });
    records.flatten().collect()
}

/// Writes settings to storage.
fn put(stored: &mut StoredSettings, records: &[SettingRecord]) {
    for (name, text) in records {
        stored.records.retain(|(other, _)| other != name);
        stored.records.extend(text.clone().map(|text| (name.clone(), text)));
    }
}

fn kept_turn(effects: &[Effect]) -> Option<&Turn> {
    effects.iter().find_map(|effect| match effect {
        Effect::SaveTurn(turn) => Some(&**turn),
        _ => None,
    })
}

#[test]
fn no_key_ever_shows_in_an_event_an_effect_or_the_state() {
    let mut page = Page::restore_state();
    let event = Event::KeyEntered {
        provider: "cerebras".into(),
        key: SecretInput("csk-canary".into()),
        mode: KeyMode::Browser,
    };
    assert!(!format!("{event:?}").contains("canary"));
    let effects = page.happens(event);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveKey { mode: KeyMode::Browser, .. })));
    assert!(!format!("{effects:?}").contains("canary"), "{effects:?}");
    page.happens(Event::ModelChosen { lane: 0, model: "gpt-oss-120b".into() });
    let (_, body) = page.sends("hello");
    assert!(!body.contains("canary") && !format!("{:?}", page.state).contains("canary"));
}

#[test]
fn what_is_missing_for_sending_is_said_in_the_order_it_is_met() {
    let mut page = Page::restore_state();
    assert_eq!(page.state.can_send(), Err(SendProblem::NoProvider));
    page.happens(Event::ProviderChosen { lane: None, provider: "groq".into() });
    assert_eq!(page.state.can_send(), Err(SendProblem::NoKey("Groq".into())));
    assert_eq!(*page.state.panel(), Panel::Settings("groq".into()), "the form for the key is open");
    page.happens(Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab });
    assert_eq!(page.state.can_send(), Err(SendProblem::NoModel));
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    assert_eq!(page.state.can_send(), Err(SendProblem::Empty));
    page.happens(Event::DraftChanged("hi".into()));
    assert_eq!(page.state.can_send(), Ok(()));
    let parameters = headroom_domain::Parameters { temperature: Some(9.0), ..Default::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    assert!(matches!(page.state.can_send(), Err(SendProblem::Parameter(_))));
}

#[test]
fn a_first_visitor_needs_one_press_to_be_able_to_chat_with_the_simulator() {
    let mut page = Page::restore_state();
    let effects = page.happens(Event::ProviderChosen { lane: None, provider: SIMULATOR.into() });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ListModels { .. })), "{effects:?}");
    let models = vec![headroom_domain::Model::named("one"), headroom_domain::Model::named("two")];
    page.happens(Event::ModelsListed { provider: SIMULATOR.into(), outcome: Ok(models) });
    page.happens(Event::DraftChanged("hi".into()));
    assert_eq!(page.state.can_send(), Ok(()), "the first model of the list is taken");
}

#[test]
fn an_answer_streams_in_is_measured_and_kept() {
    let mut page = Page::ready();
    let (run, body) = page.sends("Hello!");
    assert!(body.contains("\"Hello!\"") && body.contains("\"stream\":true"), "{body}");
    assert_eq!((page.state.draft(), page.state.lane_state(0)), ("", LaneState::Waiting));

    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("Hi "));
    assert_eq!(page.state.lane_state(0), LaneState::Streaming);
    page.hears(run, &content("there"));
    let effects = page.hears(run, SSE_END);

    let answer = page.answer();
    assert_eq!((answer.text.as_str(), answer.ending), ("Hi there", Ending::Done));
    assert_eq!((answer.usage.prompt_tokens, answer.usage.completion_tokens), (Some(9), Some(4)));
    let metrics = answer.metrics.unwrap();
    assert_eq!((metrics.ttft_ms, metrics.total_ms), (Some(10.0), 30.0));
    assert!(answer.estimated_prompt_tokens.is_some());
    assert_eq!(kept_turn(&effects).unwrap().answers.last(), Some(answer));
    assert_eq!(page.state.lane_state(0), LaneState::Done);
    assert_eq!(page.state.entries().first().unwrap().title, "Hello!");
}

#[test]
fn the_next_request_carries_the_conversation_without_reasoning() {
    let mut page = Page::ready();
    let (run, _) = page.sends("one");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, "data: {\"choices\":[{\"delta\":{\"reasoning\":\"secret thoughts\"}}]}\n\n");
    page.hears(run, &content("1"));
    page.hears(run, SSE_END);
    assert_eq!(page.answer().reasoning, "secret thoughts");
    let (_, body) = page.sends("two");
    assert!(body.contains("\"one\"") && body.contains("\"1\"") && body.contains("\"two\""), "{body}");
    assert!(!body.contains("secret thoughts"));
}

#[test]
fn late_chunks_of_a_stopped_run_are_ignored() {
    let mut page = Page::ready();
    let (run, _) = page.sends("go on");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("so far"));
    let now_ms = page.now_ms;
    let effects = page.happens(Event::StopPressed { lane: None, now_ms });
    assert!(effects.contains(&Effect::Abort(run)));
    assert_eq!(
        (page.answer().ending, page.answer().failure.clone()),
        (Ending::Stopped, None),
        "an abort is not an error"
    );
    for event in [
        Event::Ended { run, now_ms },
        Event::RequestFailed { run, now_ms, link: ConnectionError::Online },
        Event::ReachabilityChecked { run, reach: headroom_protocol::Reach::default() },
    ] {
        assert_eq!(page.happens(event), []);
    }
    page.hears(run, &content(" and more"));
    assert_eq!(page.answer().text, "so far");
}

#[test]
fn asking_again_keeps_the_older_answer_and_sends_the_same_turn() {
    let mut page = Page::ready();
    let (run, first) = page.sends("why?");
    page.answered(run, "because");
    let now_ms = page.now_ms;
    let effects = page.happens(Event::RegeneratePressed { lane: None, now_ms });
    let (again, second) = sent(&effects);
    assert!(again > run);
    assert_eq!(first, second);
    page.answered(again, "therefore");
    let texts: Vec<&str> = page.state.chat().turns[0].answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(texts, ["because", "therefore"]);
}

#[test]
fn an_edited_turn_replaces_what_follows_only_when_it_is_sent() {
    let mut page = Page::ready();
    for prompt in ["one", "two", "three"] {
        let (run, _) = page.sends(prompt);
        page.answered(run, "ok");
    }
    let second = page.state.chat().turns[1].id.clone();
    page.happens(Event::EditPressed { turn: second, lane: None });
    assert_eq!((page.state.draft(), page.state.chat().turns.len()), ("two", 3), "nothing is lost by looking");
    let (_, body) = page.sends("2");
    assert!(
        body.contains("\"one\"") && body.contains("\"2\"") && !body.contains("\"two\"") && !body.contains("\"three\""),
        "{body}"
    );
    assert_eq!(page.state.chat().turns.len(), 2);
}

#[test]
fn refusals_become_cards_with_their_status() {
    let cases = [
        (
            401,
            r#"{"message":"Wrong API Key","type":"invalid_request_error","code":"wrong_api_key"}"#,
            FailureKind::WrongKey,
        ),
        (402, r#"{"error":{"message":"no credit"}}"#, FailureKind::Payment),
        (404, r#"{"message":"x","code":"model_not_found"}"#, FailureKind::NotFound),
        (
            429,
            r#"{"message":"Tokens per minute limit exceeded","code":"token_quota_exceeded"}"#,
            FailureKind::RateLimited,
        ),
        (503, "", FailureKind::Server),
    ];
    for (status, body, kind) in cases {
        let mut page = Page::ready();
        page.happens(Event::QueueSet(false));
        let (run, _) = page.sends("hi");
        page.happens(Event::ResponseHeaders { run, status, headers: vec![] });
        page.hears(run, body);
        let now_ms = page.now_ms;
        page.happens(Event::Ended { run, now_ms });
        let failure = page.answer().failure.clone().unwrap();
        assert_eq!(
            (failure.kind, failure.status, page.state.lane_state(0)),
            (kind, Some(status), LaneState::Failed),
            "{status}"
        );
    }
}

#[test]
fn silence_is_told_apart_by_one_keyless_question() {
    use headroom_protocol::{Reach, ReachabilityCheck};
    for (list, kind) in
        [(ReachabilityCheck::Answered, FailureKind::WrongKey), (ReachabilityCheck::Failed, FailureKind::Unreachable)]
    {
        let mut page = Page::ready();
        let (run, _) = page.sends("hi");
        let effects = page.happens(Event::RequestFailed { run, now_ms: 1_100.0, link: ConnectionError::Online });
        assert!(
            matches!(effects.as_slice(), [Effect::CheckReachability { list: Some(url), .. }] if url.ends_with("/public/v1/models")),
            "{effects:?}"
        );
        page.happens(Event::ReachabilityChecked { run, reach: Reach { list, ..Reach::default() } });
        assert_eq!(page.answer().failure.as_ref().map(|failure| failure.kind), Some(kind));
    }
    let mut page = Page::ready();
    let (run, _) = page.sends("hi");
    page.happens(Event::RequestFailed { run, now_ms: 1_100.0, link: ConnectionError::Offline });
    assert_eq!(page.answer().failure.as_ref().map(|failure| failure.kind), Some(FailureKind::Offline));
}

#[test]
fn an_answer_without_an_end_is_cut_off_and_keeps_its_text() {
    let mut page = Page::ready();
    let (run, _) = page.sends("tell me");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("once upon"));
    page.happens(Event::RequestFailed { run, now_ms: 1_200.0, link: ConnectionError::Online });
    assert_eq!((page.answer().text.as_str(), page.state.lane_state(0)), ("once upon", LaneState::CutOff));
    assert_eq!(page.answer().failure.as_ref().map(|failure| failure.kind), Some(FailureKind::BadStream));
}

#[test]
fn what_streams_is_kept_in_slices_and_a_stall_ends() {
    let mut page = Page::ready();
    let (run, _) = page.sends("tell me");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("one "));
    let slice = |effects: &[Effect]| match effects {
        [Effect::SaveSlice { number, slice, .. }] => Some((*number, slice.text.clone())),
        _ => None,
    };
    let effects = page.happens(Event::Tick { now_ms: 2_000.0 });
    assert_eq!(slice(&effects), Some((0, "one ".into())));
    assert_eq!(page.happens(Event::Tick { now_ms: 3_000.0 }), [], "nothing new, nothing to keep");
    page.hears(run, &content("two"));
    assert_eq!(slice(&page.happens(Event::Tick { now_ms: 4_000.0 })), Some((1, "two".into())));
    let effects = page.happens(Event::Tick { now_ms: 100_000.0 });
    assert_eq!(effects.first(), Some(&Effect::Abort(run)));
    assert_eq!(page.answer().failure.as_ref().map(|failure| failure.kind), Some(FailureKind::Timeout));
    assert_eq!(page.answer().text, "one two");
}

#[test]
fn ids_of_two_tabs_differ_even_in_the_same_millisecond() {
    let tab = |tab| {
        let mut state = State::default();
        state.update(Event::StateRestored(Box::new(StoredState { tab, ..StoredState::default() })));
        [state.new_id(5), state.new_id(5)]
    };
    let ids: std::collections::BTreeSet<Id> = tab(1).into_iter().chain(tab(2)).collect();
    assert_eq!(ids.len(), 4);
}
