//! Queues requests until the limits admit them, so that none is rejected.

use headroom_domain::{FailureKind, span};
use headroom_limits::{Binding, Gauge, Need, Spent, Start, Verdict, gauges, verdict};

use crate::{
    conversation::{
        chat::Ending,
        refusal::{Refusal, Retry},
    },
    effect::Effect,
    event::RunId,
    runs::run::PendingSend,
    scheduler::{
        other_tabs::tell,
        planning::{before, start_with, starts},
    },
    state::State,
    usage::{
        fitting::{LEAST_CAP, ROUND, fit, need_of},
        rules::{refused, terms},
    },
    whole_ms,
};

/// The number of retries of a rejected request; after that, its rejection is shown.
pub const MOST_REFUSALS: u8 = 3;
/// Requests rejected together don't retry together: they are spread over up to this many milliseconds.
const APART_MS: u64 = 250;

/// How long a queued request waits, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waits {
    /// When it is sent, in milliseconds since 1970, if nothing intervenes. `None` if the limits never admit it.
    pub start_ms: Option<u64>,
    /// What it waits for. `None` if it waits for its turn or for the time a rejection gave.
    pub binding: Option<Binding>,
    /// Its last rate-limit rejection.
    pub refusal: Option<Refusal>,
}

impl Waits {
    /// How often it was rejected.
    #[must_use]
    pub fn refusals(&self) -> u8 {
        self.refusal.map_or(0, |refusal| refusal.times)
    }
}

impl State {
    /// Whether anything is queued here, or other tabs think so.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.runs.queued().next().is_some() || self.other_tabs.has_announced()
    }

    /// Returns how the request of a lane waits. `None` if none does.
    #[must_use]
    pub fn waits(&self, lane: usize) -> Option<Waits> {
        let live = self.live(lane).filter(|live| live.is_queued())?;
        let PendingSend { start, refusal, .. } = live.asked.as_deref()?;
        Some(Waits {
            start_ms: start.map(|(ms, _)| ms),
            binding: start.and_then(|(_, binding)| binding),
            refusal: *refusal,
        })
    }

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

/// A queued request, as shown to the user.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueItem {
    /// When it is sent, and what it waits for.
    pub waits: Waits,
    /// What it needs from the windows. `None` if no limits are known.
    pub need: Option<Need>,
    /// The current gauge of the window it waits for.
    pub gauge: Option<Gauge>,
    /// A cap that would let it go now. `None` if that would leave too little for a response, or it waits for another
    /// reason.
    pub cap_now: Option<u32>,
    /// A cap that would make it fit at all, if it never fits with its current one.
    pub cap_fits: Option<u32>,
    /// The number of requests under the same limits ahead of it.
    pub before: usize,
}

/// Returns how the request of a lane waits, with the state of the window it waits for. `None` if none does.
#[must_use]
pub fn queue_item(state: &State, lane: usize, now_ms: u64) -> Option<QueueItem> {
    let waits = state.waits(lane)?;
    let PendingSend { setup, input, .. } = state.live(lane)?.asked.as_deref()?;
    let before = before(state, lane, now_ms);
    let (profile, Some(limits)) = terms(state, setup, now_ms) else {
        return Some(QueueItem { waits, need: None, gauge: None, cap_now: None, cap_fits: None, before });
    };
    let need = need_of(&profile, &limits, setup, *input);
    let all = gauges(state.ledger(), &setup.provider, &setup.model, &limits, profile.refund, now_ms);
    let tokens = all.iter().filter(|gauge| !gauge.limit.window.counts_requests());
    let room = tokens.map(|gauge| gauge.left.saturating_sub(*input)).min();
    let cap_now = room.filter(|room| (LEAST_CAP..need.answer).contains(room)).and_then(|room| u32::try_from(room).ok());
    // It grows as tokens refill: round numbers stay still long enough to be clicked.
    let cap_now = cap_now.map(round).filter(|cap| start_with(state, lane, *cap, now_ms) == Some(Start::Now));
    let never_fits = || verdict(&profile, &limits, state.ledger(), &setup.provider, &setup.model, need, now_ms);
    let cap_fits = match waits.start_ms.is_none().then(never_fits) {
        Some(Verdict::Never { largest_cap: Some(cap), .. }) => u32::try_from(cap).ok().map(round),
        _ => None,
    };
    let cap_fits = cap_fits.filter(|cap| u64::from(*cap) >= LEAST_CAP);
    let gauge = all.into_iter().find(|gauge| waits.binding == Some(Binding::Window(gauge.limit.window)));
    Some(QueueItem { waits, need: Some(need), gauge, cap_now, cap_fits, before })
}

