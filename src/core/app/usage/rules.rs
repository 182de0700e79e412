//! Applies the limits to the lanes: which profile is in effect, what a request would reserve, and whether it fits.

use headroom_domain::{
    DefaultOutputReserve, LimitProfile, LimitReport, LimitWindow, Model, ModelLimits, Price, RefillPolicy, Refund,
    WindowLimit,
};
use headroom_limits::{Need, Verdict, effective_limits, profiles, verdict};

use crate::{
    conversation::chat::Setup,
    setup::settings::{SIMULATOR, Settings},
    state::State,
    usage::{
        fitting::need_of,
        request_log::{Reservation, at_least},
    },
};

/// The id of the user-written profile of a provider.
pub const OWN: &str = "own";

/// Returns the profile in effect for a provider: the chosen one, or the newest built-in one. `None` if there is none.
#[must_use]
pub fn profile_of<'a>(settings: &'a Settings, provider: &str) -> Option<&'a LimitProfile> {
    let chosen = chosen_profile(settings, provider);
    if chosen == OWN {
        return own_profile(settings, provider);
    }
    profiles().iter().find(|profile| profile.id == chosen)
}

/// Returns the id of that profile; empty if there is none.
#[must_use]
pub fn chosen_profile(settings: &Settings, provider: &str) -> String {
    // A profile that is no longer built in is replaced by the newest.
    let known = |id: &str| id.is_empty() || id == OWN || profiles().iter().any(|profile| profile.id == id);
    if let Some(chosen) = settings.limits.get(provider).filter(|id| known(id)) {
        return chosen.clone();
    }
    let newest = profiles().iter().filter(|profile| profile.provider == provider).min_by(|one, other| {
        // The newest first; within a month, the smallest plan, which most people have.
        other.as_of.cmp(&one.as_of).then_with(|| smallest_limit(one).cmp(&smallest_limit(other)))
    });
    newest.map(|profile| profile.id.clone()).unwrap_or_default()
}

fn smallest_limit(profile: &LimitProfile) -> u64 {
    let windows = profile.models.iter().flat_map(|model| &model.windows);
    windows.map(|window| window.limit).min().unwrap_or(u64::MAX)
}

/// Returns the price of a model in any profile.
pub(crate) fn known_price(model: &str) -> Option<Price> {
    profiles().iter().find_map(|profile| profile.models.iter().find(|limits| limits.id == model)?.price)
}

/// Returns the profiles to choose from for a provider, those made for it first.
#[must_use]
pub fn choices(settings: &Settings, provider: &str) -> Vec<(String, String)> {
    let built_in = profiles().iter().filter(|profile| profile.provider == provider);
    let others = profiles().iter().filter(|profile| profile.provider != provider && profile.provider != SIMULATOR);
    let mut all: Vec<_> = built_in.chain(others).map(|profile| (profile.id.clone(), profile.name.clone())).collect();
    if let Some(own) = own_profile(settings, provider) {
        all.push((OWN.to_owned(), own.name.clone()));
    }
    all
}

fn own_profile<'a>(settings: &'a Settings, provider: &str) -> Option<&'a LimitProfile> {
    settings.own_limits.get(provider).map(Box::as_ref)
}

/// Returns what is reserved for a request with this setup and `input` tokens.
pub(crate) fn reserve(state: &State, setup: &Setup, input: u64, now_ms: u64) -> Reservation {
    match judged(state, setup, input, now_ms) {
        Some((need, verdict)) => Reservation { tokens: need.tokens(), expected_to_fit: verdict.expected_to_fit() },
        None => Reservation { tokens: at_least(setup, input), expected_to_fit: None },
    }
}

/// Returns what a request with this setup and `input` tokens needs now, and whether it fits. `None` if no limits are
/// known.
pub(crate) fn judged(state: &State, setup: &Setup, input: u64, now_ms: u64) -> Option<(Need, Verdict)> {
    let (profile, limits) = terms(state, setup, now_ms);
    let (limits, ledger) = (limits?, state.ledger());
    let need = need_of(&profile, &limits, setup, input);
    Some((need, verdict(&profile, &limits, ledger, &setup.provider, &setup.model, need, now_ms)))
}

/// Returns the pool of windows that a provider's model draws from.
pub(crate) fn pool(settings: &Settings, provider: &str, model: &str) -> String {
    let profile = profile_of(settings, provider);
    profile.and_then(|profile| profile.of_model(model)).map_or_else(|| model.to_owned(), |limits| limits.pool_of(model))
}

