//! Runs a client's jobs in a world, in virtual time.

use std::collections::BTreeSet;

use headroom_domain::{LimitReport, RefillPolicy};
use headroom_limits::Gauge;
use headroom_simulator::{Account, Demand, Limited, Refusal};

use crate::{
    clients::{Client, Refused},
    provider::{demand, headers, settle, window, windows, would_refuse},
    workload::{FIRST_TOKEN_MS, Job},
    world::{Foretold, Outcome, World},
};

/// A client that has not finished by then never will.
const LONGEST_MS: u64 = 3 * 3_600_000;
/// Stands for requests of other users in place of a job's number.
const OTHERS: usize = usize::MAX;
/// The longest network latency that a client expects for a request.
const ON_THE_WAY_MS: u64 = 300;

/// Scheduled events, in the order in which they happen at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Begins,
    Ends(u64),
    Arrives,
    IsAnswered,
    IsEnded,
    IsLost,
    OthersAsk,
}

/// A response of a job in transit.
struct Said {
    number: usize,
    refusal: Option<Limited>,
    headers: Option<LimitReport>,
}

/// A lost response.
#[derive(Clone, Copy)]
struct Lost {
    number: usize,
    /// Tokens received.
    received: u64,
    /// Tokens written.
    written: u64,
}

struct Run<'a> {
    world: &'a World,
    jobs: &'a [Job],
    account: Account,
    coming: BTreeSet<(u64, Happens, usize)>,
    said: Vec<Said>,
    lost: Vec<Lost>,
    /// Jobs that the client was certain would be admitted.
    certain: Vec<usize>,
    outcome: Outcome,
    random: u64,
}

/// Runs the jobs with a client.
pub fn run(client: &mut dyn Client, jobs: &[Job], world: &World) -> Outcome {
    let mut run = Run {
        world,
        jobs,
        account: Account::new(world.truth.clone(), world.start_ms),
        coming: BTreeSet::new(),
        said: Vec::new(),
        lost: Vec::new(),
        certain: Vec::new(),
        outcome: Outcome { times: vec![None; jobs.len()], ..Outcome::default() },
        random: world.seed,
    };
    if world.others_every_ms.is_some() {
        run.coming.insert((0, Happens::OthersAsk, OTHERS));
    }
    let mut wanted: Vec<usize> = (0..jobs.len()).collect();
    wanted.sort_by_key(|number| jobs.get(*number).map(|job| job.at_ms));
    let mut wanted = wanted.into_iter().peekable();
    let mut now_ms = 0;
    while now_ms < LONGEST_MS && run.has_more(wanted.len()) {
        run.happen(client, now_ms);
        while let Some(number) = wanted.next_if(|number| jobs.get(*number).is_some_and(|job| job.at_ms <= now_ms)) {
            client.wants(number, run.theirs(now_ms));
        }
        while let Some(number) = client.due(&run.account, jobs, run.theirs(now_ms)) {
            let Some(job) = jobs.get(number) else { break };
            run.send(client, number, job, now_ms);
            run.happen(client, now_ms);
        }
        for (number, at_ms) in client.foretold() {
            run.note(number, at_ms.saturating_sub(run.theirs(now_ms)), now_ms);
        }
        if world.compares {
            run.compare(client, now_ms);
        }
        let wakes = client.wakes(run.theirs(now_ms)).map(|ms| now_ms + ms.saturating_sub(run.theirs(now_ms)));
        let happens = run.coming.first().map(|(at_ms, ..)| *at_ms);
        let comes = wanted.peek().and_then(|number| jobs.get(*number)).map(|job| job.at_ms);
        let Some(next) = [wakes, happens, comes].into_iter().flatten().min() else { break };
        now_ms = next.max(now_ms + 1);
    }
    run.outcome
}

