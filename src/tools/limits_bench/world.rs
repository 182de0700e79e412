//! Virtual time, the provider, and what came of it.

use std::collections::BTreeSet;

use headroom_simulator::{Account, Demand, Limited, Outcome as Ended, Profile, Refund, Refusal, RequestId, Unit, Used};

use crate::{clients::Client, workload::Job};

/// 2026-11-21 12:00 UTC: no day ends soon.
pub const NOON_MS: u64 = 1_795_262_400_000;
/// Who has not finished by then never will.
const LONGEST_MS: u64 = 3 * 3_600_000;

/// What came of a workload.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How often the provider said no.
    pub refused: u32,
    /// When each request was let in and when it had ended, in milliseconds; none where it never was.
    pub times: Vec<Option<(u64, u64)>>,
}

impl Outcome {
    /// When everything was done, in milliseconds; none if it never was.
    #[must_use]
    pub fn finished_ms(&self) -> Option<u64> {
        let ends: Option<Vec<u64>> = self.times.iter().map(|times| times.map(|(_, end)| end)).collect();
        ends?.into_iter().max()
    }

    /// The longest that a user waited for a request to be let in, of nineteen in twenty, in milliseconds.
    #[must_use]
    pub fn interactive_wait_ms(&self, jobs: &[Job]) -> Option<u64> {
        let of_user = jobs.iter().zip(&self.times).filter(|(job, _)| job.interactive);
        let mut waits: Vec<u64> = of_user.filter_map(|(job, times)| Some(times.as_ref()?.0 - job.at_ms)).collect();
        waits.sort_unstable();
        waits.get((waits.len() * 19 / 20).min(waits.len().checked_sub(1)?)).copied()
    }
}

/// Lets a client work off the jobs against an account with these terms.
pub fn run(client: &mut dyn Client, jobs: &[Job], terms: &Profile) -> Outcome {
    let mut account = Account::new(terms.clone(), NOON_MS);
    let mut outcome = Outcome { refused: 0, times: vec![None; jobs.len()] };
    let mut running: BTreeSet<(u64, usize, u64)> = BTreeSet::new();
    let mut coming: Vec<usize> = (0..jobs.len()).collect();
    coming.sort_by_key(|number| jobs.get(*number).map(|job| job.at_ms));
    let mut coming = coming.into_iter().peekable();
    let mut now_ms = 0;
    while now_ms < LONGEST_MS {
        while let Some((_, number, id)) = running.first().copied().filter(|(end_ms, ..)| *end_ms <= now_ms) {
            running.pop_first();
            let Some(job) = jobs.get(number) else { continue };
            let used = Used { completion: job.answer, reasoning: 0 };
            account.settle(RequestId(id), used, Ended::Complete, NOON_MS + now_ms);
            client.ended(number, job, NOON_MS + now_ms);
        }
        while let Some(number) = coming.next_if(|number| jobs.get(*number).is_some_and(|job| job.at_ms <= now_ms)) {
            client.wants(number, NOON_MS + now_ms);
        }
        while let Some(number) = client.due(&mut account, jobs, NOON_MS + now_ms) {
            let Some(job) = jobs.get(number) else { break };
            match account.admit(&demand(job), NOON_MS + now_ms) {
                Ok(admission) => {
                    let end_ms = now_ms + job.takes_ms();
                    running.insert((end_ms, number, admission.id.0));
                    if let Some(times) = outcome.times.get_mut(number) {
                        *times = Some((now_ms, end_ms));
                    }
                    client.let_in(number, job, NOON_MS + now_ms);
                }
                Err(Refusal::RateLimited(limited)) => {
                    outcome.refused += 1;
                    client.refused(number, job, &limited, NOON_MS + now_ms);
                }
                Err(_) => client.give_up(number),
            }
        }
        let wakes = client.wakes(NOON_MS + now_ms).map(|ms| ms.saturating_sub(NOON_MS));
        let ends = running.first().map(|(end_ms, ..)| *end_ms);
        let comes = coming.peek().and_then(|number| jobs.get(*number)).map(|job| job.at_ms);
        let Some(next) = [wakes, ends, comes].into_iter().flatten().min() else { break };
        now_ms = next.max(now_ms + 1);
    }
    outcome
}

/// What the provider is asked for.
#[must_use]
pub fn demand(job: &Job) -> Demand<'_> {
    Demand { model: job.model, prompt_tokens: job.prompt, prompt_blocks: &[], cap: Some(job.cap) }
}

/// The window that would refuse a job now; none if none would.
#[must_use]
pub fn would_refuse(account: &Account, job: &Job, now_ms: u64) -> Option<Limited> {
    match account.clone().admit(&demand(job), now_ms) {
        Err(Refusal::RateLimited(limited)) => Some(limited),
        _ => None,
    }
}

/// No schedule finishes earlier, in milliseconds, whoever makes it and whatever it knows: by the time the last request of
/// a model is let in, each bucket has given what all others used and what is held for the last one.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bound in ms"
)]
pub fn bound_ms(jobs: &[Job], terms: &Profile) -> u64 {
    let mut bound = jobs.iter().map(|job| job.at_ms + job.takes_ms()).max().unwrap_or(0);
    for model in &terms.models {
        let of_model: Vec<&Job> = jobs.iter().filter(|job| job.model == model.id).collect();
        let soonest = of_model.iter().map(|job| job.takes_ms()).min().unwrap_or(0);
        for window in &model.windows {
            let (held, used): (Vec<u64>, Vec<u64>) = of_model
                .iter()
                .map(|job| match (window.kind.unit(), terms.refund) {
                    (Unit::Requests, _) => (1, 1),
                    (_, Refund::ToActual) => (job.prompt + job.cap, job.prompt + job.answer),
                    (_, Refund::Never) => (job.prompt + job.cap, job.prompt + job.cap),
                })
                .unzip();
            // The last one is whichever makes this least.
            let spare = held.iter().zip(&used).map(|(held, used)| held - used).min().unwrap_or(0);
            let needed = (used.iter().sum::<u64>() + spare).saturating_sub(window.limit);
            let wait = needed as f64 * window.kind.period_ms() as f64 / window.limit as f64;
            bound = bound.max(wait as u64 + soonest);
        }
    }
    bound
}
