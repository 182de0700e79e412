//! An account's limits, refill policies, prices and models, as data with the date on which it was correct.

mod builtin;

/// What a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Admitted requests.
    Requests,
    /// Prompt and completion tokens together.
    Tokens,
    /// The same without cached prompt tokens.
    UncachedTokens,
}

/// A kind of limit window: what is counted, and over how long.
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
    /// All kinds.
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

    /// The word for its length in rejections: `minute`, `hour` or `day`.
    #[must_use]
    pub const fn period(self) -> &'static str {
        match self {
            Self::RequestsMinute | Self::TokensMinute | Self::TokensMinuteUncached => "minute",
            Self::RequestsHour | Self::TokensHour => "hour",
            Self::RequestsDay | Self::TokensDay => "day",
        }
    }
}

/// How used units come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefillPolicy {
    /// A token bucket: it holds at most the limit and refills continuously, the full limit in one period.
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

/// The output reserve of a request without a cap, at most the model's maximum output and the rest of its context
/// window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultOutputReserve {
    /// The rest of the context window: its size minus the prompt.
    ContextRemainder,
    /// This many tokens.
    Fixed(u64),
    /// The provider's guess; here 512 tokens and twice the prompt.
    Guess,
}

/// What happens to a reservation when the response's actual length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// The reservation is replaced by the actual usage.
    ToActual,
    /// It stays spent as reserved.
    Never,
}

/// How much a model reasons first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not at all.
    None,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// A lot.
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

/// A model and its limits for the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The id used in requests.
    pub id: String,
    /// The display name; it says that the model is simulated.
    pub name: String,
    /// A one-sentence description; it says so too.
    pub description: String,
    /// The owner shown in model lists.
    pub owned_by: String,
    /// When it was created, in seconds since 1970.
    pub created: u64,
    /// The context window for prompt and completion together, in tokens.
    pub context: u64,
    /// The longest completion, reasoning included, in tokens.
    pub max_output: u64,
    /// The accepted values of `reasoning_effort`; empty if it does not reason.
    pub efforts: Vec<Effort>,
    /// Price of a prompt token in billionths of a dollar: 350 is $0.35 a million.
    pub prompt_nanodollars: u64,
    /// Price of a completion token in billionths of a dollar.
    pub completion_nanodollars: u64,
    /// Output speed.
    pub tokens_per_second: u32,
    /// Time to first token of a short prompt; varies randomly by up to a third.
    pub ttft_ms: u64,
    /// Prompt tokens it reads per second; long prompts wait longer.
    pub prefill_per_second: u32,
    /// Models of one pool share its windows. Usually a model is its own pool.
    pub pool: String,
    /// The limits of the pool. Models of one pool carry the same.
    pub windows: Vec<WindowLimit>,
}

/// An account's limits, prices and models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The id on the command line and in the page.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The month in which the values were correct, and their source.
    pub source: String,
    /// The output reserve of a request without a cap.
    pub uncapped: DefaultOutputReserve,
    /// What happens to the reservation afterward.
    pub refund: Refund,
    /// Credit in billionths of a dollar; `None` if the account is not charged.
    pub credit_nanodollars: Option<u64>,
    /// The models the account may use.
    pub models: Vec<Model>,
}

impl Profile {
    /// The built-in profiles.
    #[must_use]
    pub fn all() -> Vec<Self> {
        builtin::all()
    }

    /// The free tier of the guide of April 2026 (`cerebras-guide`): enough for a first visit, with limits to reach.
    #[must_use]
    pub fn guide() -> Self {
        builtin::guide_of_april()
    }

    /// The built-in profile with this id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|profile| profile.id == id)
    }

    /// The model with this id.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }
}
