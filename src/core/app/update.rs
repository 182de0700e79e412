//! The one place where events are handled. Each is named, so a new one does not compile until it is handled.

#![deny(clippy::wildcard_enum_match_arm, clippy::match_wildcard_for_single_variants)]

use crate::{conversation::shared_with_tabs::broadcast_saved, effect::Effect, event::Event, state::State};

/// What an event may change besides what it is about: afterward, the views that show it are computed again and what it
/// touches is saved. When in doubt, an event is [`Extent::Anything`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// More of an answer, many times a second: no other view looks at it.
    Progress,
    /// Neither the conversation, nor the lanes, nor what counts their tokens.
    Apart,
    /// The conversation, with the lanes that were saved with it.
    Restored,
    /// Also the conversation or the lanes.
    Anything,
}

impl Extent {
    const fn of(event: &Event) -> Self {
        match event {
            Event::Received { .. } | Event::Tick { .. } | Event::QueueDue { .. } => Self::Progress,

            Event::DraftChanged(_)
            | Event::ThemePressed { .. }
            | Event::Counted(..)
            | Event::KeyAttached { .. }
            | Event::ResponseHeaders { .. }
            | Event::PageHidden
            | Event::SearchChanged(_)
            | Event::UsageRequested(_)
            | Event::AccountReported { .. }
            | Event::RequestsLoaded { .. }
            | Event::TokensShown(_)
            | Event::TokensOfLane(_)
            | Event::TokensPasted(_)
            | Event::TokensCompared
            | Event::TokenBoundaries(_)
            | Event::TokenIdsLoaded(..) => Self::Apart,

            Event::ChatOpened(_)
            | Event::ChatLoaded { .. }
            | Event::HistoryLoaded { .. }
            | Event::TabMessage { .. } => Self::Restored,

            Event::StateRestored(_)
            | Event::ProviderChosen { .. }
            | Event::ModelChosen { .. }
            | Event::ParametersChanged { .. }
            | Event::LanesSet(_)
            | Event::LaneRemoved(_)
            | Event::SystemChanged(_)
            | Event::PanelShown(_)
            | Event::KeyEntered { .. }
            | Event::KeyRemoved(_)
            | Event::ProviderAdded { .. }
            | Event::ProviderRemoved(_)
            | Event::ModelsListed { .. }
            | Event::SendPressed { .. }
            | Event::SendNowPressed { .. }
            | Event::CapLowered { .. }
            | Event::CapAccepted { .. }
            | Event::BaseUrlAccepted { .. }
            | Event::QueueSet(_)
            | Event::ProbingSet(_)
            | Event::StopPressed { .. }
            | Event::KeepWaitingPressed { .. }
            | Event::RegeneratePressed { .. }
            | Event::ContinuePressed { .. }
            | Event::EditPressed { .. }
            | Event::EditDropped
            | Event::CreditSet { .. }
            | Event::SignalsHidden(_)
            | Event::LimitsChosen { .. }
            | Event::LimitsEdited { .. }
            | Event::NewChatPressed
            | Event::MovedToNewChat
            | Event::ChatRenamed(..)
            | Event::ChatDeleted(_)
            | Event::DeletedChatKept
            | Event::SaveFilePressed
            | Event::TabSetting(..)
            | Event::OlderTabSettings(_)
            | Event::OlderTabChats { .. }
            | Event::TextsCounted(_)
            | Event::VocabularyLoaded(..)
            | Event::WorkerLost
            | Event::Ended { .. }
            | Event::RequestFailed { .. }
            | Event::ReachabilityChecked { .. }
            | Event::StorageFailed { .. }
            | Event::StorageRecovered
            | Event::StorageCleared => Self::Anything,
        }
    }
}

