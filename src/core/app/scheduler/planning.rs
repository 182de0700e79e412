//! The plan: when each queued request starts, and each draft that Send would queue with them. The one judge of verdict,
//! button and Send.

use headroom_domain::{LimitProfile, ModelLimits};
use headroom_limits::{Need, Start, Verdict, Waiting, plan, probes, within_credit};

use crate::{
    conversation::{chat::Setup, refusal::Refusal},
    event::RunId,
    scheduler::pacing::{self, paced},
    state::State,
    usage::{accounts::credit_line, fitting::need_of, rules::terms},
};

/// A queued request, in this tab or another, with the limits it waits for.
struct InQueue {
    /// Its run. `None` if it belongs to another tab, or is only a draft.
    run: Option<RunId>,
    /// The lane whose draft it is.
    draft: Option<usize>,
    /// The queue order: when it was asked, and in which tab.
    order: (u64, u64),
    setup: Setup,
    input: u64,
    not_before_ms: u64,
    refusal: Option<Refusal>,
    profile: LimitProfile,
    limits: Option<ModelLimits>,
}

impl InQueue {
    fn of(state: &State, run: Option<RunId>, order: (u64, u64), setup: Setup, input: u64, now_ms: u64) -> Self {
        let (profile, limits) = terms(state, &setup, now_ms);
        Self { run, draft: None, order, setup, input, not_before_ms: 0, refusal: None, profile, limits }
    }

    /// Returns what it needs. `None` if no limits are known.
    fn need(&self) -> Option<Need> {
        Some(need_of(&self.profile, self.limits.as_ref()?, &self.setup, self.input))
    }

    fn reserves(&self) -> Option<u64> {
        self.need().map(|need| need.tokens())
    }

    fn pool(&self) -> String {
        let model = &self.setup.model;
        self.limits.as_ref().map_or_else(|| model.clone(), |limits| limits.pool_of(model))
    }
}

/// A request that Send would make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    /// Its lane.
    pub(crate) lane: usize,
    /// Its tokens without the answer.
    pub(crate) input: u64,
}

/// The place in the queue that a draft would get.
#[derive(Clone, Debug)]
pub(crate) struct PlannedDraft {
    pub(crate) lane: usize,
    pub(crate) start: Start,
    /// What it needs. `None` if no limits are known.
    pub(crate) need: Option<Need>,
    /// What each request ahead of it in the same windows reserves.
    pub(crate) before: Vec<u64>,
}

/// Returns the places that drafts would get if Send asked them now, in this order. Those of lanes without known limits
/// are included.
pub(crate) fn places(state: &State, drafts: &[Draft], now_ms: u64) -> Vec<PlannedDraft> {
    let mut queue = in_queue(state, now_ms);
    for draft in drafts {
        let setup = state.settings().lane(draft.lane).cloned().unwrap_or_default();
        let order = (now_ms, state.tab);
        queue.push(InQueue { draft: Some(draft.lane), ..InQueue::of(state, None, order, setup, draft.input, now_ms) });
    }
    put_in_order(&mut queue);
    let starts = planned(state, &queue, now_ms);
    let places = queue.iter().zip(&starts).enumerate().filter_map(|(at, (it, start))| {
        let is_before = |(other, start): &(&InQueue, &Start)| {
            let is_same = other.setup.provider == it.setup.provider && other.pool() == it.pool();
            is_same && !matches!(start, Start::Never { .. })
        };
        let before = queue.iter().zip(&starts).take(at).filter(is_before);
        let before = before.filter_map(|(it, _)| it.reserves()).collect();
        Some(PlannedDraft { lane: it.draft?, start: *start, need: it.need(), before })
    });
    places.collect()
}

fn in_queue(state: &State, now_ms: u64) -> Vec<InQueue> {
    let it = |run, order, setup: Setup, input, not_before_ms, refusal| InQueue {
        not_before_ms,
        refusal,
        ..InQueue::of(state, run, order, setup, input, now_ms)
    };
    let ours = state.runs.queued().filter_map(|live| {
        let asked = live.asked.as_deref()?;
        let order = (asked.asked_ms, state.tab);
        Some(it(Some(live.run), order, asked.setup.clone(), asked.input, asked.not_before_ms, asked.refusal))
    });
    let theirs = state
        .other_tabs
        .queued_elsewhere(now_ms)
        .map(|(tab, claim)| it(None, (claim.asked_ms, tab), claim.setup(), claim.input, claim.not_before_ms, None));
    let mut queue: Vec<InQueue> = ours.chain(theirs).collect();
    put_in_order(&mut queue);
    queue
}

/// A stable sort: requests asked at the same time in one tab keep their order.
fn put_in_order(queue: &mut [InQueue]) {
    queue.sort_by_key(|it| it.order);
}

