//! The simulator's own books, laid open: tests compare a client's gauges with them.

use serde_json::{Value, json};

use crate::{
    account::{RequestId, Used},
    window::WindowEntry,
};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not.
    InFlight,
    /// The answer was sent to its end.
    Complete,
    /// The client went away; what was written until then is charged.
    Aborted,
    /// The simulator broke it off, as a fault told it to.
    Broken,
}

impl Outcome {
    /// The word in the JSON form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "in-flight",
            Self::Complete => "complete",
            Self::Aborted => "aborted",
            Self::Broken => "broken",
        }
    }
}

/// The books at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The moment, in milliseconds since 1970.
    pub at_ms: u64,
    /// The profile's id.
    pub profile: String,
    /// One entry per pool of models.
    pub pools: Vec<PoolEntry>,
    /// The credit, where the account is charged.
    pub credit: Option<CreditEntry>,
    /// Requests that are not settled.
    pub in_flight: usize,
    /// The newest 500 requests that were let in, oldest first.
    pub requests: Vec<RequestEntry>,
}

/// The windows of one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolEntry {
    /// The pool's name; usually the model's id.
    pub pool: String,
    /// The models that share it.
    pub models: Vec<String>,
    /// Its windows.
    pub windows: Vec<WindowEntry>,
}

/// The credit, in billionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditEntry {
    /// What was granted.
    pub limit_nanodollars: u64,
    /// What was spent.
    pub used_nanodollars: u64,
    /// What the requests in flight may cost.
    pub reserved_nanodollars: u64,
}

/// One request that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEntry {
    /// Its name.
    pub id: RequestId,
    /// When it was let in, in milliseconds since 1970.
    pub at_ms: u64,
    /// The model's id.
    pub model: String,
    /// Prompt tokens.
    pub prompt: u64,
    /// Those the cache had.
    pub cached: u64,
    /// Tokens that were held for it.
    pub reserved: u64,
    /// What it used; nothing while in flight.
    pub used: Used,
    /// How it ended.
    pub outcome: Outcome,
}

impl Ledger {
    /// The same as JSON, for tests that ask over HTTP.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let pools: Vec<Value> = self.pools.iter().map(PoolEntry::to_json).collect();
        let requests: Vec<Value> = self.requests.iter().map(RequestEntry::to_json).collect();
        json!({
            "at_ms": self.at_ms,
            "profile": self.profile,
            "pools": pools,
            "credit": self.credit.map(|credit| json!({
                "limit_nanodollars": credit.limit_nanodollars,
                "used_nanodollars": credit.used_nanodollars,
                "reserved_nanodollars": credit.reserved_nanodollars,
            })),
            "in_flight": self.in_flight,
            "requests": requests,
        })
    }
}

impl PoolEntry {
    fn to_json(&self) -> Value {
        let windows: Vec<Value> = self
            .windows
            .iter()
            .map(|window| {
                json!({
                    "window": window.kind.name(),
                    "limit": window.limit,
                    "used": window.used,
                    "reserved": window.reserved,
                    "left": window.left,
                    "whole_at_ms": window.whole_at_ms,
                })
            })
            .collect();
        json!({"pool": self.pool, "models": self.models, "windows": windows})
    }
}

impl RequestEntry {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id.0,
            "at_ms": self.at_ms,
            "model": self.model,
            "prompt": self.prompt,
            "cached": self.cached,
            "reserved": self.reserved,
            "completion": self.used.completion,
            "reasoning": self.used.reasoning,
            "outcome": self.outcome.name(),
        })
    }
}
