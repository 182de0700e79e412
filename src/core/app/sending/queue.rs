//! Queues requests until the limits admit them, so that none is rejected.

use headroom_domain::{FailureKind, span};
use headroom_limits::{Binding, Spent, Start};

use crate::{
    conversation::{
        chat::Ending,
        refusal::{Refusal, Retry},
    },
    effect::Effect,
    event::RunId,
    scheduler::{
        other_tabs::broadcast_queue,
        planning::{start_with, starts},
    },
    state::State,
    usage::{fitting::apply_fitting_cap, rules::refused},
    whole_ms,
};

/// The number of retries of a rejected request; after that, its rejection is shown.
pub const MOST_REFUSALS: u8 = 3;
/// Requests rejected together don't retry together: they are spread over up to this many milliseconds.
const APART_MS: u64 = 250;

impl State {
    /// Lowers the cap of a lane's queued request, and sends what is then due.
    pub(crate) fn cap_lowered(&mut self, lane: usize, cap: u32, now_ms: f64) -> Vec<Effect> {
        let is_stuck = self.waits(lane).is_some_and(|waits| waits.start_ms.is_none());
        match start_with(self, lane, cap, whole_ms(now_ms)) {
            Some(Start::Now) => {}
            Some(Start::At { .. }) if is_stuck => {}
            // The state changed since the offer was made: nothing to do.
            _ => return Vec::new(),
        }
        let Some(live) = self.live_mut(lane).filter(|live| live.is_queued()) else { return Vec::new() };
        if let Some(asked) = &mut live.asked {
            asked.setup.parameters.max_completion_tokens = Some(cap);
            asked.is_fitted = false;
        }
        run_queue(self, now_ms)
    }

    /// Sets whether requests that don't fit the limits are queued.
    pub(crate) fn queue_set(&mut self, is_on: bool) -> Vec<Effect> {
        vec![self.choices.change(|settings| settings.sends_at_once = !is_on)]
    }

    pub(crate) fn probing_set(&mut self, is_on: bool) -> Vec<Effect> {
        vec![self.choices.change(|settings| settings.probes = is_on)]
    }
}

/// Records the plan for a run. Returns whether it may start.
fn note(state: &mut State, run: RunId, start: Start) -> bool {
    let noted = match start {
        Start::Now => return true,
        Start::At { ms, binding } => Some((ms, binding)),
        Start::Never { .. } => None,
    };
    if let Some(asked) = state.runs.get_mut(run).and_then(|live| live.asked.as_mut()) {
        asked.start = noted;
    }
    false
}

/// Sends a new request, or queues it behind what already waits. A request that the limits never admit is still sent if
/// it goes to one lane only: its user saw the verdict, and the limits may be wrong. With several lanes, it is skipped,
/// and its user can send it alone.
pub(crate) fn admit(state: &mut State, run: RunId, now_ms: f64) -> Vec<Effect> {
    let now = whole_ms(now_ms);
    let start = starts(state, now).into_iter().find(|(other, _)| *other == run).map_or(Start::Now, |(_, start)| start);
    if matches!(start, Start::Never { .. }) {
        let beside = state.runs.get_mut(run).filter(|live| live.asked.as_ref().is_some_and(|asked| !asked.alone));
        let beside = beside.map(|live| live.owner.lane);
        return match beside.and_then(|lane| state.settings().lane_at(lane)) {
            Some(lane) => state.stop(Some(lane), Some(now_ms)),
            None => state.go(run, now_ms),
        };
    }
    if note(state, run, start) {
        return state.go(run, now_ms);
    }
    let mut effects = state.mark(run, Ending::NotSent);
    effects.extend(announced(state, run, now));
    effects.extend(broadcast_queue(state, now));
    effects
}

/// Sends queued requests that are due.
pub(crate) fn run_queue(state: &mut State, now_ms: f64) -> Vec<Effect> {
    let mut effects = Vec::new();
    follow_clock(state, whole_ms(now_ms));
    let waiting: Vec<RunId> = state.runs.queued().map(|live| live.run).collect();
    waiting.into_iter().for_each(|run| apply_fitting_cap(state, run, whole_ms(now_ms)));
    for (run, start) in starts(state, whole_ms(now_ms)) {
        if note(state, run, start) {
            effects.extend(state.mark(run, Ending::Running));
            let model = state.runs.get_mut(run).and_then(|live| Some(live.asked.as_ref()?.setup.model.clone()));
            effects.extend(model.map(|model| Effect::Announce(format!("Sending {model} now"))));
            effects.extend(state.go(run, now_ms));
        }
    }
    // After the sends: other tabs must have a request in their log by the time it leaves the queue.
    effects.extend(broadcast_queue(state, whole_ms(now_ms)));
    effects
}

