//! Logs sent requests, so that the limits are known before the next one: the request log of this browser.

use headroom_domain::{LimitReport, Money, Price, Usage};
use headroom_limits::{Ledger, Request, Spent};

use crate::{
    conversation::{
        chat::{Answer, Setup},
        saved,
    },
    effect::Effect,
    outcomes::Outcome,
    state::State,
    usage::{
        request_log_sync::{read, tidy},
        rules::{pool, price, reserve},
    },
    whole_ms,
};

/// How many days of requests are read back: no limit has a longer window.
pub(crate) const LIMIT_DAYS: u64 = 2;
/// How many days requests are stored: five weeks.
pub(crate) const KEPT_DAYS: u64 = 35;

/// What is reserved for a sent request.
#[derive(Clone, Copy, Debug)]
pub struct Reservation {
    /// The reserved tokens.
    pub tokens: u64,
    /// Whether it is expected to be accepted, if limits are known.
    pub expected_to_fit: Option<bool>,
}

impl State {
    /// Returns the requests of all tabs that may still count.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.usage.ledger
    }

    /// Logs a sent request with this setup and these input tokens.
    pub(crate) fn log_request(&mut self, setup: &Setup, input: u64, now_ms: u64) -> (String, Vec<Effect>) {
        let Setup { provider, model, .. } = &setup;
        let (pool, reserved) = (pool(self.settings(), provider, model), reserve(self, setup, input, now_ms));
        let id = self.new_id(now_ms).0;
        let request = Request {
            id: id.clone(),
            account: setup.provider.clone(),
            pool,
            model: setup.model.clone(),
            sent_ms: now_ms,
            reserved: reserved.tokens,
            uncapped_input: setup.parameters.max_completion_tokens.is_none().then_some(input),
            expected_to_fit: reserved.expected_to_fit,
            cap: setup.parameters.max_completion_tokens,
            effort: setup.parameters.reasoning_effort,
            ..Request::default()
        };
        let mut effects = tidy(self, now_ms);
        effects.push(keep(&request));
        self.usage.ledger.sent(request);
        (id, effects)
    }

    /// Records how a request ended, and what its provider reported.
    pub(crate) fn note_end(&mut self, request: &str, is_complete: bool, usage: &Usage, was_refused: bool) {
        let ledger = &mut self.usage.ledger;
        if is_complete {
            ledger.completed(request);
        }
        if let Some(cost) = usage.cost_dollars.and_then(Money::from_dollars) {
            ledger.stated_cost(request, cost);
        }
        if !was_refused && (usage.prompt_tokens.is_none() || usage.completion_tokens.is_none()) {
            ledger.unreported(request);
        }
    }

    /// Records what a request used.
    pub(crate) fn settle_request(
        &mut self,
        request: &str,
        now_ms: u64,
        spent: Spent,
        status: Option<u16>,
    ) -> Option<Effect> {
        self.usage.ledger.settled(request, now_ms, spent, status);
        self.usage.ledger.get(request).map(keep)
    }

    /// Records what a response states about limits.
    pub(crate) fn record_limits(&mut self, request: &str, report: &LimitReport, now_ms: u64) {
        let Some(known) = self.usage.ledger.get(request) else { return };
        let (account, pool) = (known.account.clone(), known.pool.clone());
        self.usage.ledger.seen(&account, &pool, report, now_ms);
        self.revision += 1;
    }

    /// Takes past requests from storage.
    pub(crate) fn requests_loaded(&mut self, records: &[String], days: u64, now_ms: f64) -> Vec<Effect> {
        let mut effects = read(self, records, days, whole_ms(now_ms));
        effects.push(Effect::DeleteOldRequests { days: KEPT_DAYS });
        self.emit(Outcome::LimitsKnown);
        effects
    }

    /// Takes over a request that another tab sent, or whose end it observed. `None` if the message is about something else.
    pub(crate) fn request_heard(&mut self, record: &str, now_ms: f64) -> Option<Vec<Effect>> {
        saved::read::<Request>(record).ok()?;
        Some(read(self, &[record], 0, whole_ms(now_ms)))
    }

    /// Drops a provider's account report: another key may belong to another account.
    pub(crate) fn forget_account(&mut self, provider: &str) -> Vec<Effect> {
        self.usage.accounts.remove(provider);
        self.usage.key_changes += 1;
        Vec::new()
    }

    /// Returns a counter that grows with each added or removed key.
    #[must_use]
    pub const fn key_changes(&self) -> u64 {
        self.usage.key_changes
    }

    /// Returns the token price of a model, as its provider lists it, or else from the limit profile.
    pub(crate) fn price_of(&self, provider: &str, model: &str) -> Option<Price> {
        self.listed(provider, model).and_then(|model| model.price).or_else(|| price(self.settings(), provider, model))
    }
}

/// Returns what an answer used, as its provider reports it, or as counted here.
pub(crate) fn spent(answer: &Answer, counted: u64) -> Spent {
    let usage = &answer.usage;
    let written = usage.completion_tokens.unwrap_or(counted);
    let reasoning = usage.reasoning_tokens.unwrap_or(0).min(written);
    Spent {
        prompt: usage.prompt_tokens.or(answer.estimated_prompt_tokens).unwrap_or(0),
        cached: usage.cached_tokens.unwrap_or(0),
        reasoning,
        answer: written - reasoning,
    }
}

/// Returns what a request reserves without known limits: its tokens and its cap.
pub(crate) fn at_least(setup: &Setup, input: u64) -> u64 {
    input.saturating_add(setup.parameters.max_completion_tokens.map_or(0, u64::from))
}

/// Saves a request, and sends it to the other tabs.
pub(crate) fn keep(request: &Request) -> Effect {
    Effect::SaveRequest { id: request.id.clone(), record: saved::write(request) }
}
