//! A run outlives the view of its chat.

use super::{Page, SSE_END, content, from_tab, lanes::lanes};
use crate::*;

/// Returns a page whose first chat streams while a second one is open, the run, and the first chat.
pub(super) fn left() -> (Page, RunId, Id) {
    let mut page = Page::ready();
    let (run, _) = page.sends("first chat");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    let chat = page.state.chat().id.clone().unwrap();
    let effects = page.happens(Event::NewChatPressed);
    assert!(!effects.contains(&Effect::Abort(run)));
    (page, run, chat)
}

fn saved_text(effects: &[Effect]) -> Option<&str> {
    let turn = effects.iter().find_map(|effect| match effect {
        Effect::SaveTurn(turn) => Some(turn),
        _ => None,
    });
    turn.map(|turn| turn.answers[0].text.as_str())
}

/// Opening another chat stopped the answers of the one that was left.
#[test]
fn an_answer_goes_on_while_another_chat_is_open_and_is_saved_where_it_belongs() {
    let (mut page, run, chat) = left();
    page.happens(Event::QueueSet(false));
    assert!(page.state.is_answering(&chat) && page.state.is_busy() && !page.state.is_running());
    assert_eq!(page.state.lane_state(0), LaneState::Idle);
    // The new chat is used meanwhile, in a lane with the same id.
    let (other, _) = page.sends("second chat");
    page.answered(other, "another");
    page.hears(run, &content(" and half"));
    let effects = page.happens(Event::Tick { now_ms: page.now_ms + 1_000.0 });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveSlice { chat: of, .. } if *of == chat)));
    assert_eq!(page.answer().text, "another");
    let effects = page.hears(run, SSE_END);
    assert_eq!(saved_text(&effects), Some("half and half"));
    assert!(!page.state.is_answering(&chat) && !page.state.conversations.is_in_background(&chat));
    assert_eq!(page.state.ledger().all().filter(|request| request.settled.is_some()).count(), 2);
}

#[test]
fn a_chat_that_is_opened_again_streams_on() {
    let (mut page, run, chat) = left();
    page.hears(run, &content(" and"));
    let effects = page.happens(Event::ChatOpened(chat.clone()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::ReadChat(_))), "it is in memory: {effects:?}");
    assert_eq!((page.answer().text.as_str(), page.state.lane_state(0)), ("half and", LaneState::Streaming));
    page.hears(run, &content(" half"));
    page.happens(Event::StopPressed { lane: None, now_ms: page.now_ms });
    assert_eq!((page.answer().text.as_str(), page.state.lane_state(0)), ("half and half", LaneState::Stopped));
}

#[test]
fn stop_and_send_mean_the_open_chat_alone() {
    let (mut page, run, chat) = left();
    let effects = page.happens(Event::StopPressed { lane: None, now_ms: page.now_ms });
    assert!(effects.is_empty() && page.state.is_answering(&chat));
    page.happens(Event::DraftChanged("second".into()));
    assert_eq!(page.state.can_send(), Ok(()), "the other chat's answer is no reason to wait");
    page.hears(run, SSE_END);
}

#[test]
fn deleting_a_chat_stops_its_answers_and_nothing_brings_it_back() {
    let (mut page, run, chat) = left();
    let effects = page.happens(Event::ChatDeleted(chat.clone()));
    assert!(effects.contains(&Effect::Abort(run)));
    let delete = effects.iter().position(|effect| *effect == Effect::DeleteChat(chat.clone())).unwrap();
    let save = effects.iter().rposition(|effect| matches!(effect, Effect::SaveTurn(_) | Effect::SaveSlice { .. }));
    assert!(save.is_none_or(|save| save < delete), "{effects:?}");
    assert!(page.hears(run, &content("late")).is_empty() && !page.state.conversations.is_in_background(&chat));

    let (mut page, run, chat) = left();
    let record = format!(r#"{{"deleted":"{}"}}"#, chat.0);
    let effects = page.happens(from_tab(record));
    assert!(effects.contains(&Effect::Abort(run)), "{effects:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveTurn(_))), "{effects:?}");
}

#[test]
fn a_chat_that_an_older_tab_deletes_is_stopped_and_not_brought_back() {
    let (mut page, run, chat) = left();
    let effects = page.happens(Event::OlderTabChats { changed: vec![], removed: vec![chat.clone()] });
    assert!(effects.contains(&Effect::Abort(run)), "{effects:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveTurn(_))), "{effects:?}");
    assert!(page.state.entries().iter().all(|entry| entry.id != chat));
}

/// With several lanes, each in its own state when the chat is left.
#[test]
fn a_queued_request_of_a_chat_that_was_left_is_sent_in_its_turn() {
    let mut page = lanes(&["gpt-oss-120b"]);
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    let parameters = headroom_domain::Parameters { max_completion_tokens: Some(8_000), ..Default::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    // The minute has room for six of these.
    for _ in 0..6 {
        let (run, _) = page.sends("hello");
        page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        page.happens(Event::NewChatPressed);
    }
    page.happens(Event::DraftChanged("the seventh".into()));
    let effects = page.happens(Event::SendPressed { now_ms: page.now_ms });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "it waits");
    let chat = page.state.chat().id.clone().unwrap();
    page.happens(Event::NewChatPressed);
    let effects = page.happens(Event::QueueDue { now_ms: page.now_ms + 120_000.0 });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "{effects:?}");
    let saved = effects.iter().find_map(|effect| match effect {
        Effect::SaveTurn(turn) => Some(&turn.chat),
        _ => None,
    });
    assert_eq!(saved, Some(&chat));
}

#[test]
fn leaving_a_chat_that_another_tab_deleted_stops_it_and_writes_nothing() {
    let mut page = Page::ready();
    let (run, _) = page.sends("first chat");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    let chat = page.state.chat().id.clone().unwrap();
    page.happens(from_tab(format!(r#"{{"deleted":"{}"}}"#, chat.0)));
    let mut effects = page.happens(Event::NewChatPressed);
    assert!(effects.contains(&Effect::Abort(run)), "{effects:?}");
    effects.extend(page.hears(run, SSE_END));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveTurn(_))), "{effects:?}");
}
