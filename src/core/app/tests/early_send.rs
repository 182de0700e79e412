//! Send pressed before the page was loaded.

use super::{Page, from_tab, sent};
use crate::*;

/// Opens a page where Send was pressed with this draft, as it was saved by an earlier visit.
fn opens(draft: &str, chat: Option<Id>) -> (Page, Vec<Effect>) {
    let before = Page::ready();
    let mut page = Page { state: State::default(), now_ms: 5_000.0 };
    let effects = page.happens(Event::StateRestored(Box::new(StoredState {
        draft: draft.into(),
        settings: before.state.settings().into(),
        keys: vec![("cerebras".into(), KeyMode::Browser)],
        chat,
        sends_at: Some(4_000.0),
        ..StoredState::default()
    })));
    (page, effects)
}

fn sends(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Send(_)))
}

fn requests_of_before(records: Vec<String>) -> Event {
    Event::RequestsLoaded { records, days: 2, now_ms: 5_000.0 }
}

#[test]
fn it_is_sent_once_the_requests_of_before_are_known() {
    let (mut page, effects) = opens("hello", None);
    assert!(!sends(&effects), "the limits are not known yet");
    let effects = page.happens(requests_of_before(vec![]));
    assert!(sent(&effects).1.contains("hello"));
    assert!(page.state.draft().is_empty());
    assert!(!sends(&page.happens(requests_of_before(vec![]))), "and only once");
}

#[test]
fn it_is_queued_if_the_requests_of_before_left_no_room() {
    let mut before = Page::ready();
    before.happens(Event::QueueSet(false));
    let mut records = Vec::new();
    for _ in 0..5 {
        before.happens(Event::DraftChanged("earlier".into()));
        let effects = before.happens(Event::SendPressed { now_ms: 3_000.0 });
        records.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::SaveRequest { record, .. } => Some(record),
            _ => None,
        }));
        before.happens(Event::NewChatPressed);
    }
    assert!(!records.is_empty());
    let (mut page, _) = opens("hello", None);
    let effects = page.happens(requests_of_before(records));
    assert!(!sends(&effects));
    assert_eq!(page.state.lane_state(0), LaneState::Queued);
}

#[test]
fn it_is_sent_where_nothing_can_be_read_too() {
    let (mut page, _) = opens("hello", None);
    assert!(sends(&page.happens(super::storage::failed(StorageProblem::Refused))));
}

#[test]
fn it_waits_for_the_chat_it_belongs_to() {
    let (mut page, _) = opens("hello", Some(Id("c".into())));
    assert!(!sends(&page.happens(requests_of_before(vec![]))));
    let turns = vec![];
    assert!(sends(&page.happens(Event::ChatLoaded { id: Id("c".into()), turns, unreadable: vec![] })));
}

#[test]
fn who_writes_on_or_presses_again_sends_what_is_there_then() {
    let (mut page, _) = opens("hello", None);
    page.happens(Event::DraftChanged("hello world".into()));
    assert!(!sends(&page.happens(requests_of_before(vec![]))), "it is being written again");
    assert_eq!(page.state.draft(), "hello world");

    let (mut page, _) = opens("hello", None);
    assert!(sends(&page.happens(Event::SendPressed { now_ms: 5_000.0 })));
    assert!(!sends(&page.happens(requests_of_before(vec![]))), "not twice");
}

#[test]
fn nothing_is_sent_that_cannot_be_and_the_draft_stays() {
    let (mut page, _) = opens("hello", None);
    page.happens(Event::KeyRemoved("cerebras".into()));
    page.happens(from_tab("{}".into()));
    assert!(!sends(&page.happens(requests_of_before(vec![]))));
    assert_eq!(page.state.draft(), "hello");
}
