//! However storage behaves, what is stored in the end is what was said.

use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;

fn put(key: &str, value: &str) -> Change {
    Change::Put { store: "turns", key: key.into(), value: value.into(), replaces: None }
}

fn part(key: &str, value: &str) -> Change {
    Change::Put { store: "slices", key: key.into(), value: value.into(), replaces: None }
}

fn turn(key: &str, value: &str) -> Change {
    let replaces = Some(Selection { store: "slices", keys: format!("{key}/") });
    Change::Put { store: "turns", key: key.into(), value: value.into(), replaces }
}

fn remove_all(store: &'static str, keys: &str) -> Change {
    Change::RemoveAll(Selection { store, keys: keys.into() })
}

type Database = BTreeMap<(&'static str, String), String>;

/// What a browser would do.
fn apply(database: &mut Database, changes: &[Change]) {
    for change in changes {
        match change.clone() {
            Change::Put { store, key, value, replaces } => {
                if let Some(replaced) = replaces {
                    database.retain(|(store, key), _| !replaced.contains(store, key));
                }
                database.insert((store, key), value);
            }
            Change::Remove { store, key } => {
                database.remove(&(store, key));
            }
            Change::RemoveAll(selection) => database.retain(|(store, key), _| !selection.contains(store, key)),
        }
    }
}

/// 110 short requests left 44 of them unsaved: each had several transactions, one after the other.
#[test]
fn whatever_comes_while_a_batch_is_written_is_one_batch_with_one_text_a_record() {
    let mut queue = WriteQueue::default();
    queue.add([put("a", "1")]);
    assert_eq!(queue.next_batch(), Some(vec![put("a", "1")]));
    for number in 0..100 {
        queue.add([put("a", &number.to_string()), put("b", &number.to_string())]);
        assert_eq!(queue.next_batch(), None, "one is being written");
    }
    queue.written(0.0);
    assert_eq!(queue.next_batch(), Some(vec![put("a", "99"), put("b", "99")]));
    queue.written(1.0);
    assert_eq!(queue.next_batch(), None);
}

#[test]
fn a_turn_takes_the_place_of_the_slices_before_it_and_keeps_those_after_it() {
    let mut queue = WriteQueue::default();
    queue.add([part("t/0", "Be"), part("u/0", "another"), turn("t", "Because"), part("t/0", "again")]);
    let batch = queue.next_batch().unwrap();
    let mut database: Database = [(("slices", "t/9".to_owned()), "stored".to_owned())].into();
    apply(&mut database, &batch);
    let texts: Vec<&str> = database.values().map(String::as_str).collect();
    assert_eq!(texts, ["again", "another", "Because"]);
}

#[test]
fn what_could_not_be_written_waits_for_the_next_try_which_takes_longer_each_time() {
    let mut queue = WriteQueue::default();
    queue.add([put("a", "1")]);
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert!(queue.next_batch().is_some());
        waits.push(queue.failed());
    }
    let expected = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].map(AfterWrite::RetryIn);
    assert_eq!(waits, expected);
    assert_eq!(queue.unsaved(), Unsaved { records: 1, bytes: 1 });
    assert_eq!(queue.next_batch(), Some(vec![put("a", "1")]));
    assert_eq!(queue.written(0.0), AfterWrite::Recovered);
    assert!(!queue.has_failed());
    assert_eq!(queue.unsaved(), Unsaved::default());
}

/// Deleting chats was the only way to make room, and was in the same transaction as what did not fit.
#[test]
fn on_a_full_disk_deletions_and_small_records_are_written_although_a_large_one_is_not() {
    let mut queue = WriteQueue::default();
    queue.add([put("large", &"x".repeat(100)), put("small", "1"), remove_all("turns", "old/")]);
    assert!(queue.next_batch().is_some());
    assert_eq!(queue.failed(), AfterWrite::RetryIn(1_000));
    assert_eq!(queue.next_batch(), Some(vec![remove_all("turns", "old/")]));
    assert_eq!(queue.written(0.0), AfterWrite::GoOn);
    assert_eq!(queue.next_batch(), Some(vec![put("small", "1")]));
    assert_eq!(queue.written(0.0), AfterWrite::GoOn);
    assert_eq!(queue.next_batch(), Some(vec![put("large", &"x".repeat(100))]));
    assert_eq!(queue.failed(), AfterWrite::RetryIn(2_000));
    queue.add([put("later", "22")]);
    assert_eq!(queue.next_batch(), Some(vec![put("later", "22")]));
    assert_eq!(queue.written(0.0), AfterWrite::GoOn);
    assert!(queue.next_batch().is_some());
    assert_eq!(queue.written(0.0), AfterWrite::Recovered);
}

#[test]
fn slices_wait_for_the_turn_that_would_delete_them() {
    let mut queue = WriteQueue::default();
    queue.add([turn("t", "a long prompt"), part("t/0", "B"), part("u/0", "other")]);
    queue.next_batch();
    queue.failed();
    assert_eq!(queue.next_batch().unwrap().last(), Some(&put("t", "a long prompt")));
    assert_eq!(queue.failed(), AfterWrite::GoOn);
    assert_eq!(queue.next_batch(), Some(vec![part("u/0", "other")]));
    assert_eq!(queue.written(0.0), AfterWrite::RetryIn(2_000));
    assert_eq!(queue.unsaved().records, 2);
}

