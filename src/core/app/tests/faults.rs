//! Every fault in every phase of a request, with one lane and with four: nothing is stuck, nothing that was saved or should
//! have been is lost, and nothing is sent twice.

use std::collections::BTreeMap;

use headroom_protocol::Reach;
use headroom_records::Unsaved;

use super::{SSE_END, content, from_tab, lanes::lanes, *};
use crate::conversation::saved::{Slice, restored};

const MODELS: [&str; 4] = ["one", "two", "three", "four"];
const LATER: &str =
    r#"{"error":{"message":"Rate limit reached. Please try again in 2.5s.","code":"rate_limit_exceeded"}}"#;

/// What is in the database.
#[derive(Clone, Default)]
struct Stored {
    entries: BTreeMap<Id, Entry>,
    turns: BTreeMap<(Id, Id), Turn>,
    slices: BTreeMap<(Id, Id, LaneId, u32), Slice>,
    requests: BTreeMap<String, String>,
}

impl Stored {
    fn apply(&mut self, effect: &Effect) {
        match effect.clone() {
            Effect::SaveEntry(entry) => drop(self.entries.insert(entry.id.clone(), entry)),
            Effect::SaveTurn(turn) => {
                self.slices.retain(|(chat, of, ..), _| (chat, of) != (&turn.chat, &turn.id));
                self.turns.insert((turn.chat.clone(), turn.id.clone()), *turn);
            }
            Effect::SaveSlice { chat, turn, number, slice } => {
                self.slices.insert((chat, turn, slice.lane, number), slice);
            }
            Effect::DeleteTurns { chat, turns } => {
                self.turns.retain(|(other, turn), _| *other != chat || !turns.contains(turn));
            }
            Effect::DeleteChat(chat) => {
                self.entries.remove(&chat);
                self.turns.retain(|(other, _), _| *other != chat);
            }
            Effect::SaveRequest { id, record } => drop(self.requests.insert(id, record)),
            _ => {}
        }
    }

    fn chat(&self, chat: &Id) -> Vec<Turn> {
        let turns = self.turns.iter().filter(|((other, _), _)| other == chat).map(|(_, turn)| turn.clone());
        let slices = |turn: &Turn| -> Vec<Slice> {
            let own = self.slices.iter().filter(|((other, of, ..), _)| (other, of) == (chat, &turn.id));
            own.map(|(_, slice)| slice.clone()).collect()
        };
        turns.map(|turn| (slices(&turn), turn)).map(|(slices, turn)| restored(turn, &slices)).collect()
    }
}

/// A browser with one tab, whose storage and network do what the script says.
struct Browser {
    page: Page,
    settings: StoredSettings,
    draft: String,
    open: Option<Id>,
    /// What a reload finds.
    disk: Stored,
    /// The same with what waits to be written.
    memory: Stored,
    disk_is_full: bool,
    running: Vec<RunId>,
    bodies: Vec<String>,
    refused: usize,
    reloads: u64,
}

impl Browser {
    fn with_lanes(count: usize) -> Self {
        let page = lanes(&MODELS[..count]);
        Self {
            settings: page.state.settings().into(),
            page,
            draft: String::new(),
            open: None,
            disk: Stored::default(),
            memory: Stored::default(),
            disk_is_full: false,
            running: vec![],
            bodies: vec![],
            refused: 0,
            reloads: 0,
        }
    }

    fn happens(&mut self, event: Event) {
        let mut waiting = vec![event];
        while !waiting.is_empty() {
            for effect in self.page.happens(waiting.remove(0)) {
                self.memory.apply(&effect);
                if !self.disk_is_full {
                    self.disk.apply(&effect);
                }
                match effect {
                    Effect::SaveDraft(draft) => self.draft = draft,
                    Effect::SaveOpenChat(chat) => self.open = chat,
                    Effect::SaveSettings(records) => put(&mut self.settings, &records),
                    Effect::Send(outgoing) => {
                        self.running.push(outgoing.run);
                        self.bodies.push(outgoing.body);
                    }
                    Effect::Abort(run) => self.running.retain(|other| *other != run),
                    Effect::ReadHistory => {
                        let entries = self.memory.entries.values().cloned().collect();
                        waiting.push(Event::HistoryLoaded { entries, unreadable: vec![] });
                    }
                    Effect::ReadChat(id) => {
                        waiting.push(Event::ChatLoaded { turns: self.memory.chat(&id), id, unreadable: vec![] });
                    }
                    Effect::ReadRequests { days } => {
                        let records = self.memory.requests.values().cloned().collect();
                        waiting.push(Event::RequestsLoaded { records, days, now_ms: self.page.now_ms });
                    }
                    Effect::CheckReachability { run, .. } => {
                        waiting.push(Event::ReachabilityChecked { run, reach: Reach::default() });
                    }
                    _ => {}
                }
            }
        }
    }

