//! One request, and what it took.

use headroom_domain::{Effort, Money, Price, UnknownFields};
use serde::{Deserialize, Serialize};

use crate::{DAY_MS, MINUTE_MS, verdict::cost_dollars};

/// A request that has not ended after this long was abandoned: its tab was closed.
pub(crate) const LONGEST_RUN_MS: u64 = 15 * MINUTE_MS;

/// What a request really took, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Prompt tokens, including cached ones.
    pub prompt: u64,
    /// Prompt tokens from the prompt cache.
    pub cached: u64,
    /// Reasoning tokens of the response.
    pub reasoning: u64,
    /// Tokens of the response without reasoning.
    pub answer: u64,
}

impl Spent {
    /// All tokens.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.prompt.saturating_add(self.reasoning).saturating_add(self.answer)
    }

    /// The sum of both.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self {
            prompt: self.prompt.saturating_add(other.prompt),
            cached: self.cached.saturating_add(other.cached),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            answer: self.answer.saturating_add(other.answer),
        }
    }

    /// All tokens except cached ones.
    #[must_use]
    pub const fn uncached(&self) -> u64 {
        self.total().saturating_sub(self.cached)
    }
}

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The id, the same in every tab.
    pub id: String,
    /// The account whose limits it counts against. Limits apply to an organization, which may have several keys.
    pub account: String,
    /// The pool of windows it draws from: the model's id, unless models share one.
    pub pool: String,
    /// The model's id.
    pub model: String,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: u64,
    /// The reservation in tokens: estimated input and output cap.
    pub reserved: u64,
    /// `max_completion_tokens`, if it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
    /// The requested reasoning effort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// Its estimated input, if it named no cap: the rest of the reservation is our guess at the provider's rule, which
    /// responses may correct ([`Ledger::default_output_reserve`](crate::Ledger::default_output_reserve)).
    #[serde(rename = "uncapped", default, skip_serializing_if = "Option::is_none")]
    pub uncapped_input: Option<u64>,
    /// Whether our own count said it would fit when it was sent; its outcome shows how good the forecasts are
    /// ([`forecast_accuracy`](crate::forecast_accuracy)). `None` if there was no forecast.
    #[serde(rename = "foreseen", default, skip_serializing_if = "Option::is_none")]
    pub expected_to_fit: Option<bool>,
    /// Its response ended by itself, or at its cap.
    #[serde(rename = "whole", default, skip_serializing_if = "std::ops::Not::not")]
    pub completed: bool,
    /// When its end was known, and what it took; `None` while it is in flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<(u64, Spent)>,
    /// Its usage is our own count, because no usage was reported: it was stopped, lost, or never answered. The provider
    /// may have counted more, at most the reservation; or nothing, if it never arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreported: bool,
    /// What it cost as the provider states it, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_cost: Option<Money>,
    /// The HTTP status of its response, as soon as it is known: a request in flight that has one was admitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What a newer build wrote with it.
    #[serde(skip)]
    pub unknown: Option<Box<UnknownFields>>,
}

impl Request {
    /// When it ended, in milliseconds since 1970: never before it was sent.
    pub(crate) fn end_ms(&self) -> Option<u64> {
        self.settled.map(|(at_ms, _)| at_ms.max(self.sent_ms))
    }

    /// Whether it was rejected before it ran: the provider never reserved anything for it.
    pub(crate) fn refused(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status))
            && self.settled.is_some_and(|(_, spent)| spent.total() == 0)
    }

    /// Whether it was certainly not rejected: it used tokens, or its response has begun.
    pub(crate) fn let_in(&self) -> bool {
        let took = self.settled.is_some_and(|(_, spent)| spent.total() > 0);
        let made_up = self.settled == Some(self.assumed_end());
        took && !made_up || self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether it no longer affects any window.
    #[must_use]
    pub const fn is_past(&self, now_ms: u64) -> bool {
        let days = if self.settled.is_some() { 1 } else { 2 };
        self.sent_ms.saturating_add(days * DAY_MS) <= now_ms
    }

    /// What it cost in US dollars: as the provider states it, else its tokens at the list price. `None` while it runs, or
    /// if neither is known.
    #[must_use]
    pub fn cost_dollars(&self, list_price: impl FnOnce() -> Option<Price>) -> Option<f64> {
        let (_, spent) = self.settled?;
        self.stated_cost.map(Money::dollars).or_else(|| Some(cost_dollars(&spent, &list_price()?)))
    }

    /// What it took, or its reservation while it is in flight.
    pub(crate) fn taken(&self) -> u64 {
        self.settled.map_or(self.reserved, |(_, spent)| spent.total())
    }

    /// Its sort key: the time of sending, then the id.
    pub(crate) fn place(&self) -> (u64, &str) {
        (self.sent_ms, &self.id)
    }

    /// The end that [`Ledger::expire_stale`] assumes for it.
    pub(crate) fn assumed_end(&self) -> (u64, Spent) {
        (self.sent_ms.saturating_add(LONGEST_RUN_MS), Spent { prompt: self.reserved, ..Spent::default() })
    }

    /// Merges what else is known about it, and returns whether that is its end. Replaces only an assumed end.
    pub(crate) fn learn(&mut self, settled: Option<(u64, Spent)>, status: Option<u16>) -> bool {
        let made_up = self.settled == Some(self.assumed_end());
        let is_news = settled.is_some() && (made_up || self.settled.is_none());
        if is_news {
            self.settled = settled;
        }
        self.status = self.status.or(status);
        is_news
    }
}
