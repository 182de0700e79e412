//! Conversations: turns and answers, the history, and the format of what is saved.

pub(crate) mod chat;
pub(crate) mod deleted_chats;
pub(crate) mod history;
pub(crate) mod refusal;
pub mod saved;
pub mod version_1;
