//! The database of older builds (version 1). Tabs with such a build may be open and go on writing there, so it is read again
//! whenever its chats are, and what changed is taken over. Nothing is written there; only a chat that the user deletes is
//! deleted there, too.
//!
//! It is opened for each reading and closed again, so that no older tab is ever blocked.

use headroom_app::version_1::{self, Takeover, Update};
use headroom_records::Change;

use super::{
    chat_records::{ENTRIES, REQUESTS, SEEN, SLICES, TURNS, chat_records, delete_chat, put, remove},
    local_store,
};
use crate::record_store::{RecordStore, StoreError};

const DATABASE: &str = "headroom";

/// What was taken over.
#[derive(Default)]
pub(super) struct TakenOver {
    /// The texts of records that are new or changed.
    pub(super) changed: Vec<String>,
    /// The keys of records that are gone.
    pub(super) removed: Vec<String>,
    /// One sentence for each record that could not be read.
    pub(super) unreadable: Vec<String>,
}

type Records = Vec<(String, String)>;

/// Takes over the records with these keys, entries or turns, that changed there.
pub(super) async fn take_over(ours: &RecordStore, store: &'static str, keys: &str) -> TakenOver {
    let mut taken = TakenOver::default();
    if let Err(why) = try_take_over(ours, store, keys, &mut taken).await {
        taken.unreadable.push(format!("chats of an earlier version: {} {}", why.name, why.message));
    }
    taken
}

async fn try_take_over(
    ours: &RecordStore,
    store: &'static str,
    keys: &str,
    taken: &mut TakenOver,
) -> Result<(), StoreError> {
    let Some(older) = open().await? else { return Ok(()) };
    let is_turns = store == TURNS;
    let theirs = older.read_with_keys(store, keys).await;
    let slices = if is_turns { older.read_with_keys(SLICES, keys).await } else { Ok(Records::new()) };
    drop(older);
    let (theirs, slices) = (theirs?, slices?);
    let prefix = format!("{store}/");
    let mut seen = ours.read_with_keys(SEEN, &format!("{prefix}{keys}")).await?;
    for (key, _) in &mut seen {
        key.drain(..prefix.len());
    }
    if theirs.is_empty() && seen.is_empty() || theirs == seen {
        return Ok(());
    }
    let known = ours.read_with_keys(store, keys).await?;
    let mut changes = Vec::new();
    let gone = seen.iter().filter(|(key, _)| text_of(&theirs, key).is_none());
    for (key, _) in theirs.iter().chain(gone) {
        let (their_text, seen, known) = (text_of(&theirs, key), text_of(&seen, key), text_of(&known, key));
        let takeover = if is_turns {
            let of_turn = |slice: &&(String, String)| slice.0.rsplit_once('/').is_some_and(|(turn, _)| turn == key);
            let slices: Vec<&str> = slices.iter().filter(of_turn).map(|(_, text)| text.as_str()).collect();
            version_1::turn(their_text, &slices, seen, known)
        } else {
            version_1::entry(their_text, seen, known)
        };
        match takeover {
            Ok(Takeover { record: Update::Remove, .. }) if !is_turns => {
                changes.extend(delete_chat(key, true));
                taken.removed.push(key.clone());
            }
            Ok(Takeover { record, seen }) => {
                if let Update::Put(text) = &record {
                    taken.changed.push(text.clone());
                }
                changes.extend(change(store, key, record));
                changes.extend(change(SEEN, &format!("{prefix}{key}"), seen));
            }
            Err(why) => taken.unreadable.push(why.to_string()),
        }
    }
    if changes.is_empty() { Ok(()) } else { ours.write(&changes, true).await }
}

/// Returns the requests that older tabs logged.
pub(super) async fn requests(keys: &str) -> Vec<String> {
    let Ok(Some(older)) = open().await else { return Vec::new() };
    let found = older.read(REQUESTS, keys).await;
    drop(older);
    found.unwrap_or_default()
}

/// Deletes a chat there. Returns whether it is gone.
pub(super) async fn delete(id: &str) -> bool {
    match open().await {
        Ok(Some(older)) => {
            let written = older.write(&chat_records(id), true).await;
            drop(older);
            written.is_ok()
        }
        Ok(None) => true,
        Err(_) => false,
    }
}

async fn open() -> Result<Option<RecordStore>, StoreError> {
    // Whoever used an older build has settings of it.
    if !local_store::has_version_1() {
        return Ok(None);
    }
    RecordStore::open_existing(DATABASE, &[ENTRIES, TURNS, SLICES, REQUESTS]).await
}

/// Records are in the order of their keys.
fn text_of<'a>(records: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let at = records.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
    records.get(at).map(|(_, text)| text.as_str())
}

fn change(store: &'static str, key: &str, update: Update) -> Option<Change> {
    match update {
        Update::Keep => None,
        Update::Put(text) => Some(put(store, key, text)),
        Update::Remove => Some(remove(store, key)),
    }
}