    fn sends(&mut self, prompt: &str) {
        self.happens(Event::DraftChanged(prompt.into()));
        self.happens(Event::SendPressed { now_ms: self.page.now_ms });
    }

    fn receives(&mut self, run: RunId, text: &str) {
        self.page.now_ms += 10.0;
        let reads = vec![Read { at_ms: self.page.now_ms, bytes: text.as_bytes().to_vec() }];
        self.happens(Event::Received { run, reads });
    }

    fn each_run(&mut self, act: impl Fn(&mut Self, RunId)) {
        for run in self.running.clone() {
            act(self, run);
        }
    }

    fn starts(&mut self, text: &str) {
        self.each_run(|browser, run| {
            browser.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
            browser.receives(run, &content(text));
        });
    }

    fn refuses(&mut self) {
        self.each_run(|browser, run| {
            browser.refused += 1;
            browser.happens(Event::ResponseHeaders { run, status: 429, headers: vec![] });
            browser.receives(run, LATER);
            browser.happens(Event::Ended { run, now_ms: browser.page.now_ms });
            browser.running.retain(|other| *other != run);
        });
    }

    fn breaks(&mut self, link: ConnectionError) {
        self.each_run(|browser, run| {
            browser.running.retain(|other| *other != run);
            browser.happens(Event::RequestFailed { run, now_ms: browser.page.now_ms, link });
        });
    }

    /// The tab is closed, or its process killed, and the page opened again.
    fn opens_again(&mut self, was_killed: bool) {
        if !was_killed {
            self.happens(Event::Tick { now_ms: self.page.now_ms });
            self.happens(Event::PageHidden);
        }
        self.reloads += 1;
        self.running.clear();
        self.memory = self.disk.clone();
        self.page = Page { state: State::default(), now_ms: self.page.now_ms + 500.0 };
        self.happens(Event::StateRestored(Box::new(StoredState {
            draft: self.draft.clone(),
            settings: self.settings.clone(),
            keys: vec![("cerebras".into(), KeyMode::Browser)],
            tab: self.reloads,
            chat: self.open.clone(),
            ..StoredState::default()
        })));
    }

    /// Lets time pass until every lane is at rest. A run that was answered is gone.
    fn settles(&mut self, case: &str) {
        for _ in 0..40 {
            self.each_run(|browser, run| {
                browser.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
                browser.receives(run, &content("the rest"));
                browser.receives(run, SSE_END);
                browser.running.retain(|other| *other != run);
            });
            if self.page.state.chat().turns().iter().all(|turn| !turn.is_running())
                && (0..self.page.state.settings().lane_count())
                    .all(|lane| self.page.state.lane_state(lane).is_at_rest())
            {
                return;
            }
            self.page.now_ms += 30_000.0;
            self.happens(Event::QueueDue { now_ms: self.page.now_ms });
            self.happens(Event::Tick { now_ms: self.page.now_ms });
        }
        panic!("{case}: stuck: {:?}", self.page.states());
    }