impl State {
    /// Applies an event and returns the effects to perform.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let extent = Extent::of(&event);
        let (deleted, ran) = (self.deleted_chat(), self.runs.len());
        if matches!(extent, Extent::Anything | Extent::Restored) {
            self.forget_missing_vocabularies();
        }
        let mut effects = self.apply(event);
        effects.extend(self.handle_outcomes());
        let has_changed = ran != self.runs.len();
        if (extent == Extent::Anything || has_changed) && !self.chat().loading {
            effects.extend(self.save_lanes_of_chat());
        }
        if let Some(deleted) = deleted.or_else(|| self.deleted_chat()) {
            effects = self.without_writes_to(&deleted, effects);
        }
        broadcast_saved(&mut effects);
        if extent != Extent::Progress || has_changed {
            self.revision += 1;
        }
        // A finished answer counts as part of the conversation, whatever other lanes still do.
        if matches!(extent, Extent::Anything | Extent::Restored) || has_changed {
            effects.extend(self.tally_conversation());
        }
        if extent != Extent::Progress {
            effects.extend(self.want_shown_vocabularies());
            effects.extend(self.request_shown_boundaries());
            effects.extend(self.request_compared_counts());
        }
        effects
    }

    fn apply(&mut self, event: Event) -> Vec<Effect> {
        match event {
            // The composer and its count.
            Event::StateRestored(kept) => self.restore_state(*kept),
            Event::DraftChanged(draft) => self.draft_changed(draft),
            Event::SystemChanged(system) => self.system_changed(system),
            Event::ThemePressed { system_is_dark } => self.theme_pressed(system_is_dark),
            Event::Counted(id, stats) => self.counted(id, &stats),
            Event::TextsCounted(counts) => {
                self.note_compared_counts(&counts);
                self.texts_counted(&counts)
            }
            Event::VocabularyLoaded(vocabulary, is_here) => self.vocabulary_loaded(vocabulary, is_here),
            Event::WorkerLost => {
                self.forget_asked_tokens();
                self.worker_lost()
            }

            // Lanes and providers.
            Event::LanesSet(count) => self.lanes_set(count),
            Event::LaneRemoved(lane) => self.lane_removed(lane),
            Event::ProviderChosen { lane, provider } => self.provider_chosen(lane, &provider),
            Event::ModelChosen { lane, model } => self.model_chosen(lane, &model),
            Event::ParametersChanged { lane, parameters } => self.parameters_changed(lane, &parameters),
            Event::PanelShown(panel) => self.panel_shown(panel),
            Event::KeyEntered { provider, key, mode } => self.key_entered(&provider, &key, mode),
            Event::KeyRemoved(provider) => self.key_forgotten(&provider),
            Event::ProviderAdded { name, base_url, key, mode } => self.provider_added(&name, &base_url, &key, mode),
            Event::ProviderRemoved(provider) => self.provider_removed(&provider),
            Event::ModelsListed { provider, outcome } => self.models_listed(&provider, outcome),
            Event::TabSetting(name, value) => self.tab_setting((name, value)),
            Event::OlderTabChats { changed, removed } => self.older_tab_chats(changed, &removed),
            Event::OlderTabSettings(text) => self.older_tab_settings(&text),

            // Runs.
            Event::SendPressed { now_ms } => self.send(now_ms),
            Event::RegeneratePressed { lane, now_ms } => self.regenerate(lane, now_ms),
            Event::ContinuePressed { lane, now_ms } => self.continue_answer(lane, now_ms),
            Event::StopPressed { lane, now_ms } => self.stop(lane, Some(now_ms)),
            Event::KeepWaitingPressed { lane } => self.keep_waiting(lane),
            Event::KeyAttached { run, mask } => self.key_attached(run, mask),
            Event::ResponseHeaders { run, status, headers } => self.response_headers(run, status, &headers),
            Event::Received { run, reads } => self.received(run, &reads),
            Event::Ended { run, now_ms } => self.ended(run, now_ms),
            Event::RequestFailed { run, now_ms, link } => self.request_failed(run, now_ms, link),
            Event::ReachabilityChecked { run, reach } => self.probed(run, reach),
            Event::Tick { now_ms } => self.tick(now_ms),
            Event::CapAccepted { lane, cap, now_ms } => self.cap_accepted(lane, cap, now_ms),
            Event::BaseUrlAccepted { provider, base_url, lane, now_ms } => {
                self.base_url_accepted(&provider, base_url, lane, now_ms)
            }

            // The queue.
            Event::QueueDue { now_ms } => self.queue_due(now_ms),
            Event::SendNowPressed { lane, now_ms } => self.send_now(lane, now_ms),
            Event::CapLowered { lane, cap, now_ms } => self.cap_lowered(lane, cap, now_ms),
            Event::QueueSet(is_on) => self.queue_set(is_on),
            Event::ProbingSet(is_on) => self.probing_set(is_on),
            Event::PageHidden => self.page_hidden(),

            // Conversations.
            Event::NewChatPressed => self.new_chat(),
            Event::MovedToNewChat => self.move_to_new_chat(),
            Event::ChatOpened(id) => self.open_chat(id),
            Event::ChatRenamed(id, title) => self.chat_renamed(&id, &title),
            Event::ChatDeleted(id) => self.delete_chat(&id),
            Event::DeletedChatKept => self.restore_deleted(),
            Event::SaveFilePressed => vec![Effect::SaveUnsavedToFile],
            Event::SearchChanged(search) => self.search_changed(&search),
            Event::EditPressed { turn, lane } => self.edit(turn, lane),
            Event::EditDropped => self.edit_dropped(),
            Event::HistoryLoaded { entries, unreadable } => self.history_loaded(entries, &unreadable),
            Event::ChatLoaded { id, turns, unreadable } => self.chat_loaded(&id, turns, &unreadable),
            Event::StorageFailed { problem, unsaved } => self.storage_failed(problem, unsaved),
            Event::StorageRecovered => self.storage_recovered(),
            Event::StorageCleared => self.storage_cleared(),

            // Limits and usage.
            Event::LimitsChosen { provider, profile } => self.limits_chosen(provider, profile),
            Event::LimitsEdited { provider, profile } => self.limits_edited(provider, profile),
            Event::CreditSet { provider, day } => self.credit_set(provider, day),
            Event::SignalsHidden(until_ms) => self.signals_hidden(until_ms),
            Event::UsageRequested(provider) => self.usage_requested(&provider),
            Event::AccountReported { provider, key_changes, body, now_ms } => {
                self.account_reported(&provider, key_changes, &body, now_ms)
            }
            Event::RequestsLoaded { records, days, now_ms } => self.requests_loaded(&records, days, now_ms),
            Event::TabMessage { record, is_older, now_ms } => self.tab_message(&record, is_older, now_ms),

            // The token view.
            Event::TokensShown(is_open) => self.tokens_shown(is_open),
            Event::TokensOfLane(lane) => self.tokens_of_lane(lane),
            Event::TokensPasted(text) => self.tokens_pasted(text),
            Event::TokensCompared => self.tokens_compared(),
            Event::TokenBoundaries(cuts) => self.cut(cuts),
            Event::TokenIdsLoaded(vocabulary, are_here) => self.token_ids_loaded(vocabulary, are_here),
        }
    }
}
