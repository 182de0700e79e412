//! What waits in other tabs. Limits hold for all tabs together, so all of them plan with everything that waits, in the order
//! in which it was asked, and come to the same plan; each sends only what is its own.
//!
//! Like [`crate::rules`], the page reaches this through [`Rules`](crate::Rules) alone.

use headroom_protocol::LONGEST_WAIT_MS;
use serde::{Deserialize, Serialize};

use crate::{
    chat::Setup,
    effect::Effect,
    run::{PendingSend, Run},
    state::State,
};

/// A tab that has not told so long, in milliseconds, is gone. Hidden tabs are woken once a minute at least.
const SILENCE_MS: u64 = 75_000;
/// A tab tells so often that it still waits, in milliseconds.
const TELLS_EACH_MS: u64 = 20_000;
/// More of one tab is not believed.
const MOST_CLAIMS: usize = 64;

/// What this tab knows of the others' queues, and what it told of its own.
#[derive(Debug, Default)]
pub(crate) struct OtherTabs {
    queues: Vec<PeerQueue>,
    told: Vec<QueuedRequest>,
    notice_ms: u64,
    /// The page is to be woken then, in milliseconds since 1970.
    wakes_ms: u64,
}

/// What waits in one tab, as it is told to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerQueue {
    tab: u64,
    /// When it was told, in milliseconds since 1970.
    at_ms: u64,
    waits: Vec<QueuedRequest>,
}

impl PeerQueue {
    /// Tells it to the other tabs.
    fn told(&self) -> Effect {
        Effect::BroadcastToTabs(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Says to the other tabs that this one is there.
pub(crate) fn greet(state: &State) -> Effect {
    PeerQueue { tab: state.tab, at_ms: 0, waits: Vec::new() }.told()
}

/// A request that waits.
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

    /// As much of its setup as the limits ask for.
    pub(crate) fn setup(&self) -> Setup {
        let mut setup = Setup { provider: self.account.clone(), model: self.model.clone(), ..Setup::default() };
        setup.parameters.max_completion_tokens = self.cap;
        setup
    }
}

impl OtherTabs {
    /// Whether others think that something waits here.
    pub(crate) const fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Hears what waits in another tab; anything else is nothing. Who has nothing may be new, and is told what waits here.
    pub(crate) fn hear(&mut self, tab: u64, record: &str) -> Option<Effect> {
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
        self.has_told().then(|| PeerQueue { tab, at_ms: self.notice_ms, waits: self.told.clone() }.told())
    }

    /// What waits in other tabs, with the numbers of those.
    pub(crate) fn claims(&self, now_ms: u64) -> impl Iterator<Item = (u64, &QueuedRequest)> {
        // By either clock: one that is far ahead of ours would seem to have told something for hours.
        let there = self.queues.iter().filter(move |queue| queue.at_ms.abs_diff(now_ms) < SILENCE_MS);
        there.flat_map(|queue| queue.waits.iter().map(|claim| (queue.tab, claim)))
    }
}

impl State {
    /// The page goes, perhaps only for a while: what waits in it takes nobody's turn meanwhile.
    pub(crate) fn page_hidden(&mut self) -> Vec<Effect> {
        if self.other_tabs.told.is_empty() {
            return Vec::new();
        }
        // If it comes back, it tells again: it is not what was told last.
        self.other_tabs.told = vec![];
        vec![greet(self)]
    }
}

/// Tells the other tabs what waits here, where they do not know, and asks to be woken when the first of it may go.
pub(crate) fn tell(state: &mut State, now_ms: u64) -> Vec<Effect> {
    // What never goes by itself takes nobody's turn.
    let waiting = state.runs.iter().filter(|live| live.waits).filter_map(|live| Some((live, live.asked.as_deref()?)));
    let (mut waits, mut first) = (Vec::new(), None);
    for (live, asked) in waiting {
        let Some((start_ms, _)) = asked.start else { continue };
        waits.push(QueuedRequest::of(live, asked));
        first = Some(first.map_or(start_ms, |first: u64| first.min(start_ms)));
    }
    let it = &mut state.other_tabs;
    let mut effects = Vec::new();
    let is_old = !waits.is_empty() && it.notice_ms.saturating_add(TELLS_EACH_MS) <= now_ms;
    if waits != it.told || is_old {
        let queue = PeerQueue { tab: state.tab, at_ms: now_ms, waits };
        effects.push(queue.told());
        (it.told, it.notice_ms) = (queue.waits, now_ms);
    }
    // Now and then anew: the worker may have been another one.
    if let Some(first_ms) = first.filter(|first_ms| is_old || it.wakes_ms <= now_ms || *first_ms < it.wakes_ms) {
        it.wakes_ms = first_ms;
        effects.push(Effect::ScheduleWake(first_ms));
    }
    effects
}
