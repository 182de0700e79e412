//! A request that is refused for a field which the page sends on its own is sent again without it, and nobody sees any of
//! this.
//!
//! Like [`crate::rules`], the page reaches this through [`Rules`](crate::Rules) alone.

use headroom_limits::Spent;
use headroom_protocol::FieldFallback;

use crate::{effect::Effect, event::RunId, run::whole_ms, state::State};

/// Sends a refused request again at once, where leaving out a field that nobody set may help. None where it may not.
pub(crate) fn field_fallback(state: &mut State, run: RunId, now_ms: f64) -> Option<Vec<Effect>> {
    let live = state.run(run)?;
    let (status, body) = live.refused_with()?;
    let sent = &live.asked.as_ref()?.outgoing.body;
    let step = FieldFallback::after(status, body, sent, live.provider.dialect)?;
    // Nothing is left out twice, and no cap goes to and fro between its names.
    if live.field_fallbacks.iter().any(|before| before.is_like(step)) {
        return None;
    }
    let body = step.apply(sent)?;
    live.asked.as_mut()?.outgoing.body = body;
    live.field_fallbacks.push(step);
    let request = live.wait_again();
    let mut effects = vec![Effect::Abort(run)];
    effects.extend(state.settle_request(&request, whole_ms(now_ms), Spent::default(), Some(status)));
    effects.extend(state.go(run, now_ms));
    Some(effects)
}
