//! Everything that is asked of the browser.

use headroom_domain::{ApiKey, Theme};
use headroom_tokenizer::Vocabulary;

use crate::{
    chat::{Entry, Id, Turn},
    counting::{CountId, TextKey},
    event::RunId,
    saved::Slice,
    settings::{KeyMode, Settings},
};

/// A request, ready to go. The key is not in it: the platform adds the header, for this origin only.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Which run it starts.
    pub run: RunId,
    /// The id of the provider, to find its key by.
    pub provider: String,
    /// Where to post it.
    pub url: String,
    /// Headers without the key's.
    pub headers: Vec<(String, String)>,
    /// The JSON body.
    pub body: String,
}

/// Everything the page asks of the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep the draft, synchronously: the tab may be gone in the next moment.
    SaveDraft(String),
    /// Keep the theme.
    SaveTheme(Theme),
    /// Wear the theme.
    ApplyTheme(Theme),
    /// Keep the settings.
    SaveSettings(Box<Settings>),
    /// Keep a key for a provider.
    SaveKey {
        /// The provider's id.
        provider: String,
        /// The key.
        key: ApiKey,
        /// Where.
        mode: KeyMode,
    },
    /// Forget the key of a provider, wherever it is kept.
    DeleteKey(String),
    /// Have the worker count this text. A newer request makes an older one pointless.
    Count {
        /// Which request for a count.
        id: CountId,
        /// In the tokens of the models that the lanes ask.
        vocabularies: Vec<Vocabulary>,
        /// The text.
        text: String,
    },
    /// Have the worker count texts to the token. It has the vocabulary.
    CountTexts {
        /// In which vocabulary.
        vocabulary: Vocabulary,
        /// The texts, and what names them in its answer.
        texts: Vec<(TextKey, String)>,
    },
    /// Have the worker say where the tokens of texts end. It has the vocabulary.
    FindTokenBoundaries {
        /// In which vocabulary.
        vocabulary: Vocabulary,
        /// The texts, and what names them in its answer.
        texts: Vec<(TextKey, String)>,
    },
    /// Fetch a vocabulary and hand it to the worker.
    FetchVocabulary(Vocabulary),
    /// Fetch the numbers of a vocabulary's tokens and hand them to the worker.
    FetchIds(Vocabulary),
    /// Start a new worker in place of the lost one.
    RestartWorker,
    /// Send a request; its events carry its run.
    Send(Box<Outgoing>),
    /// Abort a run: the network stops at once, and no event of it follows.
    Abort(RunId),
    /// Ask the browser, and without a key the provider, why nothing came. Nothing of the user's goes along.
    CheckReachability {
        /// For which run.
        run: RunId,
        /// The keyless list of models, where there is one.
        list: Option<String>,
        /// An address of the server that need not answer readably.
        server: String,
    },
    /// Fetch the list of models of a provider.
    ListModels {
        /// The provider's id.
        provider: String,
        /// The address.
        url: String,
        /// Whether its key goes along.
        with_key: bool,
    },
    /// Remember, for this tab, which conversation is open: a reload comes back to it.
    SaveOpenChat(Option<Id>),
    /// Read the history.
    ReadHistory,
    /// Read a conversation.
    ReadChat(Id),
    /// Keep the entry of a conversation.
    SaveEntry(Entry),
    /// Keep a turn whole; slices kept for it are done with.
    SaveTurn(Box<Turn>),
    /// Keep what came of a running answer since the last slice.
    SaveSlice {
        /// In which conversation.
        chat: Id,
        /// Which turn.
        turn: Id,
        /// The number of the slice in its lane, from 0.
        number: u32,
        /// What came.
        slice: Slice,
    },
    /// Remove turns.
    DeleteTurns {
        /// Of this conversation.
        chat: Id,
        /// Which.
        turns: Vec<Id>,
    },
    /// Remove a conversation with all its turns.
    DeleteChat(Id),
    /// Read what was sent lately.
    ReadRequests {
        /// Within so many days.
        days: u64,
    },
    /// Keep what is known of a request, and tell the other tabs.
    SaveRequest {
        /// Its id.
        id: String,
        /// The record.
        record: String,
    },
    /// Remove what was sent long ago.
    DeleteOldRequests {
        /// More than so many days.
        days: u64,
    },
    /// Tell the other tabs.
    BroadcastToTabs(String),
    /// Look at the queue again at this time, in milliseconds since 1970; also where the page is hidden and its own clock
    /// is slow.
    ScheduleWake(u64),
    /// Ask a provider how an account stands.
    FetchAccount {
        /// The provider's id.
        provider: String,
        /// Names the keys as they are now: an answer to older ones is not taken.
        key_changes: u64,
        /// The address.
        url: String,
    },
    /// Say this to screen readers.
    Announce(String),
}
