//! The page opens with what was stored last time.

use crate::{
    effect::Effect,
    event::StoredState,
    scheduler::other_tabs::greet,
    state::State,
    usage::{request_log::LIMIT_DAYS, request_log_sync::adopt_inferences},
};

impl State {
    pub(crate) fn restore_state(&mut self, mut stored: StoredState) -> Vec<Effect> {
        self.theme = stored.theme;
        self.put_draft(std::mem::take(&mut stored.draft));
        self.tab = stored.tab;
        let (saved, unreadable) = self.choices.open(&mut stored);
        self.report_unreadable(&unreadable);
        adopt_inferences(self);
        self.conversations.send_when_limits_are_known(stored.sends_at);
        let mut effects =
            vec![Effect::ApplyTheme(self.theme), Effect::ReadHistory, Effect::ReadRequests { days: LIMIT_DAYS }];
        effects.extend(saved);
        effects.push(greet(self));
        effects.extend(self.recount());
        effects.extend(self.list_models());
        if let Some(chat) = stored.chat {
            effects.extend(self.open_chat(chat));
            self.conversations.note_reload();
        }
        effects
    }
}
