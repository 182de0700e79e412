//! Compares a value in response headers with what our own count allows for it.
//!
//! A value was written at some moment between sending the request and reading its response; the exact moment is
//! unknown. It may or may not include the reservations of other requests in flight at that time: they may have arrived
//! later, been rejected, or ended before we knew. So our count gives bounds, not a number; a value within is no news.

use headroom_domain::{ModelLimits, RefillPolicy};

use crate::{
    ON_THE_WAY_MS,
    pool::Entry,
    pool_history::{Levels, OutputReserve, PoolHistory, Terms, Worst},
    replay::Changes,
    reported_limits::{ReportedLimit, SOON, float, next_period},
};

/// What was left in a window according to the response to a request.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) history: &'a PoolHistory<'a>,
    pub(crate) reported: Option<&'a ReportedLimit>,
    /// The request whose response contained the value.
    pub(crate) request: Entry,
    pub(crate) left: f64,
    pub(crate) now_ms: u64,
}

/// The range of values that are possible if our count is right, and the tolerance beyond it: the refill during network
/// latency, and the possible error of a prompt estimate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) tolerance: f64,
}

impl Bounds {
    /// How far a value lies below (negative) or above the range; `None` if it is no news.
    pub(crate) fn beyond(&self, left: f64) -> Option<f64> {
        // Nothing is reported as negative: a level below 0 by our count may be reported as 0.
        let (least, most) = (self.least.max(0.0), self.most.max(0.0));
        if left < least - self.tolerance {
            Some(left - least)
        } else if left > most + self.tolerance {
            Some(left - most)
        } else {
            None
        }
    }
}

/// From this time on, the level may be higher than our count by this amount.
type Step = (u64, f64);

