//! Conversations: turns and answers, the history, and the format of what is saved.

pub(crate) mod chat;
pub(crate) mod deleted_chats;
pub(crate) mod history;
mod history_list;
mod open_chat;
pub(crate) mod refusal;
pub mod saved;
pub(crate) mod shared_with_tabs;
pub(crate) mod storage_health;
pub mod version_1;

use crate::state::State;
use chat::{Entry, Id, Turn};
use history_list::HistoryList;
pub use history_list::HistoryRow;
pub use open_chat::{Chat, Edit};
use storage_health::StorageHealth;
pub use storage_health::{NoticeAction, StorageNotice, StorageProblem};

/// The open chat, the history, and the chats in memory.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    history: HistoryList,
    chat: Chat,
    /// When Send was pressed before the requests of the last days were read, which the limits need.
    early_send: Option<f64>,
    /// Chats that are answered while another one is open.
    background: Vec<BackgroundChat>,
    /// Chats that were continued before the history was read: their entries are provisional.
    provisional_titles: Vec<Id>,
    storage: StorageHealth,
}

/// A chat that is answered in the background.
#[derive(Debug)]
struct BackgroundChat {
    id: Id,
    turns: Vec<Turn>,
}

impl State {
    /// Returns the open chat.
    #[must_use]
    pub const fn chat(&self) -> &Chat {
        &self.conversations.chat
    }

    /// Returns the history, newest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.conversations.history.entries()
    }
}

impl Conversations {
    #[cfg(test)]
    pub(crate) const fn chat_mut(&mut self) -> &mut Chat {
        &mut self.chat
    }

    /// Returns a turn of the open chat or of one in the background.
    pub(crate) fn turn(&self, id: &Id) -> Option<&Turn> {
        self.turns().rfind(|turn| turn.id == *id)
    }

    /// The same, to change it.
    pub(crate) fn turn_mut(&mut self, id: &Id) -> Option<&mut Turn> {
        let background = self.background.iter_mut().flat_map(|chat| &mut chat.turns);
        background.chain(&mut self.chat.turns).rfind(|turn| turn.id == *id)
    }

    /// Iterates over all turns in memory, those of the open chat last.
    fn turns(&self) -> impl DoubleEndedIterator<Item = &Turn> {
        self.background.iter().flat_map(|chat| &chat.turns).chain(&self.chat.turns)
    }

    /// Keeps the open chat in the background.
    pub(crate) fn move_to_background(&mut self, id: Id) {
        self.background.push(BackgroundChat { id, turns: std::mem::take(&mut self.chat.turns) });
    }

    /// Takes a chat back from the background.
    fn take_from_background(&mut self, id: &Id) -> Option<Vec<Turn>> {
        let place = self.background.iter().position(|chat| chat.id == *id)?;
        Some(self.background.remove(place).turns)
    }

    pub(crate) fn is_in_background(&self, id: &Id) -> bool {
        self.background.iter().any(|chat| chat.id == *id)
    }

    /// Drops the chats in the background that no run answers anymore: they are saved, or wait to be.
    pub(crate) fn drop_from_background(&mut self, is_answering: impl Fn(&Id) -> bool) {
        self.background.retain(|chat| is_answering(&chat.id));
    }
}
