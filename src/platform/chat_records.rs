//! The records of chats and requests, by store: entries by id, turns by `chat/turn`, slices of streaming answers by
//! `chat/turn/lane-number`, requests by id. Each tab writes only its own turns, so tabs do not overwrite each other.

use headroom_app::{
    Id, Turn, id_at,
    saved::{self, Record, Slice},
};
use headroom_records::{Change, Selection};

use super::clock::now_unix_ms;

pub(super) const ENTRIES: &str = "entries";
pub(super) const TURNS: &str = "turns";
pub(super) const SLICES: &str = "slices";
pub(super) const REQUESTS: &str = "requests";
/// What was last seen of the older build's records.
pub(super) const SEEN: &str = "version-1";
/// All stores.
pub(super) const STORES: [&str; 5] = [ENTRIES, TURNS, SLICES, REQUESTS, SEEN];

/// Returns the prefix of ids created this many days ago.
pub(super) fn days_ago(days: u64) -> String {
    id_at(now_unix_ms().saturating_sub(days * 86_400_000))
}

pub(super) fn key(chat: &Id, turn: &Id) -> String {
    format!("{}/{}", chat.0, turn.0)
}

pub(super) fn put(store: &'static str, key: &str, value: String) -> Change {
    Change::Put { store, key: key.to_owned(), value, replaces: None }
}

pub(super) fn remove(store: &'static str, key: &str) -> Change {
    Change::Remove { store, key: key.to_owned() }
}

pub(super) fn remove_all(store: &'static str, keys: String) -> Change {
    Change::RemoveAll(Selection { store, keys })
}

/// Saves a complete turn. The slices saved while it streamed are now part of it.
pub(super) fn save_turn(turn: &Turn) -> Change {
    let key = key(&turn.chat, &turn.id);
    let replaces = Some(Selection { store: SLICES, keys: format!("{key}/") });
    Change::Put { store: TURNS, key, value: saved::write(turn), replaces }
}

pub(super) fn save_slice(chat: &Id, turn: &Id, number: u32, slice: Slice) -> Change {
    put(SLICES, &format!("{}/{}-{number:08}", key(chat, turn), slice.lane.0), slice.write())
}

pub(super) fn delete_turns(chat: &Id, turns: &[Id]) -> Vec<Change> {
    let keys = turns.iter().map(|turn| key(chat, turn));
    keys.flat_map(|key| [remove(TURNS, &key), remove_all(SLICES, format!("{key}/"))]).collect()
}

/// Deletes requests from more than this many days ago.
pub(super) fn delete_old_requests(days: u64) -> Change {
    remove_all(REQUESTS, format!("<{}", days_ago(days)))
}

/// Deletes a chat with all its turns. What was seen of it in an older database is forgotten once it is gone there.
pub(super) fn delete_chat(id: &str, is_gone_there: bool) -> Vec<Change> {
    let mut changes = chat_records(id);
    changes.push(remove_all(SEEN, format!("{TURNS}/{id}/")));
    if is_gone_there {
        changes.push(remove(SEEN, &format!("{ENTRIES}/{id}")));
    }
    changes
}

/// Deletes the records of a chat.
pub(super) fn chat_records(id: &str) -> Vec<Change> {
    let inside = format!("{id}/");
    vec![remove(ENTRIES, id), remove_all(TURNS, inside.clone()), remove_all(SLICES, inside)]
}

/// Parses records. Returns one sentence for each unreadable one, which stays in storage.
pub(super) fn records<T: Record>(texts: &[String]) -> (Vec<T>, Vec<String>) {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    for text in texts {
        match saved::read(text) {
            Ok(record) => records.push(record),
            Err(why) => unreadable.push(why.to_string()),
        }
    }
    (records, unreadable)
}
