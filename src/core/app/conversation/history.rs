//! The history of conversations, and results from storage.

use std::ops::Range;

use crate::{
    conversation::{
        Conversations,
        chat::{Entry, Id, Lane, Turn},
        deleted_chats::broadcast_deleted,
        history_list::HistoryRow,
        open_chat::Chat,
    },
    effect::Effect,
    outcomes::Outcome,
    state::State,
};

impl State {
    /// Returns a counter that grows when the history or its search changes.
    #[must_use]
    pub const fn history_revision(&self) -> u64 {
        self.conversations.history.revision()
    }

    /// Returns how many chats the history lists: those that match the search.
    #[must_use]
    pub fn listed_chats(&self) -> usize {
        self.conversations.history.listed()
    }

    /// Returns the listed chats at these positions, newest first.
    #[must_use]
    pub fn history_rows(&self, positions: Range<usize>) -> Vec<HistoryRow> {
        self.conversations.history.rows(positions)
    }

    /// Returns the title of the open conversation.
    #[must_use]
    pub fn title(&self) -> &str {
        let Self { conversations: Conversations { history, chat, .. }, .. } = self;
        let open = chat.deleted.as_ref().or_else(|| history.get(chat.id.as_ref()?));
        open.map_or("New chat", |entry| &entry.title)
    }

    /// Shows a new chat. The open one was left.
    pub(crate) fn begin_new_chat(&mut self) -> Effect {
        self.conversations.chat = Chat::default();
        Effect::SaveOpenChat(None)
    }

    /// Shows a chat of the history. The open one was left.
    pub(crate) fn show_chat(&mut self, id: Id) -> Vec<Effect> {
        let mut effects = vec![Effect::SaveOpenChat(Some(id.clone()))];
        if let Some(turns) = self.conversations.take_from_background(&id) {
            self.conversations.chat = Chat { id: Some(id), turns, ..Chat::default() };
            self.emit(Outcome::ChatShown);
            return effects;
        }
        self.conversations.chat = Chat { id: Some(id.clone()), loading: true, ..Chat::default() };
        effects.push(Effect::ReadChat(id));
        effects
    }

    pub(crate) fn chat_renamed(&mut self, id: &Id, title: &str) -> Vec<Effect> {
        let title = title.trim();
        let renamed = self.conversations.history.change(id, |entry| {
            if !title.is_empty() {
                title.clone_into(&mut entry.title);
            }
            !title.is_empty()
        });
        if renamed.is_some() {
            self.conversations.provisional_titles.retain(|other| other != id);
        }
        renamed.map(Effect::SaveEntry).into_iter().collect()
    }

    /// Deletes a chat that is not open.
    pub(crate) fn forget_chat(&mut self, id: &Id) -> Vec<Effect> {
        self.conversations.history.remove(id);
        vec![Effect::DeleteChat(id.clone()), broadcast_deleted(id)]
    }

    /// Puts an entry into the history, in place of the one it had, and saves it.
    pub(crate) fn save_entry(&mut self, entry: Entry) -> Effect {
        self.conversations.history.put(entry.clone());
        Effect::SaveEntry(entry)
    }

    pub(crate) fn search_changed(&mut self, search: &str) -> Vec<Effect> {
        self.conversations.history.search(search);
        Vec::new()
    }

    pub(crate) fn history_loaded(&mut self, entries: Vec<Entry>, unreadable: &[String]) -> Vec<Effect> {
        // What this tab made or renamed meanwhile is newer than what was read.
        let mut effects = Vec::new();
        let Conversations { history, provisional_titles, .. } = &mut self.conversations;
        let (own, new): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| history.get(&entry.id).is_some());
        for entry in own.into_iter().filter(|entry| provisional_titles.contains(&entry.id)) {
            let renamed = history.change(&entry.id, |own| {
                own.title = entry.title;
                true
            });
            effects.extend(renamed.map(Effect::SaveEntry));
        }
        history.add(new);
        provisional_titles.clear();
        self.report_unreadable(unreadable);
        if self.conversations.chat.lacks_entry && !self.conversations.chat.loading {
            self.emit(Outcome::ChatShown);
        }
        effects
    }

    pub(crate) fn chat_loaded(&mut self, id: &Id, turns: Vec<Turn>, unreadable: &[String]) -> Vec<Effect> {
        self.report_unreadable(unreadable);
        if self.conversations.chat.id.as_ref() != Some(id) || !self.conversations.chat.loading {
            return Vec::new();
        }
        let sends_at = self.conversations.chat.sends_at.take();
        if turns.is_empty() {
            // It was deleted, perhaps by another tab.
            self.emit(Outcome::ChatMissing);
            self.send_held(sends_at);
            return Vec::new();
        }
        turns.into_iter().for_each(|turn| self.conversations.chat.insert_turn(turn));
        self.conversations.chat.loading = false;
        self.emit(Outcome::ChatShown);
        self.send_held(sends_at);
        Vec::new()
    }

    /// Sends the prompt that waited for the chat to load.
    pub(super) fn send_held(&mut self, sends_at: Option<f64>) {
        if let Some(now_ms) = sends_at {
            self.emit(Outcome::SendDue { now_ms });
        }
    }

    /// Moves the entry of the open conversation to the top, and creates it for its first prompt.
    pub(crate) fn touch_entry(&mut self, id: &Id, prompt: &str, lanes: Vec<Lane>, now_ms: u64) -> Effect {
        let mut entry = match self.conversations.history.get(id) {
            Some(entry) => entry.clone(),
            None => {
                let first = self.conversations.chat.turns.first().map_or(prompt, |turn| &turn.prompt);
                let entry = Entry {
                    id: id.clone(),
                    title: crate::conversation::chat::title_of(first),
                    used_ms: now_ms,
                    lanes: Vec::new(),
                    unknown: None,
                };
                if !self.conversations.chat.turns.is_empty() {
                    // Its title is unknown until the history loads.
                    self.conversations.provisional_titles.push(id.clone());
                }
                entry
            }
        };
        entry.used_ms = now_ms;
        entry.lanes = lanes;
        self.save_entry(entry)
    }
}
