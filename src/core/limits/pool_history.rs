//! What one pool of one account sent, and the effect on its windows.

use std::borrow::Cow;

use headroom_domain::{LimitWindow, ModelLimits, RefillPolicy, Refund, WindowLimit};

use crate::{
    ON_THE_WAY_MS,
    ledger::Ledger,
    pool::{End, Entries, Entry},
    replay::{Replay, Start},
    reported_limits::{ReportedLevel, ReportedLimit, float},
};

/// The requests of a pool.
#[derive(Clone)]
pub(crate) struct PoolHistory<'a> {
    ledger: &'a Ledger,
    account: &'a str,
    pool: &'a str,
    entries: Cow<'a, Entries>,
    /// Maximum delay before a request reaches the provider: see [`Terms::network_latency_ms`].
    pub(crate) network_latency_ms: u64,
    /// As in [`Terms::worst`].
    pub(crate) worst: Option<Worst>,
    /// Limits are raised by one part in this many, for windows that have not rejected a request.
    raised_by: Option<u64>,
}

impl<'a> PoolHistory<'a> {
    pub(crate) fn of(ledger: &'a Ledger, account: &'a str, pool: &'a str) -> Self {
        let entries = ledger.entries(account, pool).map_or_else(|| Cow::Owned(Entries::default()), Cow::Borrowed);
        Self { ledger, account, pool, entries, network_latency_ms: 0, worst: None, raised_by: None }
    }

    /// For a plan: accounts for network latency.
    pub(crate) fn ahead(self) -> Self {
        Self { network_latency_ms: ON_THE_WAY_MS, ..self }
    }

    /// For the worst case: see [`Terms::worst`].
    pub(crate) fn at_worst(self, limits: &ModelLimits) -> Self {
        Self { worst: Some(Worst::of_all(limits)), ..self }
    }

    /// For a probe: raises limits by one part in `share` over the known ones.
    pub(crate) fn with_raised_limits(self, share: u64) -> Self {
        Self { raised_by: Some(share), ..self }
    }

    /// Keeps only the requests that a rule selects.
    pub(crate) fn only(self, keeps: impl Fn(&Entry) -> bool) -> Self {
        let kept = self.entries.sent.iter().filter(|entry| keeps(entry));
        let entries = Cow::Owned(Entries::of(kept.copied().collect()));
        Self { entries, ..self }
    }

    /// Adds a planned request.
    pub(crate) fn add(&mut self, entry: Entry) {
        let place = self.entries.sent.partition_point(|other| other.sent_ms <= entry.sent_ms);
        self.entries.to_mut().insert(place, entry);
    }

    /// The requests by time of sending.
    pub(crate) fn sent(&self) -> &[Entry] {
        &self.entries.sent
    }