impl Run<'_> {
    /// Whether any of our jobs is unfinished: the other user never stops.
    fn has_more(&self, unwanted: usize) -> bool {
        unwanted > 0
            || self.outcome.times.iter().any(Option::is_none)
            || self.coming.iter().any(|(_, happens, number)| *number != OTHERS && *happens != Happens::OthersAsk)
    }

    /// The time by the client's clock.
    fn theirs(&self, now_ms: u64) -> u64 {
        (self.world.start_ms + now_ms).saturating_add_signed(self.world.ahead_ms)
    }

    /// A number below a bound (SplitMix64).
    const fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ self.random >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27) % bound
    }

    /// The latency of the next request or of its rejection.
    const fn way_ms(&mut self) -> u64 {
        self.below(self.world.on_the_way_ms + 1)
    }

    const fn back_ms(&mut self) -> u64 {
        if self.world.back_ms == 0 { 0 } else { self.below(self.world.back_ms + 1) }
    }

    /// How many tokens of the response to a job are written.
    fn written(&self, number: usize, job: &Job) -> u64 {
        self.lost.iter().find(|lost| lost.number == number).map_or(job.answer, |lost| lost.written)
    }

    fn send(&mut self, client: &mut dyn Client, number: usize, job: &Job, now_ms: u64) {
        self.certain.retain(|other| *other != number);
        match client.uncertainty(number, job, self.theirs(now_ms)) {
            Some(uncertainty) => {
                self.outcome.uncertainties.push(uncertainty);
                // It may overtake what was sent before it.
                self.certain.clear();
            }
            None => self.certain.push(number),
        }
        client.sent(number, job, self.theirs(now_ms));
        let way_ms = self.way_ms();
        self.coming.insert((now_ms + way_ms, Happens::Arrives, number));
    }

    /// Processes all due events.
    fn happen(&mut self, client: &mut dyn Client, now_ms: u64) {
        let at_ms = self.world.start_ms + now_ms;
        while let Some((_, happens, number)) = self.coming.first().copied().filter(|(ms, ..)| *ms <= now_ms) {
            self.coming.pop_first();
            let theirs = self.theirs(now_ms);
            if number == OTHERS {
                self.others(happens, now_ms);
                continue;
            }
            let Some(job) = self.jobs.get(number) else { continue };
            match happens {
                Happens::Ends(id) => {
                    let written = self.written(number, job);
                    settle(&mut self.account, id, written, at_ms);
                    if self.lost.iter().all(|lost| lost.number != number) {
                        let read_ms = now_ms + self.below(self.world.back_ms + 1);
                        self.coming.insert((read_ms, Happens::IsEnded, number));
                    }
                }
                Happens::Arrives => self.arrive(number, job, now_ms),
                Happens::Begins => {
                    let report = headers(&mut self.account, job.model, self.world, at_ms);
                    let is_late = self.world.has_headers && self.world.written_late;
                    if let Some(said) = self.said.iter_mut().find(|said| said.number == number && is_late) {
                        said.headers = Some(report);
                    }
                }
                Happens::IsAnswered => {
                    let Some(place) = self.said.iter().position(|said| said.number == number) else { continue };
                    let Said { refusal, headers, .. } = self.said.swap_remove(place);
                    match refusal {
                        None => client.accepted(number, job, headers.as_ref(), theirs),
                        Some(limited) => {
                            client.refused(number, job, &Refused { limited, headers: headers.as_ref() }, theirs);
                            client.wants(number, theirs);
                        }
                    }
                }
                Happens::IsEnded => client.ended(number, job, theirs),
                Happens::IsLost => {
                    let received = self.lost.iter().find(|lost| lost.number == number).map_or(0, |lost| lost.received);
                    client.lost(number, job, received, theirs);
                }
                Happens::OthersAsk => {}
            }
        }
    }

    fn arrive(&mut self, number: usize, job: &Job, now_ms: u64) {
        let at_ms = self.world.start_ms + now_ms;
        let refusal = match self.account.admit(&demand(job), at_ms) {
            Ok(admission) => {
                let mut end_ms = now_ms + job.takes_ms();
                let is_lost = self.world.lost_percent > 0 && self.below(100) < self.world.lost_percent;
                let begins = !is_lost || self.below(2) == 0;
                if is_lost {
                    end_ms = self.lose(number, job, begins, now_ms);
                }
                self.coming.insert((end_ms, Happens::Ends(admission.id.0), number));
                if let Some(times) = self.outcome.times.get_mut(number) {
                    *times = Some((now_ms, end_ms));
                }
                if !begins {
                    return;
                }
                None
            }
            Err(Refusal::RateLimited(limited)) => {
                self.outcome.refused.push(now_ms);
                self.outcome.wrongly_certain += usize::from(self.certain.contains(&number));
                Some(limited)
            }
            Err(_) => return,
        };
        let headers = self.world.has_headers.then(|| headers(&mut self.account, job.model, self.world, at_ms));
        let read_ms = match refusal {
            Some(_) => now_ms + self.way_ms(),
            None => now_ms + FIRST_TOKEN_MS + self.back_ms(),
        };
        self.said.push(Said { number, refusal, headers });
        self.coming.insert((now_ms + FIRST_TOKEN_MS, Happens::Begins, number));
        self.coming.insert((read_ms, Happens::IsAnswered, number));
    }

    /// Loses a response, which the provider may notice or not. Returns when it ends for the provider.
    fn lose(&mut self, number: usize, job: &Job, begins: bool, now_ms: u64) -> u64 {
        let received = if begins { self.below(job.answer + 1) } else { 0 };
        let lost_ms = now_ms + FIRST_TOKEN_MS + self.world.heads_ms + received / 2 + 1;
        let hears_of_it = self.below(2) == 0;
        let written = if hears_of_it { job.answer.min(received + self.below(200)) } else { job.answer };
        self.lost.push(Lost { number, received, written });
        self.coming.insert((lost_ms, Happens::IsLost, number));
        now_ms + FIRST_TOKEN_MS + written / 2
    }

    /// Another user sends a request, and gets a response.
    fn others(&mut self, happens: Happens, now_ms: u64) {
        let at_ms = self.world.start_ms + now_ms;
        match happens {
            Happens::Ends(id) => {
                let written = self.below(1_000);
                settle(&mut self.account, id, written, at_ms);
            }
            Happens::OthersAsk => {
                let Some(every_ms) = self.world.others_every_ms else { return };
                let (prompt, cap, of) = (self.below(2_000), 1_000 + self.below(2_000), self.below(2));
                let models = &self.world.truth.models;
                let Some(model) = usize::try_from(of).ok().and_then(|of| models.get(of % models.len())) else { return };
                let asked = Demand { model: &model.id, prompt_tokens: prompt, prompt_blocks: &[], cap: Some(cap) };
                if let Ok(admission) = self.account.admit(&asked, at_ms) {
                    let end_ms = now_ms + 200 + self.below(1_000);
                    self.coming.insert((end_ms, Happens::Ends(admission.id.0), OTHERS));
                }
                let next_ms = now_ms + 1 + self.below(2 * every_ms);
                self.coming.insert((next_ms, Happens::OthersAsk, OTHERS));
            }
            _ => {}
        }
    }

    /// Compares a client's gauges with the provider's accounting. The client counts what it has sent, so there can be
    /// less left only by what a bucket does not gain while a request is in transit; and there can be more only by the
    /// reservations of requests that have not arrived or have ended unknown to it. A lost response's usage is unknown.
    fn compare(&mut self, client: &dyn Client, now_ms: u64) {
        let (theirs, at_ms) = (self.theirs(now_ms), self.world.start_ms + now_ms);
        let lost: u64 = self.lost.iter().filter_map(|lost| self.jobs.get(lost.number)).map(most).sum();
        // Without a cap, a response may exceed its reservation, and a header value may show that before its end does.
        let sent =
            self.jobs.iter().zip(&self.outcome.times).filter(|(job, times)| job.cap.is_none() && times.is_some());
        let over: u64 = sent.map(|(job, _)| job.answer).sum();
        let models: Vec<String> = self.world.truth.models.iter().map(|model| model.id.clone()).collect();
        for model in models {
            for gauge in client.gauges(&model, theirs) {
                let entries = windows(&mut self.account, &model, at_ms);
                let Some(entry) = entries.iter().find(|entry| window(entry.kind) == gauge.limit.window) else {
                    continue;
                };
                let truth = u64::try_from(entry.left).unwrap_or(0);
                // A rejected request may count as one or not.
                let requests = (self.lost.len() + self.outcome.refused.len()) as u64;
                let lost = if gauge.limit.window.counts_requests() { requests } else { lost };
                let over = if gauge.limit.window.counts_requests() { 0 } else { over };
                let tolerance = gained(&gauge) + lost + over + self.at_the_border(&gauge, &model, now_ms) + 2;
                if truth + tolerance < gauge.left || truth > gauge.left + gauge.reserved + tolerance {
                    let (name, left, reserved) = (gauge.limit.window.name(), gauge.left, gauge.reserved);
                    let text = format!("{model} {name} at {now_ms}: {truth} left, and not {left} with {reserved} held");
                    self.outcome.impossible.push(text);
                }
            }
        }
    }

    /// What may count in this fixed window or in the one before: it was admitted just after the window began.
    fn at_the_border(&self, gauge: &Gauge, model: &str, now_ms: u64) -> u64 {
        if gauge.limit.refill != RefillPolicy::Fixed {
            return 0;
        }
        let at_ms = self.world.start_ms + now_ms;
        let begins_ms = (at_ms - at_ms % gauge.limit.window.period_ms()).saturating_sub(self.world.start_ms);
        let at_border = self.jobs.iter().zip(&self.outcome.times).filter(|(job, times)| {
            job.model == model
                && times.is_some_and(|(at_ms, _)| (begins_ms..=begins_ms + ON_THE_WAY_MS).contains(&at_ms))
        });
        at_border.map(|(job, _)| if gauge.limit.window.counts_requests() { 1 } else { most(job) }).sum()
    }

    /// Records what was forecast for a job, and the true values.
    fn note(&mut self, number: usize, wait_ms: u64, now_ms: u64) {
        let Some(job) = self.jobs.get(number) else { return };
        let (all_taken, as_it_came) = (self.true_wait(job, now_ms, false), self.true_wait(job, now_ms, true));
        let (Some(if_all_is_taken_ms), Some(as_it_came_ms)) = (all_taken, as_it_came) else { return };
        self.outcome.foretold.push(Foretold { wait_ms, if_all_is_taken_ms, as_it_came_ms });
    }

    /// How long it takes until a job would be admitted if nothing else were sent: by a copy of the provider's account,
    /// including requests in transit; those in flight end as they will, or use their full reservation. `None` if never.
    fn true_wait(&self, job: &Job, now_ms: u64, ends: bool) -> Option<u64> {
        let (mut account, mut coming, mut ms) = (self.account.clone(), self.coming.clone(), now_ms);
        loop {
            while let Some((then_ms, happens, number)) = coming.first().copied().filter(|(then_ms, ..)| *then_ms <= ms)
            {
                coming.pop_first();
                let Some(other) = self.jobs.get(number) else { continue };
                let at_ms = self.world.start_ms + then_ms;
                match happens {
                    Happens::Ends(id) if ends => settle(&mut account, id, self.written(number, other), at_ms),
                    Happens::Arrives => {
                        if let Ok(admission) = account.admit(&demand(other), at_ms) {
                            coming.insert((then_ms + other.takes_ms(), Happens::Ends(admission.id.0), number));
                        }
                    }
                    _ => {}
                }
            }
            let next_ms = coming.first().map(|(ms, ..)| *ms);
            if coming.iter().any(|(_, happens, _)| *happens == Happens::Arrives) {
                ms = next_ms?; // It was sent before, so it is admitted before.
                continue;
            }
            let Some(limited) = would_refuse(&account, job, self.world.start_ms + ms) else { return Some(ms - now_ms) };
            ms = [limited.wait_ms.map(|wait_ms| ms + wait_ms), next_ms].into_iter().flatten().min()?;
        }
    }
}

/// What a bucket gains while a request is in transit, and while the end of a response is.
const fn gained(gauge: &Gauge) -> u64 {
    match gauge.limit.refill {
        RefillPolicy::Bucket => (gauge.limit.limit * 2 * ON_THE_WAY_MS).div_ceil(gauge.limit.window.period_ms()),
        RefillPolicy::Fixed | RefillPolicy::Sliding => 0,
    }
}

/// The most tokens that a job can reserve or use.
fn most(job: &Job) -> u64 {
    job.prompt + job.answer.max(job.cap.unwrap_or(32_768))
}
