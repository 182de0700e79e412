//! Chats that are not open but still being answered: a run outlives the view of its chat. They stay in memory until their
//! last run ends, and opening one needs no storage.

use crate::{
    conversation::chat::{Id, Turn},
    effect::Effect,
    runs::run::Run,
    state::State,
};

/// A chat that is answered in the background.
#[derive(Debug)]
pub(crate) struct BackgroundChat {
    id: Id,
    turns: Vec<Turn>,
}

impl State {
    /// Whether a chat, open or not, is waiting for answers.
    #[must_use]
    pub fn is_answering(&self, chat: &Id) -> bool {
        self.runs.iter().any(|run| run.owner.chat == *chat)
    }

    /// Whether a run belongs to the open chat.
    pub(crate) fn is_of_open_chat(&self, run: &Run) -> bool {
        self.chat.id.as_ref() == Some(&run.owner.chat)
    }

    /// Keeps the open chat while it is answered, instead of stopping its runs. Says whether it is.
    pub(crate) fn move_to_background(&mut self) -> bool {
        let Some(id) = self.chat.id.clone().filter(|id| self.is_answering(id)) else { return false };
        self.background.push(BackgroundChat { id, turns: std::mem::take(&mut self.chat.turns) });
        true
    }

    /// Takes a chat back from the background.
    pub(crate) fn take_from_background(&mut self, id: &Id) -> Option<Vec<Turn>> {
        let place = self.background.iter().position(|chat| chat.id == *id)?;
        Some(self.background.remove(place).turns)
    }

    /// Drops chats whose last run has ended: they are saved, or kept if nothing can be saved.
    pub(crate) fn drop_answered_chats(&mut self) {
        for BackgroundChat { id, turns } in std::mem::take(&mut self.background) {
            if self.is_answering(&id) {
                self.background.push(BackgroundChat { id, turns });
            } else if self.storage_has_failed {
                self.unsaved_chats.insert(id.0, turns);
            }
        }
    }

    /// Stops the runs of a chat that is being deleted.
    pub(crate) fn stop_background(&mut self, chat: &Id) -> Vec<Effect> {
        if self.background.iter().all(|background| background.id != *chat) {
            return Vec::new();
        }
        let runs = self.runs.iter().filter(|run| run.owner.chat == *chat).map(|run| (run.run, run.last_ms));
        self.stop_runs(runs.collect(), None)
    }

    /// Returns a turn of the open chat or of one in the background.
    pub(crate) fn turn_mut(&mut self, id: &Id) -> Option<&mut Turn> {
        find_turn_mut(&mut self.chat.turns, &mut self.background, id)
    }
}

/// The same where other parts of the state are borrowed, too.
pub(crate) fn find_turn_mut<'a>(
    open: &'a mut [Turn],
    background: &'a mut [BackgroundChat],
    id: &Id,
) -> Option<&'a mut Turn> {
    background.iter_mut().flat_map(|chat| &mut chat.turns).chain(open).rfind(|turn| turn.id == *id)
}

/// Iterates over all turns in memory, those of the open chat last.
pub(crate) fn turns<'a>(
    open: &'a [Turn],
    background: &'a [BackgroundChat],
) -> impl DoubleEndedIterator<Item = &'a Turn> {
    background.iter().flat_map(|chat| &chat.turns).chain(open)
}
