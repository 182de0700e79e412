//! Clients that the page is compared with.

use headroom_simulator::Account;

use super::{Client, Refused, in_order};
use crate::{provider::would_refuse, workload::Job};

/// Sends at once, and again after half a second, one, two, up to eight: the rule of OpenAI's libraries, but endless.
#[derive(Debug, Default)]
pub struct Backoff {
    /// The jobs, and when each is to be tried.
    waiting: Vec<(usize, u64)>,
    /// How often each was rejected.
    tries: Vec<(usize, u32)>,
}

impl Client for Backoff {
    fn wants(&mut self, number: usize, now_ms: u64) {
        let tries = self.tries.iter().find(|(other, _)| *other == number).map(|(_, tries)| *tries);
        let wait_ms = tries.map_or(0, |tries| {
            let wait_ms = (500 << (tries - 1).min(4)).min(8_000);
            // Up to a quarter less, so that they do not retry together.
            wait_ms - (number as u64 * 7_919 + u64::from(tries - 1) * 104_729) % (wait_ms / 4)
        });
        self.waiting.push((number, now_ms + wait_ms));
    }

    fn due(&mut self, _: &Account, _: &[Job], now_ms: u64) -> Option<usize> {
        let place = self.waiting.iter().position(|(_, at_ms)| *at_ms <= now_ms)?;
        Some(self.waiting.remove(place).0)
    }

    fn wakes(&mut self, _: u64) -> Option<u64> {
        self.waiting.iter().map(|(_, at_ms)| *at_ms).min()
    }

    fn refused(&mut self, number: usize, _: &Job, _: &Refused<'_>, _: u64) {
        match self.tries.iter_mut().find(|(other, _)| *other == number) {
            Some((_, tries)) => *tries += 1,
            None => self.tries.push((number, 1)),
        }
    }
}

/// Sends one request at a time, spaced as the requests per minute allow.
#[derive(Debug)]
pub struct Spacing {
    apart_ms: u64,
    next_ms: u64,
    waiting: Vec<usize>,
}

impl Spacing {
    /// Creates one for this many requests per minute.
    #[must_use]
    pub const fn of(requests_per_minute: u64) -> Self {
        Self { apart_ms: 60_000 / requests_per_minute, next_ms: 0, waiting: Vec::new() }
    }
}

impl Client for Spacing {
    fn wants(&mut self, number: usize, _: u64) {
        self.waiting.push(number);
        self.waiting.sort_unstable();
    }

    fn due(&mut self, _: &Account, _: &[Job], now_ms: u64) -> Option<usize> {
        (self.next_ms <= now_ms && !self.waiting.is_empty()).then(|| {
            self.next_ms = now_ms + self.apart_ms;
            self.waiting.remove(0)
        })
    }

    fn wakes(&mut self, _: u64) -> Option<u64> {
        (!self.waiting.is_empty()).then_some(self.next_ms)
    }
}

/// Reads the provider's own accounting before each request: no client can know more, and it is never rejected.
#[derive(Debug, Default)]
pub struct Oracle {
    waiting: Vec<usize>,
    wakes_ms: Option<u64>,
}

impl Client for Oracle {
    fn wants(&mut self, number: usize, _: u64) {
        self.waiting.push(number);
    }

    fn due(&mut self, account: &Account, jobs: &[Job], now_ms: u64) -> Option<usize> {
        self.wakes_ms = None;
        let mut full: Vec<&str> = Vec::new();
        for number in in_order(&self.waiting, jobs) {
            let Some(job) = jobs.get(number).filter(|job| !full.contains(&job.model)) else { continue };
            match would_refuse(account, job, now_ms) {
                None => {
                    self.waiting.retain(|other| *other != number);
                    return Some(number);
                }
                Some(limited) => {
                    full.push(job.model);
                    let at_ms = limited.wait_ms.map(|ms| now_ms + ms.max(1));
                    self.wakes_ms = [self.wakes_ms, at_ms].into_iter().flatten().min();
                }
            }
        }
        None
    }

    fn wakes(&mut self, _: u64) -> Option<u64> {
        self.wakes_ms
    }
}