#[test]
fn reading_sees_what_waits() {
    let mut queue = WriteQueue::default();
    queue.add([remove_all("turns", "gone/"), put("c/2", "new"), Change::Remove { store: "turns", key: "c/1".into() }]);
    queue.next_batch();
    queue.add([put("c/3", "newest"), put("d/1", "elsewhere"), part("c/4", "a slice")]);
    let stored = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), "old".to_owned())).collect::<Vec<_>>();
    let found = queue.with_pending("turns", "c/", stored(&["c/0", "c/1", "c/2"]));
    let found: Vec<(&str, &str)> = found.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    assert_eq!(found, [("c/0", "old"), ("c/2", "new"), ("c/3", "newest")]);
    assert_eq!(queue.with_pending("turns", "gone/", stored(&["gone/1"])), []);
    assert_eq!(queue.with_pending("turns", ">d", vec![]).len(), 1);
    assert_eq!(queue.with_pending("turns", "<c/3", vec![]).len(), 1);
}

/// Chromium reports a transaction as complete before its data is on the disk.
#[test]
fn what_was_written_just_before_the_connection_broke_is_written_again() {
    let mut queue = WriteQueue::default();
    for (now_ms, value) in [(0.0, "long ago"), (11_000.0, "before"), (12_000.0, "just now")] {
        queue.add([put(value, value)]);
        queue.next_batch();
        queue.written(now_ms);
    }
    queue.add([put("now", "now")]);
    queue.next_batch();
    queue.connection_lost();
    let keys = |changes: Vec<Change>| changes.len();
    assert_eq!(keys(queue.next_batch().unwrap()), 3);
}

fn change() -> impl Strategy<Value = Change> {
    let key = || (0..3_u8, 0..3_u8).prop_map(|(chat, turn)| format!("c{chat}/t{turn}"));
    let value = "[a-z]{0,6}";
    prop_oneof![
        (key(), value).prop_map(|(key, value)| put(&key, &value)),
        (key(), value).prop_map(|(key, value)| turn(&key, &value)),
        (key(), 0..4_u8, value).prop_map(|(key, number, value)| part(&format!("{key}/{number}"), &value)),
        key().prop_map(|key| Change::Remove { store: "turns", key }),
        (0..3_u8).prop_map(|chat| remove_all("turns", &format!("c{chat}/"))),
        (0..3_u8).prop_map(|chat| remove_all("slices", &format!("c{chat}/"))),
        key().prop_map(|key| remove_all("turns", &format!("<{key}"))),
    ]
}

/// What happens between two changes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Nothing,
    Begin,
    Written,
    Failed,
    /// The connection breaks; what it wrote last is lost or not.
    Lost(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Nothing),
        4 => Just(Step::Begin),
        4 => Just(Step::Written),
        2 => Just(Step::Failed),
        1 => any::<bool>().prop_map(Step::Lost),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// However often writing fails, what is stored in the end is what the changes say, one after the other.
    #[test]
    fn nothing_is_lost_or_comes_back(story in prop::collection::vec((change(), step()), 0..60)) {
        let (mut queue, mut database, mut expected) = (WriteQueue::default(), Database::new(), Database::new());
        let mut before = Database::new();
        let mut writing = None;
        for (at, (change, step)) in story.into_iter().enumerate() {
            apply(&mut expected, std::slice::from_ref(&change));
            queue.add([change]);
            match step {
                Step::Nothing => {}
                Step::Begin => writing = writing.or(queue.next_batch()),
                Step::Written => {
                    if let Some(changes) = writing.take() {
                        before.clone_from(&database);
                        apply(&mut database, &changes);
                        queue.written(at as f64);
                    }
                }
                Step::Failed => {
                    if writing.take().is_some() {
                        queue.failed();
                    }
                }
                Step::Lost(loses) => {
                    if loses {
                        database.clone_from(&before);
                    } else if let Some(changes) = &writing {
                        // Written, but nobody heard.
                        apply(&mut database, changes);
                    }
                    writing = None;
                    queue.connection_lost();
                    before.clone_from(&database);
                }
            }
            for store in ["turns", "slices"] {
                let stored = |database: &Database| -> Vec<(String, String)> {
                    let records = database.iter().filter(|((other, _), _)| *other == store);
                    records.map(|((_, key), text)| (key.clone(), text.clone())).collect()
                };
                let seen = queue.with_pending(store, "", stored(&database));
                prop_assert_eq!(seen, stored(&expected), "{} after step {}", store, at);
            }
            let mut closed = database.clone();
            apply(&mut closed, &queue.everything());
            prop_assert_eq!(&closed, &expected);
        }
        if writing.is_some() {
            queue.failed();
        }
        for _ in 0..200 {
            if let Some(changes) = queue.next_batch() {
                apply(&mut database, &changes);
                queue.written(1e6);
            }
        }
        prop_assert_eq!(database, expected);
        prop_assert_eq!(queue.unsaved(), Unsaved::default());
    }
}
