//! What was sent, and what it took.

use headroom_domain::{LimitReport, LimitWindow, Money};
use serde::{Deserialize, Serialize};

use crate::{
    inferred_limits::{InferredLimit, PoolInference},
    pool::{Entries, Pools},
    pool_history::OutputReserve,
    reported_limits::{ReportedFigures, ReportedLimit},
    request::{LONGEST_RUN_MS, Request, Spent},
};

/// Everything sent that may still count, in the order of sending. It may come from several tabs: requests are told by
/// their ids and the time of sending, and hearing of one twice changes nothing.
///
/// Beside it stands what the provider said of its windows. That is not saved: a level is old news after a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Ledger {
    /// Strictly ascending by [`Request::place`]; everything here searches by that.
    requests: Vec<Request>,
    /// The same by pool, as windows need them: every change of a request is noted there too.
    #[serde(skip)]
    pools: Pools,
    #[serde(skip)]
    reported: Vec<ReportedLimit>,
    /// What answers taught of each pool, beside its limits.
    #[serde(skip)]
    pub(crate) inferences: Vec<PoolInference>,
}

impl Ledger {
    /// Notes a request, or what another tab knows of it: an end that is known is never forgotten. A request is known
    /// by its id and the time it was sent, so this takes O(log n), and O(1) more for one that is the newest.
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

    /// Has all requests draw from the pools that hold now, by account and model: with other limits, models may share
    /// their windows that did not before.
    pub fn repool(&mut self, pool_of: &mut dyn FnMut(&str, &str) -> String) {
        for request in &mut self.requests {
            request.pool = pool_of(&request.account, &request.model);
        }
        self.pools = Pools::of(&self.requests);
    }

    /// Notes what was held for a request that was sent before that could be known.
    pub fn reserved(&mut self, id: &str, tokens: u64) {
        self.change(id, |request| request.reserved = tokens);
    }

    /// Notes that the answer of a request ended by itself, or at its cap.
    pub fn completed(&mut self, id: &str) {
        self.change(id, |request| request.completed = true);
    }

    /// Notes that what a request took is our own count: see [`Request::unreported`].
    pub fn unreported(&mut self, id: &str) {
        self.change(id, |request| request.unreported = true);
    }

    /// Records what a request cost, as its provider states it.
    pub fn stated_cost(&mut self, id: &str, cost: Money) {
        self.change(id, |request| request.stated_cost = Some(cost));
    }

    /// Notes how a request ended. Of one that is not known, or has ended, nothing. Searched from the newest on.
    pub fn settled(&mut self, id: &str, now_ms: u64, spent: Spent, status: Option<u16>) {
        self.change(id, |request| {
            request.learn(Some((now_ms.max(request.sent_ms), spent)), status);
        });
    }

    /// Notes what an answer said of the windows of a pool, heard at `now_ms`. Of each window the newest word stands.
    ///
    /// - A figure of what is left, or of what is used, is the level at that moment, what runs included.
    /// - A limit holds instead of the profile's for a day; of no limit at all (0) nothing is made.
    /// - A refusal that names a window without figures says that less was left than the request asked for: there is
    ///   less than that, and perhaps still less by our own count. What it asked for is what the refusal says; else 1 of
    ///   a window that counts requests; else the most that is held for a request of this pool that runs, or was turned
    ///   away within this second. Without any of these it says nothing of the level.
    ///
    /// Figures are as of the moment when they are heard. What the provider let in between writing and our reading is
    /// not in them, so of several answers at once the last may be too hopeful until the next one; where it is known which
    /// answer said it, [`Ledger::seen_in_answer`] knows better.
    pub fn seen(&mut self, account: &str, pool: &str, report: &LimitReport, now_ms: u64) {
        self.seen_in(account, pool, report, None, now_ms);
    }

    /// The same, said in the answer to a request that was sent at `asked_ms`.
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

    /// Takes out what no window can see any more, oldest first. The longest window is a day; what still runs is kept for
    /// two.
    pub fn prune(&mut self, now_ms: u64) -> Vec<Request> {
        self.reported.retain(|reported| reported.stands(now_ms));
        let dropped: Vec<Request> = self.requests.extract_if(.., |request| request.is_past(now_ms)).collect();
        if !dropped.is_empty() {
            self.pools = Pools::of(&self.requests);
        }
        dropped
    }

