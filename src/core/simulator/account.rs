//! The provider's accounting: who may send now, what is reserved, what was used.
//!
//! Admission is by reservation: a request must fit, with its prompt and the longest response it allows, into every
//! window of its pool at once. Several requests may be in flight. When a response ends, its reservation is settled.
//!
//! Written from the providers' documentation alone, so that it can verify a client's model of the same limits.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    cache::PromptCache,
    ledger::{CreditEntry, Ledger, Outcome, PoolEntry, RequestEntry},
    profile::{DefaultOutputReserve, Model, Profile, Refund, Unit, WindowKind},
    window::{Hold, Window},
};

/// How many of the newest requests the ledger lists.
const MOST_RECENT: usize = 500;

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The model's id.
    pub model: &'a str,
    /// The prompt with its template, in tokens.
    pub prompt_tokens: u64,
    /// Digests of the prompt up to the end of each full block of 128 tokens; may be empty if caching does not matter.
    pub prompt_blocks: &'a [u64],
    /// `max_completion_tokens`, if given.
    pub cap: Option<u64>,
}

/// The id of an admitted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// An admitted request. It must be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The id to settle it with.
    pub id: RequestId,
    /// Tokens reserved in each token window: the prompt plus the cap or the default output reserve.
    pub reserved: u64,
    /// Cached prompt tokens.
    pub cached: u64,
    /// The most tokens the response may have, reasoning included.
    pub output_limit: u64,
}

/// What a response used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// All completion tokens, reasoning included.
    pub completion: u64,
    /// Reasoning tokens.
    pub reasoning: u64,
}

/// Why a request was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such model.
    UnknownModel,
    /// The cap is above the model's maximum output.
    CapTooLarge {
        /// The cap.
        asked: u64,
        /// The model's maximum output.
        most: u64,
    },
    /// Prompt and cap together exceed the context window.
    ContextExceeded {
        /// Tokens requested.
        needed: u64,
        /// The context window.
        limit: u64,
    },
    /// The credit is used up.
    NoCredit,
    /// A window is full.
    RateLimited(Limited),
}

/// The window that rejects; of several, the one with the longest wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Which window.
    pub kind: WindowKind,
    /// Its limit.
    pub limit: u64,
    /// Currently used and reserved.
    pub used: u64,
    /// What this request would take.
    pub requested: u64,
    /// Milliseconds until it fits if nothing else is sent; `None` if it never fits.
    pub wait_ms: Option<u64>,
}

/// An organization's account: one set of windows per pool of models.
#[derive(Clone, Debug)]
pub struct Account {
    profile: Profile,
    pools: BTreeMap<String, Vec<Window>>,
    caches: BTreeMap<String, PromptCache>,
    in_flight: BTreeMap<RequestId, InFlight>,
    recent: VecDeque<RequestEntry>,
    credit_used: u64,
    next_id: u64,
}

#[derive(Clone, Debug)]
struct InFlight {
    pool: String,
    holds: Vec<Hold>,
    reserved: u64,
    cached: u64,
    prompt: u64,
    prices: (u64, u64),
    cost_reserved: u64,
}

impl Account {
    /// Creates an account with all windows full.
    #[must_use]
    pub fn new(profile: Profile, now_ms: u64) -> Self {
        let mut pools = BTreeMap::new();
        for model in &profile.models {
            pools.entry(model.pool.clone()).or_insert_with(|| {
                let windows = model.windows.iter();
                windows.map(|terms| Window::new(terms, now_ms)).collect()
            });
        }
        Self {
            profile,
            pools,
            caches: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            recent: VecDeque::new(),
            credit_used: 0,
            next_id: 1,
        }
    }

    /// The account's limits, prices and models.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Admits a request and reserves what it may use, or returns why not. A rejected request costs nothing.
    ///
    /// # Errors
    /// See [`Refusal`], in the order in which they are checked.
    pub fn admit(&mut self, demand: &Demand<'_>, now_ms: u64) -> Result<Admission, Refusal> {
        let model = self.profile.model(demand.model).ok_or(Refusal::UnknownModel)?;
        let output = self.output(model, demand)?;
        let prompt = demand.prompt_tokens;
        let cost_reserved = cost((model.prompt_nanodollars, model.completion_nanodollars), prompt, output.reserved);
        let prices = (model.prompt_nanodollars, model.completion_nanodollars);
        let (id, pool) = (model.id.clone(), model.pool.clone());
        if self.profile.credit_nanodollars.is_some_and(|credit| self.credit_held() >= credit) {
            return Err(Refusal::NoCredit);
        }
        let reserved = prompt.saturating_add(output.reserved);
        let windows = self.pools.get_mut(&pool).ok_or(Refusal::UnknownModel)?;
        if let Some(limited) = longest_wait(windows, reserved, now_ms) {
            return Err(Refusal::RateLimited(limited));
        }
        let holds = windows.iter_mut().map(|window| window.hold(share(window.kind(), reserved), now_ms)).collect();
        let cache = self.caches.entry(id.clone()).or_default();
        let cached = cache.hits(demand.prompt_blocks, now_ms).min(prompt);
        cache.remember(demand.prompt_blocks, now_ms);
        let admission = Admission { id: RequestId(self.next_id), reserved, cached, output_limit: output.limit };
        self.next_id += 1;
        self.in_flight.insert(admission.id, InFlight { pool, holds, reserved, cached, prompt, prices, cost_reserved });
        if self.recent.len() >= MOST_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(RequestEntry {
            id: admission.id,
            at_ms: now_ms,
            model: id,
            prompt,
            cached,
            reserved,
            used: Used::default(),
            outcome: Outcome::InFlight,
        });
        Ok(admission)
    }

