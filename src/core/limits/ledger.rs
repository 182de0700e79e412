//! The request log: what was sent, and what it took.

use headroom_domain::{LimitReport, LimitWindow, Money};

use crate::{
    inferred_limits::{InferredLimit, PoolInference},
    pool::{Entries, Pools},
    pool_history::OutputReserve,
    reported_limits::{ReportedFigures, ReportedLimit},
    request::{LONGEST_RUN_MS, Request, Spent},
};

/// Everything sent that may still count, in the order of sending. Requests may come from several tabs: they are
/// identified by id and time of sending, and recording one twice changes nothing.
///
/// Also keeps what the provider reported about its windows. A reload loses that: the levels would be outdated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Strictly ascending by [`Request::place`]; every search here relies on that.
    requests: Vec<Request>,
    /// The same requests by pool, as windows need them: every change of a request is recorded there too.
    pools: Pools,
    reported: Vec<ReportedLimit>,
    /// What was inferred about each pool, besides its limits.
    pub(crate) inferences: Vec<PoolInference>,
}

impl Ledger {
    /// Records a request, or what another tab knows about it: a known end is never lost. A request is identified by its
    /// id and the time it was sent, so this takes O(log n), and only O(1) more for the newest one.
    pub fn sent(&mut self, request: Request) {
        match self.requests.binary_search_by(|known| known.place().cmp(&request.place())) {
            Ok(place) => {
                if let Some(known) = self.requests.get_mut(place) {
                    if known.learn(request.settled, request.status) {
                        known.unreported = request.unreported;
                    }
                    known.completed |= request.completed;
                    known.stated_cost = known.stated_cost.or(request.stated_cost);
                    self.pools.note(&self.requests, place, false);
                }
            }
            Err(place) => {
                self.requests.insert(place, request);
                self.pools.note(&self.requests, place, true);
            }
        }
    }

    /// Reassigns all requests to their current pools, by account and model: with other limits, models may share windows
    /// that they did not share before.
    pub fn repool(&mut self, pool_of: &mut dyn FnMut(&str, &str) -> String) {
        for request in &mut self.requests {
            request.pool = pool_of(&request.account, &request.model);
        }
        self.pools = Pools::of(&self.requests);
    }

    /// Records the reservation of a request that was sent before it could be known.
    pub fn reserved(&mut self, id: &str, tokens: u64) {
        self.change(id, |request| request.reserved = tokens);
    }

    /// Records that the response to a request ended by itself, or at its cap.
    pub fn completed(&mut self, id: &str) {
        self.change(id, |request| request.completed = true);
    }

    /// Records that the usage of a request is our own count: see [`Request::unreported`].
    pub fn unreported(&mut self, id: &str) {
        self.change(id, |request| request.unreported = true);
    }

    /// Records what a request cost, as its provider states it.
    pub fn stated_cost(&mut self, id: &str, cost: Money) {
        self.change(id, |request| request.stated_cost = Some(cost));
    }

    /// Records how a request ended. Ignores a request that is unknown or has ended. Searches from the newest on.
    pub fn settled(&mut self, id: &str, now_ms: u64, spent: Spent, status: Option<u16>) {
        self.change(id, |request| {
            request.learn(Some((now_ms.max(request.sent_ms), spent)), status);
        });
    }

    /// Records what a response reported about the windows of a pool at `now_ms`. The newest report of each window wins.
    ///
    /// - A remaining or used value is the level at that moment, including requests in flight.
    /// - A stated limit replaces the profile's for a day; a limit of 0 is ignored.
    /// - A rejection that names a window without values means that less was left than the request asked for, perhaps
    ///   still less by our own count. The amount asked for is the one the rejection states; else 1 for a window that
    ///   counts requests; else the largest reservation among the requests of this pool that are in flight or were
    ///   rejected within this second. Without any of these it says nothing about the level.
    ///
    /// Values are as of the moment when they are read. What the provider admitted between writing and our reading is
    /// not in them, so of several concurrent responses the last may be too optimistic until the next one; if the
    /// response's request is known, [`Ledger::seen_in_answer`] is more exact.
    pub fn seen(&mut self, account: &str, pool: &str, report: &LimitReport, now_ms: u64) {
        self.seen_in(account, pool, report, None, now_ms);
    }

    /// Same as [`Ledger::seen`], for the response to a request sent at `asked_ms`.
    pub(crate) fn seen_in(
        &mut self,
        account: &str,
        pool: &str,
        report: &LimitReport,
        asked_ms: Option<u64>,
        now_ms: u64,
    ) {
        let facts = report.facts.iter().map(|fact| fact.window).chain(report.exceeded);
        // At most one entry for each window, however long the report is.
        for window in LimitWindow::ALL.into_iter().filter(|window| facts.clone().any(|named| named == *window)) {
            let mut figures = ReportedFigures::of(report, window);
            figures.asked_ms = asked_ms;
            if report.exceeded == Some(window) && figures.asked.is_none() {
                figures.asked = if window.counts_requests() { Some(1) } else { self.most_asked(account, pool, now_ms) };
            }
            self.update_reported(account, pool, window, |reported| reported.learn(&figures, now_ms));
        }
    }

    /// Removes and returns the requests that no longer affect any window, oldest first. The longest window is a day;
    /// requests in flight are kept for two.
    pub fn prune(&mut self, now_ms: u64) -> Vec<Request> {
        self.reported.retain(|reported| reported.stands(now_ms));
        let dropped: Vec<Request> = self.requests.extract_if(.., |request| request.is_past(now_ms)).collect();
        if !dropped.is_empty() {
            self.pools = Pools::of(&self.requests);
        }
        dropped
    }

