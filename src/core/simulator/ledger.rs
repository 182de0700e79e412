//! The simulator's own request log, exposed so that tests can compare a client's gauges with it.

use serde_json::{Value, json};

use crate::{
    account::{RequestId, Used},
    window::WindowEntry,
};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended.
    InFlight,
    /// The response was sent to its end.
    Complete,
    /// The client disconnected; what was written until then is charged.
    Aborted,
    /// The simulator broke it off because of a fault.
    Broken,
}

impl Outcome {
    /// The name in the JSON form.
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

/// The account's state at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The time, in milliseconds since 1970.
    pub at_ms: u64,
    /// The profile's id.
    pub profile: String,
    /// One entry per pool of models.
    pub pools: Vec<PoolEntry>,
    /// The credit, if the account is charged.
    pub credit: Option<CreditEntry>,
    /// Requests that are not settled.
    pub in_flight: usize,
    /// The newest 500 admitted requests, oldest first.
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
    /// What was used.
    pub used_nanodollars: u64,
    /// What the requests in flight may cost.
    pub reserved_nanodollars: u64,
}

/// One admitted request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEntry {
    /// Its id.
    pub id: RequestId,
    /// When it was admitted, in milliseconds since 1970.
    pub at_ms: u64,
    /// The model's id.
    pub model: String,
    /// Prompt tokens.
    pub prompt: u64,
    /// Cached prompt tokens.
    pub cached: u64,
    /// Tokens reserved for it.
    pub reserved: u64,
    /// What it used; zero while in flight.
    pub used: Used,
    /// How it ended.
    pub outcome: Outcome,
}

impl Ledger {
    /// Converts it to JSON, for tests over HTTP.
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
