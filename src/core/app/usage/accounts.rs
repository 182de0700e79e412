//! Provider reports about accounts: credit, and what is left of the day.

use headroom_domain::{Credit, day_of};
use headroom_limits::{Credits, credits};
use headroom_protocol::read_account;

use crate::{
    effect::Effect,
    state::State,
    usage::{
        rules::{pool, profile_of},
        usage_history::spent_since,
    },
    whole_ms,
};

/// A provider's report about an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// The total credit in US dollars, and what is left of it. `None` if it is not limited.
    credit: Option<(f64, f64)>,
    /// The time of the report, in milliseconds since 1970.
    reported_ms: u64,
}

/// The credit of an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CreditLine {
    /// The amounts.
    pub credits: Credits,
    /// The time of the provider's report, in milliseconds since 1970. `None` if it is our own count.
    pub reported_ms: Option<u64>,
}

impl State {
    /// Takes a provider's report about an account.
    pub(crate) fn account_reported(
        &mut self,
        provider: &str,
        key_changes: u64,
        body: &str,
        now_ms: f64,
    ) -> Vec<Effect> {
        // Another key may belong to another account.
        let Some(report) = read_account(body).filter(|_| key_changes == self.usage.key_changes) else {
            return Vec::new();
        };
        let (credit, reported_ms) = (report.credit_dollars.zip(report.left_dollars), whole_ms(now_ms));
        self.usage.accounts.insert(provider.to_owned(), Account { credit, reported_ms });
        // All free models draw from one pool; any of them identifies it.
        let pool = pool(self.settings(), provider, ":free");
        self.usage.ledger.seen(provider, &pool, &report.free_models, reported_ms);
        Vec::new()
    }
}

/// Returns the credit of an account, as its provider reports it, or else the profile's grant less what was spent
/// since. `None` if neither is known.
#[must_use]
pub fn credit_line(state: &State, provider: &str, now_ms: u64) -> Option<CreditLine> {
    let reported = state.usage.accounts.get(provider);
    if let Some((account, (dollars, left))) = reported.and_then(|account| Some((account, account.credit?))) {
        let credits = Credits { dollars, left: left.min(dollars), ends_in_ms: None };
        return Some(CreditLine { credits, reported_ms: Some(account.reported_ms) });
    }
    let (credit, since) = granted(state, provider)?;
    let credits = credits(&credit, since, spent_since(state, provider, since), now_ms);
    Some(CreditLine { credits, reported_ms: None })
}

impl State {
    /// Whether the start of a provider's credit is known.
    #[must_use]
    pub fn counts_credit(&self, provider: &str) -> bool {
        granted(self, provider).is_some()
    }
}

/// Returns the credit in the profile of a provider, and the day since 1970 on which it was granted.
fn granted(state: &State, provider: &str) -> Option<(Credit, u64)> {
    let since = day_of(state.settings().credit_since.get(provider)?)?;
    Some((profile_of(state.settings(), provider)?.credit.clone()?, since))
}
