//! What the build of commit b2584da kept in a browser's storage, recorded there: a chat of one lane, then three, then one
//! again, with a canceled request and a regenerated answer; a second chat with a cut and a rejected answer.

use serde_json::Value;

use super::Page;
use crate::*;

fn recorded() -> Value {
    serde_json::from_str(include_str!("fixtures/version_1.json")).unwrap()
}

/// Returns the records of a store, in the order of their keys.
fn records(store: &str) -> Vec<String> {
    let recorded = recorded();
    let records = recorded["indexedDB"]["headroom"]["stores"][store].as_array().unwrap();
    records.iter().map(|record| record[1].as_str().unwrap().to_owned()).collect()
}

fn settings() -> StoredSettings {
    let version_1 = recorded()["localStorage"]["headroom.settings"].as_str().map(str::to_owned);
    StoredSettings { version_1, ..StoredSettings::default() }
}

/// Whether `ours` says all that `theirs` does; it may say more.
fn includes(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            theirs.iter().all(|(name, value)| ours.get(name).is_some_and(|ours| includes(ours, value)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| includes(ours, theirs))
        }
        _ => ours == theirs,
    }
}

#[track_caller]
fn assert_includes(ours: &str, theirs: &str) {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert!(includes(&read(ours), &read(theirs)), "\nours: {ours}\ntheirs: {theirs}");
}

#[test]
fn nothing_that_version_1_kept_is_lost_when_it_is_written_again() {
    assert_eq!([records("entries").len(), records("turns").len(), records("requests").len()], [2, 4, 6]);
    for theirs in records("entries") {
        assert_includes(&saved::write(&saved::read::<Entry>(&theirs).unwrap()), &theirs);
    }
    for theirs in records("turns") {
        assert_includes(&saved::write(&saved::read::<Turn>(&theirs).unwrap()), &theirs);
    }
    for theirs in records("requests") {
        assert_includes(&saved::write(&saved::read::<headroom_limits::Request>(&theirs).unwrap()), &theirs);
    }
}

#[test]
fn a_page_opens_what_version_1_kept() {
    let mut page = Page::restore_state();
    let recorded = recorded();
    let open = Id(recorded["sessionStorage"]["headroom.open"].as_str().unwrap().to_owned());
    let kept = StoredState { settings: settings(), chat: Some(open.clone()), ..StoredState::default() };
    page.happens(Event::StateRestored(Box::new(kept)));
    assert_eq!(page.state.settings().first_lane().model, "gpt-oss-120b");
    assert_eq!(page.state.settings().first_lane().parameters.max_completion_tokens, Some(8_000));
    let limits = rules::profile_of(page.state.settings(), "added-1").unwrap();
    let minute = limits.of_model("gpt-oss-120b").unwrap().windows[1];
    assert_eq!((minute.limit, minute.refill), (17_000, headroom_domain::RefillPolicy::Bucket));

    let entries: Vec<Entry> = records("entries").iter().map(|record| saved::read(record).unwrap()).collect();
    let turns: Vec<Turn> = records("turns").iter().map(|record| saved::read(record).unwrap()).collect();
    let of_chat = |id: &Id| turns.iter().filter(|turn| turn.chat == *id).cloned().collect::<Vec<_>>();
    page.happens(Event::ChatLoaded { id: open.clone(), turns: of_chat(&open), unreadable: vec![] });
    page.happens(Event::HistoryLoaded { entries: entries.clone(), unreadable: vec![] });
    assert_eq!((page.state.lane_state(0), page.state.settings().lane_count()), (LaneState::Failed, 1));
    assert_eq!(page.state.chat().turns[0].answers[0].ending, Ending::CutOff);

    let other = &entries.iter().find(|entry| entry.id != open).unwrap().id;
    page.happens(Event::ChatOpened(other.clone()));
    page.happens(Event::ChatLoaded { id: other.clone(), turns: of_chat(other), unreadable: vec![] });
    let states: Vec<_> =
        (0..page.state.settings().lane_count()).map(|lane| page.state.lane_state(lane).name()).collect();
    assert_eq!(states, ["done", "done", "stopped"], "one lane for each that answered");
    assert_eq!(page.state.chat().turns[1].answers.len(), 4, "the older answer is kept");
    page.happens(Event::NewChatPressed);
    assert_eq!(page.state.settings().lane_count(), 1);
}
