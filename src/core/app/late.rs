//! State changes that only lazily loaded views need.
//!
//! The page has no room for this before it takes input: it reaches this only through [`Late`], which is loaded with the
//! [rules](crate::Rules).

use crate::{effect::Effect, event::Event, state::State};

/// The entry points of lazily loaded code.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    /// Handles an event that only lazily loaded views send, or that answers their requests.
    pub happened: fn(&mut State, Event) -> Vec<Effect>,
    /// Requests what they show, after any event that may have changed it.
    pub shown: fn(&mut State) -> Vec<Effect>,
}

/// The entry points, for [`crate::Rules`].
pub(crate) const LATE: Late = Late { happened, shown };

fn happened(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::ModelChosen { lane, model } => state.model_chosen(lane, &model),
        Event::ParametersChanged { lane, parameters } => state.parameters_changed(lane, &parameters),
        Event::KeyRemoved(provider) => state.key_forgotten(&provider),
        Event::ProviderAdded { name, base_url, key, mode } => state.provider_added(&name, &base_url, &key, mode),
        Event::ProviderRemoved(provider) => state.provider_removed(&provider),

        Event::SendNowPressed { lane, now_ms } => state.send_now(lane, now_ms),
        Event::ProbingSet(is_on) => {
            state.settings.probes = is_on;
            vec![state.save_settings()]
        }
        Event::CapLowered { lane, cap, now_ms } => state.cap_lowered(lane, cap, now_ms),
        Event::CapAccepted { lane, cap, now_ms } => state.cap_accepted(lane, cap, now_ms),
        Event::BaseUrlAccepted { provider, base_url, lane, now_ms } => {
            state.base_url_accepted(&provider, base_url, lane, now_ms)
        }
        Event::QueueSet(is_on) => state.queue_set(is_on),
        Event::KeepWaitingPressed { lane } => state.keep_waiting(lane),
        Event::RegeneratePressed { lane, now_ms } => state.regenerate(lane, now_ms),
        Event::ContinuePressed { lane, now_ms } => state.continue_answer(lane, now_ms),

        Event::PageHidden => state.page_hidden(),
        Event::MovedToNewChat => state.moved_to_new_chat(),
        Event::ChatRenamed(id, title) => state.chat_renamed(&id, &title),
        Event::ChatDeleted(id) => state.chat_deleted(&id),
        Event::SearchChanged(search) => state.search_changed(search),

        Event::LimitsChosen { provider, profile } => state.limits_chosen(provider, profile),
        Event::LimitsEdited { provider, profile } => state.limits_edited(provider, profile),
        Event::CreditSet { provider, day } => {
            state.settings.credit_since.put(provider, day);
            vec![state.save_settings()]
        }
        Event::SignalsHidden(until_ms) => {
            state.settings.signals_hidden_ms = Some(until_ms);
            vec![state.save_settings()]
        }
        Event::UsageRequested(provider) => state.usage_requested(&provider),
        Event::AccountReported { key_changes, .. } if key_changes != state.key_changes => Vec::new(),
        Event::AccountReported { provider, body, now_ms, .. } => state.account_reported(&provider, &body, now_ms),

        Event::TokensShown(is_open) => state.tokens_shown(is_open),
        Event::TokensOfLane(lane) => state.tokens_of_lane(lane),
        Event::TokensPasted(text) => state.tokens_pasted(text),
        Event::TokensCompared => state.tokens_compared(),
        Event::TokenBoundaries(cuts) => state.cut(cuts),
        Event::TokenIdsLoaded(vocabulary, are_here) => state.token_ids_loaded(vocabulary, are_here),

        // Everything else is handled directly by the state.
        _ => Vec::new(),
    }
}

fn shown(state: &mut State) -> Vec<Effect> {
    let mut effects = state.request_shown_boundaries();
    effects.extend(state.request_compared_counts());
    effects
}
