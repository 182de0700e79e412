//! One request, and what it took.

use headroom_domain::{Effort, Money, Price};
use serde::{Deserialize, Serialize};

use crate::{DAY_MS, MINUTE_MS, verdict::cost_dollars};

/// A request that has not ended after so long was forgotten: its tab was closed.
pub(crate) const LONGEST_RUN_MS: u64 = 15 * MINUTE_MS;

/// What a request really took, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Of the prompt, cached ones included.
    pub prompt: u64,
    /// Of those, from the prompt cache.
    pub cached: u64,
    /// Of the answer that were reasoning.
    pub reasoning: u64,
    /// Of the answer without reasoning.
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

    /// All but those from the cache.
    #[must_use]
    pub const fn uncached(&self) -> u64 {
        self.total().saturating_sub(self.cached)
    }
}

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Names it, in every tab.
    pub id: String,
    /// Whose limits it counts against. Limits hold for an organisation: several keys may belong to one account.
    pub account: String,
    /// The pool of windows it draws from: the model's id, unless models share one.
    pub pool: String,
    /// The model's id.
    pub model: String,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: u64,
    /// What was held for it: estimated input and the cap of the answer, in tokens.
    pub reserved: u64,
    /// `max_completion_tokens`, where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
    /// How hard the model was asked to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// Where it named no cap, its estimated input: the rest of what was held is our guess at the provider's rule, which
    /// answers may correct ([`Ledger::default_output_reserve`](crate::Ledger::default_output_reserve)).
    #[serde(rename = "uncapped", default, skip_serializing_if = "Option::is_none")]
    pub uncapped_input: Option<u64>,
    /// Whether it fitted by our books at the moment of sending: what comes of it says how good they are
    /// ([`forecast_accuracy`](crate::foresight)). Nothing where nobody looked.
    #[serde(rename = "foreseen", default, skip_serializing_if = "Option::is_none")]
    pub expected_to_fit: Option<bool>,
    /// Its answer ended by itself, or at its cap.
    #[serde(rename = "whole", default, skip_serializing_if = "std::ops::Not::not")]
    pub completed: bool,
    /// When its end was known, and what it took; nothing while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<(u64, Spent)>,
    /// What it took is our own count, because no usage was reported: it was stopped, lost, or never answered. The provider
    /// may have counted more, at most what was reserved; or nothing, where it never arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreported: bool,
    /// What it cost as the provider states it, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_cost: Option<Money>,
    /// The HTTP status of its answer, from the moment that it is known: one that runs and has it was let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl Request {
    /// When it ended, in milliseconds since 1970: never before it was sent.
    pub(crate) fn end_ms(&self) -> Option<u64> {
        self.settled.map(|(at_ms, _)| at_ms.max(self.sent_ms))
    }

    /// Whether it was turned away before it ran: the provider never held anything for it.
    pub(crate) fn refused(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status))
            && self.settled.is_some_and(|(_, spent)| spent.total() == 0)
    }

    /// Whether it is certain that it was not turned away: it took something, or its answer has begun.
    pub(crate) fn let_in(&self) -> bool {
        let took = self.settled.is_some_and(|(_, spent)| spent.total() > 0);
        let made_up = self.settled == Some(self.assumed_end());
        took && !made_up || self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether no window can see it any more.
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

    /// What it took, or holds while it runs.
    pub(crate) fn taken(&self) -> u64 {
        self.settled.map_or(self.reserved, |(_, spent)| spent.total())
    }

    /// Where it stands among the others: by the time of sending, and by its id at one time.
    pub(crate) fn place(&self) -> (u64, &str) {
        (self.sent_ms, &self.id)
    }

    /// The end that [`Ledger::expire_stale`] makes up for it.
    pub(crate) fn assumed_end(&self) -> (u64, Spent) {
        (self.sent_ms.saturating_add(LONGEST_RUN_MS), Spent { prompt: self.reserved, ..Spent::default() })
    }

    /// Takes over what else is known of it, and says whether that is its end. An end that is known stays; one that was made
    /// up gives way to it.
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
