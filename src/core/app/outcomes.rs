//! What one room means for others. A room changes only what is its own and emits an [`Outcome`]; here is what follows
//! from it, and what takes several rooms.

use crate::{
    conversation::{
        chat::{Entry, Id, LaneId},
        deleted_chats::deletion,
    },
    effect::Effect,
    state::State,
};

/// What happened in a room that others act on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// What precedes the draft in a request changed, or what counts it.
    RequestChanged,
    /// The open chat is on screen, or the entry that knows its lanes was read.
    ChatShown,
    /// The open chat is not in storage.
    ChatMissing,
    /// A prompt need not wait any longer for the chat to load.
    SendDue { now_ms: f64 },
    /// The requests that the limits depend on were read.
    LimitsKnown,
    /// Lanes are no longer shown.
    LanesRemoved(Vec<LaneId>),
    /// What a lane's last request lacked was set.
    LaneCorrected { lane: usize, now_ms: f64 },
    /// A provider has another key, or none.
    KeyChanged(String),
}

impl State {
    /// Handles what the rooms emitted, in that order.
    pub(crate) fn handle_outcomes(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while !self.outcomes.is_empty() {
            let outcome = self.outcomes.remove(0);
            effects.extend(self.handle(outcome));
        }
        effects
    }

    fn handle(&mut self, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::RequestChanged => self.recount(),
            Outcome::ChatShown => self.lanes_of_chat(),
            Outcome::ChatMissing => self.new_chat(),
            Outcome::SendDue { now_ms } => self.send(now_ms),
            Outcome::LimitsKnown => self.send_early(),
            Outcome::LanesRemoved(lanes) => self.stop_lanes(&lanes),
            Outcome::LaneCorrected { lane, now_ms } => self.regenerate(Some(lane), now_ms),
            Outcome::KeyChanged(provider) => self.forget_account(&provider),
        }
    }

    /// Leaves the open chat: its runs go on, and an edit is dropped.
    fn leave_chat(&mut self) -> Vec<Effect> {
        // If another tab deleted the chat, later answers would bring parts of it back.
        let mut effects = if self.deleted_chat().is_some() { self.stop(None, None) } else { Vec::new() };
        effects.extend(self.edit_dropped());
        self.move_to_background();
        effects
    }

    pub(crate) fn new_chat(&mut self) -> Vec<Effect> {
        self.close_token_view();
        let mut effects = self.leave_chat();
        effects.push(self.begin_new_chat());
        effects.push(self.lanes_of_new_chat());
        effects.extend(self.recount());
        effects
    }

    /// Continues in a new chat with the current draft and the same lanes.
    pub(crate) fn move_to_new_chat(&mut self) -> Vec<Effect> {
        let draft = self.draft().to_owned();
        let mut effects = vec![self.keep_lanes_for_new_chat()];
        effects.extend(self.new_chat());
        effects.extend(self.draft_changed(draft));
        effects
    }

    pub(crate) fn open_chat(&mut self, id: Id) -> Vec<Effect> {
        self.close_token_view();
        if self.chat().id.as_ref() == Some(&id) {
            return Vec::new();
        }
        let mut effects = self.leave_chat();
        effects.extend(self.show_chat(id));
        effects
    }

    pub(crate) fn delete_chat(&mut self, id: &Id) -> Vec<Effect> {
        let mut effects = self.stop_background(id);
        if self.chat().id.as_ref() == Some(id) {
            effects.extend(self.stop(None, None));
            effects.extend(self.new_chat());
        }
        effects.extend(self.forget_chat(id));
        effects
    }

    fn chat_deleted_elsewhere(&mut self, id: &Id) -> Vec<Effect> {
        // Its answers would bring parts of it back.
        let mut effects = self.stop_background(id);
        effects.retain(|effect| !matches!(effect, Effect::SaveTurn(turn) if turn.chat == *id));
        self.note_deletion(id);
        effects
    }

    /// Someone deleted the database. What is open stays on the screen.
    pub(crate) fn storage_cleared(&mut self) -> Vec<Effect> {
        let chats: Vec<Id> = self.entries().iter().map(|entry| entry.id.clone()).collect();
        chats.iter().flat_map(|id| self.chat_deleted_elsewhere(id)).collect()
    }

    /// Handles a message of another tab: about a request, a deleted chat, or its queue.
    pub(crate) fn tab_message(&mut self, record: &str, is_older: bool, now_ms: f64) -> Vec<Effect> {
        let deleted = deletion(record);
        if is_older && deleted.is_some() {
            // The chat may have been continued here since.
            return vec![Effect::ReadOlderHistory];
        }
        let mut effects = match deleted {
            Some(deleted) => self.chat_deleted_elsewhere(&deleted),
            None => self
                .saved_elsewhere(record)
                .or_else(|| self.request_heard(record, now_ms))
                .unwrap_or_else(|| self.queue_heard(record)),
        };
        if is_older {
            effects.push(Effect::ReadOlderHistory);
        }
        effects
    }

    /// Takes over what a tab with an older build did to chats.
    pub(crate) fn older_tab_chats(&mut self, changed: Vec<Entry>, removed: &[Id]) -> Vec<Effect> {
        self.replace_entries(changed);
        removed.iter().flat_map(|id| self.chat_deleted_elsewhere(id)).collect()
    }
}
