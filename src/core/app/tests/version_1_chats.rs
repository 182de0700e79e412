//! A tab with an older build keeps using its own database, and this build takes over what it does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::{
    saved::Slice,
    version_1::{Takeover, Update, entry, turn},
    *,
};

type Store = BTreeMap<String, String>;

/// One chat in both databases.
#[derive(Default)]
struct Databases {
    their_entry: Option<String>,
    theirs: Store,
    their_slices: BTreeMap<String, Vec<String>>,
    seen_entry: Option<String>,
    seen: Store,
    our_entry: Option<String>,
    ours: Store,
}

fn apply(update: Update, place: &mut Option<String>) {
    match update {
        Update::Keep => {}
        Update::Put(text) => *place = Some(text),
        Update::Remove => *place = None,
    }
}

fn apply_to(store: &mut Store, key: &str, update: Update) {
    let mut place = store.remove(key);
    apply(update, &mut place);
    store.extend(place.map(|text| (key.to_owned(), text)));
}

impl Databases {
    /// Compares everything, as when the history and then the chat is read.
    fn takes_over(&mut self) {
        let Takeover { record, seen } =
            entry(self.their_entry.as_deref(), self.seen_entry.as_deref(), self.our_entry.as_deref()).unwrap();
        if record == Update::Remove {
            self.ours.clear();
            self.seen.clear();
        }
        apply(record, &mut self.our_entry);
        apply(seen, &mut self.seen_entry);
        if self.our_entry.is_none() {
            return;
        }
        let keys: BTreeSet<String> = self.theirs.keys().chain(self.seen.keys()).cloned().collect();
        for key in keys {
            let slices = self.their_slices.get(&key).cloned().unwrap_or_default();
            let slices: Vec<&str> = slices.iter().map(String::as_str).collect();
            let theirs = self.theirs.get(&key).map(String::as_str);
            let Takeover { record, seen } =
                turn(theirs, &slices, self.seen.get(&key).map(String::as_str), self.ours.get(&key).map(String::as_str))
                    .unwrap();
            apply_to(&mut self.ours, &key, record);
            apply_to(&mut self.seen, &key, seen);
        }
    }
}

fn new_turn(id: &str, text: &str, ending: Ending) -> Turn {
    let answers = vec![answer(text, ending)];
    Turn {
        id: Id(id.into()),
        chat: Id("c".into()),
        asked_ms: 5,
        prompt: id.into(),
        attachments: vec![],
        answers,
        replaced_in: vec![],
        unknown: None,
    }
}

fn answer(text: &str, ending: Ending) -> Answer {
    Answer { text: text.into(), ending, ..Answer::default() }
}

fn an_entry(title: &str, used_ms: u64) -> String {
    saved::write(&Entry { id: Id("c".into()), title: title.into(), used_ms, lanes: vec![], unknown: None })
}

fn texts(store: &Store) -> Vec<String> {
    let turns = store.values().map(|text| saved::read::<Turn>(text).unwrap());
    turns.flat_map(|turn| turn.answers.into_iter().map(|answer| answer.text)).collect()
}

fn change(store: &mut Store, id: &str, change: impl FnOnce(&mut Turn)) {
    if let Some(text) = store.get_mut(id) {
        let mut turn = saved::read::<Turn>(text).unwrap();
        change(&mut turn);
        *text = saved::write(&turn);
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A new turn, asked there or here.
    Asks {
        there: bool,
    },
    /// A turn is answered again.
    Regenerates {
        there: bool,
        turn: usize,
    },
    /// An answer streams there and is saved in slices: to a new turn, or to one that has answers.
    Streams {
        turn: Option<usize>,
    },
    /// It ends.
    EndsStream,
    /// Their tab edits a prompt, which deletes a turn and asks another.
    Edits {
        turn: usize,
    },
    Renames {
        there: bool,
    },
    TakesOver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(|there| Step::Asks { there }),
        (any::<bool>(), 0..4_usize).prop_map(|(there, turn)| Step::Regenerates { there, turn }),
        prop::option::of(0..4_usize).prop_map(|turn| Step::Streams { turn }),
        Just(Step::EndsStream),
        (0..4_usize).prop_map(|turn| Step::Edits { turn }),
        any::<bool>().prop_map(|there| Step::Renames { there }),
        Just(Step::TakesOver),
        Just(Step::TakesOver),
    ];
    prop::collection::vec(step, 1..30)
}

fn nth(store: &Store, at: usize) -> Option<String> {
    store.keys().nth(at).cloned()
}

