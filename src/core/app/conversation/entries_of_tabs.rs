//! History entries that tabs tell each other: a chat that is begun, renamed or used in one tab is so in the others.

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{chat::Entry, saved},
    effect::Effect,
    state::State,
};

/// The message to other tabs: an entry as it is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    entry: String,
}

/// Tells the other tabs of the entries that these effects save.
pub(crate) fn broadcast_entries(effects: &mut Vec<Effect>) {
    let saved = effects.iter().filter_map(|effect| match effect {
        Effect::SaveEntry(entry) => Some(Saved { entry: saved::write(entry) }),
        _ => None,
    });
    let messages: Vec<String> = saved.filter_map(|saved| serde_json::to_string(&saved).ok()).collect();
    effects.extend(messages.into_iter().map(Effect::BroadcastToTabs));
}

impl State {
    /// Takes over an entry that another tab saved. Returns whether the message was about one.
    pub(crate) fn entry_heard(&mut self, message: &str) -> bool {
        let Ok(Saved { entry }) = serde_json::from_str(message) else { return false };
        // One that cannot be read is of a newer build.
        let Ok(mut entry) = saved::read::<Entry>(&entry) else { return true };
        if let Some(known) = self.conversations.history.get(&entry.id) {
            entry.used_ms = entry.used_ms.max(known.used_ms);
            if self.chat().id() == Some(&entry.id) {
                // Each tab shows the lanes it has.
                entry.lanes.clone_from(&known.lanes);
            }
        }
        self.conversations.history.put(entry);
        true
    }
}
