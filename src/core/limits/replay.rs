//! Replays what happened to a window, in order, by its refill policy.

use headroom_domain::RefillPolicy;

use crate::{
    AHEAD_MS,
    pool::{End, Entry},
    pool_history::{PoolHistory, Terms},
    reported_limits::float,
};

/// Where a replay starts.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    /// The time of the level, in milliseconds since 1970.
    pub(crate) then_ms: u64,
    /// Requests of this time or later are not in the level yet.
    pub(crate) from_ms: u64,
    /// Ends of this time or later are not in it either.
    pub(crate) ends_from_ms: u64,
    /// What is free then; the limit, if nothing before it matters.
    pub(crate) level: f64,
    /// Whether the provider reported it: earlier requests are in the level with their reservations.
    pub(crate) is_reported: bool,
    /// Whether the level includes requests in flight that are rejected later: our own count corrected the report.
    pub(crate) corrected: bool,
}

/// One event.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    /// A request is sent: its reservation counts.
    Sent(&'a Entry),
    /// It ends: its actual usage replaces the reservation.
    Ended(&'a Entry),
    /// It leaves a sliding window.
    Returned(&'a Entry),
}

/// The events in order. Each list is in order already, so this is one pass over them.
#[derive(Clone, Copy)]
pub(crate) struct Changes<'a> {
    all: &'a [Entry],
    /// The index of the next request to be sent.
    next: usize,
    ended: &'a [End],
    returned: &'a [Entry],
    period_ms: u64,
}

impl<'a> Changes<'a> {
    /// Sends from `from_ms` on, and ends from `ends_from_ms` on.
    pub(crate) fn of(history: &'a PoolHistory<'_>, from_ms: u64, ends_from_ms: u64) -> Self {
        let next = history.place_from(from_ms);
        Self { all: history.sent(), next, ended: history.ended_from(ends_from_ms), returned: &[], period_ms: 0 }
    }

    /// Adds the events of each request leaving this long after it was sent.
    fn returning(self, period_ms: u64) -> Self {
        Self { returned: self.all.get(self.next..).unwrap_or_default(), period_ms, ..self }
    }

    /// The next event, if it comes at `until_ms` or before.
    ///
    /// At equal times an end comes before a later request, as the provider counts, but never before its own request.
    pub(crate) fn next(&mut self, until_ms: u64) -> Option<(u64, Change<'a>)> {
        let sent = self.all.get(self.next);
        let ended = self.ended.split_first();
        let end_first = match (ended, sent) {
            // Indexes are in the order of sending.
            (Some((end, _)), Some(sent)) => {
                end.at_ms < sent.sent_ms || end.at_ms == sent.sent_ms && end.place < self.next
            }
            (ended, _) => ended.is_some(),
        };
        let mut next_ms = if end_first { ended.map(|(end, _)| end.at_ms) } else { sent.map(|sent| sent.sent_ms) };
        if let Some((request, rest)) = self.returned.split_first() {
            let at_ms = request.sent_ms.saturating_add(self.period_ms);
            if next_ms.is_none_or(|next_ms| at_ms < next_ms) {
                next_ms = Some(at_ms);
                if at_ms <= until_ms {
                    self.returned = rest;
                    return Some((at_ms, Change::Returned(request)));
                }
            }
        }
        let at_ms = next_ms.filter(|at_ms| *at_ms <= until_ms)?;
        if end_first {
            let (end, rest) = ended?;
            self.ended = rest;
            return Some((at_ms, Change::Ended(self.all.get(end.place)?)));
        }
        self.next += 1;
        Some((at_ms, Change::Sent(sent?)))
    }
}

/// A window advancing through time.
#[derive(Clone, Copy)]
pub(crate) struct Replay<'a> {
    terms: Terms,
    start: Start,
    changes: Changes<'a>,
    level: f64,
    /// What comes back next and is not counted on: see [`Terms::network_latency_ms`].
    owed: f64,
    /// What requests in flight would give back if they had ended without our knowing yet.
    unheard: f64,
    then_ms: u64,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(history: &'a PoolHistory<'_>, terms: Terms, start: Start) -> Self {
        let changes = Changes::of(history, start.from_ms, start.ends_from_ms);
        // What a report counts comes back at once when the report expires; later requests still count then.
        let each_returns = terms.limit.refill == RefillPolicy::Sliding && !start.is_reported;
        let changes = if each_returns { changes.returning(terms.limit.window.period_ms()) } else { changes };
        let unheard = if terms.gained_on_the_way() > 0.0 {
            let running = history.running().filter(|request| request.ended().is_none());
            running.map(|request| float(terms.reserved(request).saturating_sub(terms.least(request)))).sum()
        } else {
            0.0
        };
        Self { terms, start, changes, level: start.level, owed: 0.0, unheard, then_ms: start.then_ms }
    }

    /// The level at a time, by what had happened until then; times must not decrease. Below 0 if overdrawn.
    pub(crate) fn at(&mut self, at_ms: u64) -> f64 {
        while let Some((change_ms, change)) = self.changes.next(at_ms) {
            self.apply(change_ms, change);
        }
        self.pass(at_ms);
        self.level.min(float(self.terms.limit.limit))
    }

    /// What comes back next and is not counted on.
    pub(crate) const fn owed(&self) -> f64 {
        self.owed
    }

    /// The level now, including everything known: events in the future count as now.
    pub(crate) fn now(&mut self, now_ms: u64) -> f64 {
        let size = float(self.terms.limit.limit);
        if self.terms.limit.refill == RefillPolicy::Fixed && !self.start.is_reported {
            // Order makes no difference: a sum is faster, and a day is long.
            let begins_ms = self.terms.begins_ms(now_ms);
            let first = self.changes.all.partition_point(|request| request.sent_ms < begins_ms);
            let end = self.changes.all.partition_point(|request| request.sent_ms <= now_ms.saturating_add(AHEAD_MS));
            let counted = self.changes.all.get(first..end).unwrap_or_default();
            return match self.terms.limit.window.counts_requests() {
                true => size - float_len(counted.len()),
                false => {
                    size - float(counted.iter().fold(0, |sum, request| sum.saturating_add(self.terms.taken(request))))
                }
            };
        }
        self.at(now_ms);
        self.changes.returned = &[];
        while let Some((_, change)) = self.changes.next(u64::MAX) {
            let (Change::Sent(request) | Change::Ended(request) | Change::Returned(request)) = change;
            if request.sent_ms <= now_ms.saturating_add(AHEAD_MS) {
                self.apply(now_ms, change);
            }
        }
        self.level.min(float(self.terms.limit.limit))
    }

    fn pass(&mut self, at_ms: u64) {
        let size = float(self.terms.limit.limit);
        let period = self.terms.limit.window.period_ms();
        match self.terms.limit.refill {
            RefillPolicy::Bucket => {
                let back = size / float(period) * float(at_ms.saturating_sub(self.then_ms));
                let withheld = self.owed.min(back);
                self.owed -= withheld;
                self.level = (self.level + back - withheld).min(size);
            }
            RefillPolicy::Fixed if at_ms / period > self.then_ms / period => self.level = size,
            RefillPolicy::Fixed | RefillPolicy::Sliding => {}
        }
        self.then_ms = self.then_ms.max(at_ms);
    }

    fn apply(&mut self, at_ms: u64, change: Change<'_>) {
        self.pass(at_ms);
        let period = self.terms.limit.window.period_ms();
        if matches!(change, Change::Sent(_)) {
            // Until it arrives, a full bucket gains nothing; and it may be full because responses have ended whose end
            // is recorded later.
            let gained = self.terms.gained_on_the_way();
            let full = self.level + if gained > 0.0 { self.unheard + self.ends_soon(at_ms) } else { 0.0 };
            self.owed = self.owed.max((full + gained - float(self.terms.limit.limit)).min(gained));
        }
        let (reserved, actual) =
            (|request| float(self.terms.may_take(request)), |request| float(self.terms.taken(request)));
        let left = self.level.max(0.0);
        self.level += match change {
            // A rejected request takes at most what is left: some providers count it, but not below zero.
            Change::Sent(request) if self.is_counted_as_far_as_it_goes(request) => -reserved(request).min(left),
            Change::Sent(request) => -reserved(request),
            Change::Ended(request) if self.concerns(request, at_ms) => reserved(request) - actual(request),
            Change::Ended(_) => 0.0,
            Change::Returned(request) => {
                let ended = request.ended().is_some_and(|end_ms| end_ms < request.sent_ms.saturating_add(period));
                if ended { actual(request) } else { reserved(request) }
            }
        };
        if self.terms.limit.refill == RefillPolicy::Bucket {
            self.level = self.level.min(float(self.terms.limit.limit));
        }
    }

    /// What comes back with the ends recorded next, within the network latency.
    fn ends_soon(&self, at_ms: u64) -> f64 {
        let soon = self
            .changes
            .ended
            .iter()
            .take_while(|end| end.at_ms <= at_ms.saturating_add(self.terms.network_latency_ms));
        let entries = soon.filter_map(|end| self.changes.all.get(end.place));
        entries
            .map(|entry| float(self.terms.reserved(entry)) - float(self.terms.taken(entry)))
            .filter(|back| *back > 0.0)
            .sum()
    }

    fn is_counted_as_far_as_it_goes(&self, request: &Entry) -> bool {
        request.refused && self.terms.limit.window.counts_requests() && self.terms.limit.refill == RefillPolicy::Bucket
    }

    /// Whether the end of a request changes what this window counts for it.
    fn concerns(&self, request: &Entry, at_ms: u64) -> bool {
        let before = request.sent_ms < self.start.from_ms;
        if before && self.start.is_reported && !self.start.corrected && request.refused {
            return false; // The provider reserved nothing for it.
        }
        let period = self.terms.limit.window.period_ms();
        match self.terms.limit.refill {
            RefillPolicy::Bucket => true,
            // A request counts in the period that admitted it.
            RefillPolicy::Fixed => request.sent_ms.min(at_ms) / period == at_ms / period,
            RefillPolicy::Sliding => {
                (!before || self.start.is_reported) && at_ms < request.sent_ms.saturating_add(period)
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "so many requests there never are")]
const fn float_len(length: usize) -> f64 {
    length as f64
}
