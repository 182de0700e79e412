//! Events: everything that can happen.

use headroom_domain::{BaseUrl, Failure, KeyMask, LimitProfile, Model, Parameters};
use headroom_protocol::Reach;
use headroom_records::Unsaved;
use headroom_tokenizer::{TextStats, Vocabulary};

pub use crate::event_data::{ConnectionError, Panel, Read, RunId, SecretInput, StoredState};
use crate::{
    composer::counting::{CountId, TextKey},
    conversation::{
        StorageProblem,
        chat::{Entry, Id, Turn},
    },
    setup::settings::KeyMode,
    token_view::TokenBoundaries,
};

/// An event. Times are in milliseconds since 1970.
///
/// Handling them names each one, so a new event does not compile until it is handled:
///
/// ```compile_fail,E0004
/// # use headroom_app::Event;
/// fn apply(event: Event) {
///     match event {
///         Event::DraftChanged(_) => {}
///         Event::EditDropped => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page opened with the state stored last time.
    StateRestored(Box<StoredState>),

    /// A request was sent with a key, which is masked if a rejection repeats it.
    KeyAttached {
        /// The request's run.
        run: RunId,
        /// The mask for the key.
        mask: KeyMask,
    },

    // ---- The user ----
    /// The text in the composer changed.
    DraftChanged(String),
    /// The theme button was pressed.
    ThemePressed {
        /// Whether `prefers-color-scheme: dark` matches now.
        system_is_dark: bool,
    },
    /// A provider was chosen for one lane, or for all. This also permits fetching its model list.
    ProviderChosen {
        /// The lane. `None` for all.
        lane: Option<usize>,
        /// The provider's id.
        provider: String,
    },
    /// A model was chosen, from the list or typed.
    ModelChosen {
        /// The lane.
        lane: usize,
        /// The model's id.
        model: String,
    },
    /// The parameters were changed.
    ParametersChanged {
        /// The lane. `None` for all: the others adopt what changed in the first.
        lane: Option<usize>,
        /// The new parameters.
        parameters: Parameters,
    },
    /// Set the number of lanes.
    LanesSet(usize),
    /// Remove this lane; those to its right move up.
    LaneRemoved(usize),
    /// The system prompt changed.
    SystemChanged(String),
    /// A panel was opened, or closed with [`Panel::None`].
    PanelShown(Panel),
    /// A key was entered for a provider.
    KeyEntered {
        /// The provider's id.
        provider: String,
        /// What was pasted.
        key: SecretInput,
        /// Where to keep it.
        mode: KeyMode,
    },
    /// Delete the key of a provider.
    KeyRemoved(String),
    /// A provider was added, with or without a key.
    ProviderAdded {
        /// Its display name.
        name: String,
        /// Its API base URL.
        base_url: String,
        /// What was pasted; empty if there is no key.
        key: SecretInput,
        /// Where to keep the key.
        mode: KeyMode,
    },
    /// Remove an added provider, with its key.
    ProviderRemoved(String),
    /// Send the draft.
    SendPressed {
        /// The current time.
        now_ms: f64,
    },
    /// Send a lane's queued request regardless of the limits.
    SendNowPressed {
        /// The lane.
        lane: usize,
        /// The current time.
        now_ms: f64,
    },
    /// Lower the cap of a lane's queued request.
    CapLowered {
        /// The lane.
        lane: usize,
        /// `max_completion_tokens`.
        cap: u32,
        /// The current time.
        now_ms: f64,
    },
    /// Time has passed: queued requests may be due.
    QueueDue {
        /// The current time.
        now_ms: f64,
    },
    /// Ask a lane's last turn again with this cap, which the provider stated it would accept.
    CapAccepted {
        /// The lane.
        lane: usize,
        /// `max_completion_tokens`.
        cap: u32,
        /// The current time.
        now_ms: f64,
    },
    /// Use another base URL on the same server for an added provider, and ask a lane's last turn again there.
    BaseUrlAccepted {
        /// The provider's id.
        provider: String,
        /// Its likely API base URL.
        base_url: BaseUrl,
        /// The lane.
        lane: usize,
        /// The current time.
        now_ms: f64,
    },
    /// Set whether requests that don't fit the limits are queued until they do.
    QueueSet(bool),
    /// Set whether queued requests may occasionally be sent early, to probe for higher limits.
    ProbingSet(bool),
    /// Stop running requests, and cancel queued ones.
    StopPressed {
        /// The lane. `None` for all.
        lane: Option<usize>,
        /// The current time.
        now_ms: f64,
    },
    /// Wait for the response of a lane without a stall timeout.
    KeepWaitingPressed {
        /// The lane.
        lane: usize,
    },
    /// Regenerate the last turn.
    RegeneratePressed {
        /// The lane. `None` for all.
        lane: Option<usize>,
        /// The current time.
        now_ms: f64,
    },
    /// Continue the cut-short answer of a lane.
    ContinuePressed {
        /// The lane.
        lane: usize,
        /// The current time.
        now_ms: f64,
    },
    /// Move this turn back to the composer. When sent again, it replaces itself and everything after it.
    EditPressed {
        /// The turn.
        turn: Id,
        /// The lane. `None` for all.
        lane: Option<usize>,
    },
    /// A provider granted credit on this day, `YYYY-MM-DD`; empty if unknown.
    CreditSet {
        /// The provider's id.
        provider: String,
        /// The day.
        day: String,
    },
    /// Hide the signs that a plan is too small until this time, in milliseconds since 1970.
    SignalsHidden(u64),
    /// The usage of past weeks was opened, for this provider's account.
    UsageRequested(String),
    /// A limit profile was chosen for a provider; an empty id for none.
    LimitsChosen {
        /// The provider's id.
        provider: String,
        /// The profile's id.
        profile: String,
    },
    /// The user wrote custom limits for a provider.
    LimitsEdited {
        /// The provider's id.
        provider: String,
        /// The profile.
        profile: Box<LimitProfile>,
    },
    /// Cancel the edit.
    EditDropped,
    /// Start a new conversation.
    NewChatPressed,
    /// Start a new conversation with the current draft.
    MovedToNewChat,
    /// Open a conversation of the history.
    ChatOpened(Id),
    /// Rename a conversation.
    ChatRenamed(Id, String),
    /// Delete a conversation.
    ChatDeleted(Id),
    /// Save the open conversation again, which another tab deleted.
    DeletedChatKept,
    /// Save what waits for storage as a file.
    SaveFilePressed,
    /// Search the history for this text.
    SearchChanged(String),

    // ---- The token view ----
    /// The token view was opened or closed.
    TokensShown(bool),
    /// Show this lane in the token view.
    TokensOfLane(usize),
    /// Show this text in the token view. `None` for the conversation.
    TokensPasted(Option<String>),
    /// Count the texts of the token view exactly in all vocabularies.
    TokensCompared,

    // ---- Other tabs ----
    /// A record from another tab: it sent a request, observed its end, or has queued requests.
    TabMessage {
        /// The record.
        record: String,
        /// Whether the tab has an older build.
        is_older: bool,
        /// The current time.
        now_ms: f64,
    },

    /// Another tab saved a setting: its name, and its text. `None` if it deleted it.
    TabSetting(String, Option<String>),
    /// A tab with an older build changed or deleted chats.
    OlderTabChats {
        /// The new history entries.
        changed: Vec<Entry>,
        /// The deleted chats.
        removed: Vec<Id>,
    },
    /// A tab with an older build saved its settings: all in one record.
    OlderTabSettings(String),

    // ---- The worker ----
    /// The worker counted, in each of the requested vocabularies.
    Counted(CountId, Vec<TextStats>),
    /// The worker counted texts of the conversation exactly.
    TextsCounted(Vec<(TextKey, u64)>),
    /// The worker split texts into tokens.
    TokenBoundaries(Vec<(TextKey, TokenBoundaries)>),
    /// Whether the worker loaded this vocabulary and now counts exactly in it, or the fetch failed.
    VocabularyLoaded(Vocabulary, bool),
    /// Whether the worker loaded the token ids of this vocabulary, or the fetch failed.
    TokenIdsLoaded(Vocabulary, bool),
    /// The worker crashed, or the browser blocked it.
    WorkerLost,

    // ---- The network ----
    /// Status and headers arrived.
    ResponseHeaders {
        /// The run.
        run: RunId,
        /// The HTTP status.
        status: u16,
        /// Lowercase header names and values; those exposed by CORS.
        headers: Vec<(String, String)>,
    },
    /// Bytes arrived: all since the last frame.
    Received {
        /// The run.
        run: RunId,
        /// In order of arrival.
        reads: Vec<Read>,
    },
    /// The body ended normally.
    Ended {
        /// The run.
        run: RunId,
        /// The current time.
        now_ms: f64,
    },
    /// The request or its body failed: no network, no permission, or no server.
    RequestFailed {
        /// The run.
        run: RunId,
        /// The current time.
        now_ms: f64,
        /// What is known about the connection to the provider.
        link: ConnectionError,
    },
    /// The browser's check of the connection to the provider finished.
    ReachabilityChecked {
        /// The run.
        run: RunId,
        /// The result.
        reach: Reach,
    },
    /// The page is closing or was hidden.
    PageHidden,
    /// Time has passed while something runs, or the page is about to close.
    Tick {
        /// The current time.
        now_ms: f64,
    },
    /// A provider's model list arrived or failed.
    ModelsListed {
        /// The provider's id.
        provider: String,
        /// The list.
        outcome: Result<Vec<Model>, Box<Failure>>,
    },

    /// A provider reported the state of an account.
    AccountReported {
        /// The provider's id.
        provider: String,
        /// The key counter at the time of the request.
        key_changes: u64,
        /// The response body.
        body: String,
        /// The current time.
        now_ms: f64,
    },

    // ---- Storage ----
    /// The history was read.
    HistoryLoaded {
        /// In any order.
        entries: Vec<Entry>,
        /// One sentence for each unreadable record, which is left in place.
        unreadable: Vec<String>,
    },
    /// A conversation was read.
    ChatLoaded {
        /// The conversation.
        id: Id,
        /// Its turns, in any order.
        turns: Vec<Turn>,
        /// One sentence for each unreadable record, which is left in place.
        unreadable: Vec<String>,
    },
    /// The stored requests were read, from all tabs.
    RequestsLoaded {
        /// Records, in order of sending.
        records: Vec<String>,
        /// The number of days they cover.
        days: u64,
        /// The current time.
        now_ms: f64,
    },
    /// Storage failed to read or write; what is not written waits and is tried again.
    StorageFailed {
        /// Why.
        problem: StorageProblem,
        /// What waits.
        unsaved: Unsaved,
    },
    /// Storage works again, and nothing waits.
    StorageRecovered,
    /// Someone deleted the database while the page was open.
    StorageCleared,
}
