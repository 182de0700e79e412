//! The dialects: which requests are accepted, the format of chunks and errors, what a page may read.

/// A provider's dialect of the chat completions API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Flat errors; usage and `time_info` on the last chunk; rejects unknown fields; a 401 without CORS.
    Cerebras,
    /// `x_groq` on the first and last chunk; durations in rate headers.
    Groq,
    /// Comment lines while it waits; usage with `cost` at the end; a fixed list of request headers for pages.
    OpenRouter,
    /// `reasoning_content`, `timings`, any key and any model name.
    LlamaCpp,
}

impl Shape {
    /// All dialects.
    pub const ALL: [Self; 4] = [Self::Cerebras, Self::Groq, Self::OpenRouter, Self::LlamaCpp];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cerebras => "cerebras",
            Self::Groq => "groq",
            Self::OpenRouter => "openrouter",
            Self::LlamaCpp => "llamacpp",
        }
    }

    /// The dialect with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// The path before `/chat/completions` in the provider's own base URL.
    #[must_use]
    pub const fn base_path(self) -> &'static str {
        match self {
            Self::Cerebras | Self::LlamaCpp => "/v1",
            Self::Groq => "/openai/v1",
            Self::OpenRouter => "/api/v1",
        }
    }

    /// The request fields it knows, if it rejects all others.
    pub(crate) const fn known_fields(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Cerebras => Some(CEREBRAS_FIELDS),
            Self::Groq => Some(GROQ_FIELDS),
            Self::OpenRouter | Self::LlamaCpp => None,
        }
    }

    /// Whether a request needs a key.
    pub(crate) const fn wants_key(self) -> bool {
        !matches!(self, Self::LlamaCpp)
    }

    pub(crate) const fn cors(self) -> Cors {
        match self {
            Self::Cerebras => Cors { request_headers: RequestHeaders::Any, on_wrong_key: false },
            Self::Groq | Self::LlamaCpp => Cors { request_headers: RequestHeaders::Any, on_wrong_key: true },
            Self::OpenRouter => Cors {
                request_headers: RequestHeaders::These(
                    "Authorization, Content-Type, HTTP-Referer, X-Title, X-OpenRouter-Title",
                ),
                on_wrong_key: true,
            },
        }
    }
}

/// How a provider handles cross-origin pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cors {
    pub(crate) request_headers: RequestHeaders,
    /// Whether a 401 has `Access-Control-Allow-Origin`; without it a page sees a network failure.
    pub(crate) on_wrong_key: bool,
}

/// Request headers a preflight allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestHeaders {
    /// Every requested header is allowed.
    Any,
    /// Only these.
    These(&'static str),
}

const CEREBRAS_FIELDS: &[&str] = &[
    "model",
    "messages",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "prediction",
    "reasoning_effort",
    "reasoning_format",
    "user",
];

const GROQ_FIELDS: &[&str] = &[
    "model",
    "messages",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "reasoning_format",
    "include_reasoning",
    "service_tier",
    "metadata",
    "store",
    "user",
];
