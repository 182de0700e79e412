//! The page in several tabs of one browser: each keeps its own request log, and tells the others what it sends.

use headroom_domain::{LimitProfile, LimitReport};
use headroom_limits::{Request, Uncertainty};
use headroom_simulator::Account;

use super::{Client, Headroom, Refused};
use crate::workload::Job;

/// Maximum delay of messages between tabs, in milliseconds.
const TOLD_MS: u64 = 30;

/// Several tabs. Jobs are assigned to the tabs in turn, by number.
#[derive(Debug)]
pub struct Tabs {
    tabs: Vec<Headroom>,
    /// When it is received, by which tab, and what.
    news: Vec<(u64, usize, News)>,
    told: u64,
}

#[derive(Clone, Debug)]
enum News {
    WaitStatus(usize),
    /// A request was sent, or its end is known: the job that is no longer queued, and its record.
    Request(usize, Box<Request>),
}

impl Tabs {
    /// Creates this many tabs that start with these limits.
    #[must_use]
    pub fn of(tabs: usize, profile: &LimitProfile) -> Self {
        let tab = |tab| Headroom::with(profile.clone(), false).into_tab(tab, tabs);
        Self { tabs: (0..tabs).map(tab).collect(), news: Vec::new(), told: 0 }
    }

    fn owner(&self, number: usize) -> usize {
        number % self.tabs.len().max(1)
    }

    /// Notifies the other tabs, with varying delays.
    fn tell(&mut self, from: usize, news: &News, now_ms: u64) {
        for tab in (0..self.tabs.len()).filter(|tab| *tab != from) {
            self.told += 1;
            self.news.push((now_ms + self.told * 7 % TOLD_MS, tab, news.clone()));
        }
    }

    fn hear(&mut self, now_ms: u64) {
        for (_, tab, news) in self.news.extract_if(.., |(at_ms, ..)| *at_ms <= now_ms).collect::<Vec<_>>() {
            let Some(tab) = self.tabs.get_mut(tab) else { continue };
            match news {
                News::WaitStatus(number) => tab.waiting.push(number),
                News::Request(number, request) => {
                    tab.waiting.retain(|other| *other != number);
                    tab.ledger.sent(*request);
                }
            }
        }
    }

    /// Applies a change to the tab of a job, and notifies the others of the request's new state.
    fn change(&mut self, number: usize, now_ms: u64, change: impl FnOnce(&mut Headroom)) {
        let owner = self.owner(number);
        let Some(tab) = self.tabs.get_mut(owner) else { return };
        let id = tab.running.iter().find(|(other, _)| *other == number).map(|(_, id)| id.clone());
        change(tab);
        let id = id.or_else(|| tab.running.iter().find(|(other, _)| *other == number).map(|(_, id)| id.clone()));
        if let Some(request) = id.and_then(|id| tab.ledger.get(&id).cloned()) {
            self.tell(owner, &News::Request(number, Box::new(request)), now_ms);
        }
    }
}

impl Client for Tabs {
    fn wants(&mut self, number: usize, now_ms: u64) {
        let owner = self.owner(number);
        if let Some(tab) = self.tabs.get_mut(owner) {
            tab.wants(number, now_ms);
        }
        self.tell(owner, &News::WaitStatus(number), now_ms);
    }

    fn due(&mut self, account: &Account, jobs: &[Job], now_ms: u64) -> Option<usize> {
        self.hear(now_ms);
        self.tabs.iter_mut().find_map(|tab| tab.due(account, jobs, now_ms))
    }

    fn wakes(&mut self, now_ms: u64) -> Option<u64> {
        let tabs = self.tabs.iter_mut().filter_map(|tab| tab.wakes(now_ms));
        tabs.chain(self.news.iter().map(|(at_ms, ..)| *at_ms)).min()
    }

    fn sent(&mut self, number: usize, job: &Job, now_ms: u64) {
        self.change(number, now_ms, |tab| tab.sent(number, job, now_ms));
    }

    fn accepted(&mut self, number: usize, job: &Job, headers: Option<&LimitReport>, now_ms: u64) {
        let owner = self.owner(number);
        if let Some(tab) = self.tabs.get_mut(owner) {
            tab.accepted(number, job, headers, now_ms);
        }
    }

    fn refused(&mut self, number: usize, job: &Job, refusal: &Refused<'_>, now_ms: u64) {
        self.change(number, now_ms, |tab| tab.refused(number, job, refusal, now_ms));
    }

    fn ended(&mut self, number: usize, job: &Job, now_ms: u64) {
        self.change(number, now_ms, |tab| tab.ended(number, job, now_ms));
    }

    fn lost(&mut self, number: usize, job: &Job, received: u64, now_ms: u64) {
        self.change(number, now_ms, |tab| tab.lost(number, job, received, now_ms));
    }

    fn uncertainty(&self, number: usize, job: &Job, now_ms: u64) -> Option<Uncertainty> {
        self.tabs.get(self.owner(number))?.uncertainty(number, job, now_ms)
    }
}
