//! Findings of an adversarial review of several lanes.

use headroom_domain::{Model, Parameters};

use super::{Page, SSE_END, assess_lane, content, lanes::lanes};
use crate::{conversation::saved::restored, setup::saved_settings::SavedSettings, usage::rules::chosen_profile, *};

fn outgoing(effects: &[Effect]) -> Vec<(RunId, String)> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(outgoing) => Some((outgoing.run, outgoing.body.clone())),
        _ => None,
    });
    sent.collect()
}

impl Page {
    pub(super) fn asks(&mut self, prompt: &str) -> Vec<RunId> {
        self.happens(Event::DraftChanged(prompt.into()));
        let now_ms = self.now_ms;
        outgoing(&self.happens(Event::SendPressed { now_ms })).into_iter().map(|(run, _)| run).collect()
    }

    pub(super) fn begins(&mut self, run: RunId, text: &str) {
        self.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        self.hears(run, &content(text));
    }

    /// Makes it count without a worker, so that stats are available at once.
    pub(super) fn counts_at_once(&mut self) {
        (0..4).for_each(|_| drop(self.happens(Event::WorkerLost)));
    }

    pub(super) fn booked(&self) -> &headroom_limits::Request {
        self.state.ledger().all().next_back().unwrap()
    }
}

/// Creates a page whose provider accepts an answer prefix, with an answer that was stopped after this text.
fn stopped_after(text: &str) -> Page {
    let mut page = lanes(&["m"]);
    page.happens(Event::ProviderChosen { lane: None, provider: "groq".into() });
    page.happens(Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    let run = page.asks("count")[0];
    page.begins(run, text);
    page.happens(Event::StopPressed { lane: None, now_ms: 2_000.0 });
    page
}

#[test]
fn going_on_with_an_answer_holds_its_beginning_too() {
    let mut page = stopped_after(&"one two three four ".repeat(500));
    let before = page.booked().reserved;
    page.happens(Event::ContinuePressed { lane: 0, now_ms: 3_000.0 });
    let held = page.booked().reserved;
    assert!(held > before + 1_500, "{held} after {before}: the answer's beginning is part of the prompt now");
}

#[test]
fn a_continuation_that_was_refused_can_be_asked_for_again() {
    let mut page = stopped_after("one two");
    page.happens(Event::QueueSet(false));
    let (run, _) = outgoing(&page.happens(Event::ContinuePressed { lane: 0, now_ms: 3_000.0 })).remove(0);
    page.happens(Event::ResponseHeaders { run, status: 429, headers: vec![] });
    page.happens(Event::Ended { run, now_ms: 3_100.0 });
    assert_eq!(page.answer().text, "one two");
    assert!(page.state.unfinished(0).is_some(), "its text is still cut short");
}

#[test]
fn an_edit_for_one_lane_does_not_keep_the_text_of_another_twice() {
    let mut page = lanes(&["one", "two"]);
    let runs = page.asks("question");
    page.answered(runs[1], "done");
    page.begins(runs[0], "a1 ");
    let id = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn: id.clone(), lane: Some(1) });
    page.happens(Event::DraftChanged("another".into()));
    let mut effects = page.happens(Event::SendPressed { now_ms: 1_400.0 });
    page.hears(runs[0], &content("a2"));
    effects.extend(page.happens(Event::Tick { now_ms: 1_500.0 }));
    let (mut turn, mut slices) = (None, Vec::new());
    for effect in effects {
        match effect {
            Effect::SaveTurn(kept) if kept.id == id => turn = Some(*kept),
            Effect::SaveSlice { turn, slice, .. } if turn == id => slices.push(slice),
            _ => {}
        }
    }
    assert_eq!(restored(turn.unwrap(), &slices).answers[0].text, "a1 a2");
}

