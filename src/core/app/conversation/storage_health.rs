//! What storage could not do, and what the user can do about it.

use headroom_records::Unsaved;

use crate::{conversation::open_chat::Chat, effect::Effect, state::State};

/// Why nothing is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageProblem {
    /// The disk or this site's share of it is full.
    Full,
    /// The browser does not let this page save anything.
    Refused,
    /// Storage has not responded for seconds.
    NotResponding,
    /// A newer version of Headroom has taken over the database.
    Newer,
    /// Anything else, as the browser says it.
    Other(String),
}

impl StorageProblem {
    /// Recognizes an exception of the browser.
    #[must_use]
    pub fn from_exception(name: &str, message: &str) -> Self {
        // Chromium and Firefox do not always name a full disk.
        let is_full = ["QuotaExceeded", "FILE_NO_SPACE", "No space left", "disk is full", "disk space"];
        if is_full.iter().any(|sign| name.contains(sign) || message.contains(sign)) {
            return Self::Full;
        }
        match (name, message) {
            ("VersionError", _) => Self::Newer,
            ("SecurityError" | "NotAllowedError" | "InvalidStateError", _) => Self::Refused,
            (_, "") => Self::Other(name.to_owned()),
            _ => Self::Other(message.trim_end_matches('.').to_owned()),
        }
    }

    /// Says what is wrong and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        let kept = "Until then, new messages are kept only in this tab.";
        match self {
            Self::Full => {
                format!("There is no space left to save chats. Free some disk space or delete old chats. {kept}")
            }
            Self::Refused => {
                "This browser does not let Headroom save anything, as in some private windows. Messages are \
                              kept only in this tab; allow this site to store data to save them."
                    .into()
            }
            Self::NotResponding => {
                format!(
                    "This browser's storage is not responding. Close other tabs with Headroom, or restart the browser. {kept}"
                )
            }
            Self::Newer => {
                "A newer version of Headroom is open in another tab. Reload this page to save new messages again."
                    .into()
            }
            Self::Other(why) => format!("This browser could not save chats ({why}). Headroom keeps trying. {kept}"),
        }
    }
}

/// About an open chat that is no longer in storage.
pub(crate) const DELETED: &str =
    "This chat was deleted elsewhere. It is shown until you leave it, and no longer saved.";
/// For screen readers, when everything that waited is written.
pub(crate) const SAVED_AGAIN: &str = "Everything is saved again.";

/// What the user has to know about what is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageNotice {
    /// What is wrong and what to do.
    pub text: String,
    /// What the page offers.
    pub action: Option<NoticeAction>,
}

/// What the page offers when something is not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAction {
    /// Save what waits as a file.
    SaveFile,
    /// Save the chat again that another tab deleted.
    KeepChat,
}

/// What is known about storage.
#[derive(Debug, Default)]
pub(crate) struct StorageHealth {
    /// Why nothing is saved now, and how much waits.
    problem: Option<(StorageProblem, Unsaved)>,
    /// What could not be read; stays until the page is reloaded.
    unreadable: Option<String>,
}

impl State {
    /// Returns what the user has to know about what is saved: what cannot be now, or what of the open chat no longer is.
    #[must_use]
    pub fn storage_notice(&self) -> Option<StorageNotice> {
        let health = &self.conversations.storage;
        let (text, action) = if let Some((problem, unsaved)) = &health.problem {
            (problem.sentence(), (unsaved.records > 0).then_some(NoticeAction::SaveFile))
        } else if self.deleted_chat().is_some() {
            (DELETED.to_owned(), Some(NoticeAction::KeepChat))
        } else {
            (health.unreadable.clone()?, None)
        };
        Some(StorageNotice { text, action })
    }

    /// Whether storage may never respond.
    pub(crate) fn is_storage_silent(&self) -> bool {
        matches!(self.conversations.storage.problem, Some((StorageProblem::NotResponding, _)))
    }

    pub(crate) fn storage_failed(&mut self, problem: StorageProblem, unsaved: Unsaved) -> Vec<Effect> {
        let sentence = problem.sentence();
        let before = self.conversations.storage.problem.replace((problem, unsaved));
        // Each try fails with the same words.
        let is_news = before.is_none_or(|(before, _)| before.sentence() != sentence);
        let effects = is_news.then_some(Effect::Announce(sentence)).into_iter().collect();
        let mut sends_at = self.conversations.take_early_send();
        let chat = &self.conversations.chat;
        // A slow storage may still bring a chat, unless a prompt waits for it.
        if chat.loading && (!self.is_storage_silent() || chat.sends_at.is_some()) {
            sends_at = sends_at.or(chat.sends_at);
            self.conversations.chat = Chat::default();
        }
        self.send_held(sends_at);
        effects
    }

    pub(crate) fn storage_recovered(&mut self) -> Vec<Effect> {
        match self.conversations.storage.problem.take() {
            Some((_, unsaved)) if unsaved.records > 0 => vec![Effect::Announce(SAVED_AGAIN.to_owned())],
            _ => Vec::new(),
        }
    }

    pub(crate) fn report_unreadable(&mut self, unreadable: &[String]) {
        if let Some(first) = unreadable.first() {
            let more = unreadable.len();
            self.conversations
                .storage
                .unreadable
                .get_or_insert_with(|| format!("{more} saved record(s) could not be read and were set aside: {first}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_of_the_browser_is_recognized() {
        for (name, message, expected) in [
            ("QuotaExceededError", "", StorageProblem::Full),
            ("UnknownError", "Internal error committing transaction: IO error: FILE_NO_SPACE", StorageProblem::Full),
            ("VersionError", "The requested version (1) is less than the existing version (2).", StorageProblem::Newer),
            ("SecurityError", "", StorageProblem::Refused),
            ("InvalidStateError", "A mutation operation was attempted", StorageProblem::Refused),
            ("AbortError", "", StorageProblem::Other("AbortError".into())),
            ("UnknownError", "Internal error.", StorageProblem::Other("Internal error".into())),
        ] {
            assert_eq!(StorageProblem::from_exception(name, message), expected, "{name} {message}");
        }
    }
}
