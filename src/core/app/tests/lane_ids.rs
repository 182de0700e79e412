//! A lane is identified by its id: removing, adding and restoring lanes changes no answer.

use proptest::prelude::*;

use super::{Page, lanes::lanes, put};
use crate::{setup::saved_settings::SavedSettings, *};

/// What storage holds after these effects.
#[derive(Default)]
struct Stored {
    entries: Vec<Entry>,
    turns: Vec<Turn>,
    settings: StoredSettings,
}

impl Stored {
    fn keep(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::SaveEntry(entry) => {
                    self.entries.retain(|other| other.id != entry.id);
                    self.entries.push(saved::read(&saved::write(entry)).unwrap());
                }
                Effect::SaveTurn(turn) => {
                    self.turns.retain(|other| other.id != turn.id);
                    self.turns.push(saved::read(&saved::write(&**turn)).unwrap());
                }
                Effect::SaveSettings(records) => put(&mut self.settings, records),
                _ => {}
            }
        }
    }

    fn turns_of(&self, chat: &Id) -> Vec<Turn> {
        self.turns.iter().filter(|turn| turn.chat == *chat).cloned().collect()
    }
}

impl Page {
    fn stores(&mut self, event: Event, stored: &mut Stored) -> Vec<Effect> {
        let effects = self.happens(event);
        stored.keep(&effects);
        effects
    }

    /// Sends a prompt to all lanes; each answers with its model's name.
    fn chats(&mut self, prompt: &str, stored: &mut Stored) -> Id {
        self.stores(Event::DraftChanged(prompt.into()), stored);
        self.now_ms += 1_000.0;
        let now_ms = self.now_ms;
        let effects = self.stores(Event::SendPressed { now_ms }, stored);
        for effect in effects {
            if let Effect::Send(outgoing) = effect {
                let body: serde_json::Value = serde_json::from_str(&outgoing.body).unwrap();
                let effects = self.answered(outgoing.run, body["model"].as_str().unwrap());
                stored.keep(&effects);
            }
        }
        self.state.chat().id.clone().unwrap()
    }

    fn opens(&mut self, chat: &Id, stored: &mut Stored) {
        self.stores(Event::ChatOpened(chat.clone()), stored);
        let turns = stored.turns_of(chat);
        self.stores(Event::ChatLoaded { id: chat.clone(), turns, unreadable: vec![] }, stored);
    }

    fn models(&self) -> Vec<&str> {
        self.state.settings().lanes().map(|setup| setup.model.as_str()).collect()
    }

    /// What each lane answered last.
    fn answers(&self) -> Vec<&str> {
        let settings = &self.state.settings();
        let last = |lane| {
            let turn = self.state.chat().turns.get(self.state.last_turn_of(lane)?)?;
            turn.answer(settings.lane_id(lane)).map(|answer| answer.text.as_str())
        };
        (0..settings.lane_count()).map(|lane| last(lane).unwrap_or("")).collect()
    }
}

/// A chat that was cut from three lanes to one came back with three, and changed the lanes of new chats to its own.
#[test]
fn a_chat_comes_back_with_the_lanes_it_was_left_with() {
    let (mut page, mut stored) = (lanes(&["one", "two", "three"]), Stored::default());
    let first = page.chats("hello", &mut stored);
    page.stores(Event::LanesSet(1), &mut stored);
    page.stores(Event::NewChatPressed, &mut stored);
    page.stores(Event::LanesSet(2), &mut stored);
    page.stores(Event::ModelChosen { lane: 1, model: "other".into() }, &mut stored);
    let second = page.chats("hello again", &mut stored);

    page.opens(&first, &mut stored);
    assert_eq!((page.models(), page.answers()), (vec!["one"], vec!["one"]));
    page.opens(&second, &mut stored);
    assert_eq!((page.models(), page.answers()), (vec!["one", "other"], vec!["one", "other"]));
    page.opens(&first, &mut stored);
    page.stores(Event::LanesSet(3), &mut stored);
    assert_eq!(page.answers(), ["one", "two", "three"], "the answers are still there");
    page.stores(Event::NewChatPressed, &mut stored);
    assert_eq!(page.models(), ["one", "other"], "new chats have the lanes of the last new chat");
    page.opens(&first, &mut stored);
    assert_eq!(page.answers(), ["one", "two", "three"]);
}