#[test]
fn what_is_sent_while_its_chat_is_being_read_waits_for_the_chat() {
    let mut page = lanes(&["m"]);
    let run = page.asks("first")[0];
    page.answered(run, "answer");
    let (id, turns) = (page.state.chat().id.clone().unwrap(), page.state.chat().turns.clone());
    for read in [
        Event::ChatLoaded { id: id.clone(), turns, unreadable: vec![] },
        Event::ChatLoaded { id: id.clone(), turns: vec![], unreadable: vec![] },
        super::storage::failed(StorageProblem::Refused),
    ] {
        let has_turns = matches!(&read, Event::ChatLoaded { turns, .. } if !turns.is_empty());
        page.happens(Event::NewChatPressed);
        page.happens(Event::ChatOpened(id.clone()));
        assert_eq!(page.asks("second"), [], "without what was said before, it is another question");
        assert_eq!(page.state.draft(), "second");
        let sent = outgoing(&page.happens(read));
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].1.contains("first"), has_turns, "{sent:?}");
        assert_eq!(page.state.lane_state(0), LaneState::Waiting);
        page.answered(sent[0].0, "yes");
        assert_eq!(page.answer().text, "yes");
    }
}

#[test]
fn a_chat_that_was_left_before_it_was_read_is_not_kept_as_an_empty_one() {
    let mut page = lanes(&["m"]);
    page.happens(super::storage::failed(StorageProblem::Full));
    page.happens(Event::ChatOpened(Id("c1".into())));
    page.happens(Event::ChatOpened(Id("c2".into())));
    let effects = page.happens(Event::ChatOpened(Id("c1".into())));
    assert!(effects.contains(&Effect::ReadChat(Id("c1".into()))), "{effects:?}");
}

#[test]
fn an_edit_in_one_lane_keeps_what_lanes_that_are_away_have_said() {
    let mut page = lanes(&["one", "two"]);
    for run in page.asks("question") {
        page.answered(run, "answer");
    }
    page.happens(Event::LanesSet(1));
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: None });
    let run = page.asks("edited")[0];
    page.answered(run, "another");
    assert_eq!(page.state.chat().turns.iter().filter(|turn| turn.is_in(LaneId(0))).count(), 1);
    page.happens(Event::LanesSet(2));
    let last = page.state.last_turn_of(1).expect("with the lane, what it said is there again");
    assert_eq!(page.state.chat().turns[last].answer(LaneId(1)).unwrap().text, "answer");
}

#[test]
fn an_edit_for_all_leaves_a_lane_that_cannot_be_asked_its_history_and_its_run() {
    let mut page = lanes(&["one", "two"]);
    page.happens(Event::ProviderChosen { lane: Some(1), provider: "groq".into() });
    page.happens(Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab });
    page.happens(Event::ModelChosen { lane: 1, model: "two".into() });
    let runs = page.asks("question");
    page.answered(runs[0], "answer");
    page.begins(runs[1], "half");
    page.happens(Event::KeyRemoved("groq".into()));
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: None });
    page.asks("edited");
    page.hears(runs[1], &content(" and half"));
    page.hears(runs[1], SSE_END);
    let last = page.state.last_turn_of(1).unwrap();
    assert_eq!(page.state.chat().turns[last].answer(LaneId(1)).unwrap().text, "half and half");
    let open = page.state.ledger().all().filter(|request| request.settled.is_none()).count();
    assert_eq!(open, 1, "only the edited prompt is on its way");
}

#[test]
fn what_an_edited_prompt_holds_is_what_sending_it_books() {
    let mut page = lanes(&["gpt-oss-120b"]);
    page.counts_at_once();
    let cap = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters: cap });
    for prompt in ["one", "two", "three"] {
        let run = page.asks(prompt)[0];
        page.answered(run, &"many words ".repeat(100));
        page.now_ms += 1_000.0;
    }
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: None });
    let need = assess_lane(&page.state, 0, 9_000).unwrap().need.unwrap();
    page.happens(Event::SendPressed { now_ms: 9_000.0 });
    assert_eq!(page.booked().reserved, need.tokens());
}

