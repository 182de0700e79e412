//! The history, the draft, and failing storage.

use super::*;

#[test]
fn the_history_brings_a_chat_back_and_finds_renames_and_deletes_it() {
    let mut page = Page::ready();
    let (run, _) = page.sends("first chat");
    page.answered(run, "half");
    let id = page.state.chat().id.clone().unwrap();
    let kept = page.state.chat().turns[0].clone();
    page.happens(Event::NewChatPressed);
    assert!(page.state.chat().turns.is_empty());

    let effects = page.happens(Event::ChatOpened(id.clone()));
    assert_eq!(effects, [Effect::SaveOpenChat(Some(id.clone())), Effect::ReadChat(id.clone())]);
    page.happens(Event::ChatLoaded { id: id.clone(), turns: vec![kept], unreadable: vec![] });
    assert_eq!(page.answer().text, "half");
    page.happens(Event::ChatRenamed(id.clone(), " Mine ".into()));
    page.happens(Event::SearchChanged("MINE".into()));
    assert_eq!(page.state.listed_chats(), 1);
    let effects = page.happens(Event::ChatDeleted(id.clone()));
    assert!(effects.contains(&Effect::DeleteChat(id)));
    assert!(page.state.listed_chats() == 0 && page.state.chat().id.is_none());
}

#[test]
fn a_reload_comes_back_to_the_open_chat_and_to_a_new_one_if_it_is_gone() {
    let mut page = Page { state: State::default(), now_ms: 0.0 };
    let id = Id("c1".into());
    let effects =
        page.happens(Event::StateRestored(Box::new(StoredState { chat: Some(id.clone()), ..StoredState::default() })));
    assert!(effects.contains(&Effect::ReadChat(id.clone())), "{effects:?}");
    assert!(page.state.chat().loading);
    let effects = page.happens(Event::ChatLoaded { id, turns: vec![], unreadable: vec![] });
    assert!(effects.contains(&Effect::SaveOpenChat(None)), "another tab deleted it: {effects:?}");
    assert!(page.state.chat().id.is_none() && !page.state.chat().loading);
}

#[test]
fn what_was_being_written_outlives_an_edit_dropped_or_sent() {
    let mut page = Page::ready();
    let (run, _) = page.sends("first");
    page.answered(run, "yes");
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::DraftChanged("half a thought".into()));
    page.happens(Event::EditPressed { turn: turn.clone(), lane: None });
    page.happens(Event::EditPressed { turn: turn.clone(), lane: None });
    assert_eq!(page.state.draft(), "first");
    let effects = page.happens(Event::EditDropped);
    assert_eq!(effects.first(), Some(&Effect::SaveDraft("half a thought".into())));
    page.happens(Event::EditPressed { turn, lane: None });
    page.sends("first, again");
    assert_eq!(page.state.draft(), "half a thought");
}

/// Restored lanes would be asked too, and paid for.
#[test]
fn lanes_that_were_put_away_do_not_come_back_with_a_reload() {
    for away in [Event::LanesSet(2), Event::LaneRemoved(0)] {
        let mut before = lanes::lanes(&["one", "two", "three"]);
        let (run, _) = before.sends("hello");
        before.answered(run, "answer");
        before.happens(away);
        let id = before.state.chat().id.clone().unwrap();
        let settings = before.state.settings().into();
        let mut page = Page { state: State::default(), now_ms: 2_000.0 };
        page.happens(Event::StateRestored(Box::new(StoredState {
            chat: Some(id.clone()),
            settings,
            ..StoredState::default()
        })));
        page.happens(Event::ChatLoaded { id, turns: before.state.chat().turns.clone(), unreadable: vec![] });
        assert_eq!(page.state.settings().lane_count(), 2);
    }
}

/// Settings were saved as a whole: a tab that missed another's changes undid them with its next write.
#[test]
fn what_another_tab_set_up_is_taken_over_and_own_lanes_stay() {
    let (mut one, mut other) = (Page::ready(), Page::ready());
    one.happens(Event::ModelChosen { lane: 0, model: "mine".into() });
    other.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    let effects = other.happens(Event::ProviderAdded {
        name: "Theirs".into(),
        base_url: "http://localhost:9/v1".into(),
        key: SecretInput(String::new()),
        mode: KeyMode::Tab,
    });
    let theirs = settings_saved(&effects);
    for (name, text) in theirs {
        one.happens(Event::TabSetting(name, text));
    }
    one.happens(Event::TabSetting("limits/cerebras".into(), Some("\"cerebras-guide\"".into())));
    assert_eq!(one.state.settings().added.len(), 1);
    assert_eq!(one.state.settings().limits.get("cerebras").map(String::as_str), Some("cerebras-guide"));
    assert_eq!(one.state.settings().first_lane().model, "mine");
    one.happens(Event::ProviderChosen { lane: None, provider: one.state.settings().added[0].id.clone() });
    let added = one.state.settings().added[0].id.clone();
    one.happens(Event::TabSetting(format!("provider/{added}"), None));
    assert_eq!(one.state.settings().first_lane().provider, SIMULATOR, "the other tab removed it");
}

/// With 5,000 chats, each key press took 216 ms, because it listed all of them again.
#[test]
fn neither_typing_nor_an_answer_changes_the_history() {
    let mut page = Page::ready();
    let (run, _) = page.sends("first");
    page.answered(run, "yes");
    let (run, _) = page.sends("second");
    let before = page.state.history_revision();
    page.happens(Event::DraftChanged("another".into()));
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    page.happens(Event::Tick { now_ms: page.now_ms + 2_000.0 });
    page.happens(Event::QueueDue { now_ms: page.now_ms + 2_000.0 });
    page.hears(run, SSE_END);
    page.happens(Event::LanesSet(1));
    assert_eq!(page.state.history_revision(), before);
    page.happens(Event::SearchChanged("first".into()));
    assert!(page.state.history_revision() > before);
}
