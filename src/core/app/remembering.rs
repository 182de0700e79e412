//! The history: conversations that were had, and what storage says.

use std::collections::BTreeMap;

use headroom_markdown::Document;

use crate::{
    chat::{Entry, Id, Turn},
    event::Effect,
    state::{Chat, State},
};

impl State {
    /// The entries of the history that the search finds, the newest first.
    #[must_use]
    pub fn found(&self) -> Vec<Entry> {
        let wanted = self.search.trim().to_lowercase();
        self.entries.iter().filter(|entry| entry.title.to_lowercase().contains(&wanted)).cloned().collect()
    }

    pub(crate) fn new_chat(&mut self) -> Vec<Effect> {
        let mut effects = self.abandon();
        self.chat = Chat::default();
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn chat_opened(&mut self, id: Id) -> Vec<Effect> {
        if self.chat.id.as_ref() == Some(&id) {
            return Vec::new();
        }
        let mut effects = self.abandon();
        self.chat = Chat { id: Some(id.clone()), loading: true, ..Chat::default() };
        effects.push(Effect::ReadChat(id));
        effects
    }

    pub(crate) fn chat_renamed(&mut self, id: &Id, title: &str) -> Vec<Effect> {
        let title = title.trim();
        match self.entries.iter_mut().find(|entry| entry.id == *id) {
            Some(entry) if !title.is_empty() => {
                title.clone_into(&mut entry.title);
                vec![Effect::KeepEntry(entry.clone())]
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn chat_deleted(&mut self, id: &Id) -> Vec<Effect> {
        self.entries.retain(|entry| entry.id != *id);
        let mut effects = Vec::new();
        if self.chat.id.as_ref() == Some(id) {
            effects.extend(self.new_chat());
        }
        effects.push(Effect::DropChat(id.clone()));
        effects
    }

    pub(crate) fn search_changed(&mut self, search: String) -> Vec<Effect> {
        self.search = search;
        Vec::new()
    }

    pub(crate) fn history_read(&mut self, entries: Vec<Entry>, unreadable: &[String]) -> Vec<Effect> {
        // What this tab has meanwhile made or renamed is newer than what was read.
        let mut all: BTreeMap<Id, Entry> = entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        all.extend(self.entries.drain(..).map(|entry| (entry.id.clone(), entry)));
        self.entries = all.into_values().collect();
        self.sort_entries();
        self.set_aside(unreadable);
        Vec::new()
    }

    pub(crate) fn chat_read(&mut self, id: &Id, mut turns: Vec<Turn>, unreadable: &[String]) -> Vec<Effect> {
        self.set_aside(unreadable);
        if self.chat.id.as_ref() != Some(id) || !self.chat.loading {
            return Vec::new();
        }
        turns.sort_by(|one, other| (one.asked_ms, &one.id).cmp(&(other.asked_ms, &other.id)));
        self.chat.documents =
            turns.iter().map(|turn| Document::parse(turn.answers.last().map_or("", |answer| &answer.text))).collect();
        self.chat.turns = turns;
        self.chat.loading = false;
        Vec::new()
    }

    pub(crate) fn storage_failed(&mut self, why: &str) -> Vec<Effect> {
        self.storage_problem.get_or_insert_with(|| {
            format!("This browser does not keep your chats ({why}). They live in this tab until it is closed.")
        });
        Vec::new()
    }

    /// The entry of the open conversation moves to the top, and is made for its first prompt.
    pub(crate) fn touch_entry(&mut self, id: &Id, prompt: &str, now_ms: u64) -> Effect {
        let entry = match self.entries.iter_mut().find(|entry| entry.id == *id) {
            Some(entry) => {
                entry.used_ms = now_ms;
                entry.clone()
            }
            None => {
                let entry = Entry { id: id.clone(), title: crate::chat::title_of(prompt), used_ms: now_ms };
                self.entries.push(entry.clone());
                entry
            }
        };
        self.sort_entries();
        Effect::KeepEntry(entry)
    }

    fn sort_entries(&mut self) {
        self.entries.sort_by(|one, other| (other.used_ms, &other.id).cmp(&(one.used_ms, &one.id)));
    }

    fn set_aside(&mut self, unreadable: &[String]) {
        if let Some(first) = unreadable.first() {
            let more = unreadable.len();
            self.storage_problem
                .get_or_insert_with(|| format!("{more} kept record(s) could not be read and stay aside: {first}"));
        }
    }
}
