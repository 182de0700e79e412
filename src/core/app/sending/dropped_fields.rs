//! Silently resends a request that was rejected for a field the page sends by default, without that field.

use headroom_limits::Spent;
use headroom_protocol::FieldFallback;

use crate::{effect::Effect, event::RunId, state::State, whole_ms};

/// Resends a rejected request immediately if leaving out a field the user didn't set may help. `None` otherwise.
pub(crate) fn field_fallback(state: &mut State, run: RunId, now_ms: f64) -> Option<Vec<Effect>> {
    let live = state.runs.get_mut(run)?;
    let (status, body) = live.rejection()?;
    let asked = live.asked.as_deref()?;
    let sent = live.request(asked, &asked.spec()).fields();
    let step = FieldFallback::after(status, body, &sent, live.provider.dialect)?;
    // No field is left out twice, and the cap doesn't switch back and forth between its names.
    if live.field_fallbacks.iter().any(|before| before.is_like(step)) {
        return None;
    }
    step.apply(&mut live.provider);
    live.field_fallbacks.push(step);
    let request = live.wait_again();
    let mut effects = vec![Effect::Abort(run)];
    effects.extend(state.settle_request(&request, whole_ms(now_ms), Spent::default(), Some(status)));
    effects.extend(state.go(run, now_ms));
    Some(effects)
}
