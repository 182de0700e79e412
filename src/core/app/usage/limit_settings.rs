//! What the user sets about limits: the profile, edited limits, the start of the credit, hidden signals.

use headroom_domain::LimitProfile;

use crate::{effect::Effect, state::State, usage::request_log_sync::repool};

impl State {
    pub(crate) fn limits_chosen(&mut self, provider: String, profile: String) -> Vec<Effect> {
        let saved = self.choices.change(|settings| settings.limits.insert(provider, profile));
        repool(self);
        vec![saved]
    }

    pub(crate) fn limits_edited(&mut self, provider: String, profile: Box<LimitProfile>) -> Vec<Effect> {
        let saved = self.choices.change(|settings| settings.own_limits.insert(provider, profile));
        repool(self);
        vec![saved]
    }

    pub(crate) fn credit_set(&mut self, provider: String, day: String) -> Vec<Effect> {
        vec![self.choices.change(|settings| settings.credit_since.insert(provider, day))]
    }

    pub(crate) fn signals_hidden(&mut self, until_ms: u64) -> Vec<Effect> {
        vec![self.choices.change(|settings| settings.signals_hidden_ms = Some(until_ms))]
    }
}
