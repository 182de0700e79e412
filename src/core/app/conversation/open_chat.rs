//! The open chat, and what Send, edits and lanes change in it.

use crate::conversation::{
    Conversations,
    chat::{Answer, Entry, Id, Lane, LaneId, Turn},
};

/// The open chat.
#[derive(Debug, Default)]
pub struct Chat {
    /// Its id. `None` until the first prompt is sent.
    pub(crate) id: Option<Id>,
    /// Whether its turns are still loading from storage.
    pub(crate) loading: bool,
    /// When Send was pressed during loading: the turns must come first.
    pub(super) sends_at: Option<f64>,
    /// Whether it is open because it was before the page was reloaded.
    pub(super) reloaded: bool,
    /// Its entry in the history, which has its lanes, was not loaded yet when it was.
    pub(super) lacks_entry: bool,
    /// The turn that was moved back to the composer; sending replaces it and what follows.
    pub(crate) editing: Option<Edit>,
    /// The entry of a chat that another tab deleted, in case it is continued here.
    pub(super) deleted: Option<Entry>,
    /// Its turns, oldest first.
    pub(crate) turns: Vec<Turn>,
}

/// A turn that is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The edited turn.
    pub turn: Id,
    /// The lane it is edited for. `None` for all.
    pub lane: Option<LaneId>,
}

impl Chat {
    /// Returns its id. `None` until the first prompt is sent.
    #[must_use]
    pub const fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Inserts a turn in the order in which they were asked.
    pub(super) fn insert_turn(&mut self, turn: Turn) {
        let before = |other: &Turn| (other.asked_ms, &other.id) < (turn.asked_ms, &turn.id);
        let place = self.turns.partition_point(before);
        self.turns.insert(place, turn);
    }

    /// Whether its turns are still loading from storage.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        self.loading
    }

    /// Returns its turns, oldest first.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// Returns the turn that is being edited.
    #[must_use]
    pub const fn editing(&self) -> Option<&Edit> {
        self.editing.as_ref()
    }

    /// Whether it is open because it was before the page was reloaded.
    pub(crate) const fn is_reloaded(&self) -> bool {
        self.reloaded
    }

    /// Returns the lane that is being edited alone, if any.
    pub(crate) fn edited_lane(&self) -> Option<LaneId> {
        self.editing.as_ref().and_then(|edit| edit.lane)
    }
}

impl Conversations {
    /// Sends the prompt once the turns are loaded: without them it would be a different request.
    pub(crate) const fn send_when_loaded(&mut self, now_ms: f64) {
        self.chat.sends_at = Some(now_ms);
    }

    /// Sends once the requests of the last days are read.
    pub(crate) const fn send_when_limits_are_known(&mut self, now_ms: Option<f64>) {
        self.early_send = now_ms;
    }

    /// Returns when Send was pressed too early, if it was and nothing was written since.
    pub(crate) const fn take_early_send(&mut self) -> Option<f64> {
        self.early_send.take()
    }

    /// Gives the open chat its id, with its first prompt.
    pub(crate) fn begin(&mut self, id: Id) {
        self.chat.id = Some(id);
    }

    /// Notes that the open chat was open before the page was reloaded.
    pub(crate) const fn note_reload(&mut self) {
        self.chat.reloaded = true;
    }

    /// Adds a turn to the open chat. Returns its index.
    pub(crate) fn add_turn(&mut self, turn: Turn) -> usize {
        self.chat.turns.push(turn);
        self.chat.turns.len() - 1
    }

    /// Adds an answer to a turn of the open chat. Returns the ids of chat and turn.
    pub(crate) fn add_answer(&mut self, turn: usize, answer: Answer) -> Option<(Id, Id)> {
        let turn = self.chat.turns.get_mut(turn)?;
        turn.answers.push(answer);
        Some((turn.chat.clone(), turn.id.clone()))
    }

    /// Begins to edit a turn. Returns whether none was being edited.
    pub(crate) fn begin_edit(&mut self, edit: Edit) -> bool {
        self.chat.editing.replace(edit).is_none()
    }

    /// Ends the edit, if there is one.
    pub(crate) const fn end_edit(&mut self) -> Option<Edit> {
        self.chat.editing.take()
    }

    /// Removes the turns that an edited one replaces from the lanes asked again, and returns the ids of those that are gone
    /// and of those that changed. A lane that is not asked keeps them: it is hidden, cannot be asked, or the edit is for
    /// another.
    pub(crate) fn drop_edited(&mut self, Edit { turn, lane }: &Edit, lanes: &[LaneId]) -> (Vec<Id>, Vec<Id>) {
        let (mut gone, mut changed) = (Vec::new(), Vec::new());
        for turn in self.chat.turns.iter_mut().skip_while(|other| other.id != *turn) {
            let replaced: Vec<LaneId> = lanes.iter().copied().filter(|lane| turn.is_in(*lane)).collect();
            turn.replaced_in.extend(&replaced);
            let is_unused = turn.answers.iter().all(|answer| turn.replaced_in.contains(&answer.lane));
            if is_unused && lane.is_none() {
                gone.push(turn.id.clone());
            } else if !replaced.is_empty() {
                changed.push(turn.id.clone());
            }
        }
        self.chat.turns.retain(|turn| !gone.contains(&turn.id));
        (gone, changed)
    }

    /// Returns the history entry of the open chat, and notes whether it was loaded yet.
    pub(crate) fn look_up_entry(&mut self) -> Option<Entry> {
        let entry = self.chat.id.as_ref().and_then(|id| self.history.get(id)).cloned();
        self.chat.lacks_entry = entry.is_none();
        entry
    }

    /// Keeps the lanes of the open chat with its entry. Returns the entry if they changed.
    pub(crate) fn keep_lanes(&mut self, lanes: Vec<Lane>) -> Option<Entry> {
        self.history.change(self.chat.id.as_ref()?, |entry| {
            let differs = entry.lanes != lanes;
            entry.lanes = lanes;
            differs
        })
    }
}