proptest! {
    #[test]
    fn whatever_an_older_tab_and_this_one_do_no_answer_is_lost(steps in steps()) {
        let mut all = Databases { their_entry: Some(an_entry("first", 1)), ..Databases::default() };
        let (mut written, mut streaming, mut title) = (BTreeSet::new(), None::<(String, String)>, "first".to_owned());
        // Answers that a user discarded by editing a turn; here they stay if the turn was changed here, too.
        let mut discarded = BTreeSet::new();
        let mut renamed_since = (false, false);
        for (number, step) in steps.into_iter().enumerate() {
            let text = format!("text-{number}");
            match step {
                Step::Asks { there } => {
                    // This build shows a chat before it continues it.
                    if !there {
                        all.takes_over();
                        renamed_since = (false, false);
                    }
                    let store = if there { &mut all.theirs } else { &mut all.ours };
                    let id = format!("t{number:03}");
                    store.insert(id.clone(), saved::write(&new_turn(&id, &text, Ending::Done)));
                    written.insert(text);
                }
                Step::Regenerates { there, turn } => {
                    if !there {
                        all.takes_over();
                        renamed_since = (false, false);
                    }
                    let store = if there { &mut all.theirs } else { &mut all.ours };
                    let Some(id) = nth(store, turn) else { continue };
                    if there && streaming.as_ref().is_some_and(|(streaming, _)| *streaming == id) {
                        continue;
                    }
                    change(store, &id, |turn| turn.answers.push(answer(&text, Ending::Done)));
                    written.insert(text);
                }
                Step::Streams { turn } => {
                    if streaming.is_none() {
                        let known = turn.and_then(|turn| nth(&all.theirs, turn));
                        let id = known.unwrap_or_else(|| format!("t{number:03}"));
                        let mut turn = match all.theirs.get(&id) {
                            Some(turn) => saved::read::<Turn>(turn).unwrap(),
                            None => Turn { answers: vec![], ..new_turn(&id, "", Ending::Running) },
                        };
                        turn.answers.push(answer("", Ending::Running));
                        all.theirs.insert(id.clone(), saved::write(&turn));
                        streaming = Some((id, String::new()));
                    }
                    let Some((id, said)) = &mut streaming else { continue };
                    let slice = Slice { text: text.clone(), ..Slice::default() };
                    all.their_slices.entry(id.clone()).or_default().push(slice.write());
                    said.push_str(&text);
                }
                Step::EndsStream => {
                    let Some((id, said)) = streaming.take() else { continue };
                    change(&mut all.theirs, &id, |turn| {
                        if let Some(answer) = turn.answers.iter_mut().find(|answer| answer.ending == Ending::Running) {
                            (answer.text, answer.ending) = (said.clone(), Ending::Done);
                        }
                    });
                    all.their_slices.remove(&id);
                    if all.theirs.contains_key(&id) {
                        written.insert(said);
                    }
                }
                Step::Edits { turn } => {
                    let Some(id) = nth(&all.theirs, turn) else { continue };
                    if streaming.as_ref().is_some_and(|(streaming, _)| *streaming == id) {
                        continue;
                    }
                    let removed = all.theirs.remove(&id).unwrap();
                    discarded.extend(texts(&BTreeMap::from([(id, removed)])));
                }
                Step::Renames { there } => {
                    let new = format!("title-{number}");
                    if there {
                        all.their_entry = Some(an_entry(&new, 1));
                        renamed_since.0 = true;
                    } else {
                        all.takes_over();
                        all.our_entry = Some(an_entry(&new, 1));
                        renamed_since = (false, true);
                    }
                    title = new;
                }
                Step::TakesOver => {
                    all.takes_over();
                    renamed_since = (false, false);
                }
            }
        }
        all.takes_over();
        let is_in_doubt = renamed_since == (true, true);
        let shown = texts(&all.ours);
        for text in written.difference(&discarded) {
            prop_assert!(shown.contains(text), "{text} is lost: {shown:?}");
        }
        if let Some((id, said)) = &streaming {
            prop_assert!(!all.theirs.contains_key(id) || shown.contains(said), "{said} was saved in slices: {shown:?}");
        }
        for text in &shown {
            let times = shown.iter().filter(|other| *other == text).count();
            prop_assert_eq!(times, 1, "{} is there twice", text);
        }
        let entry: Entry = saved::read(all.our_entry.as_ref().unwrap()).unwrap();
        prop_assert!(is_in_doubt || entry.title == title, "{} / {title}", entry.title);
        // Nothing is left to do.
        let before = (all.ours.clone(), all.our_entry.clone());
        all.takes_over();
        prop_assert_eq!((all.ours.clone(), all.our_entry.clone()), before);
    }
}

fn both() -> Databases {
    let theirs = BTreeMap::from([("t1".to_owned(), saved::write(&new_turn("t1", "one", Ending::Done)))]);
    let mut all = Databases { their_entry: Some(an_entry("theirs", 1)), theirs, ..Databases::default() };
    all.takes_over();
    assert_eq!(texts(&all.ours), ["one"]);
    all
}

#[test]
fn a_chat_that_an_older_tab_deletes_goes_here_too_unless_it_was_continued_here() {
    let mut all = both();
    (all.their_entry, all.theirs) = (None, Store::new());
    all.takes_over();
    assert_eq!((all.our_entry, all.ours, all.seen_entry), (None, Store::new(), None));

    let mut all = both();
    all.our_entry = Some(an_entry("theirs", 9));
    all.ours.insert("t2".into(), saved::write(&new_turn("t2", "two", Ending::Done)));
    (all.their_entry, all.theirs) = (None, Store::new());
    all.takes_over();
    assert!(all.our_entry.is_some());
    assert_eq!(texts(&all.ours).last().unwrap(), "two");
}

#[test]
fn a_chat_that_was_deleted_here_stays_so_until_an_older_tab_continues_it() {
    let mut all = both();
    // As where their database could not be written to: what was seen is remembered.
    (all.our_entry, all.ours, all.seen) = (None, Store::new(), Store::new());
    all.takes_over();
    assert_eq!((&all.our_entry, &all.ours), (&None, &Store::new()));
    all.their_entry = Some(an_entry("theirs", 5));
    all.theirs.insert("t2".into(), saved::write(&new_turn("t2", "two", Ending::Done)));
    all.takes_over();
    assert_eq!(texts(&all.ours), ["one", "two"], "all of it, not its end alone");
}

#[test]
fn what_cannot_be_read_there_is_told_and_changes_nothing() {
    for text in ["{", r#"{"v":99,"data":{}}"#] {
        assert!(entry(Some(text), None, None).is_err());
        assert!(turn(Some(text), &[], None, None).is_err());
    }
}