impl Reading<'_> {
    /// The range of what can be left under these terms.
    pub(crate) fn bounds(&self, limits: &ModelLimits, terms: Terms) -> Bounds {
        let (sent_ms, now_ms) = (self.request.sent_ms, self.now_ms.max(self.request.sent_ms));
        let mut steps = Vec::new();
        for entry in self.under_way() {
            self.may_be_free(terms, entry, &mut steps);
        }
        let mut times: Vec<u64> = vec![sent_ms, now_ms];
        let mut changes = Changes::of(self.history, sent_ms.saturating_add(1), sent_ms.saturating_add(1));
        while let Some((at_ms, _)) = changes.next(now_ms) {
            times.extend([at_ms - 1, at_ms]);
        }
        times.extend(steps.iter().flat_map(|(at_ms, _)| [at_ms.saturating_sub(1), *at_ms]));
        times.retain(|at_ms| (sent_ms..=now_ms).contains(at_ms));
        times.sort_unstable();
        times.dedup();
        steps.sort_unstable_by_key(|(at_ms, _)| *at_ms);

        let worst = Terms { worst: Some(Worst::of_ended(limits)), ..terms };
        let mut worst = Levels::new(self.history, worst, self.reported, sent_ms);
        let mut usual = Levels::new(self.history, terms, self.reported, sent_ms);
        let (mut least, mut most, mut free) = (f64::MAX, f64::MIN, 0.0);
        let mut steps = steps.into_iter().peekable();
        for at_ms in times {
            while let Some((_, more)) = steps.next_if(|(from_ms, _)| *from_ms <= at_ms) {
                free += more;
            }
            least = least.min(worst.at(at_ms).units);
            most = most.max(usual.at(at_ms).units + free);
        }
        let size = float(terms.limit.limit);
        least -= self.carried_over(terms);
        if self.may_begin_a_period(terms) {
            (least, most) = (0.0, size);
        }
        let estimated: u64 = match terms.limit.window.counts_requests() {
            true => 0,
            false => self.under_way().fold(0, |sum, entry| sum.saturating_add(entry.prompt / 10)),
        };
        let gained = Terms { network_latency_ms: ON_THE_WAY_MS, ..terms }.gained_on_the_way();
        Bounds { least, most: most.min(size), tolerance: gained + float(estimated) + 1.0 }
    }

    /// A lower bound of the current level, given the value: it may have been written only just now, so nothing has
    /// refilled since, and it may exclude whatever was sent at about the same time or later.
    ///
    /// It includes those of these requests that were admitted before. Each of their responses reported more left, so
    /// the values show the order; a request whose value is unknown is assumed to have come later.
    pub(crate) fn level(&self, terms: Terms) -> f64 {
        let others = self.under_way().filter(|entry| !entry.is(&self.request));
        let later = others.filter(|entry| match self.reported.and_then(|reported| reported.figure(entry)) {
            Some(figure) => figure <= self.left,
            None => entry.sent_ms.saturating_add(ON_THE_WAY_MS) > self.request.sent_ms,
        });
        self.left - later.map(|entry| float(terms.taken(entry))).sum::<f64>()
    }

    /// Whether no other request of ours can have changed the level: all earlier ones had ended, and none was
    /// concurrent.
    pub(crate) fn is_alone(&self) -> bool {
        let quiet_ms = self.request.sent_ms.saturating_sub(ON_THE_WAY_MS);
        let is_other = |entry: &&Entry| !entry.is(&self.request);
        let beside = self.history.sent_from(quiet_ms).iter().any(|entry| is_other(&entry));
        let before = self
            .history
            .ended_from(quiet_ms)
            .iter()
            .any(|end| self.history.entry(end.place).is_some_and(|entry| is_other(&entry)));
        let running = self.history.running().filter(is_other).any(|entry| entry.sent_ms <= self.now_ms);
        !beside && !before && !running
    }

    /// Whether the level before the request is known, so that the difference is its reservation. It is known if the
    /// previous value was in the response to a request with a cap: without a cap, its reservation is as unknown as what
    /// others used, and after a refund only the sum of both is known.
    pub(crate) fn follows_a_known_reserve(&self) -> bool {
        let newest = self.reported.and_then(ReportedLimit::newest_figure);
        newest.is_some_and(|(request, read_ms)| read_ms <= self.request.sent_ms && request.uncapped_input().is_none())
    }

    /// Requests that may have been in flight while the value was written, including its own.
    fn under_way(&self) -> impl Iterator<Item = &Entry> {
        let from_ms = self.request.sent_ms.saturating_sub(ON_THE_WAY_MS);
        let ended = self.history.ended_from(from_ms).iter().filter_map(|end| self.history.entry(end.place));
        let ended = ended.filter(|entry| entry.sent_ms <= self.now_ms);
        ended.chain(self.history.running().filter(|entry| entry.sent_ms <= self.now_ms))
    }

    /// Adds the times at which the provider can have had more left than our count, because of one request.
    fn may_be_free(&self, terms: Terms, entry: &Entry, steps: &mut Vec<Step>) {
        let reserved = float(terms.reserved(entry));
        let mut span = |from_ms: u64, until_ms: u64, more: f64| {
            if from_ms < until_ms && more > 0.0 {
                steps.extend([(from_ms, more), (until_ms, -more)]);
            }
        };
        let arrived_ms = entry.sent_ms.saturating_add(ON_THE_WAY_MS);
        let end_ms = entry.ended().unwrap_or(u64::MAX);
        if entry.is(&self.request) {
            // Its response began after it was admitted; nothing was ever reserved for a rejected one.
            if entry.refused {
                span(entry.sent_ms, end_ms, reserved);
            }
            return;
        }
        if entry.refused || !entry.let_in {
            // It may not have arrived yet, and it may have been rejected: then nothing was reserved for it.
            span(entry.sent_ms, end_ms, reserved);
        } else {
            span(entry.sent_ms, arrived_ms.min(end_ms), reserved);
            // It ended before we knew.
            let actual = match terms.actual(entry) {
                Some(actual) if !entry.unreported => float(actual),
                _ if terms.limit.window.counts_requests() => 1.0,
                _ => 0.0,
            };
            let ended_ms = end_ms.min(self.now_ms.saturating_add(1)).saturating_sub(ON_THE_WAY_MS);
            span(ended_ms.max(arrived_ms), end_ms, reserved - actual);
        }
        if entry.unreported {
            span(end_ms, u64::MAX, float(terms.taken(entry)));
        }
    }

    /// What may count in this period of a fixed window although it was sent in the one before: it was in transit.
    fn carried_over(&self, terms: Terms) -> f64 {
        if terms.limit.refill != RefillPolicy::Fixed {
            return 0.0;
        }
        let begins_ms = self.now_ms - self.now_ms % terms.limit.window.period_ms();
        let sent = self.history.sent_from(begins_ms.saturating_sub(ON_THE_WAY_MS)).iter();
        let before = sent.take_while(|entry| entry.sent_ms < begins_ms);
        before.map(|entry| float(terms.reserved(entry).max(terms.taken(entry)))).sum()
    }

    /// Whether the clocks may disagree about the period in which the value was written.
    fn may_begin_a_period(&self, terms: Terms) -> bool {
        let period = terms.limit.window.period_ms();
        let from_ms = self.request.sent_ms.saturating_sub(period / SOON);
        terms.limit.refill == RefillPolicy::Fixed
            && next_period(from_ms, period) <= self.now_ms.saturating_add(period / SOON)
    }

    /// The output reserve without a cap, if it explains the value, and the one assumed so far.
    pub(crate) fn inferred_output_reserve(&self, limits: &ModelLimits, terms: Terms) -> Option<(u64, u64)> {
        let input = self.request.uncapped_input()?;
        let before = self.request.reserved.saturating_sub(input);
        let with = |tokens| Terms { output_reserve: Some(OutputReserve::of(limits, tokens)), ..terms };
        let beyond = |tokens| self.bounds(limits, with(tokens)).beyond(self.left);
        let is_less = beyond(before).is_some_and(|beyond| beyond < 0.0);
        let longest = OutputReserve::longest(limits).reserved(input).saturating_sub(input);
        let (mut from, mut to) = if is_less { (before, longest) } else { (0, before) };
        // The more is reserved, the less is left: finds the smallest sufficient change.
        while from < to {
            let middle = from.midpoint(to);
            match beyond(middle) {
                Some(beyond) if is_less && beyond < 0.0 => from = middle + 1,
                Some(beyond) if !is_less && beyond > 0.0 => to = middle,
                _ if is_less => to = middle,
                _ => from = middle + 1,
            }
        }
        let tokens = if is_less { from } else { from.saturating_sub(1) };
        (tokens > 0 && beyond(tokens).is_none()).then_some((tokens, before))
    }
}