    /// The request at an index among those sent.
    pub(crate) fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.sent.get(place)
    }

    /// The requests in flight.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Entry> {
        // They are among the newest, so this does not search far.
        let running = self.entries.sent.len() - self.entries.ended.len();
        self.entries.sent.iter().rev().filter(|entry| entry.ended().is_none()).take(running)
    }

    /// What was reported about a window.
    pub(crate) fn reported(&self, window: LimitWindow, now_ms: u64) -> Option<&'a ReportedLimit> {
        self.ledger.reported(self.account, self.pool, window, now_ms)
    }

    /// The limit in effect, and whether it was stated by the provider or inferred.
    pub(crate) fn limit(&self, limit: WindowLimit, now_ms: u64) -> (WindowLimit, bool) {
        let reported = self.reported(limit.window, now_ms);
        let stated = reported.and_then(|reported| reported.limit(now_ms));
        let size = stated.unwrap_or(limit.limit);
        let may_hope = || {
            let is_stated = reported.is_some_and(|reported| reported.is_stated(now_ms));
            !is_stated && !self.ledger.limit_was_reached(self.account, self.pool, limit.window, now_ms)
        };
        let more = self.raised_by.filter(|_| may_hope()).map_or(0, |share| size.div_ceil(share.max(1)));
        (WindowLimit { limit: size.saturating_add(more), ..limit }, stated.is_some())
    }

    /// Those sent at `from_ms` or later.
    pub(crate) fn sent_from(&self, from_ms: u64) -> &[Entry] {
        let first = self.place_from(from_ms);
        self.entries.sent.get(first..).unwrap_or_default()
    }

    /// The index of the first that was sent at `from_ms` or later.
    pub(crate) fn place_from(&self, from_ms: u64) -> usize {
        self.entries.sent.partition_point(|entry| entry.sent_ms < from_ms)
    }

    /// The ends at `from_ms` or later.
    pub(crate) fn ended_from(&self, from_ms: u64) -> &[End] {
        let first = self.entries.ended.partition_point(|end| end.at_ms < from_ms);
        self.entries.ended.get(first..).unwrap_or_default()
    }

    /// The time from which a window must be replayed to know its level at `at_ms`: earlier events make no difference.
    ///
    /// At any time, what a bucket lacks is the largest excess of any interval ending then: what was taken in it beyond
    /// what came back meanwhile. So the time before a point can be skipped if no interval that begins before it has an
    /// excess. An interval takes at most the sum of all requests that ended in it or are in flight; going back, the
    /// search stops where even all requests together would have come back.
    fn relevant_from(&self, limit: WindowLimit, at_ms: u64) -> u64 {
        let period = limit.window.period_ms();
        match limit.refill {
            RefillPolicy::Fixed => (at_ms / period * period).saturating_sub(self.network_latency_ms),
            RefillPolicy::Sliding => at_ms.saturating_add(1).saturating_sub(period),
            RefillPolicy::Bucket => {
                let per_ms = float(limit.limit) / float(period);
                let back_ms = |most: f64| at_ms.saturating_sub(milliseconds((most / per_ms).ceil()));
                let Entries { sent, ended, most_tokens } = &*self.entries;
                let counts_requests = limit.window.counts_requests();
                let most = |tokens: u64| if counts_requests { 1.0 } else { float(tokens) };
                let whole_ms = back_ms(wide(if counts_requests { sent.len() as u128 } else { *most_tokens }));
                let mut taken: f64 = self.running().map(|entry| most(entry.most())).sum();
                let mut lacks = taken;
                for end in ended.iter().rev().take_while(|end| end.at_ms >= whole_ms) {
                    taken += most(end.most);
                    // An interval starts here: has that much come back?
                    if taken > per_ms * float(at_ms.saturating_sub(end.at_ms)) {
                        lacks = taken;
                    }
                }
                let from_ms = back_ms(lacks);
                from_ms.saturating_sub(1)
            }
        }
    }
}

/// A window and its refund policy.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) limit: WindowLimit,
    pub(crate) refund: Refund,
    /// The output reserve without a cap, if that is in question; else the value recorded with the request counts.
    pub(crate) output_reserve: Option<OutputReserve>,
    /// Maximum delay before a request reaches the provider: what a full bucket would gain meanwhile is not counted on.
    pub(crate) network_latency_ms: u64,
    /// The worst case, if that counts.
    pub(crate) worst: Option<Worst>,
}

/// The most that requests can take: one without a usage report takes its full reservation, and without a cap as much as
/// the model can write.
#[derive(Clone, Copy)]
pub(crate) struct Worst {
    longest: OutputReserve,
    /// Also applies to requests in flight without a cap.
    running: bool,
}

impl Worst {
    pub(crate) fn of_all(limits: &ModelLimits) -> Self {
        Self { longest: OutputReserve::longest(limits), running: true }
    }

    pub(crate) fn of_ended(limits: &ModelLimits) -> Self {
        Self { running: false, ..Self::of_all(limits) }
    }
}

