//! Chats that another tab deletes while they are open here. They stay on screen, but nothing of them is saved anymore:
//! a later turn would be all that remains of them. Continuing one restores all of it.

use serde::{Deserialize, Serialize};

use crate::{
    conversation::chat::{Entry, Id},
    effect::Effect,
    state::State,
};

/// The message to other tabs.
#[derive(Serialize, Deserialize)]
struct Deleted {
    deleted: Id,
}

/// Tells the other tabs that a chat was deleted.
pub(crate) fn broadcast_deleted(id: &Id) -> Effect {
    Effect::BroadcastToTabs(serde_json::to_string(&Deleted { deleted: id.clone() }).unwrap_or_default())
}

/// Returns the chat that a message of another tab says was deleted. `None` if it is about something else.
pub(crate) fn deletion(record: &str) -> Option<Id> {
    serde_json::from_str(record).ok().map(|Deleted { deleted }| deleted)
}

impl State {
    /// Takes over entries that a tab with an older build changed.
    pub(crate) fn replace_entries(&mut self, changed: Vec<Entry>) {
        for entry in changed {
            self.conversations.history.put(entry);
        }
    }

    /// Records that another tab deleted a chat.
    pub(crate) fn note_deletion(&mut self, deleted: &Id) {
        let entry = self.conversations.history.remove(deleted);
        if self.conversations.chat.id.as_ref() == Some(deleted) {
            // A chat that is still loading will not arrive.
            self.conversations.chat.deleted = entry;
        }
        self.revision += 1;
    }

    /// Puts the entry of a chat back that another tab deleted. Returns `None` if none is open.
    pub(crate) fn take_deleted(&mut self) -> Option<Effect> {
        let entry = self.conversations.chat.deleted.take()?;
        Some(self.save_entry(entry))
    }

    /// Returns the open chat if another tab deleted it.
    pub(crate) fn deleted_chat(&self) -> Option<Id> {
        self.conversations.chat.deleted.as_ref().map(|entry| entry.id.clone())
    }

    /// Removes the effects that would write to a deleted chat that was not restored.
    pub(crate) fn without_writes_to(&self, deleted: &Id, mut effects: Vec<Effect>) -> Vec<Effect> {
        if self.conversations.chat.id.as_ref() == Some(deleted) && self.conversations.chat.deleted.is_none() {
            return effects;
        }
        effects.retain(|effect| match effect {
            Effect::SaveTurn(turn) => turn.chat != *deleted,
            Effect::SaveSlice { chat, .. } => chat != deleted,
            Effect::SaveEntry(entry) => entry.id != *deleted,
            _ => true,
        });
        effects
    }
}