#[test]
fn what_the_public_list_says_is_held_for_an_answer_is_booked_too() {
    for profile in ["cerebras-guide-developer", ""] {
        let mut page = lanes(&["m"]);
        page.counts_at_once();
        page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: profile.into() });
        let model = Model { context_tokens: Some(65_536), tokens_per_minute: Some(90_000), ..Model::named("m") };
        page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![model]) });
        page.happens(Event::DraftChanged("hello".into()));
        let need = assess_lane(&page.state, 0, 1_000).unwrap().need.unwrap();
        page.asks("hello");
        assert_eq!(page.booked().reserved, need.tokens(), "{profile}");
    }
}

#[test]
fn a_lane_that_has_ended_counts_its_answer_while_others_still_write() {
    let mut page = lanes(&["one", "two"]);
    page.counts_at_once();
    let runs = page.asks("question");
    let before = page.state.request_tokens(0).unwrap().tokens;
    page.begins(runs[1], "half");
    page.answered(runs[0], &"many words ".repeat(100));
    let after = page.state.request_tokens(0).unwrap().tokens;
    assert!(after > before + 150, "{after} after {before}");
}

#[test]
fn what_headers_say_is_as_of_when_they_came() {
    let mut page = lanes(&["gpt-oss-120b"]);
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    let run = page.asks("hello")[0];
    // It waited a minute in the provider's queue: if the header counted as of the send, a bucket would be full again.
    page.now_ms += 60_000.0;
    let headers = vec![("x-ratelimit-remaining-tokens-minute".into(), "100".into())];
    page.happens(Event::ResponseHeaders { run, status: 200, headers });
    page.hears(run, &content("Hi"));
    let left = |page: &Page| {
        let now_ms = whole_ms(page.now_ms);
        let gauges = assess_lane(&page.state, 0, now_ms).unwrap().gauges;
        gauges.iter().find(|gauge| gauge.limit.window.name() == "tokens-minute").unwrap().left
    };
    assert!(left(&page) < 1_000, "{}", left(&page));
}

#[test]
fn a_clock_that_is_set_back_does_not_turn_a_conversation_round() {
    let mut page = lanes(&["m"]);
    page.now_ms = 500_000.0;
    for prompt in ["first", "second", "third"] {
        let run = page.asks(prompt)[0];
        page.answered(run, "answer");
        page.now_ms -= 100_000.0;
    }
    let (id, mut turns) = (page.state.chat().id.clone().unwrap(), page.state.chat().turns.clone());
    turns.reverse();
    page.happens(Event::NewChatPressed);
    page.happens(Event::ChatOpened(id.clone()));
    page.happens(Event::ChatLoaded { id, turns, unreadable: vec![] });
    let prompts: Vec<&str> = page.state.chat().turns.iter().map(|turn| turn.prompt.as_str()).collect();
    assert_eq!(prompts, ["first", "second", "third"]);
}

#[test]
fn a_conversation_of_a_provider_that_is_gone_never_goes_to_the_next_one() {
    let mut page = lanes(&["m"]);
    let add = |page: &mut Page, name: &str| {
        page.happens(Event::ProviderAdded {
            name: name.into(),
            base_url: "http://localhost:9/v1".into(),
            key: SecretInput(String::new()),
            mode: KeyMode::Tab,
        });
        page.state.settings().first_lane().provider.clone()
    };
    let first = add(&mut page, "mine");
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    let run = page.asks("a secret")[0];
    page.happens(Event::ProviderRemoved(first.clone()));
    page.answered(run, "kept");
    assert!(page.state.settings().corrections.is_empty(), "nothing is learned of what is gone");
    let chat = page.state.chat().id.clone().unwrap();
    let turns = page.state.chat().turns.clone();
    page.happens(Event::NewChatPressed);
    // This survives a reload.
    *page.state.choices.settings_mut() = SavedSettings::open(page.state.settings().into()).settings;
    let second = add(&mut page, "theirs");
    page.happens(Event::ProviderChosen { lane: Some(0), provider: "cerebras".into() });
    page.happens(Event::ChatOpened(chat.clone()));
    page.happens(Event::ChatLoaded { id: chat, turns, unreadable: vec![] });
    assert_ne!(page.state.settings().first_lane().provider, second);
    assert_eq!(page.state.ledger().of_account(&second).count(), 0, "nor does it answer for what the first took");
}