/// A rule for the output reserve of a request without a cap.
#[derive(Clone, Copy)]
pub(crate) struct OutputReserve {
    tokens: u64,
    context: u64,
    longest: u64,
}

impl OutputReserve {
    pub(crate) fn of(limits: &ModelLimits, tokens: u64) -> Self {
        let most = |bound: Option<u64>| bound.unwrap_or(u64::MAX);
        Self { tokens, context: most(limits.context_tokens), longest: most(limits.max_output_tokens) }
    }

    /// Reserves as much as the model can write.
    pub(crate) fn longest(limits: &ModelLimits) -> Self {
        Self::of(limits, u64::MAX)
    }

    /// The most that a request without a cap can take by this rule; 0 if it has a cap.
    fn most(&self, request: &Entry) -> u64 {
        request.uncapped_input().map_or(0, |input| self.reserved(input))
    }

    /// The reservation for a prompt of `input` tokens and its response.
    pub(crate) fn reserved(&self, input: u64) -> u64 {
        let room = self.context.saturating_sub(input);
        input.saturating_add(self.tokens.min(self.longest).min(room))
    }
}

impl Terms {
    pub(crate) const fn new(limit: WindowLimit, refund: Refund) -> Self {
        Self { limit, refund, output_reserve: None, network_latency_ms: 0, worst: None }
    }

    /// What a request counts for while it is in flight.
    pub(crate) fn reserved(&self, request: &Entry) -> u64 {
        match (self.output_reserve, request.uncapped_input()) {
            _ if self.limit.window.counts_requests() => 1,
            (Some(rule), Some(input)) => rule.reserved(input),
            _ => request.reserved,
        }
    }

    /// What it takes of the window while in flight, or may have taken already: more than its reservation if it has no
    /// cap and the worst case counts.
    pub(crate) fn may_take(&self, request: &Entry) -> u64 {
        let reserved = self.reserved(request);
        let Some(worst) = self.worst.filter(|_| !self.limit.window.counts_requests()) else { return reserved };
        let most = || if worst.running { worst.longest.most(request) } else { 0 };
        reserved.max(self.actual(request).unwrap_or_else(most))
    }

    /// The time from which requests may count in the fixed window at `at_ms`, including those in transit when it
    /// begins.
    pub(crate) const fn begins_ms(&self, at_ms: u64) -> u64 {
        let period = self.limit.window.period_ms();
        (at_ms / period * period).saturating_sub(self.network_latency_ms)
    }

    /// What a bucket gains while a request is in transit.
    pub(crate) fn gained_on_the_way(&self) -> f64 {
        match self.limit.refill {
            RefillPolicy::Bucket => {
                float(self.limit.limit) / float(self.limit.window.period_ms()) * float(self.network_latency_ms)
            }
            RefillPolicy::Fixed | RefillPolicy::Sliding => 0.0,
        }
    }

    /// What it takes in the end; `None` while it is in flight. A rejected one still counts as a request: some providers
    /// count those too.
    pub(crate) fn actual(&self, request: &Entry) -> Option<u64> {
        request.ended()?;
        if self.limit.window.counts_requests() {
            return Some(1);
        }
        if request.refused {
            return Some(0);
        }
        let spent = match self.limit.window {
            LimitWindow::TokensMinuteUncached => request.uncached,
            _ => request.total,
        };
        let longest = self
            .worst
            .filter(|_| request.unreported)
            .map(|worst| worst.longest.most(request).max(self.reserved(request)));
        let kept = if self.refund == Refund::Never { self.reserved(request) } else { 0 };
        Some(spent.max(kept).max(longest.unwrap_or(0)))
    }

    /// The least that a request in flight can take in the end: its prompt.
    pub(crate) fn least(&self, request: &Entry) -> u64 {
        let is_returned = self.refund == Refund::ToActual && !self.limit.window.counts_requests();
        let reserved = self.reserved(request);
        if is_returned { request.prompt.min(reserved) } else { reserved }
    }

