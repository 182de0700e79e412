//! Infers limits from unexpected rejections and unexpected admissions.

use headroom_domain::{LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::{
    DAY_MS, MINUTE_MS, ON_THE_WAY_MS,
    inferred_limits::{INFERENCE_TTL_MS, InferredReserve, Learned},
    ledger::Ledger,
    pool::Entry,
    pool_history::{OutputReserve, PoolHistory, Terms, Worst},
    replay::{Replay, Start},
    reported_limits::float,
};

/// This many rejections within `LATELY_MS` are not a coincidence.
const OFTEN: usize = 3;
const LATELY_MS: u64 = 5 * MINUTE_MS;
/// A request that was not rejected within this time was admitted.
const ANSWERED_MS: u64 = 3_000;

impl Ledger {
    /// Infers from a rejection by a window, given the limits known now. `refused` is the id of the rejected request.
    /// Infers nothing if our own count predicted the rejection, or if someone else may have caused it: if what this
    /// browser sent in a period is less than a quarter of the window, unless it happens repeatedly.
    ///
    /// The least certain assumption is questioned first. If responses have no cap, more may be reserved for them than
    /// assumed. Next, the limit may be lower: the truth lies between the lowest limit that admits everything that was
    /// admitted and the highest that rejects this request. If that range is empty, reservations are not refunded, if
    /// that explains everything.
    pub fn infer_from_refusal(
        &mut self,
        limits: &ModelLimits,
        refund: Refund,
        refused: &str,
        window: LimitWindow,
        now_ms: u64,
    ) -> Option<Learned> {
        let known = self.get(refused)?;
        let (request, account, pool) = (Entry::of(known), &known.account.clone(), &known.pool.clone());
        let limit = *limits.windows.iter().find(|limit| limit.window == window)?;
        self.note_limit_reached(account, pool, window, now_ms);
        let lately = PoolHistory::of(self, account, pool);
        let lately = lately.sent_from(now_ms.saturating_sub(LATELY_MS)).iter().filter(|entry| entry.refused);
        let is_often = lately.count() >= OFTEN;
        // What was sent with it or just before may yet be rejected; what was sent since, without a response, is no
        // evidence.
        let just_ms = now_ms.saturating_sub(ANSWERED_MS);
        let before = |entry: &Entry| !entry.refused && !entry.is(&request) && entry.sent_ms <= request.sent_ms;
        let let_in = PoolHistory::of(self, account, pool).only(|entry| entry.let_in || before(entry));
        let for_certain = PoolHistory::of(self, account, pool)
            .only(|entry| entry.let_in || before(entry) && entry.sent_ms <= just_ms);
        // Network latency can explain one rejection, but not many.
        let network_latency_ms = if is_often { 0 } else { ON_THE_WAY_MS };
        let past =
            Past { history: &let_in, for_certain: &let_in, window: limit, request, network_latency_ms, worst: None };
        // What was sent just after it may have overtaken it.
        let late = |entry: &Entry| entry.sent_ms <= request.sent_ms.saturating_add(network_latency_ms);
        let before_it = |entry: &Entry| !entry.refused && !entry.is(&request) && late(entry);
        let overtaking = PoolHistory::of(self, account, pool).only(|entry| entry.let_in || before_it(entry));
        let known = Belief { limit: limit.limit, refund, output_reserve: None };
        // Someone else does not interfere again and again.
        let is_ours = is_often || past.taken_in_a_period(known) >= known.limit / 4;
        // The usage of stopped and lost responses is unknown: at the maximum, there may be nothing to infer.
        let worst = Past { history: &overtaking, worst: Some(Worst::of_ended(limits)), ..past };
        if past.refuses(known) || worst.refuses(known) {
            return None;
        }
        if !is_ours {
            self.note_surprise(account, pool, window, now_ms);
            return None;
        }
        if let Some(reserved) = past.more_is_reserved(limits, known) {
            let before =
                self.inferred_output_reserve(account, pool, now_ms).map_or(reserved.before, |learned| learned.before);
            self.reserve_without_cap(limits, account, pool, InferredReserve { before, ..reserved }, now_ms);
            return Some(Learned::OutputReserve(reserved.tokens));
        }
        // The inferred reserve for responses without a cap did not explain it after all.
        let learned = self.inferred_output_reserve(account, pool, now_ms);
        let known =
            Belief { output_reserve: learned.map(|reserved| OutputReserve::of(limits, reserved.before)), ..known };
        let stated_ms = learned_as_of(now_ms);
        let reported = self.reported(account, pool, window, now_ms);
        let known_by_ms = learned_as_of(request.sent_ms);
        let is_stated = reported.is_some_and(|reported| reported.is_stated(now_ms));
        // The first time, the middle is the best guess, though it does not help requests sent before. If that was too
        // high, enough has been admitted that the lowest is close to the truth. If little was certainly admitted, the
        // lowest says nothing.
        let again = reported
            .is_some_and(|reported| reported.limit(now_ms).is_some() && reported.limit_is_from_before(known_by_ms));
        let guess = |(lowest, highest): (u64, u64)| if again { lowest } else { lowest + (highest - lowest) / 2 };
        let at_most = || past.only_for_certain(&for_certain).limits(known).map(|(_, highest)| highest);
        if let Some(limit) = past.limits(known).map(guess).or_else(at_most).filter(|_| !is_stated) {
            self.state_limit(account, pool, window, limit, stated_ms);
            self.forget_uncapped(limits, account, pool, learned, now_ms);
            return Some(Learned::Limit(window, limit));
        }
        // A limit inferred while this was not known may have been too low.
        let most = Belief { limit: known.limit.saturating_mul(2), refund: Refund::Never, ..known };
        let Some((lowest, highest)) = past.limits(most).filter(|_| refund != Refund::Never) else {
            // Nothing of ours explains it.
            self.note_surprise(account, pool, window, now_ms);
            return None;
        };
        if !(lowest..=highest).contains(&known.limit) {
            self.state_limit(account, pool, window, lowest, stated_ms);
        }
        self.forget_uncapped(limits, account, pool, learned, now_ms);
        self.infer_refund(account, pool, Refund::Never, now_ms);
        Some(Learned::NoRefund)
    }

    /// Records that the response to a request has begun, so it was admitted. If that was not expected
    /// ([`Request::expected_to_fit`](crate::Request::expected_to_fit) is `Some(false)`), infers from it, given the
    /// limits and refund policy known now. Call once for each request, as soon as its response status is known.
    ///
    /// As in [`Ledger::infer_from_refusal`], the least certain assumption is questioned first: less may be reserved
    /// without a cap; reservations may be refunded after all; else the limit is higher: the lowest that admits all that
    /// was admitted. Only requests known to be admitted count, so no inferred limit exceeds the truth if the refill
    /// policies are right. A limit inferred too low because others overtook the rejected request is raised in the same
    /// way, expected or not.
    pub fn accepted(&mut self, limits: &ModelLimits, refund: Refund, id: &str, now_ms: u64) -> Option<Learned> {
        const LET_IN: u16 = 200;
        let known = self.change(id, |request| request.status = request.status.or(Some(LET_IN)))?;
        let is_surprise = known.expected_to_fit == Some(false);
        let (request, account, pool) = (Entry::of(known), &known.account.clone(), &known.pool.clone());
        let in_question: Vec<WindowLimit> = limits
            .windows
            .iter()
            .copied()
            .filter(|limit| {
                let reported = self.reported(account, pool, limit.window, now_ms);
                is_surprise || reported.is_some_and(|reported| reported.is_inferred(now_ms))
            })
            .collect();
        if request.refused || in_question.is_empty() {
            return None;
        }
        let let_in = PoolHistory::of(self, account, pool).only(|entry| entry.let_in);
        let past = |window: &WindowLimit| Past {
            history: &let_in,
            for_certain: &let_in,
            window: *window,
            request,
            network_latency_ms: ON_THE_WAY_MS,
            worst: None,
        };
        let all: Vec<Past<'_>> = in_question.iter().map(past).collect();
        let belief = |past: &Past<'_>| Belief { limit: past.window.limit, refund, output_reserve: None };
        let wrong: Vec<&Past<'_>> = all.iter().filter(|past| !past.lets_all_in(belief(past))).collect();
        if wrong.is_empty() {
            if is_surprise {
                // Our own count was right: what a rejection had implied about the level was no longer true.
                self.forget_bounds(account, pool);
            }
            return None;
        }
        if let Some(reserved) = less_is_reserved(&wrong, limits, belief).filter(|_| is_surprise) {
            let before =
                self.inferred_output_reserve(account, pool, now_ms).map_or(reserved.before, |learned| learned.before);
            self.reserve_without_cap(limits, account, pool, InferredReserve { before, ..reserved }, now_ms);
            return Some(Learned::OutputReserve(reserved.tokens));
        }
        let refunded = |past: &Past<'_>| Belief { refund: Refund::ToActual, ..belief(past) };
        if is_surprise && refund == Refund::Never && wrong.iter().all(|past| past.lets_all_in(refunded(past))) {
            self.infer_refund(account, pool, Refund::ToActual, now_ms);
            return Some(Learned::Refund);
        }
        let raised: Vec<(LimitWindow, u64)> =
            wrong.iter().map(|past| (past.window.window, past.lowest(belief(past)))).collect();
        let mut learned = None;
        for (window, limit) in raised {
            if self.reported(account, pool, window, now_ms).is_some_and(|reported| reported.is_stated(now_ms)) {
                continue;
            }
            // A proven limit is valid for a day; raising one inferred from a rejection keeps that one's lifetime.
            let stated_ms = if is_surprise { now_ms } else { learned_as_of(now_ms) };
            self.state_limit(account, pool, window, limit, stated_ms);
            learned = Some(Learned::Limit(window, limit));
        }
        learned
    }

    /// Records that something other than what was sent from here shapes a window.
    fn note_surprise(&mut self, account: &str, pool: &str, window: LimitWindow, now_ms: u64) {
        self.update_reported(account, pool, window, |reported| reported.surprised_ms = Some(now_ms));
    }

    /// Records a rule for responses without a cap, and applies it to the requests in flight.
    pub(crate) fn reserve_without_cap(
        &mut self,
        limits: &ModelLimits,
        account: &str,
        pool: &str,
        reserved: InferredReserve,
        now_ms: u64,
    ) {
        self.reserve_again(account, pool, OutputReserve::of(limits, reserved.tokens));
        self.infer_default_output_reserve(account, pool, Some(reserved), now_ms);
    }

    /// Drops a wrong inference about responses without a cap.
    fn forget_uncapped(
        &mut self,
        limits: &ModelLimits,
        account: &str,
        pool: &str,
        learned: Option<InferredReserve>,
        now_ms: u64,
    ) {
        if let Some(reserved) = learned {
            self.reserve_again(account, pool, OutputReserve::of(limits, reserved.before));
            self.infer_default_output_reserve(account, pool, None, now_ms);
        }
    }
}

/// The timestamp for a limit that is to expire together with the other inferences from rejections.
const fn learned_as_of(now_ms: u64) -> u64 {
    now_ms.saturating_sub(DAY_MS - INFERENCE_TTL_MS)
}

/// The largest output reserve without a cap that would have admitted all that was admitted; `None` if none explains it.
fn less_is_reserved(
    wrong: &[&Past<'_>],
    limits: &ModelLimits,
    belief: impl Fn(&Past<'_>) -> Belief,
) -> Option<InferredReserve> {
    if wrong.iter().any(|past| past.window.window.counts_requests()) {
        return None;
    }
    let before = wrong.iter().find_map(|past| past.inferred_output_reserve())?;
    let explains = |tokens: u64| {
        let uncapped = Some(OutputReserve::of(limits, tokens));
        wrong.iter().all(|past| past.lets_all_in(Belief { output_reserve: uncapped, ..belief(past) }))
    };
    let tokens = border(before, |tokens| !explains(tokens)).checked_sub(1)?;
    (tokens > 0 && explains(tokens)).then_some(InferredReserve { tokens, before })
}

/// A hypothesis about a window.
#[derive(Clone, Copy)]
struct Belief {
    limit: u64,
    refund: Refund,
    /// As recorded with each request, if it is not in question.
    output_reserve: Option<OutputReserve>,
}

/// What was admitted before a request, or with it.
#[derive(Clone, Copy)]
struct Past<'a> {
    /// Everything that may have been admitted.
    history: &'a PoolHistory<'a>,
    /// What was certainly admitted.
    for_certain: &'a PoolHistory<'a>,
    window: WindowLimit,
    request: Entry,
    /// A difference of no more than what refills in this time is ignored.
    network_latency_ms: u64,
    /// As in [`Terms::worst`].
    worst: Option<Worst>,
}

impl<'a> Past<'a> {
    fn only_for_certain(&self, for_certain: &'a PoolHistory<'a>) -> Self {
        Self { for_certain, ..*self }
    }

    fn terms(&self, belief: Belief) -> Terms {
        let limit = WindowLimit { limit: belief.limit, ..self.window };
        Terms { output_reserve: belief.output_reserve, worst: self.worst, ..Terms::new(limit, belief.refund) }
    }

    fn tolerance(&self, belief: Belief) -> f64 {
        Terms { network_latency_ms: self.network_latency_ms, ..self.terms(belief) }.gained_on_the_way()
    }

    /// Replays the window by a hypothesis from the first request on, assuming it was full before.
    fn replay<'b>(&self, history: &'b PoolHistory<'_>, belief: Belief) -> Replay<'b> {
        let first = history.sent().first().map_or(0, |request| request.sent_ms);
        let start = Start {
            then_ms: first,
            from_ms: first,
            ends_from_ms: first,
            level: float(belief.limit),
            is_reported: false,
            corrected: false,
        };
        Replay::new(history, self.terms(belief), start)
    }

    /// Whether the request would have been rejected.
    fn refuses(&self, belief: Belief) -> bool {
        let asked = float(self.terms(belief).reserved(&self.request)) + self.tolerance(belief);
        let mut replay = self.replay(self.history, belief);
        // What was sent just after it may have overtaken it.
        let levels = [0, self.network_latency_ms]
            .map(|network_latency_ms| replay.at(self.request.sent_ms.saturating_add(network_latency_ms)));
        levels.into_iter().fold(f64::MAX, f64::min) < asked
    }

    /// What the requests sent in the period before take.
    fn taken_in_a_period(&self, belief: Belief) -> u64 {
        let terms = self.terms(belief);
        let since = self.history.sent_from(self.request.sent_ms.saturating_sub(self.window.window.period_ms()));
        since.iter().fold(0, |sum, request| sum.saturating_add(terms.taken(request)))
    }

    /// The lowest and highest limits, up to that of a hypothesis, that admit what was admitted and reject what was
    /// rejected; `None` if there are none.
    fn limits(&self, most: Belief) -> Option<(u64, u64)> {
        // A higher limit admits more, so both bounds are found by bisection.
        let highest = border(most.limit, |limit| !self.refuses(Belief { limit, ..most })).saturating_sub(1);
        let lowest = border(most.limit, |limit| self.lets_all_in(Belief { limit, ..most }));
        (lowest <= highest).then_some((lowest, highest))
    }

    /// The lowest limit that admits what was admitted.
    fn lowest(&self, belief: Belief) -> u64 {
        let terms = self.terms(belief);
        let all =
            self.history.sent().iter().fold(belief.limit, |sum, request| sum.saturating_add(terms.taken(request)));
        border(all, |limit| self.lets_all_in(Belief { limit, ..belief }))
    }

    /// Whether everything that was admitted would have been.
    fn lets_all_in(&self, belief: Belief) -> bool {
        let mut replay = self.replay(self.for_certain, belief);
        let least = -0.5 - self.tolerance(belief);
        self.for_certain.sent().iter().all(|request| replay.at(request.sent_ms) > least)
    }

    /// The output reserve of the newest request without a cap.
    fn inferred_output_reserve(&self) -> Option<u64> {
        let newest = [&self.request].into_iter().chain(self.history.sent().iter().rev());
        newest.filter_map(|request| Some(request.reserved.saturating_sub(request.uncapped_input()?))).next()
    }

    /// The largest output reserve without a cap that would have admitted what was admitted and rejected what was
    /// rejected; `None` if none explains it.
    ///
    /// Uses the largest because that costs none of the requests admitted so far.
    fn more_is_reserved(&self, limits: &ModelLimits, known: Belief) -> Option<InferredReserve> {
        let input = self.request.uncapped_input().filter(|_| !self.window.window.counts_requests())?;
        let before = self.request.reserved.saturating_sub(input);
        let belief = |tokens| Belief { output_reserve: Some(OutputReserve::of(limits, tokens)), ..known };
        // No more than the model can write.
        let most = OutputReserve::of(limits, known.limit).reserved(input).saturating_sub(input);
        let most = border(most.saturating_add(1), |tokens| !self.lets_all_in(belief(tokens))).saturating_sub(1);
        let explains = most > before && self.lets_all_in(belief(most)) && self.refuses(belief(most));
        explains.then_some(InferredReserve { tokens: most, before })
    }
}

/// Returns the least number from 1 to `most` for which `holds` is true, assuming it stays true above; else `most`.
fn border(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (1, most);
    while from < to {
        let middle = from.midpoint(to);
        if holds(middle) { to = middle } else { from = middle + 1 }
    }
    from
}
