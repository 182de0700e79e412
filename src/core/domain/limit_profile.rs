//! What a provider allows, as data that a user can read, copy and edit. No law is worked out here.

use serde::{Deserialize, Serialize};

use crate::{limit::LimitWindow, model::Price};

/// The limits of one account at one provider, true as of a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitProfile {
    /// Names it in settings.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The id of the provider, as in [`crate::provider::presets`].
    pub provider: String,
    /// Year and month its figures were true, `YYYY-MM`.
    pub as_of: String,
    /// Where they were read.
    pub source: String,
    /// What is held for the answer when a request names no cap.
    pub uncapped: DefaultOutputReserve,
    /// What becomes of a reservation when the true length of the answer is known.
    pub refund: Refund,
    /// Money that is used up and does not come back, shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    /// Its models. One whose id begins with `*` stands for all that end like the rest of it and are not named: `*:free`
    /// for those of free models, `*` for all.
    pub models: Vec<ModelLimits>,
}

/// Money that an account was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// In US dollars.
    pub dollars: f64,
    /// Days after which what is left is gone; none where it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
}

/// What holds for one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelLimits {
    /// The model's id.
    pub id: String,
    /// Models of one pool share their windows. Empty: the model has its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pool: String,
    /// The limits.
    pub windows: Vec<WindowLimit>,
    /// Tokens of prompt and answer together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// Most tokens of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// What its tokens cost, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowLimit {
    /// What is counted, over which time.
    pub window: LimitWindow,
    /// Requests or tokens per period.
    pub limit: u64,
    /// How what was used comes back.
    #[serde(rename = "law")]
    pub refill: RefillPolicy,
}

/// How a window gives back what was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefillPolicy {
    /// A token bucket: it holds at most the limit and refills continuously, the whole limit in one period.
    Bucket,
    /// All at once, at each multiple of the period since 1970 in UTC: a day begins at 00:00 UTC.
    Fixed,
    /// Each use comes back one period after it.
    Sliding,
}

/// What is held for the answer when a request names no cap; never more than the model's maximum output, and never more
/// than its context has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultOutputReserve {
    /// All that fits: the context window minus the prompt.
    Remainder,
    /// So many tokens.
    Tokens(u64),
}

/// What becomes of a reservation when the true length of the answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refund {
    /// What was held and not used comes back.
    ToActual,
    /// It stays spent.
    Never,
}

impl LimitProfile {
    /// What holds for a model; none where the profile says nothing of it.
    #[must_use]
    pub fn of_model(&self, id: &str) -> Option<&ModelLimits> {
        let named = self.models.iter().find(|model| model.id == id);
        named.or_else(|| {
            self.models.iter().find(|model| model.id.strip_prefix('*').is_some_and(|end| id.ends_with(end)))
        })
    }
}

impl ModelLimits {
    /// A model of which nothing is known but its limits.
    #[must_use]
    pub const fn only(id: String, windows: Vec<WindowLimit>) -> Self {
        Self { id, pool: String::new(), windows, context_tokens: None, max_output_tokens: None, price: None }
    }

    /// The name of the pool that requests to `model` draw from.
    #[must_use]
    pub fn pool_of(&self, model: &str) -> String {
        if self.pool.is_empty() { model.to_owned() } else { self.pool.clone() }
    }
}
