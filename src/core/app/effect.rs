//! Effects: everything that is asked of the browser.

use headroom_domain::{ApiKey, Theme};
use headroom_tokenizer::Vocabulary;

use crate::{
    composer::counting::{CountId, TextKey},
    conversation::{
        chat::{Entry, Id, Turn},
        saved::Slice,
    },
    event::RunId,
    setup::{saved_settings::SettingRecord, settings::KeyMode},
};

/// A request, ready to send. It does not contain the key: the platform adds the header, for this origin only.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The run it starts.
    pub run: RunId,
    /// The id of the provider, to look up its key.
    pub provider: String,
    /// The URL to post to.
    pub url: String,
    /// Headers, without the key's.
    pub headers: Vec<(String, String)>,
    /// The JSON body.
    pub body: String,
}

/// An action for the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Save the draft synchronously: the tab may close at any moment.
    SaveDraft(String),
    /// Save the theme.
    SaveTheme(Theme),
    /// Apply the theme.
    ApplyTheme(Theme),
    /// Save these settings, and no others.
    SaveSettings(Vec<SettingRecord>),
    /// Save the key of a provider.
    SaveKey {
        /// The provider's id.
        provider: String,
        /// The key.
        key: ApiKey,
        /// Where to keep it.
        mode: KeyMode,
    },
    /// Delete the key of a provider, wherever it is kept.
    DeleteKey(String),
    /// Ask the worker to count this text. Supersedes older requests.
    Count {
        /// The count request's id.
        id: CountId,
        /// The vocabularies of the models that the lanes use.
        vocabularies: Vec<Vocabulary>,
        /// The text.
        text: String,
    },
    /// Ask the worker to count texts exactly. It has loaded the vocabulary.
    CountTexts {
        /// The vocabulary.
        vocabulary: Vocabulary,
        /// The texts, with the keys that identify them in the result.
        texts: Vec<(TextKey, String)>,
    },
    /// Ask the worker where the tokens of texts end. It has loaded the vocabulary.
    FindTokenBoundaries {
        /// The vocabulary.
        vocabulary: Vocabulary,
        /// The texts, with the keys that identify them in the result.
        texts: Vec<(TextKey, String)>,
    },
    /// Fetch a vocabulary and pass it to the worker.
    FetchVocabulary(Vocabulary),
    /// Fetch the token ids of a vocabulary and pass them to the worker.
    FetchIds(Vocabulary),
    /// Start a new worker to replace the lost one.
    RestartWorker,
    /// Send a request; its events carry its run.
    Send(Box<Outgoing>),
    /// Abort a run: the network stops at once, and no more events of it follow.
    Abort(RunId),
    /// Ask the browser, and without a key the provider, why there was no response. Sends no user data.
    CheckReachability {
        /// The run.
        run: RunId,
        /// The keyless model list, if there is one.
        list: Option<String>,
        /// An address of the server whose response need not be readable.
        server: String,
    },
    /// Fetch the model list of a provider.
    ListModels {
        /// The provider's id.
        provider: String,
        /// The URL.
        url: String,
        /// Whether to send the key.
        with_key: bool,
    },
    /// Remember the open conversation for this tab, so a reload returns to it.
    SaveOpenChat(Option<Id>),
    /// Read the history.
    ReadHistory,
    /// Read what a tab with an older build changed in the history.
    ReadOlderHistory,
    /// Read a conversation.
    ReadChat(Id),
    /// Save the history entry of a conversation.
    SaveEntry(Entry),
    /// Save a complete turn; its slices are no longer needed.
    SaveTurn(Box<Turn>),
    /// Save what a running answer received since the last slice.
    SaveSlice {
        /// The conversation.
        chat: Id,
        /// The turn.
        turn: Id,
        /// The number of the slice in its lane, from 0.
        number: u32,
        /// The slice.
        slice: Slice,
    },
    /// Delete turns.
    DeleteTurns {
        /// The conversation.
        chat: Id,
        /// The turns.
        turns: Vec<Id>,
    },
    /// Delete a conversation with all its turns.
    DeleteChat(Id),
    /// Begin to write everything that waits: the page may be gone in a moment.
    Flush,
    /// Save what waits to be written as a file.
    SaveUnsavedToFile,
    /// Read the stored requests.
    ReadRequests {
        /// The number of days to read.
        days: u64,
    },
    /// Save what is known of a request, and send it to the other tabs.
    SaveRequest {
        /// Its id.
        id: String,
        /// The record.
        record: String,
    },
    /// Delete old requests.
    DeleteOldRequests {
        /// The number of days to keep.
        days: u64,
    },
    /// Send a message to the other tabs.
    BroadcastToTabs(String),
    /// Check the queue again at this time, in milliseconds since 1970, even if the page is hidden and its own timers
    /// are throttled.
    ScheduleWake(u64),
    /// Ask a provider for the state of an account.
    FetchAccount {
        /// The provider's id.
        provider: String,
        /// The current key counter: a response for older keys is discarded.
        key_changes: u64,
        /// The URL.
        url: String,
    },
    /// Announce this to screen readers.
    Announce(String),
}
