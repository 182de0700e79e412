//! The conditions between a provider and a client, and the results of a run.

use headroom_domain::LimitProfile;
use headroom_limits::Uncertainty;
use headroom_simulator::{Profile, WindowKind};

use crate::workload::Job;

/// 2026-11-21 12:00 UTC: no day ends soon.
pub const NOON_MS: u64 = 1_795_262_400_000;
/// Conditions that a client does not know.
#[derive(Clone, Debug)]
pub struct World {
    /// A description that follows "where".
    pub name: &'static str,
    /// The provider's actual limits.
    pub truth: Profile,
    /// The limits that our client assumes at the start.
    pub believed: LimitProfile,
    /// When it begins, in milliseconds since 1970.
    pub start_ms: u64,
    /// Maximum latency of a request, and of its rejection, in milliseconds.
    pub on_the_way_ms: u64,
    /// How many milliseconds the client's clock is ahead of the provider's; negative if behind.
    pub ahead_ms: i64,
    /// Maximum latency of the end of a response, in milliseconds.
    pub back_ms: u64,
    /// Maximum delay until the beginning of a response and its headers are read, in milliseconds: they overtake others.
    pub heads_ms: u64,
    /// Whether a client can read the rate limit headers.
    pub has_headers: bool,
    /// Headers only for these windows; for all, if empty.
    pub only: Vec<WindowKind>,
    /// Headers report what is left when the response begins, not when the request was admitted.
    pub written_late: bool,
    /// Percentage of responses that are lost, before or after they begin.
    pub lost_percent: u64,
    /// Another user of the account sends one request in this many milliseconds on average.
    pub others_every_ms: Option<u64>,
    /// Whether our client may probe.
    pub probes: bool,
    /// Whether our client's gauges are compared with the provider's accounting all the time.
    pub compares: bool,
    /// The seed of its random numbers.
    pub seed: u64,
}

/// The results of a workload. Times are milliseconds from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// When the provider rejected a request.
    pub refused: Vec<u64>,
    /// When each request was admitted and when it had ended; `None` if it never was.
    pub times: Vec<Option<(u64, u64)>>,
    /// What was forecast, and what was true.
    pub foretold: Vec<Foretold>,
    /// Why a client was uncertain about requests that it sent.
    pub uncertainties: Vec<Uncertainty>,
    /// How many were rejected that it was certain would be admitted.
    pub wrongly_certain: usize,
    /// Gauge values of a client that are impossible.
    pub impossible: Vec<String>,
}

/// How long a request had to wait, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Foretold {
    /// As a client forecast.
    pub wait_ms: u64,
    /// If nothing else is sent and requests in flight use their full reservation: what a client can know.
    pub if_all_is_taken_ms: u64,
    /// If nothing else is sent, and requests in flight use what they used.
    pub as_it_came_ms: u64,
}

/// The accuracy of forecast waits.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    /// The number of waits.
    pub of: usize,
    /// How many are within 5% or 0.3 s of the true one.
    pub right: usize,
    /// 19 of 20 are within this many milliseconds.
    pub most_within_ms: u64,
}

impl Accuracy {
    fn of(waits: &[(u64, u64)]) -> Option<Self> {
        let mut errors: Vec<u64> = waits.iter().map(|(foretold, truly)| foretold.abs_diff(*truly)).collect();
        errors.sort_unstable();
        let right = waits.iter().filter(|(foretold, truly)| foretold.abs_diff(*truly) <= (truly / 20).max(300));
        let most_within_ms = *errors.get((errors.len() * 19 / 20).min(errors.len().checked_sub(1)?))?;
        Some(Self { of: waits.len(), right: right.count(), most_within_ms })
    }
}

impl Outcome {
    /// When everything was done; `None` if it never was.
    #[must_use]
    pub fn finished_ms(&self) -> Option<u64> {
        let ends: Option<Vec<u64>> = self.times.iter().map(|times| times.map(|(_, end)| end)).collect();
        ends?.into_iter().max()
    }

    /// The accuracy of the forecasts: by what a client can know, and as it came. `None` without forecasts.
    #[must_use]
    pub fn accuracy(&self) -> Option<(Accuracy, Accuracy)> {
        let waits = |truly: fn(&Foretold) -> u64| {
            let waits: Vec<(u64, u64)> = self.foretold.iter().map(|wait| (wait.wait_ms, truly(wait))).collect();
            Accuracy::of(&waits)
        };
        Some((waits(|wait| wait.if_all_is_taken_ms)?, waits(|wait| wait.as_it_came_ms)?))
    }

    /// The 95th percentile of how long a user waited for a request to be admitted, in milliseconds.
    #[must_use]
    pub fn interactive_wait_ms(&self, jobs: &[Job]) -> Option<u64> {
        let of_user = jobs.iter().zip(&self.times).filter(|(job, _)| job.interactive);
        let mut waits: Vec<u64> = of_user.filter_map(|(job, times)| Some(times.as_ref()?.0 - job.at_ms)).collect();
        waits.sort_unstable();
        waits.get((waits.len() * 19 / 20).min(waits.len().checked_sub(1)?)).copied()
    }
}
