//! What was sent, and what it took.

use serde::{Deserialize, Serialize};

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

    /// All but those from the cache.
    #[must_use]
    pub const fn uncached(&self) -> u64 {
        self.total().saturating_sub(self.cached)
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When its end was known, and what it took; nothing while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<(u64, Spent)>,
    /// The HTTP status of its answer, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Everything sent that may still count, in the order of sending. It may come from several tabs: requests are told by
/// their ids, and hearing of one twice changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    requests: Vec<Request>,
}

impl Ledger {
    /// Notes a request, or what another tab knows of it: an end that is known is never forgotten.
    pub fn sent(&mut self, request: Request) {
        if let Some(known) = self.requests.iter_mut().find(|known| known.id == request.id) {
            known.settled = known.settled.or(request.settled);
            known.status = known.status.or(request.status);
            return;
        }
        let place = self.requests.partition_point(|other| (other.sent_ms, &other.id) <= (request.sent_ms, &request.id));
        self.requests.insert(place, request);
    }

    /// Notes how a request ended. Of one that is not known, or has ended, nothing.
    pub fn settled(&mut self, id: &str, now_ms: u64, spent: Spent, status: Option<u16>) {
        if let Some(request) = self.requests.iter_mut().rev().find(|request| request.id == id) {
            request.settled.get_or_insert((now_ms.max(request.sent_ms), spent));
            request.status = request.status.or(status);
        }
    }

    /// Forgets what no window can see any more. The longest window is a day; what still runs is kept for two.
    pub fn prune(&mut self, now_ms: u64) {
        const DAY_MS: u64 = 86_400_000;
        self.requests.retain(|request| {
            let days = if request.settled.is_some() { 1 } else { 2 };
            request.sent_ms.saturating_add(days * DAY_MS) > now_ms
        });
    }

    /// All requests of an account, oldest first.
    pub fn of_account<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Request> {
        self.requests.iter().filter(move |request| request.account == account)
    }

    /// The requests of an account that draw from one pool, oldest first.
    pub(crate) fn of_pool<'a>(&'a self, account: &'a str, pool: &'a str) -> impl Iterator<Item = &'a Request> {
        self.of_account(account).filter(move |request| request.pool == pool)
    }
}