    /// What it takes as far as is known.
    pub(crate) fn taken(&self, request: &Entry) -> u64 {
        self.actual(request).unwrap_or_else(|| self.may_take(request))
    }
}

/// The levels of a window over time, up to now.
pub(crate) struct Levels<'a> {
    own: Replay<'a>,
    reported: Option<ReportedReplay<'a>>,
    /// From a rejection that gave no values.
    bound: Option<ReportedReplay<'a>>,
}

/// A replay that starts from the provider's report.
struct ReportedReplay<'a> {
    reported_level: ReportedLevel,
    until_ms: u64,
    replay: Replay<'a>,
}

/// A level, including fractions, and the report it is based on.
pub(crate) struct Level {
    pub(crate) units: f64,
    pub(crate) reported_level: Option<ReportedLevel>,
    /// What comes back next and is not counted on: see [`Terms::network_latency_ms`].
    pub(crate) owed: f64,
}

impl<'a> Levels<'a> {
    /// Levels from `from_ms` on, to be queried in the order of time.
    pub(crate) fn new(
        history: &'a PoolHistory<'a>,
        terms: Terms,
        reported: Option<&ReportedLimit>,
        from_ms: u64,
    ) -> Self {
        let stated = |reported_level: ReportedLevel| {
            let start = Start {
                then_ms: reported_level.at_ms,
                from_ms: reported_level.asked_ms.unwrap_or(reported_level.at_ms).saturating_add(1),
                ends_from_ms: reported_level.at_ms.saturating_add(1),
                level: reported_level.level(terms.limit),
                is_reported: true,
                corrected: reported_level.corrected,
            };
            ReportedReplay {
                reported_level,
                until_ms: reported_level.until_ms(terms.limit),
                replay: Replay::new(history, terms, start),
            }
        };
        let from_ms = history.relevant_from(terms.limit, from_ms);
        let start = Start {
            then_ms: from_ms,
            from_ms,
            ends_from_ms: from_ms,
            level: float(terms.limit.limit),
            is_reported: false,
            corrected: false,
        };
        Self {
            own: Replay::new(history, terms, start),
            reported: reported.and_then(|reported| reported.level).map(stated),
            bound: reported.and_then(|reported| reported.bound).map(stated),
        }
    }

    /// The level at a past time: what came later is not known then.
    pub(crate) fn at(&mut self, at_ms: u64) -> Level {
        self.choose(|stated| (stated.reported_level.at_ms..stated.until_ms).contains(&at_ms), |replay| replay.at(at_ms))
    }

    /// The level now. Future events count as now: clocks differ, and waiting too long is better than going over.
    pub(crate) fn now(&mut self, now_ms: u64) -> Level {
        self.choose(|stated| now_ms < stated.until_ms, |replay| replay.now(now_ms))
    }

    /// Prefers the provider's report over our own count; never more than a rejection allows.
    fn choose(&mut self, holds: impl Fn(&ReportedReplay<'_>) -> bool, level: impl Fn(&mut Replay<'_>) -> f64) -> Level {
        let mut chosen = match self.reported.as_mut().filter(|stated| holds(stated)) {
            Some(stated) => Level {
                units: level(&mut stated.replay),
                reported_level: Some(stated.reported_level),
                owed: stated.replay.owed(),
            },
            None => Level { units: level(&mut self.own), reported_level: None, owed: self.own.owed() },
        };
        if let Some(stated) = self.bound.as_mut().filter(|stated| holds(stated)) {
            let units = level(&mut stated.replay);
            if units < chosen.units {
                chosen = Level { units, reported_level: Some(stated.reported_level), owed: stated.replay.owed() };
            }
        }
        chosen
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of tokens that are far below 2^53")]
const fn wide(number: u128) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
const fn milliseconds(number: f64) -> u64 {
    number as u64
}