const fn round(cap: u32) -> u32 {
    cap / ROUND * ROUND
}

/// Records the plan for a run. Returns whether it may start.
fn note(state: &mut State, run: RunId, start: Start) -> bool {
    let noted = match start {
        Start::Now => return true,
        Start::At { ms, binding } => Some((ms, binding)),
        Start::Never { .. } => None,
    };
    if let Some(asked) = state.run(run).and_then(|live| live.asked.as_mut()) {
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
        let beside = state.run(run).filter(|live| live.asked.as_ref().is_some_and(|asked| !asked.alone));
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
    effects.extend(tell(state, now));
    effects
}

/// Sends queued requests that are due.
pub(crate) fn run_queue(state: &mut State, now_ms: f64) -> Vec<Effect> {
    let mut effects = Vec::new();
    follow_clock(state, whole_ms(now_ms));
    let waiting: Vec<RunId> = state.runs.queued().map(|live| live.run).collect();
    waiting.into_iter().for_each(|run| fit(state, run, whole_ms(now_ms)));
    for (run, start) in starts(state, whole_ms(now_ms)) {
        if note(state, run, start) {
            effects.extend(state.mark(run, Ending::Running));
            let model = state.run(run).and_then(|live| Some(live.asked.as_ref()?.setup.model.clone()));
            effects.extend(model.map(|model| Effect::Announce(format!("Sending {model} now"))));
            effects.extend(state.go(run, now_ms));
        }
    }
    // After the sends: other tabs must have a request in their log by the time it leaves the queue.
    effects.extend(tell(state, whole_ms(now_ms)));
    effects
}

/// Queues a rate-limited request again: for as long as the provider stated, and until the currently known limits admit
/// it. `None` if waiting doesn't help, or didn't.
pub(crate) fn wait_again(state: &mut State, run: RunId, now_ms: f64) -> Option<Vec<Effect>> {
    let now = whole_ms(now_ms);
    let tab = state.tab;
    let live = state.run(run)?;
    let (status, report) = live.refusal(now_ms)?;
    let failure = live.refused_as(now_ms)?;
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
    fit(state, run, now);
    if refusal.retry == Retry::Unsaid && (refusal.times > 1 || !waits_for_window(state, run, now)) {
        // There is no better source, or our count was wrong.
        wait_until(state, run, now.saturating_add(refusal.guess_ms()).saturating_add(apart), refusal);
    }
    state.note_refusal(run, refusal);
    effects.extend(state.mark(run, Ending::NotSent));
    for (other, start) in starts(state, now) {
        note(state, other, start);
    }
    effects.extend(announced(state, run, now));
    effects.extend(tell(state, now));
    state.revision += 1;
    Some(effects)
}

fn wait_until(state: &mut State, run: RunId, not_before_ms: u64, refusal: Refusal) {
    if let Some(asked) = state.run(run).and_then(|live| live.asked.as_mut()) {
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
    let live = state.run(run)?;
    let (start_ms, _) = live.asked.as_ref()?.start?;
    let (model, wait) = (&live.asked.as_ref()?.setup.model, span(start_ms.saturating_sub(now_ms)));
    Some(Effect::Announce(format!("{model} is queued, sends in {wait}")))
}