/// Computes when each request queued here can start, in queue order; those of other tabs take their turns. A request
/// without known limits starts now.
pub(crate) fn starts(state: &State, now_ms: u64) -> Vec<(RunId, Start)> {
    of_runs(state, &in_queue(state, now_ms), now_ms)
}

/// Returns the starts of the requests queued here.
fn of_runs(state: &State, queue: &[InQueue], now_ms: u64) -> Vec<(RunId, Start)> {
    queue.iter().zip(planned(state, queue, now_ms)).filter_map(|(it, start)| Some((it.run?, start))).collect()
}

/// Computes when each request of a queue can start: by our own count of the limits, by what rejections said, and by
/// the credit. The one judge of verdict, button and Send.
fn planned(state: &State, queue: &[InQueue], now_ms: u64) -> Vec<Start> {
    // What the credit does not pay for blocks no one.
    let unpaid: Vec<Option<Start>> = queue.iter().map(|it| without_credit(state, it, now_ms)).collect();
    let limited = queue.iter().zip(&unpaid).filter(|(_, unpaid)| unpaid.is_none()).filter_map(|(it, _)| {
        let limits = it.limits.as_ref()?;
        Some(Waiting {
            account: &it.setup.provider,
            model: &it.setup.model,
            profile: &it.profile,
            limits,
            need: it.need()?,
            not_before_ms: it.not_before_ms,
        })
    });
    let limited: Vec<Waiting<'_>> = limited.collect();
    let mut planned = plan(state.ledger(), &limited, now_ms);
    if state.settings().probes {
        for probe in probes(state.ledger(), &limited, &planned, now_ms) {
            if let Some(start @ Start::At { .. }) = planned.get_mut(probe.place) {
                *start = start.at(probe.at_ms, now_ms);
            }
        }
    }
    let mut planned = planned.into_iter();
    let start = |(it, unpaid): (&InQueue, Option<Start>)| match (unpaid, &it.limits) {
        (Some(never), _) => never,
        (None, Some(_)) => planned.next().unwrap_or(Start::Now),
        (None, None) if it.not_before_ms > now_ms => Start::At { ms: it.not_before_ms, binding: None },
        (None, None) => Start::Now,
    };
    let starts: Vec<Start> = queue.iter().zip(unpaid).map(start).collect();
    let pools: Vec<String> = queue.iter().map(InQueue::pool).collect();
    let places = queue.iter().zip(&pools).map(|(it, pool)| pacing::PacedRequest {
        account: &it.setup.provider,
        pool,
        not_before_ms: it.not_before_ms,
        refusal: it.refusal,
    });
    paced(state.ledger(), &places.collect::<Vec<_>>(), &starts, now_ms)
}

/// Returns that a request never starts, if the account's credit does not pay for it.
fn without_credit(state: &State, it: &InQueue, now_ms: u64) -> Option<Start> {
    let account = &it.setup.provider;
    let (need, price) = it.need().zip(state.price_of(account, &it.setup.model))?;
    // Last, because it reads the ledger.
    let line = credit_line(state, account, now_ms)?;
    match within_credit(Verdict::Fits, need, &price, line.credits.left) {
        Verdict::Never { binding, largest_cap } => Some(Start::Never { binding, largest_cap }),
        Verdict::Fits | Verdict::Wait { .. } => None,
    }
}

/// Returns when a lane's queued request would start with this cap. Others may be ahead of it, or another limit be used
/// up.
pub(crate) fn start_with(state: &State, lane: usize, cap: u32, now_ms: u64) -> Option<Start> {
    let run = state.live(lane).map(|live| live.run)?;
    let mut queue = in_queue(state, now_ms);
    if let Some(it) = queue.iter_mut().find(|it| it.run == Some(run)) {
        it.setup.parameters.max_completion_tokens = Some(cap);
    }
    let starts = of_runs(state, &queue, now_ms);
    starts.into_iter().find(|(other, _)| *other == run).map(|(_, start)| start)
}

/// Counts the requests under the same limits ahead of a lane's queued request.
pub(crate) fn before(state: &State, lane: usize, now_ms: u64) -> usize {
    let Some(run) = state.live(lane).map(|live| live.run) else { return 0 };
    let queue = in_queue(state, now_ms);
    let Some(at) = queue.iter().position(|it| it.run == Some(run)) else { return 0 };
    let pool = queue.get(at).map(|it| (it.setup.provider.clone(), it.pool()));
    // A request that never fits blocks no one.
    let is_stuck = |it: &InQueue| {
        let asked = it.run.and_then(|run| state.runs.get(run)).and_then(|live| live.asked.as_deref());
        asked.is_some_and(|asked| asked.start.is_none())
    };
    let of_pool = |it: &&InQueue| Some((it.setup.provider.clone(), it.pool())) == pool && !is_stuck(it);
    queue.iter().take(at).filter(of_pool).count()
}
