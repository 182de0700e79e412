//! Everything that can happen.

use headroom_domain::{BaseUrl, Failure, KeyMask, Model, Parameters};
use headroom_protocol::Reach;
use headroom_tokenizer::{TextStats, Vocabulary};

pub use crate::event_data::{ConnectionError, Panel, Read, RunId, SecretInput, StoredState};
use crate::{
    chat::{Entry, Id, Turn},
    counting::{CountId, TextKey},
    request_log::Rules,
    settings::{KeyMode, Settings},
    token_view::TokenBoundaries,
};

/// Everything that can happen. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page opened with what was kept from last time.
    StateRestored(Box<StoredState>),

    /// A request went out with a key. What repeats that key in a refusal is hidden.
    KeyAttached {
        /// Which request.
        run: RunId,
        /// What hides it.
        mask: KeyMask,
    },

    // ---- The user ----
    /// The text in the box changed.
    DraftChanged(String),
    /// The theme button was pressed while the system asked for dark (or not).
    ThemePressed {
        /// Whether `prefers-color-scheme: dark` holds now.
        system_is_dark: bool,
    },
    /// A provider was chosen for one lane, or for all. Choosing is also what allows to ask it for its models.
    ProviderChosen {
        /// Which lane; none for all.
        lane: Option<usize>,
        /// The provider's id.
        provider: String,
    },
    /// A model was chosen, from the list or typed.
    ModelChosen {
        /// For which lane.
        lane: usize,
        /// The model's id.
        model: String,
    },
    /// The knobs were turned.
    ParametersChanged {
        /// Of which lane. None: of all, where the others follow what changed in the first.
        lane: Option<usize>,
        /// As they are now.
        parameters: Parameters,
    },
    /// There are to be so many lanes.
    LanesSet(usize),
    /// This lane is to go; those to its right move up.
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
    /// The key of a provider is to be forgotten.
    KeyRemoved(String),
    /// A provider was described; with a key or without.
    ProviderAdded {
        /// What the user calls it.
        name: String,
        /// Where its API starts.
        base_url: String,
        /// What was pasted; empty for none.
        key: SecretInput,
        /// Where to keep the key.
        mode: KeyMode,
    },
    /// An added provider is to be removed, with its key.
    ProviderRemoved(String),
    /// Send what is in the box.
    SendPressed {
        /// Now.
        now_ms: f64,
    },
    /// Send what waits in a lane, whatever the limits say.
    SendNowPressed {
        /// Which lane.
        lane: usize,
        /// Now.
        now_ms: f64,
    },
    /// Lower the cap of what waits in a lane.
    CapLowered {
        /// Which lane.
        lane: usize,
        /// `max_completion_tokens`.
        cap: u32,
        /// Now.
        now_ms: f64,
    },
    /// Some time has passed: what waits may go.
    QueueDue {
        /// Now.
        now_ms: f64,
    },
    /// Ask a lane's last turn again with this cap: the provider named it as one that it would accept.
    CapAccepted {
        /// Which lane.
        lane: usize,
        /// `max_completion_tokens`.
        cap: u32,
        /// Now.
        now_ms: f64,
    },
    /// Use another base URL for an added provider, on the same server, and ask a lane's last turn again there.
    BaseUrlAccepted {
        /// The provider's id.
        provider: String,
        /// Where its API probably starts.
        base_url: BaseUrl,
        /// Which lane.
        lane: usize,
        /// Now.
        now_ms: f64,
    },
    /// Whether what does not fit the limits is to wait until it does.
    QueueSet(bool),
    /// Whether what waits may go early now and then, to find out whether more is allowed.
    ProbingSet(bool),
    /// Stop what runs, and call off what waits.
    StopPressed {
        /// In which lane; none for all.
        lane: Option<usize>,
        /// Now.
        now_ms: f64,
    },
    /// Wait for the answer of a lane, however long nothing comes.
    KeepWaitingPressed {
        /// Which lane.
        lane: usize,
    },
    /// Ask the last turn again.
    RegeneratePressed {
        /// In which lane; none for all.
        lane: Option<usize>,
        /// Now.
        now_ms: f64,
    },
    /// Go on with the answer of a lane that was cut short.
    ContinuePressed {
        /// Which lane.
        lane: usize,
        /// Now.
        now_ms: f64,
    },
    /// Take this turn back into the box. Sent again, it replaces itself and all that follows.
    EditPressed {
        /// Which turn.
        turn: Id,
        /// For which lane; none for all.
        lane: Option<usize>,
    },
    /// A provider gave credit on this day, `YYYY-MM-DD`; an empty text for not known.
    CreditSet {
        /// The provider's id.
        provider: String,
        /// The day.
        day: String,
    },
    /// Signs that a plan is too small are not to be shown before this time, in milliseconds since 1970.
    SignalsHidden(u64),
    /// The use of weeks is looked at, and what this provider says of the account.
    UsageRequested(String),
    /// A limit profile was chosen for a provider; an empty id for none.
    LimitsChosen {
        /// The provider's id.
        provider: String,
        /// The profile's id.
        profile: String,
    },
    /// The user wrote limits of their own for a provider, as JSON.
    LimitsEdited {
        /// The provider's id.
        provider: String,
        /// The profile.
        profile: String,
    },
    /// Leave the edited turn as it was.
    EditDropped,
    /// Begin a new conversation.
    NewChatPressed,
    /// Begin a new conversation with what stands in the box.
    MovedToNewChat,
    /// Open a conversation of the history.
    ChatOpened(Id),
    /// Rename a conversation.
    ChatRenamed(Id, String),
    /// Delete a conversation.
    ChatDeleted(Id),
    /// Look for this in the history.
    SearchChanged(String),

    // ---- The token view ----
    /// The token view was opened, or closed.
    TokensShown(bool),
    /// It is to be about this lane.
    TokensOfLane(usize),
    /// It is to show this text; none for the conversation.
    TokensPasted(Option<String>),
    /// It is to count its texts to the token in all vocabularies.
    TokensCompared,

    // ---- What comes after the page ----
    /// What reads the limit profiles is here.
    RulesCame(Rules),

    // ---- Other tabs ----
    /// Another tab sent a request, or heard of its end, or has requests that wait: a record.
    TabMessage(String),

    /// Another tab kept other settings.
    TabSettings(Box<Settings>),

    // ---- The worker ----
    /// The worker counted, in each of the vocabularies it was asked for.
    Counted(CountId, Vec<TextStats>),
    /// The worker counted texts of the conversation, to the token.
    TextsCounted(Vec<(TextKey, u64)>),
    /// The worker cut texts.
    TokenBoundaries(Vec<(TextKey, TokenBoundaries)>),
    /// The worker has this vocabulary and counts in it to the token from now on; or it could not be had.
    VocabularyLoaded(Vocabulary, bool),
    /// The worker has the numbers of this vocabulary's tokens from now on; or they could not be had.
    TokenIdsLoaded(Vocabulary, bool),
    /// The worker crashed, or the browser refused to start it.
    WorkerLost,

    // ---- The network ----
    /// Status and headers came.
    ResponseHeaders {
        /// Of which run.
        run: RunId,
        /// The HTTP status.
        status: u16,
        /// Header names in lower case, and values; those that CORS lets through.
        headers: Vec<(String, String)>,
    },
    /// Bytes came: all since the last frame.
    Received {
        /// Of which run.
        run: RunId,
        /// In the order they came.
        reads: Vec<Read>,
    },
    /// The body ended as bodies end.
    Ended {
        /// Of which run.
        run: RunId,
        /// Now.
        now_ms: f64,
    },
    /// The request or its body broke off: no network, no permission, nobody there.
    RequestFailed {
        /// Of which run.
        run: RunId,
        /// Now.
        now_ms: f64,
        /// What is known of the way to the provider.
        link: ConnectionError,
    },
    /// The browser was asked what it knows of the way to the provider.
    ReachabilityChecked {
        /// For which run.
        run: RunId,
        /// What it said.
        reach: Reach,
    },
    /// The page goes, or is put away.
    PageHidden,
    /// Time has passed while something runs, or the page is about to go.
    Tick {
        /// Now.
        now_ms: f64,
    },
    /// A provider listed its models, or failed to.
    ModelsListed {
        /// The provider's id.
        provider: String,
        /// The list.
        outcome: Result<Vec<Model>, Box<Failure>>,
    },

    /// A provider said how an account stands.
    AccountReported {
        /// The provider's id.
        provider: String,
        /// Names the keys of when it was asked.
        key_changes: u64,
        /// In its words.
        body: String,
        /// Now.
        now_ms: f64,
    },

    // ---- The storage ----
    /// The history was read. `unreadable` says what could not be.
    HistoryLoaded {
        /// In any order.
        entries: Vec<Entry>,
        /// One sentence for each record that stays aside.
        unreadable: Vec<String>,
    },
    /// A conversation was read.
    ChatLoaded {
        /// Which.
        id: Id,
        /// Its turns, in any order.
        turns: Vec<Turn>,
        /// One sentence for each record that stays aside.
        unreadable: Vec<String>,
    },
    /// What was sent lately, by any tab.
    RequestsLoaded {
        /// Records, in the order of sending.
        records: Vec<String>,
        /// Of so many days.
        days: u64,
        /// Now.
        now_ms: f64,
    },
    /// The browser refused to keep something; the reason in its words.
    StorageFailed(String),
}
