//! The page opens with what was stored last time.

use crate::{
    effect::Effect,
    event::StoredState,
    scheduler::other_tabs::greet,
    state::State,
    usage::{request_log::FELT_DAYS, request_log_sync::adopt_inferences},
};

impl State {
    pub(crate) fn restore_state(&mut self, mut kept: StoredState) -> Vec<Effect> {
        self.theme = kept.theme;
        self.put_draft(std::mem::take(&mut kept.draft));
        self.tab = kept.tab;
        let (saved, unreadable) = self.choices.open(&mut kept);
        self.set_aside(&unreadable);
        adopt_inferences(self);
        self.conversations.send_when_limits_are_known(kept.sends_at);
        let mut effects =
            vec![Effect::ApplyTheme(self.theme), Effect::ReadHistory, Effect::ReadRequests { days: FELT_DAYS }];
        effects.extend(saved);
        effects.push(greet(self));
        effects.extend(self.recount());
        effects.extend(self.list_models());
        if let Some(chat) = kept.chat {
            effects.extend(self.open_chat(chat));
            self.conversations.note_reload();
        }
        effects
    }
}
