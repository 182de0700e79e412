//! A chat that is deleted in one tab and open in another.

use super::*;

fn told(effects: &[Effect]) -> String {
    let record = effects.iter().find_map(|effect| match effect {
        Effect::BroadcastToTabs(record) => Some(record.clone()),
        _ => None,
    });
    record.unwrap_or_else(|| panic!("the other tabs are told: {effects:?}"))
}

fn writes(effects: &[Effect]) -> (usize, usize) {
    let count = |is: fn(&Effect) -> bool| effects.iter().filter(|effect| is(effect)).count();
    (
        count(|effect| matches!(effect, Effect::SaveEntry(_))),
        count(|effect| matches!(effect, Effect::SaveTurn(_) | Effect::SaveSlice { .. })),
    )
}

/// Creates a page with a chat of three turns, and the message of its deletion in another tab.
fn with_three_turns() -> (Page, String) {
    let mut page = Page::ready();
    for prompt in ["one", "two", "three"] {
        let (run, _) = page.sends(prompt);
        page.answered(run, "ok");
    }
    let id = page.state.chat().id.clone().unwrap();
    let record = told(&Page::restore_state().happens(Event::ChatDeleted(id)));
    (page, record)
}

/// It came back with one turn of four.
#[test]
fn a_chat_deleted_in_another_tab_comes_back_whole_where_it_is_gone_on_with() {
    let (mut page, record) = with_three_turns();
    page.happens(from_tab(record));
    assert!(page.state.entries().is_empty() && page.state.title() == "one", "it is on the screen and in no list");
    page.happens(Event::DraftChanged("four".into()));
    let now_ms = page.now_ms;
    let effects = page.happens(Event::SendPressed { now_ms });
    let (entries, turns) = writes(&effects);
    assert!(entries >= 1 && turns >= 4, "all of it is written again: {effects:?}");
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::SaveTurn(turn) => Some(turn.prompt.as_str()),
        _ => None,
    });
    let texts: std::collections::BTreeSet<&str> = texts.collect();
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["four", "one", "three", "two"]);
    assert_eq!(page.state.entries().len(), 1);
    assert_eq!(page.state.title(), "one", "under the name that it had");
}

#[test]
fn an_answer_that_still_streams_into_a_deleted_chat_writes_nothing() {
    let (mut page, record) = with_three_turns();
    let (run, _) = page.sends("four");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.happens(from_tab(record));
    page.hears(run, &content("half"));
    assert_eq!(writes(&page.happens(Event::Tick { now_ms: 9_000.0 })), (0, 0));
    assert_eq!(writes(&page.hears(run, SSE_END)), (0, 0));
    assert_eq!(page.answer().text, "half", "it is there to be read");
    assert_eq!(writes(&page.happens(Event::NewChatPressed)), (0, 0));
    let (run, _) = page.sends("another chat");
    assert!(writes(&page.answered(run, "ok")).1 > 0, "what is new is kept");
}

#[test]
fn a_chat_that_is_not_open_here_only_leaves_the_list() {
    let (mut page, record) = with_three_turns();
    page.happens(Event::NewChatPressed);
    page.happens(from_tab(record));
    assert!(page.state.entries().is_empty());
    let (run, _) = page.sends("other");
    assert!(writes(&page.answered(run, "ok")).1 > 0);
}
