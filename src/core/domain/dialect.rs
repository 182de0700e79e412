//! The dialects of the chat-completions API: what differs between them, in one table each. Addresses and the name of the cap
//! field belong to a [`Provider`](crate::Provider); `protocol::request` writes the headers.

use serde::{Deserialize, Serialize};

use crate::limit::LimitWindow;

/// A provider's dialect of the chat-completions API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Rejects unknown fields, sends flat errors, has a public model list.
    Cerebras,
    /// Allows few headers, states the cost, reports failures mid-stream.
    OpenRouter,
    /// Its rate-limit headers mean requests per day and tokens per minute.
    Groq,
    /// Any other OpenAI-compatible server.
    #[default]
    Generic,
}

/// What is particular to a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialectTraits {
    /// Whether a cut-short answer can be continued: the last message is the assistant's prefix, and the model continues
    /// it. False where nothing is documented about it.
    pub continues_answers: bool,
    /// Whether the role `developer` is known. Elsewhere chat templates fail on it, and `system` means the same.
    pub has_developer_role: bool,
    /// Whether the reasoning effort is `reasoning.effort` rather than `reasoning_effort`.
    pub nests_effort: bool,
    /// How the ids of models begin that accept the effort `none`. `None` if none is known.
    pub efforts_with_none: Option<&'static str>,
    /// Whether `stream_options` is known to be supported.
    pub has_stream_options: bool,
    /// Where the models are listed.
    pub model_list: ModelListPlace,
    /// The path below the base URL that states an account's credit. `None` if unknown.
    pub account_path: Option<&'static str>,
    /// Whether pages can read every response but a 401: if the server responds otherwise, the key is wrong.
    pub hides_only_wrong_keys: bool,
    /// The windows meant by `x-ratelimit-…-requests` and `…-tokens` without a period. `None` if unknown.
    pub windows_without_period: Option<[LimitWindow; 2]>,
}

/// Where a dialect lists its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelListPlace {
    /// At this path of the origin, for everyone.
    Public(&'static str),
    /// At `/models` below the base URL, for everyone.
    Keyless,
    /// At `/models` below the base URL, with the key.
    WithKey,
}

const GENERIC: DialectTraits = DialectTraits {
    continues_answers: false,
    has_developer_role: false,
    nests_effort: false,
    efforts_with_none: None,
    has_stream_options: false,
    model_list: ModelListPlace::WithKey,
    account_path: None,
    hides_only_wrong_keys: false,
    windows_without_period: None,
};

const CEREBRAS: DialectTraits = DialectTraits {
    has_developer_role: true,
    efforts_with_none: Some("qwen-3.8"),
    has_stream_options: true,
    model_list: ModelListPlace::Public("/public/v1/models"),
    hides_only_wrong_keys: true,
    ..GENERIC
};

const OPENROUTER: DialectTraits = DialectTraits {
    continues_answers: true,
    has_developer_role: true,
    nests_effort: true,
    has_stream_options: true,
    model_list: ModelListPlace::Keyless,
    account_path: Some("/key"),
    ..GENERIC
};

const GROQ: DialectTraits = DialectTraits {
    continues_answers: true,
    has_stream_options: true,
    windows_without_period: Some([LimitWindow::RequestsDay, LimitWindow::TokensMinute]),
    ..GENERIC
};

impl Dialect {
    /// Returns what is particular to it.
    #[must_use]
    pub const fn traits(self) -> &'static DialectTraits {
        match self {
            Self::Cerebras => &CEREBRAS,
            Self::OpenRouter => &OPENROUTER,
            Self::Groq => &GROQ,
            Self::Generic => &GENERIC,
        }
    }
}
