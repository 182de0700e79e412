//! The history of conversations, and results from storage.

use headroom_domain::case_folded;

use crate::{
    conversation::{
        chat::{Entry, Id, Turn},
        deleted_chats::broadcast_deleted,
        open_chat::Chat,
    },
    effect::Effect,
    state::State,
};

impl State {
    /// Returns the history entries that match the search, newest first.
    #[must_use]
    pub fn found(&self) -> Vec<Entry> {
        let wanted = case_folded(self.conversations.search.trim());
        self.conversations.entries.iter().filter(|entry| case_folded(&entry.title).contains(&wanted)).cloned().collect()
    }

    /// Returns the title of the open conversation.
    #[must_use]
    pub fn title(&self) -> &str {
        let known = self.conversations.entries.iter().chain(&self.conversations.chat.deleted);
        let open = known.into_iter().find(|entry| Some(&entry.id) == self.conversations.chat.id.as_ref());
        open.map_or("New chat", |entry| &entry.title)
    }

    pub(crate) fn new_chat(&mut self) -> Vec<Effect> {
        self.close_token_view();
        let mut effects = self.leave();
        self.conversations.chat = Chat::default();
        effects.push(self.lanes_of_new_chat());
        effects.push(Effect::SaveOpenChat(None));
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn chat_opened(&mut self, id: Id) -> Vec<Effect> {
        self.close_token_view();
        if self.conversations.chat.id.as_ref() == Some(&id) {
            return Vec::new();
        }
        let mut effects = self.leave();
        effects.push(Effect::SaveOpenChat(Some(id.clone())));
        let in_memory =
            self.conversations.take_from_background(&id).or_else(|| self.conversations.unsaved.get(&id.0).cloned());
        if let Some(turns) = in_memory {
            self.conversations.chat = Chat { id: Some(id), turns, ..Chat::default() };
            effects.extend(self.lanes_of_chat());
            return effects;
        }
        self.conversations.chat = Chat { id: Some(id.clone()), loading: true, ..Chat::default() };
        effects.push(Effect::ReadChat(id));
        effects
    }

    /// Leaves the open conversation: its runs go on, and an edit is dropped.
    fn leave(&mut self) -> Vec<Effect> {
        // If another tab deleted the chat, later answers would bring parts of it back.
        let mut effects = if self.conversations.chat.deleted.is_some() { self.stop(None, None) } else { Vec::new() };
        effects.extend(self.edit_dropped());
        let in_background = self.move_to_background();
        // A chat that is still loading is not what storage has.
        let is_unsaved = self.conversations.storage_has_failed && !self.conversations.chat.loading && !in_background;
        if let Some(id) = self.conversations.chat.id.take().filter(|_| is_unsaved) {
            self.conversations.unsaved.insert(id.0, std::mem::take(&mut self.conversations.chat.turns));
        }
        effects
    }

    pub(crate) fn chat_renamed(&mut self, id: &Id, title: &str) -> Vec<Effect> {
        let title = title.trim();
        match self.conversations.entries.iter_mut().find(|entry| entry.id == *id) {
            Some(entry) if !title.is_empty() => {
                title.clone_into(&mut entry.title);
                self.conversations.provisional_titles.retain(|provisional_titles| provisional_titles != id);
                vec![Effect::SaveEntry(entry.clone())]
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn chat_deleted(&mut self, id: &Id) -> Vec<Effect> {
        self.conversations.entries.retain(|entry| entry.id != *id);
        let mut effects = self.stop_background(id);
        if self.conversations.chat.id.as_ref() == Some(id) {
            effects.extend(self.stop(None, None));
            effects.extend(self.new_chat());
        }
        self.conversations.unsaved.remove(&id.0);
        effects.push(Effect::DeleteChat(id.clone()));
        effects.push(broadcast_deleted(id));
        effects
    }

    /// Puts an entry back.
    pub(crate) fn restore_entry(&mut self, entry: Entry) -> Effect {
        self.file(entry.clone());
        Effect::SaveEntry(entry)
    }

    pub(crate) fn search_changed(&mut self, search: String) -> Vec<Effect> {
        self.conversations.search = search;
        Vec::new()
    }

    pub(crate) fn history_loaded(&mut self, entries: Vec<Entry>, unreadable: &[String]) -> Vec<Effect> {
        // What this tab made or renamed meanwhile is newer than what was read.
        let mut effects = Vec::new();
        for entry in entries {
            match self.conversations.entries.iter_mut().find(|own| own.id == entry.id) {
                None => self.file(entry),
                Some(own) if self.conversations.provisional_titles.contains(&own.id) => {
                    own.title = entry.title;
                    effects.push(Effect::SaveEntry(own.clone()));
                }
                Some(_) => {}
            }
        }
        self.conversations.provisional_titles.clear();
        self.set_aside(unreadable);
        if self.conversations.chat.lacks_entry && !self.conversations.chat.loading {
            effects.extend(self.lanes_of_chat());
        }
        effects
    }

    pub(crate) fn chat_loaded(&mut self, id: &Id, turns: Vec<Turn>, unreadable: &[String]) -> Vec<Effect> {
        self.set_aside(unreadable);
        if self.conversations.chat.id.as_ref() != Some(id) || !self.conversations.chat.loading {
            return Vec::new();
        }
        let sends_at = self.conversations.chat.sends_at.take();
        if turns.is_empty() {
            // It was deleted, perhaps by another tab.
            let mut effects = self.new_chat();
            effects.extend(self.send_held(sends_at));
            return effects;
        }
        for turn in turns {
            let before = |other: &Turn| (other.asked_ms, &other.id) < (turn.asked_ms, &turn.id);
            let place = self.conversations.chat.turns.partition_point(before);
            self.conversations.chat.turns.insert(place, turn);
        }
        self.conversations.chat.loading = false;
        let mut effects = self.lanes_of_chat();
        effects.extend(self.send_held(sends_at));
        effects
    }

    /// Sends the prompt that waited for the chat to load.
    fn send_held(&mut self, sends_at: Option<f64>) -> Vec<Effect> {
        sends_at.map(|now_ms| self.send(now_ms)).unwrap_or_default()
    }

    pub(crate) fn storage_failed(&mut self, why: &str) -> Vec<Effect> {
        self.conversations.storage_has_failed = true;
        let mut sends_at = self.conversations.take_early_send();
        if self.conversations.chat.loading {
            // It will not load.
            sends_at = sends_at.or(self.conversations.chat.sends_at);
            self.conversations.chat = Chat::default();
        }
        self.conversations
            .storage_problem
            .get_or_insert_with(|| format!("This browser can't save chats ({why}). Closing this tab loses them."));
        self.send_held(sends_at)
    }

    /// Moves the entry of the open conversation to the top, and creates it for its first prompt.
    pub(crate) fn touch_entry(&mut self, id: &Id, prompt: &str, now_ms: u64) -> Effect {
        let known = self.conversations.entries.iter().position(|entry| entry.id == *id);
        let mut entry = match known {
            Some(place) => self.conversations.entries.remove(place),
            None => {
                let first = self.conversations.chat.turns.first().map_or(prompt, |turn| &turn.prompt);
                let entry = Entry {
                    id: id.clone(),
                    title: crate::conversation::chat::title_of(first),
                    used_ms: now_ms,
                    lanes: self.settings().lanes.to_vec(),
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
        entry.lanes = self.settings().lanes.to_vec();
        self.file(entry.clone());
        Effect::SaveEntry(entry)
    }

    /// Inserts an entry in order, newest first.
    pub(crate) fn file(&mut self, entry: Entry) {
        let place =
            self.conversations.entries.partition_point(|other| (other.used_ms, &other.id) > (entry.used_ms, &entry.id));
        self.conversations.entries.insert(place, entry);
    }

    pub(crate) fn set_aside(&mut self, unreadable: &[String]) {
        if let Some(first) = unreadable.first() {
            let more = unreadable.len();
            self.conversations
                .storage_problem
                .get_or_insert_with(|| format!("{more} saved record(s) could not be read and were set aside: {first}"));
        }
    }
}
