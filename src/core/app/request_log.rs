//! What is sent is noted, so that the limits can be told before the next request: the books of this browser.
//!
//! The views that show limits come later, and with them what reads profiles: see [`Rules`].

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

/// Requests are read back for so many days: no limit remembers longer.
pub(crate) const FELT_DAYS: u64 = 2;
/// And they are kept for so many: five weeks.
pub(crate) const KEPT_DAYS: u64 = 35;

/// A request that was booked before the rules came, with what they need to tell what it holds.
#[derive(Debug)]
pub(crate) struct Unruled {
    id: String,
    setup: Setup,
    input: u64,
    sent_ms: u64,
}

/// What storage and other tabs told of requests, and nobody can read yet.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// Records.
    pub(crate) records: Vec<String>,
    /// The newest time that is known, in milliseconds since 1970: what other tabs tell comes without one.
    pub(crate) now_ms: u64,
    /// Storage gave those of so many days; 0 once they are read.
    pub(crate) days: u64,
}

/// What is held for a request that is sent.
#[derive(Clone, Copy, Debug)]
pub struct Reservation {
    /// In tokens.
    pub tokens: u64,
    /// Whether it is foreseen to be let in, where the limits tell.
    pub expected_to_fit: Option<bool>,
}

/// What the limit profiles say. They are read by code that is fetched after the page; until it is here, a request holds
/// its input and its cap, and its price is that of the provider's list.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What is held for a request of so many tokens, asked like this, at this time.
    pub reserve: fn(&State, &Setup, u64, u64) -> Reservation,
    /// The pool of windows that this provider's model draws from.
    pub pool: fn(&Settings, &str, &str) -> String,
    /// What tokens of this provider and model cost.
    pub price: fn(&Settings, &str, &str) -> Option<Price>,
    /// Gives what was asked without a cap the one that fits, where the default would not.
    pub fit: fn(&mut State, RunId, u64),
    /// Sends what was asked, or has it wait for its turn.
    pub admit: fn(&mut State, RunId, f64) -> Vec<Effect>,
    /// Sends what waits and may go now.
    pub run_queue: fn(&mut State, f64) -> Vec<Effect>,
    /// Has what was refused wait for another turn; none where that does not help.
    pub wait_again: fn(&mut State, RunId, f64) -> Option<Vec<Effect>>,
    /// Sends a refused request again at once, without a field that nobody set.
    pub field_fallback: fn(&mut State, RunId, f64) -> Option<Vec<Effect>>,
    /// Learns from an answer that begins: that it was let in, and what it says about limits.
    pub accepted: fn(&mut State, &str, &LimitReport, u64),
    /// Learns from a refusal that is in the books.
    pub refused: fn(&mut State, &str, &LimitReport, u64),
    /// Says to the other tabs that this one is there.
    pub greet: fn(&State) -> Effect,
    /// Reads what storage and other tabs told, which nobody could read yet.
    pub read: fn(&mut State) -> Vec<Effect>,
    /// Gives up requests whose end nobody will hear any more, and forgets those that no limit remembers.
    pub tidy: fn(&mut State, u64) -> Vec<Effect>,
    /// Has all requests draw from the pools that hold now.
    pub repool: fn(&mut State),
    /// Writes the record of a request.
    pub write: fn(&Request) -> String,
    /// What only later views ask for.
    pub late: Late,
}

impl PartialEq for Rules {
    /// There is one set of rules in a build; a function's address says nothing.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl State {
    /// Everything sent by any tab that may still count.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes a request on its way, asked like this and of so many tokens.
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

    /// Notes what a request took.
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

    /// Notes what an answer said about limits.
    pub(crate) fn record_limits(&mut self, request: &str, report: &LimitReport, now_ms: u64) {
        let Some(known) = self.ledger.get(request) else { return };
        let (account, pool) = (known.account.clone(), known.pool.clone());
        self.ledger.seen(&account, &pool, report, now_ms);
        self.revision += 1;
    }

    /// What storage knows of requests before. The books are brought up to date once they can be read.
    pub(crate) fn requests_loaded(&mut self, mut records: Vec<String>, days: u64, now_ms: f64) -> Vec<Effect> {
        self.unread.records.append(&mut records);
        (self.unread.now_ms, self.unread.days) = (whole_ms(now_ms), days);
        let mut effects = self.read_records();
        effects.push(Effect::DeleteOldRequests { days: KEPT_DAYS });
        effects
    }

    /// Another tab sent something, or heard of its end, or has requests that wait.
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
        // What was sent before could not be written.
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

    /// What a provider said of an account is nothing any more: another key may be another account.
    pub(crate) fn forget_account(&mut self, provider: &str) {
        self.accounts.remove(provider);
        self.key_changes += 1;
    }

    /// Grows with each key that comes or goes.
    #[must_use]
    pub const fn key_changes(&self) -> u64 {
        self.key_changes
    }

    /// What tokens of a model cost: as its provider lists it, or else as the limit profile has it.
    pub(crate) fn price_of(&self, provider: &str, model: &str) -> Option<Price> {
        self.listed(provider, model)
            .and_then(|model| model.price)
            .or_else(|| (self.rules?.price)(&self.settings, provider, model))
    }
}

/// What an answer took: as its provider says, or by our own count of what came.
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

/// What a request holds where no limits are known: its tokens and its cap.
pub(crate) fn at_least(setup: &Setup, input: u64) -> u64 {
    input.saturating_add(setup.parameters.max_completion_tokens.map_or(0, u64::from))
}

pub(crate) fn keep(rules: Rules, request: &Request) -> Effect {
    Effect::SaveRequest { id: request.id.clone(), record: (rules.write)(request) }
}
