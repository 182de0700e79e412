//! Logs sent requests, so that the limits are known before the next one: the request log of this browser.
//!
//! The views that show limits are loaded lazily, together with the code that reads profiles: see [`Rules`].

use headroom_domain::{LimitReport, Price};
use headroom_limits::{Ledger, Request, Spent};

use crate::{
    chat::{Answer, Setup},
    effect::Effect,
    event::RunId,
    late::Late,
    run::whole_ms,
    settings::Settings,
    state::State,
};

/// How many days of requests are read back: no limit has a longer window.
pub(crate) const FELT_DAYS: u64 = 2;
/// How many days requests are stored: five weeks.
pub(crate) const KEPT_DAYS: u64 = 35;

/// A request logged before the rules loaded, with what they need to compute its reservation.
#[derive(Debug)]
pub(crate) struct Unruled {
    id: String,
    setup: Setup,
    input: u64,
    sent_ms: u64,
}

/// Records of requests from storage and other tabs that cannot be parsed until the rules load.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// Records.
    pub(crate) records: Vec<String>,
    /// The newest known time, in milliseconds since 1970: records from other tabs come without one.
    pub(crate) now_ms: u64,
    /// The number of days the storage records cover; 0 once they are read.
    pub(crate) days: u64,
}

/// What is reserved for a sent request.
#[derive(Clone, Copy, Debug)]
pub struct Reservation {
    /// The reserved tokens.
    pub tokens: u64,
    /// Whether it is expected to be accepted, if limits are known.
    pub expected_to_fit: Option<bool>,
}

/// What the limit profiles state. The code that reads them is fetched after the page; until it loads, a request
/// reserves its input and its cap, and prices come from the provider's list.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Returns what is reserved for a request with this setup, input tokens, and time.
    pub reserve: fn(&State, &Setup, u64, u64) -> Reservation,
    /// Returns the pool of windows that this provider's model draws from.
    pub pool: fn(&Settings, &str, &str) -> String,
    /// Returns the token price of this provider's model.
    pub price: fn(&Settings, &str, &str) -> Option<Price>,
    /// Sets a cap that fits on a request without one, if the default would not fit.
    pub fit: fn(&mut State, RunId, u64),
    /// Sends a new request, or queues it.
    pub admit: fn(&mut State, RunId, f64) -> Vec<Effect>,
    /// Sends queued requests that are due.
    pub run_queue: fn(&mut State, f64) -> Vec<Effect>,
    /// Queues a rejected request again. `None` if that doesn't help.
    pub wait_again: fn(&mut State, RunId, f64) -> Option<Vec<Effect>>,
    /// Resends a rejected request immediately, without a field that the user didn't set.
    pub field_fallback: fn(&mut State, RunId, f64) -> Option<Vec<Effect>>,
    /// Updates the limits when a response begins: the request was accepted, and the report may state limits.
    pub accepted: fn(&mut State, &str, &LimitReport, u64),
    /// Updates the limits from a rejection in the request log.
    pub refused: fn(&mut State, &str, &LimitReport, u64),
    /// Announces this tab to the others.
    pub greet: fn(&State) -> Effect,
    /// Parses the records from storage and other tabs that arrived before the rules.
    pub read: fn(&mut State) -> Vec<Effect>,
    /// Expires requests whose end was never reported, and drops those no window covers anymore.
    pub tidy: fn(&mut State, u64) -> Vec<Effect>,
    /// Reassigns all requests to the pools now in effect.
    pub repool: fn(&mut State),
    /// Serializes the record of a request.
    pub write: fn(&Request) -> String,
    /// What only lazily loaded views use.
    pub late: Late,
}

impl PartialEq for Rules {
    /// A build has one set of rules; comparing function addresses is meaningless.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl State {
    /// Returns the requests of all tabs that may still count.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Logs a sent request with this setup and these input tokens.
    pub(crate) fn book(&mut self, setup: Setup, input: u64, now_ms: u64) -> (String, Vec<Effect>) {
        let Setup { provider, model, .. } = &setup;
        let (pool, held) = match self.rules {
            Some(rules) => {
                ((rules.pool)(&self.settings, provider, model), (rules.reserve)(self, &setup, input, now_ms))
            }
            None => (model.clone(), Reservation { tokens: at_least(&setup, input), expected_to_fit: None }),
        };
        let id = self.new_id(now_ms).0;
        let request = Request {
            id: id.clone(),
            account: setup.provider.clone(),
            pool,
            model: setup.model.clone(),
            sent_ms: now_ms,
            reserved: held.tokens,
            uncapped_input: setup.parameters.max_completion_tokens.is_none().then_some(input),
            expected_to_fit: held.expected_to_fit,
            cap: setup.parameters.max_completion_tokens,
            effort: setup.parameters.reasoning_effort,
            ..Request::default()
        };
        if self.rules.is_none() {
            self.unruled.push(Unruled { id: id.clone(), setup, input, sent_ms: now_ms });
        }
        let mut effects = Vec::new();
        if let Some(rules) = self.rules {
            effects = (rules.tidy)(self, now_ms);
            effects.push(keep(rules, &request));
        }
        self.ledger.sent(request);
        (id, effects)
    }

