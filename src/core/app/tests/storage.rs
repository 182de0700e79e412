//! Storage that is full, refused, slow, or deleted while the page is open.

use headroom_records::Unsaved;

use super::*;
use crate::conversation::storage_health::{NoticeAction, StorageNotice};

/// Storage failed to write three records.
pub(super) fn failed(problem: StorageProblem) -> Event {
    Event::StorageFailed { problem, unsaved: Unsaved { records: 3, bytes: 3_000 } }
}

fn notice(page: &Page) -> StorageNotice {
    page.state.storage_notice().expect("the user is told")
}

/// Five turns were on the screen, one was there after a reload, and nothing had been said.
#[test]
fn a_full_disk_is_told_at_once_with_what_to_do_until_everything_is_saved() {
    let mut page = Page::ready();
    let announced = page.happens(failed(StorageProblem::Full));
    assert_eq!(announced, [Effect::Announce(notice(&page).text)]);
    assert_eq!(page.happens(failed(StorageProblem::Full)), [], "said once, whatever comes of the next tries");
    assert!(notice(&page).text.contains("delete old chats"), "{:?}", notice(&page));
    assert_eq!(notice(&page).action, Some(NoticeAction::SaveFile));
    assert_eq!(page.happens(Event::SaveFilePressed), [Effect::SaveUnsavedToFile]);
    let (run, _) = page.sends("still works");
    page.answered(run, "yes");
    assert_eq!(page.state.lane_state(0), LaneState::Done);
    let effects = page.happens(Event::StorageRecovered);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Announce(_))), "{effects:?}");
    assert_eq!(page.state.storage_notice(), None);
}

#[test]
fn a_chat_that_storage_does_not_bring_is_not_waited_for() {
    let mut page = Page::ready();
    page.happens(Event::ChatOpened(Id("c1".into())));
    page.happens(failed(StorageProblem::Refused));
    assert!(!page.state.chat().loading);
}

/// A chat on a slow disk was replaced by a new one after a moment.
#[test]
fn a_chat_that_takes_long_to_read_still_comes() {
    let mut page = Page::ready();
    let (run, _) = page.sends("question");
    page.answered(run, "answer");
    let (id, turns) = (page.state.chat().id.clone().unwrap(), page.state.chat().turns.clone());
    page.happens(Event::NewChatPressed);
    page.happens(Event::ChatOpened(id.clone()));
    page.happens(failed(StorageProblem::NotResponding));
    assert!(page.state.chat().loading);
    page.happens(Event::ChatLoaded { id, turns, unreadable: vec![] });
    assert_eq!(page.answer().text, "answer");
}

/// A database held by another tab blocked Send forever.
#[test]
fn a_prompt_does_not_wait_for_storage_that_never_responds() {
    for pressed_before in [true, false] {
        let mut page = Page::ready();
        page.happens(Event::ChatOpened(Id("c1".into())));
        page.happens(Event::DraftChanged("hello".into()));
        let press = Event::SendPressed { now_ms: 1_000.0 };
        let mut effects = Vec::new();
        if pressed_before {
            effects.extend(page.happens(press.clone()));
        }
        effects.extend(page.happens(failed(StorageProblem::NotResponding)));
        if !pressed_before {
            effects.extend(page.happens(press));
        }
        let (run, _) = sent(&effects);
        page.answered(run, "yes");
        assert_eq!(page.state.chat().turns.len(), 1);
        assert_ne!(page.state.chat().id, Some(Id("c1".into())), "what c1 says is unknown");
    }
}

#[test]
fn what_waits_is_written_when_the_page_closes() {
    let mut page = Page::ready();
    let (run, _) = page.sends("question");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    let slices = page.happens(Event::Tick { now_ms: page.now_ms });
    assert!(slices.iter().any(|effect| matches!(effect, Effect::SaveSlice { .. })), "{slices:?}");
    assert_eq!(page.happens(Event::PageHidden).last(), Some(&Effect::Flush));
}

#[test]
fn an_answer_that_ends_in_the_background_is_saved_whole() {
    let (mut page, run, chat) = background::left();
    page.happens(failed(StorageProblem::Full));
    page.hears(run, &content(" and half"));
    let effects = page.hears(run, SSE_END);
    assert_eq!(kept_turn(&effects).map(|turn| turn.answers[0].text.as_str()), Some("half and half"));
    assert!(page.happens(Event::ChatOpened(chat.clone())).contains(&Effect::ReadChat(chat)), "what waits is read, too");
}

/// Only the turns that followed were written: half a chat came back.
#[test]
fn when_the_database_is_deleted_the_open_chat_stays_and_can_be_kept_whole() {
    let mut page = Page::ready();
    for prompt in ["one", "two"] {
        let (run, _) = page.sends(prompt);
        page.answered(run, "ok");
    }
    page.happens(Event::StorageCleared);
    assert!(page.state.entries().is_empty());
    assert_eq!(notice(&page).action, Some(NoticeAction::KeepChat));
    let effects = page.happens(Event::DeletedChatKept);
    let turns = effects.iter().filter(|effect| matches!(effect, Effect::SaveTurn(_))).count();
    let entries = effects.iter().filter(|effect| matches!(effect, Effect::SaveEntry(_))).count();
    assert_eq!((turns, entries), (2, 1));
    assert_eq!(page.state.storage_notice(), None);
    assert_eq!(page.state.entries().len(), 1);
}
