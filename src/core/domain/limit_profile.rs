//! What a provider allows, as data that a user can read, copy, and edit. Nothing is computed here.

use serde::{Deserialize, Serialize};

use crate::{limit::LimitWindow, model::Price};

/// The limits of one account at one provider, true as of a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitProfile {
    /// Its id in settings.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// The id of the provider, as in [`crate::provider::presets`].
    pub provider: String,
    /// The year and month its numbers were accurate, `YYYY-MM`.
    pub as_of: String,
    /// Where the numbers were published.
    pub source: String,
    /// What is reserved for the answer if a request sets no cap.
    pub uncapped: DefaultOutputReserve,
    /// What happens to a reservation once the answer's actual length is known.
    pub refund: Refund,
    /// Credit that is used up and does not refill, shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    /// Its models. An id that begins with `*` matches all models with that ending that are not listed: `*:free` for
    /// free models, `*` for all.
    pub models: Vec<ModelLimits>,
}

/// Credit granted to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// In US dollars.
    pub dollars: f64,
    /// Days after which the remaining credit expires. `None` if it doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
}

/// The limits of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelLimits {
    /// The model's id.
    pub id: String,
    /// Models of one pool share their windows. Empty if the model has its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pool: String,
    /// The limits.
    pub windows: Vec<WindowLimit>,
    /// The most tokens of prompt and answer together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// The most tokens of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The price of its tokens, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowLimit {
    /// What is counted, and over which period.
    pub window: LimitWindow,
    /// Requests or tokens per period.
    pub limit: u64,
    /// How it refills.
    #[serde(rename = "law")]
    pub refill: RefillPolicy,
}

/// How a window refills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefillPolicy {
    /// A token bucket: it holds at most the limit and refills continuously, the complete limit in one period.
    Bucket,
    /// All at once, at each multiple of the period since 1970 in UTC: a day begins at 00:00 UTC.
    Fixed,
    /// Each use is refilled one period later.
    Sliding,
}

/// What is reserved for the answer if a request sets no cap; never more than the model's maximum output, and never more
/// than its context has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultOutputReserve {
    /// Everything that fits: the context window minus the prompt.
    Remainder,
    /// This many tokens.
    Tokens(u64),
}

/// What happens to a reservation once the answer's actual length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refund {
    /// Reserved but unused tokens are refunded.
    ToActual,
    /// It stays used.
    Never,
}

impl LimitProfile {
    /// Returns the limits of a model. `None` if the profile has none.
    #[must_use]
    pub fn of_model(&self, id: &str) -> Option<&ModelLimits> {
        let named = self.models.iter().find(|model| model.id == id);
        named.or_else(|| {
            self.models.iter().find(|model| model.id.strip_prefix('*').is_some_and(|end| id.ends_with(end)))
        })
    }
}

impl ModelLimits {
    /// Creates a model of which only the limits are known.
    #[must_use]
    pub const fn only(id: String, windows: Vec<WindowLimit>) -> Self {
        Self { id, pool: String::new(), windows, context_tokens: None, max_output_tokens: None, price: None }
    }

    /// Returns the name of the pool that requests to `model` draw from.
    #[must_use]
    pub fn pool_of(&self, model: &str) -> String {
        if self.pool.is_empty() { model.to_owned() } else { self.pool.clone() }
    }
}