/// Creates a page with a model of OpenRouter.
fn openrouter(model: &str) -> Page {
    let mut page = lanes(&["m"]);
    page.happens(Event::ProviderChosen { lane: None, provider: "openrouter".into() });
    page.happens(Event::KeyEntered {
        provider: "openrouter".into(),
        key: SecretInput("sk-1".into()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: model.into() });
    page
}

#[test]
fn another_profile_counts_what_was_sent_under_the_one_before() {
    let mut page = openrouter("some/model:free");
    let choose = |page: &mut Page, profile: &str| {
        page.happens(Event::LimitsChosen { provider: "openrouter".into(), profile: profile.into() });
    };
    choose(&mut page, "");
    let run = page.asks("hello")[0];
    page.answered(run, "Hi");
    choose(&mut page, "openrouter-free");
    let used = |page: &Page| assess_lane(&page.state, 0, 2_000).unwrap().gauges.iter().map(|it| it.used).max();
    assert_eq!(used(&page), Some(1), "the same account has sent it");
    choose(&mut page, "groq-free");
    choose(&mut page, "openrouter-free");
    assert_eq!(used(&page), Some(1));
}

#[test]
fn the_limits_of_free_models_do_not_hold_for_those_that_are_paid() {
    assert_eq!(assess_lane(&openrouter("some/model:free").state, 0, 1_000).unwrap().gauges.len(), 2);
    assert_eq!(assess_lane(&openrouter("some/model").state, 0, 1_000).unwrap().gauges, []);
}

#[test]
fn a_chosen_profile_that_is_no_longer_there_gives_way_to_the_newest() {
    let mut page = lanes(&["gpt-oss-120b"]);
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-2025".into() });
    assert_eq!(chosen_profile(page.state.settings(), "cerebras"), "cerebras-trial");
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "groq-free".into() });
    assert_eq!(
        chosen_profile(page.state.settings(), "cerebras"),
        "groq-free",
        "that of another provider may be chosen"
    );
}

#[test]
fn a_list_that_is_asked_for_again_stays_until_there_is_another() {
    let mut page = lanes(&["m"]);
    let model = Model { context_tokens: Some(4_096), ..Model::named("m") };
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![model]) });
    let known = |page: &Page| page.state.listed_model(page.state.settings().first_lane()).is_some();
    page.happens(Event::ProviderChosen { lane: Some(0), provider: "cerebras".into() });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    assert!(known(&page), "while it is on its way");
    let failure =
        headroom_domain::Failure::new(headroom_domain::FailureKind::Unreachable, headroom_domain::Phase::BeforeHeaders);
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Err(Box::new(failure)) });
    assert!(known(&page), "and when it does not come");
}

#[test]
fn a_prompt_sent_before_the_history_is_read_does_not_rename_its_chat() {
    let mut page = Page { state: State::default(), now_ms: 1_000.0 };
    let mut before = lanes(&["m"]);
    let run = before.asks("first")[0];
    before.answered(run, "yes");
    let (id, turns) = (before.state.chat().id.clone().unwrap(), before.state.chat().turns.clone());
    let kept = StoredState {
        chat: Some(id.clone()),
        settings: before.state.settings().into(),
        keys: vec![("cerebras".into(), KeyMode::Browser)],
        ..StoredState::default()
    };
    page.happens(Event::StateRestored(Box::new(kept)));
    page.happens(Event::ChatLoaded { id: id.clone(), turns, unreadable: vec![] });
    page.asks("second");
    let entries = vec![Entry { id, title: "Mine".into(), used_ms: 900, lanes: vec![], unknown: None }];
    let effects = page.happens(Event::HistoryLoaded { entries, unreadable: vec![] });
    assert_eq!(page.state.title(), "Mine");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveEntry(entry) if entry.title == "Mine")));
}
