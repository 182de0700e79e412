//! Queued requests of other tabs. Limits apply to all tabs together, so each plans with everything queued, in the order
//! it was asked, and arrives at the same plan; each sends only its own requests.

use headroom_protocol::LONGEST_WAIT_MS;
use serde::{Deserialize, Serialize};

use crate::{
    conversation::chat::Setup,
    effect::Effect,
    runs::run::{PendingSend, Run},
    state::State,
};

/// A tab that was silent for this many milliseconds is gone. Hidden tabs wake at least once a minute.
const SILENCE_MS: u64 = 75_000;
/// The interval, in milliseconds, at which a tab repeats what it has queued.
const BROADCAST_INTERVAL_MS: u64 = 20_000;
/// The most queued requests accepted from one tab.
const MOST_CLAIMS: usize = 64;

/// The other tabs' queues as known here, and this tab's queue as last broadcast.
#[derive(Debug, Default)]
pub(crate) struct OtherTabs {
    queues: Vec<PeerQueue>,
    announced: Vec<QueuedRequest>,
    announced_ms: u64,
    /// When the page is scheduled to wake, in milliseconds since 1970.
    wakes_ms: u64,
}

/// The queue of one tab, as broadcast to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerQueue {
    tab: u64,
    /// When it was broadcast, in milliseconds since 1970.
    at_ms: u64,
    waits: Vec<QueuedRequest>,
}

impl PeerQueue {
    /// Broadcasts it to the other tabs.
    fn announced(&self) -> Effect {
        Effect::BroadcastToTabs(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Announces this tab to the others.
pub(crate) fn greet(state: &State) -> Effect {
    PeerQueue { tab: state.tab, at_ms: 0, waits: Vec::new() }.announced()
}

/// A queued request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueuedRequest {
    pub(crate) run: u64,
    pub(crate) account: String,
    pub(crate) model: String,
    /// Its tokens without the answer.
    pub(crate) input: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cap: Option<u32>,
    /// When it was asked, in milliseconds since 1970: the order of all queues.
    pub(crate) asked_ms: u64,
    pub(crate) not_before_ms: u64,
}

impl QueuedRequest {
    fn of(live: &Run, asked: &PendingSend) -> Self {
        Self {
            run: live.run.0,
            account: asked.setup.provider.clone(),
            model: asked.setup.model.clone(),
            input: asked.input,
            cap: asked.setup.parameters.max_completion_tokens,
            asked_ms: asked.asked_ms,
            not_before_ms: asked.not_before_ms,
        }
    }

    /// Returns the part of its setup that the limits need.
    pub(crate) fn setup(&self) -> Setup {
        let mut setup = Setup { provider: self.account.clone(), model: self.model.clone(), ..Setup::default() };
        setup.parameters.max_completion_tokens = self.cap;
        setup
    }
}

impl State {
    /// Takes the queue of another tab.
    pub(crate) fn queue_heard(&mut self, record: &str) -> Vec<Effect> {
        self.other_tabs.receive(self.tab, record).into_iter().collect()
    }
}

impl OtherTabs {
    /// Whether other tabs think that something is queued here.
    pub(crate) const fn has_announced(&self) -> bool {
        !self.announced.is_empty()
    }

    /// Takes the queue of another tab; ignores anything else. A tab with an empty queue may be new, so it gets a reply
    /// with the queue here.
    pub(crate) fn receive(&mut self, tab: u64, record: &str) -> Option<Effect> {
        let mut queue = serde_json::from_str::<PeerQueue>(record).ok()?;
        queue.waits.truncate(MOST_CLAIMS);
        let latest_ms = queue.at_ms.saturating_add(LONGEST_WAIT_MS);
        for claim in &mut queue.waits {
            claim.not_before_ms = claim.not_before_ms.min(latest_ms);
        }
        let is_gone = |known: &PeerQueue| known.at_ms.abs_diff(queue.at_ms) >= SILENCE_MS && queue.at_ms > 0;
        self.queues.retain(|known| known.tab != queue.tab && !is_gone(known));
        if !queue.waits.is_empty() {
            self.queues.push(queue);
            return None;
        }
        self.has_announced()
            .then(|| PeerQueue { tab, at_ms: self.announced_ms, waits: self.announced.clone() }.announced())
    }

    /// Returns the queued requests of other tabs, with the tab numbers.
    pub(crate) fn queued_elsewhere(&self, now_ms: u64) -> impl Iterator<Item = (u64, &QueuedRequest)> {
        // By the difference of the clocks: a tab whose clock is far ahead would seem alive for hours.
        let there = self.queues.iter().filter(move |queue| queue.at_ms.abs_diff(now_ms) < SILENCE_MS);
        there.flat_map(|queue| queue.waits.iter().map(|claim| (queue.tab, claim)))
    }
}

impl State {
    /// Handles a page that closes or is hidden, perhaps only for a while: its queued requests block no one meanwhile.
    pub(crate) fn page_hidden(&mut self) -> Vec<Effect> {
        if self.other_tabs.announced.is_empty() {
            return vec![Effect::Flush];
        }
        // If it comes back, it broadcasts again, since its queue differs from the last broadcast.
        self.other_tabs.announced = vec![];
        vec![greet(self), Effect::Flush]
    }
}

/// Broadcasts the queue if other tabs don't know it, and schedules a wake for when its first request may start.
pub(crate) fn broadcast_queue(state: &mut State, now_ms: u64) -> Vec<Effect> {
    // A request that never starts by itself blocks no one.
    let waiting = state.runs.queued().filter_map(|live| Some((live, live.asked.as_deref()?)));
    let (mut waits, mut first) = (Vec::new(), None);
    for (live, asked) in waiting {
        let Some((start_ms, _)) = asked.start else { continue };
        waits.push(QueuedRequest::of(live, asked));
        first = Some(first.map_or(start_ms, |first: u64| first.min(start_ms)));
    }
    let it = &mut state.other_tabs;
    let mut effects = Vec::new();
    let is_old = !waits.is_empty() && it.announced_ms.saturating_add(BROADCAST_INTERVAL_MS) <= now_ms;
    if waits != it.announced || is_old {
        let queue = PeerQueue { tab: state.tab, at_ms: now_ms, waits };
        effects.push(queue.announced());
        (it.announced, it.announced_ms) = (queue.waits, now_ms);
    }
    // Repeated now and then: the worker may have been replaced.
    if let Some(first_ms) = first.filter(|first_ms| is_old || it.wakes_ms <= now_ms || *first_ms < it.wakes_ms) {
        it.wakes_ms = first_ms;
        effects.push(Effect::ScheduleWake(first_ms));
    }
    effects
}
