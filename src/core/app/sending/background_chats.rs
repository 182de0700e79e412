//! Chats that are not open but still being answered: a run outlives the view of its chat. They stay in memory until their
//! last run ends, and opening one needs no storage.

use crate::{conversation::chat::Id, effect::Effect, state::State};

impl State {
    /// Keeps the open chat while it is answered, instead of stopping its runs.
    pub(crate) fn move_to_background(&mut self) {
        if let Some(id) = self.chat().id.clone().filter(|id| self.is_answering(id)) {
            self.conversations.move_to_background(id);
        }
    }

    /// Drops chats whose last run has ended.
    pub(crate) fn drop_answered_chats(&mut self) {
        let Self { conversations, runs, .. } = self;
        conversations.drop_from_background(|id| runs.iter().any(|run| run.owner.chat == *id));
    }

    /// Stops the runs of a chat that is being deleted.
    pub(crate) fn stop_background(&mut self, chat: &Id) -> Vec<Effect> {
        if !self.conversations.is_in_background(chat) {
            return Vec::new();
        }
        let runs = self.runs.iter().filter(|run| run.owner.chat == *chat).map(|run| (run.run, run.last_ms));
        self.stop_runs(runs.collect(), None)
    }
}
