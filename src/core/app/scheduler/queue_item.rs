//! Queued requests as the page shows them: how long each waits, for what, and what would let it go.

use headroom_limits::{Binding, Gauge, Need, Start, Verdict, gauges, verdict};

use crate::{
    conversation::refusal::Refusal,
    runs::run::PendingSend,
    scheduler::planning::{before, start_with},
    state::State,
    usage::{
        fitting::{LEAST_CAP, ROUND, need_of},
        rules::terms,
    },
};

/// How long a queued request waits, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitStatus {
    /// When it is sent, in milliseconds since 1970, if nothing intervenes. `None` if the limits never admit it.
    pub start_ms: Option<u64>,
    /// What it waits for. `None` if it waits for its turn or for the time a rejection gave.
    pub binding: Option<Binding>,
    /// Its last rate-limit rejection.
    pub refusal: Option<Refusal>,
}

impl WaitStatus {
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
    pub fn waits(&self, lane: usize) -> Option<WaitStatus> {
        let live = self.live(lane).filter(|live| live.is_queued())?;
        let PendingSend { start, refusal, .. } = live.asked.as_deref()?;
        Some(WaitStatus {
            start_ms: start.map(|(ms, _)| ms),
            binding: start.and_then(|(_, binding)| binding),
            refusal: *refusal,
        })
    }
}

/// A queued request, as shown to the user.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueItem {
    /// When it is sent, and what it waits for.
    pub waits: WaitStatus,
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
