//! Chats that another tab deletes while they are open here. They stay on the screen, and nothing of them is written any
//! more: a turn that came after would be all that is left of them. Who goes on with one brings all of it back.

use serde::{Deserialize, Serialize};

use crate::{chat::Id, effect::Effect, state::State};

/// What the other tabs are told.
#[derive(Serialize, Deserialize)]
struct Deleted {
    deleted: Id,
}

/// Tells the other tabs that a chat was deleted.
pub(crate) fn broadcast_deleted(id: &Id) -> Effect {
    Effect::BroadcastToTabs(serde_json::to_string(&Deleted { deleted: id.clone() }).unwrap_or_default())
}

impl State {
    /// Takes note of a chat that another tab deleted. Says whether the record was about one.
    pub(crate) fn chat_deleted_in_other_tab(&mut self, record: &str) -> bool {
        let Ok(Deleted { deleted }) = serde_json::from_str(record) else { return false };
        let entry = self.entries.iter().position(|entry| entry.id == deleted).map(|at| self.entries.remove(at));
        self.unsaved_chats.remove(&deleted.0);
        if self.chat.id.as_ref() == Some(&deleted) {
            // One that is still being read will not come.
            self.chat.deleted = entry;
        }
        self.revision += 1;
        true
    }

    /// Brings a chat back that another tab deleted, and that is gone on with here.
    pub(crate) fn restore_deleted(&mut self) -> Vec<Effect> {
        let Some(entry) = self.chat.deleted.take() else { return Vec::new() };
        let mut effects = vec![self.restore_entry(entry)];
        effects.extend((0..self.chat.turns.len()).filter_map(|turn| self.save_turn(turn)));
        effects
    }

    /// The chat that is open here and was deleted elsewhere.
    pub(crate) fn deleted_chat(&self) -> Option<Id> {
        self.chat.deleted.as_ref().map(|entry| entry.id.clone())
    }

    /// Effects without those that would write to a chat which is deleted, and was not brought back.
    pub(crate) fn without_writes_to(&self, deleted: &Id, mut effects: Vec<Effect>) -> Vec<Effect> {
        if self.chat.id.as_ref() == Some(deleted) && self.chat.deleted.is_none() {
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
