//! Judges whether the draft fits: the one answer for the badge, the verdict, the button, and Send.

use headroom_domain::Refund;
use headroom_limits::{Binding, Gauge, Need, Start, Uncertainty, Verdict, gauges, verdict_after};

use crate::{
    scheduler::planning::{Draft, PlannedDraft, places},
    state::State,
    usage::{accounts::credit_line, rules::terms},
};

/// What the limits mean for a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The lane's provider.
    pub provider: String,
    /// The lane's model.
    pub model: String,
    /// The pool of windows it draws from.
    pub pool: String,
    /// What happens to reserved but unused tokens.
    pub refund: Refund,
    /// What the draft would reserve. `None` without a draft, or while its tokens are not counted.
    pub need: Option<Need>,
    /// The cap that is sent to make it fit although none is set.
    pub fitted_cap: Option<u64>,
    /// Whether it fits. `None` without limits.
    pub verdict: Option<Verdict>,
    /// Why it is uncertain that it fits, if the verdict is.
    pub uncertainty: Option<Uncertainty>,
    /// The number of requests ahead of this one that draw from the same windows, because they are queued or Send also
    /// asks their lanes. The verdict accounts for them.
    pub before: usize,
    /// The fill levels of the windows, in profile order.
    pub gauges: Vec<Gauge>,
    /// The context window, if known.
    pub context_tokens: Option<u64>,
    /// The account's remaining credit in US dollars, if known.
    pub credit_dollars: Option<f64>,
}

/// Returns what the limits mean for each lane now.
#[must_use]
pub fn assess(state: &State, now_ms: u64) -> Vec<Assessment> {
    let drafts = drafts(state);
    let asked: Vec<Draft> = drafts.iter().filter(|draft| state.live(draft.lane).is_none()).copied().collect();
    let together = places(state, &asked, now_ms);
    let lanes = 0..state.settings().lane_count();
    let place_of = |lane: usize| {
        let place = together.iter().find(|place| place.lane == lane).cloned();
        // A lane that Send skips is judged as if it were asked, after those before it.
        place.or_else(|| {
            let mut before: Vec<Draft> = asked.iter().filter(|draft| draft.lane < lane).copied().collect();
            before.push(draft(state, lane)?);
            places(state, &before, now_ms).pop()
        })
    };
    lanes.filter_map(|lane| assessed(state, lane, place_of(lane), now_ms)).collect()
}

impl State {
    /// Whether Send would queue all its requests.
    #[must_use]
    pub fn send_queues(&self, assessments: &[Assessment]) -> bool {
        let lanes = if self.settings().sends_at_once { Vec::new() } else { self.lanes_to_ask() };
        let waits = |lane: &usize| {
            matches!(assessments.get(*lane).and_then(|assessment| assessment.verdict), Some(Verdict::Wait { .. }))
        };
        !lanes.is_empty() && lanes.iter().all(waits)
    }
}

/// Returns the requests that Send would make now, in order.
fn drafts(state: &State) -> Vec<Draft> {
    state.lanes_to_ask().into_iter().filter_map(|lane| draft(state, lane)).collect()
}

/// Returns the request that a lane would make. `None` without a draft, or while its tokens are not counted.
fn draft(state: &State, lane: usize) -> Option<Draft> {
    let tokens = state.request_tokens(lane).filter(|_| !state.draft().trim().is_empty())?;
    Some(Draft { lane, input: tokens.tokens })
}

fn assessed(state: &State, lane: usize, place: Option<PlannedDraft>, now_ms: u64) -> Option<Assessment> {
    let setup = state.settings().lane(lane)?;
    let (account, model) = (&setup.provider, &setup.model);
    let (profile, limits) = terms(state, setup, now_ms);
    let mut assessment = Assessment {
        provider: account.clone(),
        model: model.clone(),
        pool: limits.as_ref().map_or_else(|| model.clone(), |limits| limits.pool_of(model)),
        refund: profile.refund,
        need: None,
        fitted_cap: None,
        verdict: None,
        uncertainty: None,
        before: 0,
        gauges: Vec::new(),
        context_tokens: limits.as_ref().and_then(|limits| limits.context_tokens),
        credit_dollars: credit_line(state, account, now_ms).map(|line| line.credits.left),
    };
    if let Some(limits) = &limits {
        assessment.gauges = gauges(state.ledger(), account, model, limits, profile.refund, now_ms);
    }
    let Some((place, tokens)) = place.zip(state.request_tokens(lane)) else { return Some(assessment) };
    let Some((limits, need)) = limits.zip(place.need) else {
        // Without known limits, it may still have to wait for its turn.
        if let Start::At { ms, .. } = place.start {
            let cap = setup.parameters.max_completion_tokens.map(u64::from);
            assessment.need = Some(Need { input: tokens.tokens, answer: cap.unwrap_or(0), cap });
            assessment.verdict = Some(Verdict::Wait { ms: ms.saturating_sub(now_ms), binding: Binding::Turn });
            assessment.before = place.before.len();
        }
        return Some(assessment);
    };
    assessment.need = Some(need);
    assessment.fitted_cap = need.cap.filter(|_| setup.parameters.max_completion_tokens.is_none());
    assessment.before = place.before.len();
    assessment.verdict = Some(match place.start {
        Start::Now => Verdict::Fits,
        Start::Never { binding, largest_cap } => Verdict::Never { binding, largest_cap },
        Start::At { ms, binding } => {
            Verdict::Wait { ms: ms.saturating_sub(now_ms), binding: binding.unwrap_or(Binding::Turn) }
        }
    });
    if assessment.verdict == Some(Verdict::Fits) {
        let (ledger, before) = (state.ledger(), &place.before);
        // Where the rest of the context is reserved, a longer prompt leaves less of it.
        let at_most = headroom_limits::need(&profile, &limits, tokens.at_most(), need.cap);
        let does_fit = verdict_after(before, &profile, &limits, ledger, account, model, at_most, now_ms);
        assessment.uncertainty = if does_fit == Verdict::Fits {
            ledger.uncertainty(before, &profile, &limits, account, model, at_most, now_ms)
        } else {
            Some(Uncertainty::Estimated)
        };
    }
    Some(assessment)
}