    /// Ends the requests of more than 15 minutes ago whose end was never heard of (a tab was closed), and gives them as
    /// they are now, so that they can be saved. Each counts as having taken all that was reserved, as prompt tokens: the
    /// windows see the whole of it, and the bill the part that is certain to be no dearer. If its end is heard of after
    /// all, that one counts.
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

    /// The request of that id. Searched from the newest on.
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

    /// What was said of a window of a pool, if it still stands.
    pub(crate) fn reported(
        &self,
        account: &str,
        pool: &str,
        window: LimitWindow,
        now_ms: u64,
    ) -> Option<&ReportedLimit> {
        self.reported.iter().find(|reported| reported.about(account, pool, window) && reported.stands(now_ms))
    }

    /// Changes what is known of a window of a pool, from nothing where nothing was said so far.
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
        // The name of a window alone is no knowledge.
        if reported != ReportedLimit::nothing(account, pool, window) {
            self.reported.push(reported);
        }
    }

    /// The requests of a pool, as windows need them.
    pub(crate) fn entries(&self, account: &str, pool: &str) -> Option<&Entries> {
        self.pools.get(account, pool)
    }

    /// Has the requests of a pool that run and name no cap hold as much as a rule says.
    pub(crate) fn hold_again(&mut self, account: &str, pool: &str, rule: OutputReserve) {
        for request in self.requests.iter_mut().filter(|request| request.settled.is_none()) {
            if let Some(input) = request.uncapped_input.filter(|_| request.account == account && request.pool == pool) {
                request.reserved = rule.held(input);
            }
        }
        self.pools = Pools::of(&self.requests);
    }

    /// Forgets what refusals said of the levels of a pool.
    pub(crate) fn forget_bounds(&mut self, account: &str, pool: &str) {
        for window in LimitWindow::ALL {
            if let Some(reported) = self.reported.iter_mut().find(|reported| reported.about(account, pool, window)) {
                reported.bound = None;
            }
        }
    }

    /// Changes the request of that id, and gives it as it is then. Searched from the newest on.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut Request)) -> Option<&Request> {
        let place = self.requests.iter().rposition(|request| request.id == id)?;
        change(self.requests.get_mut(place)?);
        self.pools.note(&self.requests, place, false);
        self.requests.get(place)
    }

    /// The limits that were found out and hold still.
    pub(crate) fn inferred_limit(&self, now_ms: u64) -> Vec<InferredLimit> {
        self.reported.iter().filter_map(|reported| reported.inferred_limit(now_ms)).collect()
    }

    /// Takes a limit that was found out before, or elsewhere, where nothing newer is known.
    pub(crate) fn take_inferred_limit(&mut self, found: &InferredLimit) {
        let InferredLimit { account, pool, window, limit, at_ms } = found;
        let known = self.reported.iter().find(|reported| reported.about(account, pool, *window));
        if *limit > 0 && known.is_none_or(|reported| reported.limit_is_from_before(*at_ms) || !reported.has_limit()) {
            self.state_limit(account, pool, *window, *limit, *at_ms);
        }
    }

    /// Notes a limit as if it had been stated at that time.
    pub(crate) fn state_limit(&mut self, account: &str, pool: &str, window: LimitWindow, limit: u64, at_ms: u64) {
        self.update_reported(account, pool, window, |reported| reported.state(limit, at_ms));
    }

    /// The most that a request which was just refused can have asked for.
    fn most_asked(&self, account: &str, pool: &str, now_ms: u64) -> Option<u64> {
        const JUST_MS: u64 = 1_000;
        let may_be_it = |request: &&Request| match request.end_ms() {
            None => true,
            Some(end_ms) => request.refused() && end_ms.saturating_add(JUST_MS) >= now_ms,
        };
        self.of_pool(account, pool).filter(may_be_it).map(|request| request.reserved).max()
    }
}

/// A ledger as it is saved.
#[derive(Deserialize)]
struct Saved {
    requests: Vec<Request>,
}

/// Saved requests are out of order only where something else wrote them. The ledger does not guess then.
impl TryFrom<Saved> for Ledger {
    type Error = &'static str;

    fn try_from(Saved { requests }: Saved) -> Result<Self, Self::Error> {
        match requests.is_sorted_by(|one, next| one.place() < next.place()) {
            true => Ok(Self { pools: Pools::of(&requests), requests, ..Self::default() }),
            false => Err("requests are out of order"),
        }
    }
}
