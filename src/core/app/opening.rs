//! The page opens with what was stored last time.

use crate::{
    effect::Effect,
    event::StoredState,
    scheduler::other_tabs::greet,
    setup::saved_settings::{OpenedSettings, SavedSettings},
    state::State,
    usage::{request_log::FELT_DAYS, request_log_sync::adopt_inferences},
};

impl State {
    pub(crate) fn restore_state(&mut self, kept: StoredState) -> Vec<Effect> {
        self.theme = kept.theme;
        self.put_draft(kept.draft);
        self.tab = kept.tab;
        self.keys = kept.keys.into_iter().collect();
        let OpenedSettings { settings, saved, changes, unreadable } = SavedSettings::open(kept.settings);
        (self.settings, self.saved_settings) = (settings, saved);
        self.set_aside(&unreadable);
        adopt_inferences(self);
        self.early_send = kept.sends_at;
        let mut effects =
            vec![Effect::ApplyTheme(self.theme), Effect::ReadHistory, Effect::ReadRequests { days: FELT_DAYS }];
        if !changes.is_empty() {
            effects.push(Effect::SaveSettings(changes));
        }
        effects.push(greet(self));
        effects.extend(self.recount());
        effects.extend(self.list_models());
        if let Some(chat) = kept.chat {
            effects.extend(self.chat_opened(chat));
            self.conversations.note_reload();
        }
        effects
    }
}
