//! Reads and cleans up the request log.

use crate::{
    conversation::saved,
    effect::Effect,
    setup::settings::Settings,
    state::State,
    usage::{
        request_log::{KEPT_DAYS, LIMIT_DAYS, keep},
        rules::pool,
    },
};

/// Takes records over: from storage, where they cover this many days, or from other tabs.
pub(crate) fn read<T: AsRef<str>>(state: &mut State, records: &[T], days: u64, now_ms: u64) -> Vec<Effect> {
    let mut pools = Pools::default();
    let of_weeks = days > LIMIT_DAYS;
    if of_weeks {
        // Storage also has the requests that leave the ledger here: nothing may be summed twice.
        state.usage.ledger.prune(now_ms);
        state.usage.history = Some(Box::default());
    }
    for record in records.iter().map(AsRef::as_ref) {
        let Ok(mut request) = saved::read::<headroom_limits::Request>(record) else {
            continue;
        };
        // It may have been written under other limits.
        request.pool = pools.of(state.settings(), &request.account, &request.model);
        match &mut state.usage.history {
            Some(past) if of_weeks && request.is_past(now_ms) => past.add(request),
            // It was summed when it was read, or when it left the ledger.
            Some(_) if request.is_past(now_ms) => {}
            _ => state.usage.ledger.sent(request),
        }
    }
    tidy(state, now_ms)
}

impl State {
    /// Requests the stored weeks of requests, once, and the provider's account report.
    pub(crate) fn usage_requested(&mut self, provider: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !std::mem::replace(&mut self.usage.history_requested, true) {
            effects.push(Effect::ReadRequests { days: KEPT_DAYS });
        }
        let url = self.settings().provider(provider).and_then(|provider| provider.account_url());
        if let Some(url) = url.filter(|_| self.has_usable_key(provider)) {
            let (provider, key_changes) = (provider.to_owned(), self.usage.key_changes);
            effects.push(Effect::FetchAccount { provider, key_changes, url });
        }
        effects
    }
}

/// Expires requests whose end was never reported, and drops those no window covers anymore.
pub(crate) fn tidy(state: &mut State, now_ms: u64) -> Vec<Effect> {
    let mut effects: Vec<Effect> = state.usage.ledger.expire_stale(now_ms).iter().map(keep).collect();
    effects.extend(share_inferences(state, now_ms));
    let old = state.usage.ledger.prune(now_ms);
    if let Some(past) = &mut state.usage.history {
        old.into_iter().for_each(|request| past.add(request));
    }
    effects
}

/// Adopts limits inferred by other tabs, or by this one before a reload.
pub(crate) fn adopt_inferences(state: &mut State) {
    if state.settings().inferences != state.usage.restored_inferences {
        state.usage.restored_inferences.clone_from(&state.choices.settings().inferences);
        state.usage.ledger.restore_inferences(state.settings().inferences.clone());
    }
}

/// Adopts inferred limits, and saves newly inferred ones.
fn share_inferences(state: &mut State, now_ms: u64) -> Option<Effect> {
    adopt_inferences(state);
    let inferences = state.usage.ledger.inferences(now_ms);
    if inferences == state.settings().inferences {
        return None;
    }
    state.usage.restored_inferences.clone_from(&inferences);
    Some(state.choices.change(|settings| settings.inferences = inferences))
}

/// Reassigns requests to pools: under other limits, different models may share windows.
pub(crate) fn repool(state: &mut State) {
    let mut pools = Pools::default();
    state.usage.ledger.repool(&mut |account, model| pools.of(state.choices.settings(), account, model));
}

/// A cache of pool lookups: there are many requests and few models.
#[derive(Default)]
struct Pools(Vec<(String, String, String)>);

impl Pools {
    fn of(&mut self, settings: &Settings, account: &str, model: &str) -> String {
        if let Some((.., pool)) = self.0.iter().find(|(of, name, _)| of == account && name == model) {
            return pool.clone();
        }
        let pool = pool(settings, account, model);
        self.0.push((account.to_owned(), model.to_owned(), pool.clone()));
        pool
    }
}