    /// How often a prompt was sent as the last message to a model.
    fn sent(&self, prompt: &str, model: &str) -> usize {
        let is_last = |body: &&String| {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            body["model"] == model && body["messages"].as_array().unwrap().last().unwrap()["content"] == prompt
        };
        self.bodies.iter().filter(is_last).count()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Typing,
    Editing,
    Sent,
    Queued,
    Streaming,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Reload,
    Kill,
    FullDisk,
    SilentStorage,
    Cleared,
    DeletedElsewhere,
    Offline,
    ServerGone,
    LimitsChanged,
    Sleep,
    ClockAhead,
    ClockBehind,
}

const DAY_MS: f64 = 86_400_000.0;

fn reached(phase: Phase, lane_count: usize) -> Browser {
    let mut browser = Browser::with_lanes(lane_count);
    browser.page.now_ms = 100.0 * DAY_MS;
    browser.sends("first");
    browser.starts("half ");
    browser.each_run(|browser, run| browser.receives(run, SSE_END));
    browser.running.clear();
    if phase == Phase::Editing {
        let turn = browser.page.state.chat().turns()[0].id.clone();
        browser.happens(Event::EditPressed { turn, lane: None });
    }
    if matches!(phase, Phase::Typing | Phase::Editing) {
        browser.happens(Event::DraftChanged("half a thought".into()));
        return browser;
    }
    browser.sends("second");
    match phase {
        Phase::Queued => browser.refuses(),
        Phase::Streaming => {
            browser.starts("half ");
            browser.page.now_ms += 1_000.0;
            browser.happens(Event::Tick { now_ms: browser.page.now_ms });
            browser.each_run(|browser, run| browser.receives(run, &content("of it, ")));
        }
        Phase::Ended => browser.settles("before"),
        Phase::Typing | Phase::Editing | Phase::Sent => {}
    }
    browser
}

fn strike(browser: &mut Browser, fault: Fault, case: &str) {
    let storage = |problem| Event::StorageFailed { problem, unsaved: Unsaved { records: 1, bytes: 1 } };
    match fault {
        Fault::Reload | Fault::Kill => browser.opens_again(fault == Fault::Kill),
        Fault::FullDisk => {
            browser.disk_is_full = true;
            browser.happens(storage(StorageProblem::Full));
            browser.settles(case);
            (browser.disk_is_full, browser.disk) = (false, browser.memory.clone());
            browser.happens(Event::StorageRecovered);
        }
        Fault::SilentStorage => browser.happens(storage(StorageProblem::NotResponding)),
        Fault::Cleared => {
            (browser.disk, browser.memory) = (Stored::default(), Stored::default());
            browser.happens(Event::StorageCleared);
            browser.happens(Event::DeletedChatKept);
        }
        Fault::DeletedElsewhere => {
            let chat = browser.open.clone().unwrap();
            browser.disk.apply(&Effect::DeleteChat(chat.clone()));
            browser.memory.apply(&Effect::DeleteChat(chat.clone()));
            browser.happens(from_tab(serde_json::json!({ "deleted": chat }).to_string()));
            browser.happens(Event::DeletedChatKept);
        }
        Fault::Offline => browser.breaks(ConnectionError::Offline),
        Fault::ServerGone => browser.breaks(ConnectionError::Online),
        Fault::LimitsChanged => browser.refuses(),
        Fault::Sleep => {
            browser.page.now_ms += 8.0 * 3_600_000.0;
            browser.happens(Event::Tick { now_ms: browser.page.now_ms });
            browser.breaks(ConnectionError::Online);
        }
        Fault::ClockAhead | Fault::ClockBehind => {
            browser.page.now_ms += if fault == Fault::ClockAhead { DAY_MS } else { -DAY_MS };
            browser.happens(Event::QueueDue { now_ms: browser.page.now_ms });
        }
    }
}

#[test]
fn no_fault_in_any_phase_sticks_loses_or_sends_twice() {
    use {Fault as F, Phase as P};
    let faults = [
        F::Reload,
        F::Kill,
        F::FullDisk,
        F::SilentStorage,
        F::Cleared,
        F::DeletedElsewhere,
        F::Offline,
        F::ServerGone,
        F::LimitsChanged,
        F::Sleep,
        F::ClockAhead,
        F::ClockBehind,
    ];
    for phase in [P::Typing, P::Editing, P::Sent, P::Queued, P::Streaming, P::Ended] {
        for fault in faults {
            for lane_count in [1, 4] {
                let case = format!("{fault:?} while {phase:?} with {lane_count} lanes");
                let mut browser = reached(phase, lane_count);
                strike(&mut browser, fault, &case);
                browser.settles(&case);
                if matches!(phase, P::Typing | P::Editing) {
                    assert_eq!(browser.page.state.draft(), "half a thought", "{case}");
                }
                browser.opens_again(true);
                browser.settles(&case);
                let turns = browser.page.state.chat().turns();
                let prompts: Vec<&str> = turns.iter().map(|turn| turn.prompt.as_str()).collect();
                let expected: &[&str] =
                    if matches!(phase, P::Typing | P::Editing) { &["first"] } else { &["first", "second"] };
                assert_eq!(prompts, expected, "{case}");
                for (lane, model) in MODELS[..lane_count].iter().enumerate() {
                    let lane = browser.page.state.settings().lane_id(lane);
                    let texts: Vec<&str> =
                        turns.iter().map(|turn| turn.answer(lane).map_or("", |answer| &answer.text)).collect();
                    assert_eq!(texts[0], "half ", "{case}, {model}");
                    if phase == P::Streaming {
                        assert!(texts[1].starts_with("half "), "{case}, {model}: {texts:?}");
                    }
                    let most = 1 + browser.refused.div_ceil(lane_count);
                    assert!(browser.sent("first", model) == 1, "{case}, {model}");
                    assert!(browser.sent("second", model) <= most, "{case}, {model}: {:?}", browser.bodies);
                }
                browser.sends("afterward");
                browser.settles(&case);
                let last = browser.page.state.chat().turns().last().unwrap();
                assert_eq!(last.prompt, "afterward", "{case}");
                assert!(last.answers.iter().all(|answer| answer.ending == Ending::Done), "{case}: {last:?}");
            }
        }
    }
}
