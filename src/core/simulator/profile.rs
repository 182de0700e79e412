//! What an account may do: limits, laws, prices and models, as data with the date on which it was true.

mod builtin;

/// What a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Requests that were let in.
    Requests,
    /// Tokens of prompt and completion together.
    Tokens,
    /// The same without the prompt tokens that the cache had.
    UncachedTokens,
}

/// A window of a limit: what is counted, and over how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowKind {
    /// RPM.
    RequestsMinute,
    /// RPH.
    RequestsHour,
    /// RPD.
    RequestsDay,
    /// TPM, all tokens.
    TokensMinute,
    /// TPM without cached prompt tokens.
    TokensMinuteUncached,
    /// TPH.
    TokensHour,
    /// TPD.
    TokensDay,
}

impl WindowKind {
    /// Every window there is.
    pub const ALL: [Self; 7] = [
        Self::RequestsMinute,
        Self::RequestsHour,
        Self::RequestsDay,
        Self::TokensMinute,
        Self::TokensMinuteUncached,
        Self::TokensHour,
        Self::TokensDay,
    ];

    /// The name used in the ledger, and in the rate headers after `x-ratelimit-limit-`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestsMinute => "requests-minute",
            Self::RequestsHour => "requests-hour",
            Self::RequestsDay => "requests-day",
            Self::TokensMinute => "tokens-minute",
            Self::TokensMinuteUncached => "tokens-minute-uncached",
            Self::TokensHour => "tokens-hour",
            Self::TokensDay => "tokens-day",
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::RequestsMinute | Self::RequestsHour | Self::RequestsDay => Unit::Requests,
            Self::TokensMinuteUncached => Unit::UncachedTokens,
            Self::TokensMinute | Self::TokensHour | Self::TokensDay => Unit::Tokens,
        }
    }

    /// Its length in milliseconds.
    #[must_use]
    pub const fn period_ms(self) -> u64 {
        match self {
            Self::RequestsMinute | Self::TokensMinute | Self::TokensMinuteUncached => 60_000,
            Self::RequestsHour | Self::TokensHour => 3_600_000,
            Self::RequestsDay | Self::TokensDay => 86_400_000,
        }
    }

    /// The word for its length in refusals: `minute`, `hour` or `day`.
    #[must_use]
    pub const fn period(self) -> &'static str {
        match self {
            Self::RequestsMinute | Self::TokensMinute | Self::TokensMinuteUncached => "minute",
            Self::RequestsHour | Self::TokensHour => "hour",
            Self::RequestsDay | Self::TokensDay => "day",
        }
    }
}

/// How a window gives back what was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefillPolicy {
    /// A token bucket: it holds at most the limit and refills continuously, the whole limit in one period.
    ContinuousBucket,
    /// All at once, at each multiple of the period since 1970 in UTC: a day begins at 00:00 UTC.
    FixedUtc,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowLimit {
    /// What is counted, over how long.
    pub kind: WindowKind,
    /// Requests or tokens per period.
    pub limit: u64,
    /// How it refills.
    pub refill: RefillPolicy,
}

/// What is reserved for the answer when a request names no cap. Never more than the model's maximum output, and never
/// more than its context has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultOutputReserve {
    /// All that fits: the context window minus the prompt.
    ContextRemainder,
    /// So many tokens.
    Fixed(u64),
    /// The provider's guess; here 512 tokens and twice the prompt.
    Guess,
}

/// What happens to a reservation when the answer's true length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// The reservation is replaced by what was used.
    ToActual,
    /// It stays spent as reserved.
    Never,
}

/// How much a model thinks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not at all.
    None,
    /// A little.
    Low,
    /// As usual.
    Medium,
    /// Long.
    High,
}

impl Effort {
    /// The value of `reasoning_effort`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A model and what the account may do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The id of requests.
    pub id: String,
    /// The name for people; it says that the model is simulated.
    pub name: String,
    /// One sentence; it says so too.
    pub description: String,
    /// Who is said to own it.
    pub owned_by: String,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// Prompt and completion together, in tokens.
    pub context: u64,
    /// The longest completion, reasoning included, in tokens.
    pub max_output: u64,
    /// Values of `reasoning_effort` it takes; empty where it does not reason.
    pub efforts: Vec<Effort>,
    /// Price of a prompt token in billionths of a dollar: 350 is $0.35 a million.
    pub prompt_nanodollars: u64,
    /// Price of a completion token in billionths of a dollar.
    pub completion_nanodollars: u64,
    /// How fast it writes.
    pub tokens_per_second: u32,
    /// Time to the first token of a short prompt; up to a third more or less by chance.
    pub ttft_ms: u64,
    /// Prompt tokens it reads in a second; long prompts wait longer.
    pub prefill_per_second: u32,
    /// Models of one pool share its windows. Usually a model is its own pool.
    pub pool: String,
    /// The limits of the pool. Models of one pool carry the same.
    pub windows: Vec<WindowLimit>,
}

/// An account's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name on the command line and in the page.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The month in which the figures were true, and whose word that is.
    pub source: String,
    /// What is reserved for an answer without a cap.
    pub uncapped: DefaultOutputReserve,
    /// What happens to it afterwards.
    pub refund: Refund,
    /// Dollars of credit in billionths; `None` where the account is not charged.
    pub credit_nanodollars: Option<u64>,
    /// What the account may use.
    pub models: Vec<Model>,
}

impl Profile {
    /// The built-in profiles.
    #[must_use]
    pub fn all() -> Vec<Self> {
        builtin::all()
    }

    /// The free tier of the guide of April 2026 (`cerebras-guide`): generous enough for a first visit, with limits to meet.
    #[must_use]
    pub fn guide() -> Self {
        builtin::guide_of_april()
    }

    /// A built-in profile by its id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|profile| profile.id == id)
    }

    /// The model of this id.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }
}