    /// Ends the requests sent more than 15 minutes ago whose end was never reported (a tab was closed), and returns
    /// them in their new state so that they can be saved. Each counts as having used its full reservation, as prompt
    /// tokens: windows count all of it, and the cost is a lower bound. If its end is reported after all, that report
    /// wins.
    pub fn expire_stale(&mut self, now_ms: u64) -> Vec<Request> {
        let stale = |request: &&mut Request| {
            request.settled.is_none() && request.sent_ms.saturating_add(LONGEST_RUN_MS) < now_ms
        };
        let expired = self.requests.iter_mut().filter(stale).map(|request| {
            request.settled = Some(request.assumed_end());
            request.clone()
        });
        let expired: Vec<Request> = expired.collect();
        if !expired.is_empty() {
            self.pools = Pools::of(&self.requests);
        }
        expired
    }

    /// Returns the request with this id. Searches from the newest on.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Request> {
        self.requests.iter().rev().find(|request| request.id == id)
    }

    /// All requests, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.iter()
    }

    /// All requests of an account, oldest first.
    pub fn of_account<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Request> {
        self.requests.iter().filter(move |request| request.account == account)
    }

    /// The requests of an account that draw from one pool, oldest first.
    pub(crate) fn of_pool<'a>(&'a self, account: &'a str, pool: &'a str) -> impl Iterator<Item = &'a Request> {
        self.of_account(account).filter(move |request| request.pool == pool)
    }

    /// All requests sent at `since_ms` or later, oldest first. O(log n) and one step for each.
    pub(crate) fn since(&self, since_ms: u64) -> &[Request] {
        let first = self.requests.partition_point(|request| request.sent_ms < since_ms);
        self.requests.get(first..).unwrap_or_default()
    }

    /// What was reported about a window of a pool, if it is still valid.
    pub(crate) fn reported(
        &self,
        account: &str,
        pool: &str,
        window: LimitWindow,
        now_ms: u64,
    ) -> Option<&ReportedLimit> {
        self.reported.iter().find(|reported| reported.about(account, pool, window) && reported.stands(now_ms))
    }

    /// Updates what is known about a window of a pool, starting empty if nothing was known.
    pub(crate) fn update_reported(
        &mut self,
        account: &str,
        pool: &str,
        window: LimitWindow,
        change: impl FnOnce(&mut ReportedLimit),
    ) {
        if let Some(reported) = self.reported.iter_mut().find(|reported| reported.about(account, pool, window)) {
            return change(reported);
        }
        let mut reported = ReportedLimit::nothing(account, pool, window);
        change(&mut reported);
        // An entry that only names a window carries no information.
        if reported != ReportedLimit::nothing(account, pool, window) {
            self.reported.push(reported);
        }
    }

    /// The requests of a pool, as windows need them.
    pub(crate) fn entries(&self, account: &str, pool: &str) -> Option<&Entries> {
        self.pools.get(account, pool)
    }

    /// Sets the reservation of the requests of a pool that are in flight without a cap, by a rule.
    pub(crate) fn reserve_again(&mut self, account: &str, pool: &str, rule: OutputReserve) {
        for request in self.requests.iter_mut().filter(|request| request.settled.is_none()) {
            if let Some(input) = request.uncapped_input.filter(|_| request.account == account && request.pool == pool) {
                request.reserved = rule.reserved(input);
            }
        }
        self.pools = Pools::of(&self.requests);
    }

    /// Drops the upper bounds that rejections put on the levels of a pool.
    pub(crate) fn forget_bounds(&mut self, account: &str, pool: &str) {
        for window in LimitWindow::ALL {
            if let Some(reported) = self.reported.iter_mut().find(|reported| reported.about(account, pool, window)) {
                reported.bound = None;
            }
        }
    }

    /// Changes the request with this id, and returns it as changed. Searches from the newest on.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut Request)) -> Option<&Request> {
        let place = self.requests.iter().rposition(|request| request.id == id)?;
        change(self.requests.get_mut(place)?);
        self.pools.note(&self.requests, place, false);
        self.requests.get(place)
    }

    /// The inferred limits that have not expired.
    pub(crate) fn inferred_limit(&self, now_ms: u64) -> Vec<InferredLimit> {
        self.reported.iter().filter_map(|reported| reported.inferred_limit(now_ms)).collect()
    }

    /// Adopts a limit inferred earlier or in another tab, unless something newer is known.
    pub(crate) fn take_inferred_limit(&mut self, found: &InferredLimit) {
        let InferredLimit { account, pool, window, limit, at_ms } = found;
        let known = self.reported.iter().find(|reported| reported.about(account, pool, *window));
        if *limit > 0 && known.is_none_or(|reported| reported.limit_is_from_before(*at_ms) || !reported.has_limit()) {
            self.state_limit(account, pool, *window, *limit, *at_ms);
        }
    }

    /// Records a limit as if it had been stated at that time.
    pub(crate) fn state_limit(&mut self, account: &str, pool: &str, window: LimitWindow, limit: u64, at_ms: u64) {
        self.update_reported(account, pool, window, |reported| reported.state(limit, at_ms));
    }

    /// The most that a request rejected just now can have asked for.
    fn most_asked(&self, account: &str, pool: &str, now_ms: u64) -> Option<u64> {
        const JUST_MS: u64 = 1_000;
        let may_be_it = |request: &&Request| match request.end_ms() {
            None => true,
            Some(end_ms) => request.refused() && end_ms.saturating_add(JUST_MS) >= now_ms,
        };
        self.of_pool(account, pool).filter(may_be_it).map(|request| request.reserved).max()
    }
}

#[cfg(test)]
impl Ledger {
    /// The same requests with a new index, which must not make a difference.
    pub(crate) fn reindexed(&self) -> Self {
        Self { pools: Pools::of(&self.requests), ..self.clone() }
    }
}