/// Queues a rate-limited request again: for as long as the provider stated, and until the currently known limits admit
/// it. `None` if waiting doesn't help, or didn't.
pub(crate) fn wait_again(state: &mut State, run: RunId, now_ms: f64) -> Option<Vec<Effect>> {
    let now = whole_ms(now_ms);
    let tab = state.tab;
    let live = state.runs.get_mut(run)?;
    let (status, report) = live.refusal(now_ms)?;
    let failure = live.rejection_failure(now_ms)?;
    let refusals = live.asked.as_ref()?.refusal.map_or(0, |refusal| refusal.times);
    if failure.kind != FailureKind::RateLimited || refusals >= MOST_REFUSALS {
        return None;
    }
    let refusal = Refusal::of(&report, refusals + 1, now);
    // Spread out the retries of requests rejected together.
    let apart = (tab ^ run.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) % APART_MS;
    let request = live.wait_again();
    wait_until(state, run, now.saturating_add(refusal.wait_ms()).saturating_add(apart), refusal);
    let mut effects = vec![Effect::Abort(run)];
    effects.extend(state.settle_request(&request, now, Spent::default(), Some(status)));
    refused(state, &request, &report, now);
    apply_fitting_cap(state, run, now);
    if refusal.retry == Retry::Unstated && (refusal.times > 1 || !waits_for_window(state, run, now)) {
        // There is no better source, or our count was wrong.
        wait_until(state, run, now.saturating_add(refusal.guess_ms()).saturating_add(apart), refusal);
    }
    state.note_refusal(run, refusal);
    effects.extend(state.mark(run, Ending::NotSent));
    for (other, start) in starts(state, now) {
        note(state, other, start);
    }
    effects.extend(announced(state, run, now));
    effects.extend(broadcast_queue(state, now));
    Some(effects)
}

fn wait_until(state: &mut State, run: RunId, not_before_ms: u64, refusal: Refusal) {
    if let Some(asked) = state.runs.get_mut(run).and_then(|live| live.asked.as_mut()) {
        asked.not_before_ms = not_before_ms;
        asked.refusal = Some(refusal);
    }
}

/// Shortens the waits of requests that were rejected while the clock was ahead: they wait from now, not until the clock
/// catches up.
fn follow_clock(state: &mut State, now_ms: u64) {
    const AHEAD_MS: u64 = 60_000;
    for asked in state.runs.iter_mut().filter(|live| live.is_queued()).filter_map(|live| live.asked.as_mut()) {
        let refused_ms = asked.refusal.map_or(0, |refusal| refusal.at_ms);
        let ahead_ms = refused_ms.max(asked.asked_ms).saturating_sub(now_ms);
        if ahead_ms > AHEAD_MS {
            asked.not_before_ms = asked.not_before_ms.saturating_sub(ahead_ms);
            asked.asked_ms = asked.asked_ms.min(now_ms);
            if let Some(refusal) = &mut asked.refusal {
                refusal.at_ms = refusal.at_ms.min(now_ms);
            }
        }
    }
}

/// Whether our own count makes a request wait for a window.
fn waits_for_window(state: &State, run: RunId, now_ms: u64) -> bool {
    let start = starts(state, now_ms).into_iter().find(|(other, _)| *other == run);
    matches!(start, Some((_, Start::At { binding: Some(Binding::Window(_)), .. })))
}

/// Returns the screen reader announcement of how long a request waits.
fn announced(state: &mut State, run: RunId, now_ms: u64) -> Option<Effect> {
    let live = state.runs.get_mut(run)?;
    let (start_ms, _) = live.asked.as_ref()?.start?;
    let (model, wait) = (&live.asked.as_ref()?.setup.model, span(start_ms.saturating_sub(now_ms)));
    Some(Effect::Announce(format!("{model} is queued, sends in {wait}")))
}