    /// Records what a request used.
    pub(crate) fn settle_request(
        &mut self,
        request: &str,
        now_ms: u64,
        spent: Spent,
        status: Option<u16>,
    ) -> Option<Effect> {
        self.ledger.settled(request, now_ms, spent, status);
        Some(keep(self.rules?, self.ledger.get(request)?))
    }

    /// Records what a response states about limits.
    pub(crate) fn record_limits(&mut self, request: &str, report: &LimitReport, now_ms: u64) {
        let Some(known) = self.ledger.get(request) else { return };
        let (account, pool) = (known.account.clone(), known.pool.clone());
        self.ledger.seen(&account, &pool, report, now_ms);
        self.revision += 1;
    }

    /// Takes past requests from storage. The log is updated once they can be parsed.
    pub(crate) fn requests_loaded(&mut self, mut records: Vec<String>, days: u64, now_ms: f64) -> Vec<Effect> {
        self.unread.records.append(&mut records);
        (self.unread.now_ms, self.unread.days) = (whole_ms(now_ms), days);
        let mut effects = self.read_records();
        effects.push(Effect::DeleteOldRequests { days: KEPT_DAYS });
        effects
    }

    /// Handles a message of another tab: it sent a request, observed its end, or has queued requests.
    pub(crate) fn tab_message(&mut self, record: String) -> Vec<Effect> {
        self.unread.records.push(record);
        self.read_records()
    }

    fn read_records(&mut self) -> Vec<Effect> {
        self.rules.map(|rules| (rules.read)(self)).unwrap_or_default()
    }

    pub(crate) fn rules_came(&mut self, rules: Rules) -> Vec<Effect> {
        self.late = Some(rules.late);
        if self.rules.replace(rules).is_some() {
            return Vec::new();
        }
        for early in std::mem::take(&mut self.unruled) {
            let held = (rules.reserve)(self, &early.setup, early.input, early.sent_ms);
            self.ledger.reserved(&early.id, held.tokens);
        }
        (rules.repool)(self);
        // Requests sent before the rules loaded could not be serialized then.
        let mut effects: Vec<Effect> = self.ledger.all().map(|request| keep(rules, request)).collect();
        effects.extend(self.read_records());
        effects.push((rules.greet)(self));
        effects
    }

    pub(crate) fn limits_chosen(&mut self, provider: String, profile: String) -> Vec<Effect> {
        self.settings.limits.put(provider, profile);
        if let Some(rules) = self.rules {
            (rules.repool)(self);
        }
        vec![self.save_settings()]
    }

    pub(crate) fn limits_edited(&mut self, provider: String, profile: String) -> Vec<Effect> {
        self.settings.own_limits.put(provider, profile);
        if let Some(rules) = self.rules {
            (rules.repool)(self);
        }
        vec![self.save_settings()]
    }

    /// Drops a provider's account report: another key may belong to another account.
    pub(crate) fn forget_account(&mut self, provider: &str) {
        self.accounts.remove(provider);
        self.key_changes += 1;
    }

    /// Returns a counter that grows with each added or removed key.
    #[must_use]
    pub const fn key_changes(&self) -> u64 {
        self.key_changes
    }

    /// Returns the token price of a model, as its provider lists it, or else from the limit profile.
    pub(crate) fn price_of(&self, provider: &str, model: &str) -> Option<Price> {
        self.listed(provider, model)
            .and_then(|model| model.price)
            .or_else(|| (self.rules?.price)(&self.settings, provider, model))
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

pub(crate) fn keep(rules: Rules, request: &Request) -> Effect {
    Effect::SaveRequest { id: request.id.clone(), record: (rules.write)(request) }
}