    /// Ends a request: its reservation is replaced by its usage, according to the refund policy. An id that is unknown
    /// or already settled changes nothing.
    pub fn settle(&mut self, id: RequestId, used: Used, outcome: Outcome, now_ms: u64) {
        let Some(request) = self.in_flight.remove(&id) else {
            return;
        };
        let total = request.prompt.saturating_add(used.completion);
        let kept = match self.profile.refund {
            Refund::ToActual => total,
            Refund::Never => request.reserved.max(total),
        };
        let windows = self.pools.get_mut(&request.pool).map(Vec::as_mut_slice).unwrap_or_default();
        for (window, hold) in windows.iter_mut().zip(request.holds) {
            let spent = match window.kind().unit() {
                Unit::Requests => 1,
                Unit::Tokens => kept,
                Unit::UncachedTokens => kept.saturating_sub(request.cached),
            };
            window.settle(hold, spent, now_ms);
        }
        self.credit_used = self.credit_used.saturating_add(cost(request.prices, request.prompt, used.completion));
        if let Some(entry) = self.recent.iter_mut().rev().find(|entry| entry.id == id) {
            entry.used = used;
            entry.outcome = outcome;
        }
    }

    /// Returns the current state of the account.
    pub fn ledger(&mut self, now_ms: u64) -> Ledger {
        let models = &self.profile.models;
        let pools = self.pools.iter_mut().map(|(pool, windows)| PoolEntry {
            pool: pool.clone(),
            models: models.iter().filter(|model| model.pool == *pool).map(|model| model.id.clone()).collect(),
            windows: windows.iter_mut().map(|window| window.entry(now_ms)).collect(),
        });
        let pools = pools.collect();
        let reserved = self.credit_held() - self.credit_used;
        Ledger {
            at_ms: now_ms,
            profile: self.profile.id.clone(),
            pools,
            credit: self.profile.credit_nanodollars.map(|limit| CreditEntry {
                limit_nanodollars: limit,
                used_nanodollars: self.credit_used,
                reserved_nanodollars: reserved,
            }),
            in_flight: self.in_flight.len(),
            requests: self.recent.iter().cloned().collect(),
        }
    }

    fn credit_held(&self) -> u64 {
        let held = self.in_flight.values().map(|request| request.cost_reserved);
        held.fold(self.credit_used, u64::saturating_add)
    }

    fn output(&self, model: &Model, demand: &Demand<'_>) -> Result<Output, Refusal> {
        let prompt = demand.prompt_tokens;
        // Room for at least one output token.
        let needed = prompt.saturating_add(demand.cap.unwrap_or(1).max(1));
        if let Some(asked) = demand.cap.filter(|cap| *cap > model.max_output) {
            let most = model.max_output;
            return Err(Refusal::CapTooLarge { asked, most });
        }
        if needed > model.context {
            let limit = model.context;
            return Err(Refusal::ContextExceeded { needed, limit });
        }
        let most = model.max_output.min(model.context - prompt);
        if let Some(cap) = demand.cap {
            return Ok(Output { reserved: cap, limit: cap });
        }
        let reserved = match self.profile.uncapped {
            DefaultOutputReserve::ContextRemainder => most,
            DefaultOutputReserve::Fixed(tokens) => tokens.min(most),
            DefaultOutputReserve::Guess => prompt.saturating_mul(2).saturating_add(512).min(most),
        };
        Ok(Output { reserved, limit: most })
    }
}

/// Tokens reserved for a response, and the most it may have.
struct Output {
    reserved: u64,
    limit: u64,
}

/// What a request takes of a window of this kind.
const fn share(kind: WindowKind, tokens: u64) -> u64 {
    match kind.unit() {
        Unit::Requests => 1,
        Unit::Tokens | Unit::UncachedTokens => tokens,
    }
}

fn cost(prices: (u64, u64), prompt: u64, completion: u64) -> u64 {
    let (prompt_price, completion_price) = prices;
    prompt.saturating_mul(prompt_price).saturating_add(completion.saturating_mul(completion_price))
}

fn longest_wait(windows: &mut [Window], tokens: u64, now_ms: u64) -> Option<Limited> {
    let mut longest: Option<Limited> = None;
    for window in windows {
        let requested = share(window.kind(), tokens);
        let wait_ms = window.wait_ms(requested, now_ms);
        if wait_ms == Some(0) {
            continue;
        }
        // `None` (never) counts as longer than any wait.
        let rank = |wait: Option<u64>| wait.unwrap_or(u64::MAX);
        if longest.is_none_or(|known| rank(wait_ms) > rank(known.wait_ms)) {
            let entry = window.entry(now_ms);
            longest = Some(Limited {
                kind: window.kind(),
                limit: window.limit(),
                used: entry.used.saturating_add(entry.reserved),
                requested,
                wait_ms,
            });
        }
    }
    longest
}

#[cfg(test)]
mod tests;
