//! Chats that are not open but still being answered: a run outlives the view of its chat. They stay in memory until their
//! last run ends, and opening one needs no storage.

use crate::{
    conversation::chat::{Id, LaneId},
    effect::Effect,
    state::State,
};

impl State {
    /// Keeps the open chat while it is answered, instead of stopping its runs. Says whether it is.
    pub(crate) fn move_to_background(&mut self) -> bool {
        let Some(id) = self.chat().id.clone().filter(|id| self.is_answering(id)) else { return false };
        self.conversations.move_to_background(id);
        true
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

    /// Stops the runs of lanes of the open chat that are no longer shown, and drops an edit for one of them.
    pub(crate) fn stop_lanes(&mut self, lanes: &[LaneId]) -> Vec<Effect> {
        let runs = self.runs.iter().filter(|run| self.is_of_open_chat(run) && lanes.contains(&run.owner.lane));
        let mut effects = self.stop_runs(runs.map(|run| (run.run, run.last_ms)).collect(), None);
        if self.chat().edited_lane().is_some_and(|lane| lanes.contains(&lane)) {
            effects.extend(self.edit_dropped());
        }
        effects
    }

    /// Restores a chat that another tab deleted and that is continued here.
    pub(crate) fn restore_deleted(&mut self) -> Vec<Effect> {
        let Some(entry) = self.take_deleted() else { return Vec::new() };
        let mut effects = vec![entry];
        effects.extend((0..self.chat().turns.len()).filter_map(|turn| self.save_turn_at(turn)));
        effects
    }
}
