//! Weeks of requests: the usage of each day, and the lengths of answers.

use std::{cell::RefCell, collections::BTreeMap};

use headroom_domain::Price;
use headroom_limits::{Kind, Lengths, Request, Use, add, cost_of, lengths};

use crate::{state::State, usage::rules::known_price};

const DAY_MS: u64 = 86_400_000;

/// The most answers from before the ledger's range whose lengths are kept.
const MOST_ANSWERS: usize = 2_000;

/// The requests from before the ledger's range.
#[derive(Debug, Default)]
pub(crate) struct UsageHistory {
    uses: Vec<Use>,
    /// The newest ones, oldest first.
    answers: Vec<Request>,
}

impl UsageHistory {
    /// Adds a request that no window covers anymore. They arrive in order of sending.
    pub(crate) fn add(&mut self, request: Request) {
        add(&mut self.uses, Use::of(&request));
        if self.answers.len() >= 2 * MOST_ANSWERS {
            self.answers.drain(..MOST_ANSWERS);
        }
        self.answers.push(request);
    }
}

/// Returns the usage per day and model, newest day first: as far back as requests are stored, once
/// [`Event::UsageRequested`](crate::Event::UsageRequested) was sent; until then about a day.
#[must_use]
pub fn uses(state: &State) -> Vec<Use> {
    let mut uses = state.usage.history.as_ref().map(|past| past.uses.clone()).unwrap_or_default();
    state.ledger().all().for_each(|request| add(&mut uses, Use::of(request)));
    uses
}

/// Returns what was spent with a provider since a day (in days since 1970), in US dollars, consistent with [`uses`] and
/// [`prices`]. Called on each look at the limits, so it builds no table.
pub(crate) fn spent_since(state: &State, provider: &str, since: u64) -> f64 {
    let prices = prices(state);
    let in_period = |day: u64, account: &str| account == provider && day >= since;
    let before = state.usage.history.iter().flat_map(|history| &history.uses);
    let before = before.filter(|it| in_period(it.day, &it.account)).filter_map(|it| cost_of([it], &prices));
    let logged = state.ledger().of_account(provider).filter(|request| in_period(request.sent_ms / DAY_MS, provider));
    let logged = logged.filter_map(|request| request.cost_dollars(|| prices(provider, &request.model)));
    before.chain(logged).sum()
}

/// Returns the token price of a provider's model, as it lists it, or from any profile. Each is looked up once.
pub fn prices(state: &State) -> impl Fn(&str, &str) -> Option<Price> {
    let known = RefCell::new(BTreeMap::new());
    move |provider: &str, model: &str| -> Option<Price> {
        let name = format!("{provider} {model}");
        let mut known = known.borrow_mut();
        if let Some(price) = known.get(&name) {
            return *price;
        }
        let price = state.price_of(provider, model).or_else(|| known_price(model));
        known.insert(name, price);
        price
    }
}

/// Returns the lengths of past answers of a kind.
pub(crate) fn usual(state: &State, kind: &Kind) -> Lengths {
    let before = state.usage.history.iter().flat_map(|past| &past.answers);
    lengths(before.chain(state.ledger().all()), kind)
}