/// Returns the limits in effect for a request with this setup, from the profile, from what its provider stated or lists,
/// and inferred from its rejections; and what their profile says of all models.
pub(crate) fn terms(state: &State, setup: &Setup, now_ms: u64) -> (LimitProfile, Option<ModelLimits>) {
    let known = profile_of(state.settings(), &setup.provider);
    let limits = limits_in(known, state, setup, now_ms);
    let mut profile = without_models(known, &setup.provider);
    if let Some(limits) = &limits {
        let pool = limits.pool_of(&setup.model);
        let (ledger, account) = (state.ledger(), &setup.provider);
        profile.refund = ledger.refund(profile.refund, account, &pool, now_ms);
        profile.uncapped = ledger.default_output_reserve(profile.uncapped, account, &pool, now_ms);
    }
    (profile, limits)
}

fn limits_in(profile: Option<&LimitProfile>, state: &State, setup: &Setup, now_ms: u64) -> Option<ModelLimits> {
    let limits = effective_limits(profile, state.ledger(), &setup.provider, &setup.model, now_ms);
    with_list(limits, state.listed_model(setup))
}

/// Updates the limits when a response begins: the request was accepted, expected or not, and the report may state
/// limits.
pub(crate) fn accepted(state: &mut State, request: &str, report: &LimitReport, now_ms: u64) {
    let Some((profile, limits)) = terms_of(state, request, now_ms) else {
        return state.record_limits(request, report, now_ms);
    };
    state.usage.ledger.accepted(&limits, profile.refund, request, now_ms);
    state.usage.ledger.seen_in_answer(&limits, profile.refund, request, report, now_ms);
    state.revision += 1;
}

/// Updates the limits from a rejection that is already in the request log: from what it states and, if our own count
/// didn't predict it, from what that implies.
pub(crate) fn refused(state: &mut State, request: &str, report: &LimitReport, now_ms: u64) {
    let Some((profile, limits)) = terms_of(state, request, now_ms) else {
        return state.record_limits(request, report, now_ms);
    };
    if let Some(window) = report.exceeded {
        state.usage.ledger.infer_from_refusal(&limits, profile.refund, request, window, now_ms);
    }
    state.usage.ledger.seen_in_answer(&limits, profile.refund, request, report, now_ms);
    state.revision += 1;
}

/// Returns the limits in effect for a logged request. `None` if it is not logged, or its limits are unknown.
fn terms_of(state: &State, request: &str, now_ms: u64) -> Option<(LimitProfile, ModelLimits)> {
    let known = state.ledger().get(request)?;
    let setup = Setup { provider: known.account.clone(), model: known.model.clone(), ..Setup::default() };
    let (profile, limits) = terms(state, &setup, now_ms);
    Some((profile, limits?))
}

/// Returns the token price of a provider's model in its limit profile.
pub(crate) fn price(settings: &Settings, provider: &str, model: &str) -> Option<Price> {
    profile_of(settings, provider)?.of_model(model)?.price
}

/// Returns what a profile says of all its models, which is all that is needed beside the limits of one. Without a profile,
/// the least is assumed: responses may still state limits. It is copied for each judgment, so it is small.
fn without_models(profile: Option<&LimitProfile>, provider: &str) -> LimitProfile {
    LimitProfile {
        id: String::new(),
        name: String::new(),
        provider: provider.to_owned(),
        as_of: String::new(),
        source: String::new(),
        uncapped: profile.map_or(DefaultOutputReserve::Remainder, |profile| profile.uncapped),
        refund: profile.map_or(Refund::ToActual, |profile| profile.refund),
        credit: None,
        models: Vec::new(),
    }
}

/// Fills in what the provider's model list states and the profile lacks: context, longest answer, and limits per
/// minute.
fn with_list(limits: Option<ModelLimits>, listed: Option<&Model>) -> Option<ModelLimits> {
    let Some(listed) = listed else { return limits };
    let window = |window, limit: Option<u64>| Some(WindowLimit { window, limit: limit?, refill: RefillPolicy::Bucket });
    let stated = [
        window(LimitWindow::RequestsMinute, listed.requests_per_minute),
        window(LimitWindow::TokensMinute, listed.tokens_per_minute),
    ];
    let windows: Vec<WindowLimit> = stated.into_iter().flatten().collect();
    let mut limits = match limits {
        Some(limits) => limits,
        None if windows.is_empty() => return None,
        None => ModelLimits::only(listed.id.clone(), windows),
    };
    limits.context_tokens = limits.context_tokens.or(listed.context_tokens);
    limits.max_output_tokens = limits.max_output_tokens.or(listed.max_output_tokens);
    Some(limits)
}
