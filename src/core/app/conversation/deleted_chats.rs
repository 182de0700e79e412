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

/// Whether a message of another tab is about a deletion.
pub(crate) fn is_deletion(record: &str) -> bool {
    serde_json::from_str::<Deleted>(record).is_ok()
}

impl State {
    /// Records that another tab deleted a chat. Returns `None` if the record is not about a deletion.
    pub(crate) fn chat_deleted_in_other_tab(&mut self, record: &str) -> Option<Vec<Effect>> {
        let Deleted { deleted } = serde_json::from_str(record).ok()?;
        Some(self.deleted_elsewhere(&deleted))
    }

    /// Takes over what a tab with an older build did to chats.
    pub(crate) fn older_tab_chats(&mut self, changed: Vec<Entry>, removed: &[Id]) -> Vec<Effect> {
        for entry in changed {
            self.conversations.entries.retain(|known| known.id != entry.id);
            self.file(entry);
        }
        removed.iter().flat_map(|id| self.deleted_elsewhere(id)).collect()
    }

    fn deleted_elsewhere(&mut self, deleted: &Id) -> Vec<Effect> {
        // Its answers would bring parts of it back.
        let mut effects = self.stop_background(deleted);
        effects.retain(|effect| !matches!(effect, Effect::SaveTurn(turn) if turn.chat == *deleted));
        let entry = self
            .conversations
            .entries
            .iter()
            .position(|entry| entry.id == *deleted)
            .map(|at| self.conversations.entries.remove(at));
        self.conversations.unsaved.remove(&deleted.0);
        if self.conversations.chat.id.as_ref() == Some(deleted) {
            // A chat that is still loading will not arrive.
            self.conversations.chat.deleted = entry;
        }
        self.revision += 1;
        effects
    }

    /// Restores a chat that another tab deleted and that is continued here.
    pub(crate) fn restore_deleted(&mut self) -> Vec<Effect> {
        let Some(entry) = self.conversations.chat.deleted.take() else { return Vec::new() };
        let mut effects = vec![self.restore_entry(entry)];
        effects.extend((0..self.conversations.chat.turns.len()).filter_map(|turn| self.save_turn(turn)));
        effects
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