/// Removing a lane rewrote every turn of the chat, and an older tab could write the old numbers back.
#[test]
fn removing_a_lane_rewrites_no_turn() {
    let (mut page, mut stored) = (lanes(&["one", "two", "three"]), Stored::default());
    page.chats("hello", &mut stored);
    let before = page.state.chat().turns.clone();
    let effects = page.stores(Event::LaneRemoved(0), &mut stored);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveTurn(_))), "{effects:?}");
    assert_eq!(page.state.chat().turns, before);
    assert_eq!(page.answers(), ["two", "three"]);
    let chat = page.chats("and you?", &mut stored);
    assert_eq!(page.state.chat().turns[1].answers.iter().map(|answer| answer.lane.0).collect::<Vec<_>>(), [1, 2]);

    let mut reloaded = Page::restore_state();
    let settings = stored.settings.clone();
    reloaded.happens(Event::StateRestored(Box::new(StoredState {
        settings,
        chat: Some(chat.clone()),
        ..StoredState::default()
    })));
    let turns = stored.turns_of(&chat);
    reloaded.happens(Event::ChatLoaded { id: chat, turns, unreadable: vec![] });
    assert_eq!(reloaded.answers(), ["two", "three"], "before the history is there");
    reloaded.happens(Event::HistoryLoaded { entries: stored.entries, unreadable: vec![] });
    assert_eq!((reloaded.answers(), reloaded.models()), (vec!["two", "three"], vec!["two", "three"]));
}

#[test]
fn the_lanes_that_an_older_build_saved_are_read() {
    let older = r#"{"v":1,"data":{"setup":{"provider":"groq","model":"a","system":"be brief","parameters":{"temperature":0.5}},"beside":[{"provider":"cerebras","model":"b","parameters":{}}],"started":true}}"#;
    let stored = StoredSettings { version_1: Some(older.into()), ..StoredSettings::default() };
    let settings = SavedSettings::open(stored).settings;
    assert_eq!(settings.lanes().map(|setup| setup.model.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((settings.system.as_str(), settings.first_lane().parameters.temperature), ("be brief", Some(0.5)));
    // A chat of that build: its answers have the numbers of their lanes, and its entry says nothing of lanes.
    let mut page = Page::ready();
    let turn = r#"{"v":1,"data":{"id":"t","chat":"c","asked_ms":5,"prompt":"why?","answers":[{"provider":"groq","model":"a","text":"one","ending":"done","usage":{},"timing":{}},{"lane":2,"provider":"cerebras","model":"b","text":"three","ending":"done","usage":{},"timing":{}}]}}"#;
    let entry = r#"{"v":1,"data":{"id":"c","title":"Why?","used_ms":5}}"#;
    page.happens(Event::HistoryLoaded { entries: vec![saved::read(entry).unwrap()], unreadable: vec![] });
    page.happens(Event::ChatOpened(Id("c".into())));
    let turns = vec![saved::read(turn).unwrap()];
    page.happens(Event::ChatLoaded { id: Id("c".into()), turns, unreadable: vec![] });
    assert_eq!((page.models(), page.answers()), (vec!["a", "b"], vec!["one", "three"]));
}

#[derive(Clone, Debug)]
enum Step {
    Lanes(usize),
    Remove(usize),
    Model(usize, u8),
    Send,
    New,
    Open(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..=MOST_LANES).prop_map(Step::Lanes),
        (0..MOST_LANES).prop_map(Step::Remove),
        (0..MOST_LANES, 0..4_u8).prop_map(|(lane, model)| Step::Model(lane, model)),
        Just(Step::Send),
        Just(Step::New),
        (0..4_usize).prop_map(Step::Open),
    ];
    proptest::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Whatever is done with lanes, in whatever chat, no answer changes, each lane has its own id, and each chat comes
    /// back with the lanes and answers it was left with.
    #[test]
    fn lanes_come_and_go_and_no_answer_changes(steps in steps()) {
        let (mut page, mut stored) = (lanes(&["m0"]), Stored::default());
        let mut left: Vec<(Id, Vec<String>, Vec<String>)> = Vec::new();
        let texts = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        for step in steps {
            let before = page.state.chat().turns.clone();
            match step {
                Step::Lanes(count) => drop(page.stores(Event::LanesSet(count), &mut stored)),
                Step::Remove(lane) => drop(page.stores(Event::LaneRemoved(lane), &mut stored)),
                Step::Model(lane, model) => {
                    let model = format!("m{model}");
                    page.stores(Event::ModelChosen { lane, model }, &mut stored);
                }
                Step::Send => drop(page.chats("hello", &mut stored)),
                Step::New => drop(page.stores(Event::NewChatPressed, &mut stored)),
                Step::Open(chat) => {
                    if let Some((id, models, answers)) = left.get(chat).cloned() {
                        page.opens(&id, &mut stored);
                        prop_assert_eq!(texts(page.models()), models);
                        prop_assert_eq!(texts(page.answers()), answers);
                    }
                }
            }
            let turns = &page.state.chat().turns;
            if turns.first().map(|turn| &turn.chat) == before.first().map(|turn| &turn.chat) {
                prop_assert!(turns.starts_with(&before), "no answer changed");
            }
            let mut ids: Vec<LaneId> = (0..page.state.settings().lane_count()).map(|lane| page.state.settings().lane_id(lane)).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), page.state.settings().lane_count());
            if let Some(id) = page.state.chat().id.clone() {
                let now = (id.clone(), texts(page.models()), texts(page.answers()));
                match left.iter_mut().find(|(other, ..)| *other == id) {
                    Some(known) => *known = now,
                    None => left.push(now),
                }
            }
        }
    }
}
