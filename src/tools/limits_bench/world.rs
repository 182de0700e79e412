//! What lies between a provider and a client, and what came of it.

use headroom_domain::LimitProfile;
use headroom_limits::Uncertainty;
use headroom_simulator::{Profile, WindowKind};

use crate::workload::Job;

/// 2026-11-21 12:00 UTC: no day ends soon.
pub const NOON_MS: u64 = 1_795_262_400_000;
/// What a client does not know.
#[derive(Clone, Debug)]
pub struct World {
    /// After "where".
    pub name: &'static str,
    /// The terms of the provider.
    pub truth: Profile,
    /// What a client of ours takes them for at the start.
    pub believed: LimitProfile,
    /// When it begins, in milliseconds since 1970.
    pub start_ms: u64,
    /// A request, and the word of its refusal, take up to so many milliseconds on their way.
    pub on_the_way_ms: u64,
    /// The client's clock is so many milliseconds ahead of the provider's, or behind it.
    pub ahead_ms: i64,
    /// The end of an answer takes up to so many milliseconds on its way back.
    pub back_ms: u64,
    /// The beginning of an answer is read up to so many milliseconds late, and so are its headers: they overtake others.
    pub heads_ms: u64,
    /// A client can read the rate headers.
    pub has_headers: bool,
    /// Only those of these windows; of all, where it is empty.
    pub only: Vec<WindowKind>,
    /// Headers say what is left when the answer begins, not when the request was let in.
    pub written_late: bool,
    /// So many answers in a hundred are lost, before or after they begin.
    pub lost_percent: u64,
    /// Somebody else uses the account: one request in so many milliseconds on average.
    pub others_every_ms: Option<u64>,
    /// A client of ours may probe.
    pub probes: bool,
    /// What a client of ours says is left is held against the provider's books all the time.
    pub compares: bool,
    /// Where its random numbers begin.
    pub seed: u64,
}

/// What came of a workload. Times are milliseconds from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// When the provider said no.
    pub refused: Vec<u64>,
    /// When each request was let in and when it had ended; none where it never was.
    pub times: Vec<Option<(u64, u64)>>,
    /// What was foretold, and what was true.
    pub foretold: Vec<Foretold>,
    /// What made a client uncertain of requests that it sent.
    pub uncertainties: Vec<Uncertainty>,
    /// So many were refused of which it was certain that they would be let in.
    pub wrongly_certain: usize,
    /// What a client said was left, where that cannot be.
    pub impossible: Vec<String>,
}

/// How long a request had to wait, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Foretold {
    /// As a client foretold.
    pub wait_ms: u64,
    /// If nothing else is sent and what runs takes all that is held for it: what a client can know.
    pub if_all_is_taken_ms: u64,
    /// If nothing else is sent, and what runs takes what it took.
    pub as_it_came_ms: u64,
}

/// How good what was foretold was.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    /// So many waits.
    pub of: usize,
    /// So many within 5% or 0.3 s of the true one.
    pub right: usize,
    /// Nineteen of twenty are within so many milliseconds.
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
    /// When everything was done; none if it never was.
    #[must_use]
    pub fn finished_ms(&self) -> Option<u64> {
        let ends: Option<Vec<u64>> = self.times.iter().map(|times| times.map(|(_, end)| end)).collect();
        ends?.into_iter().max()
    }

    /// How good what was foretold was: by what a client can know, and as it came. None where nothing was foretold.
    #[must_use]
    pub fn accuracy(&self) -> Option<(Accuracy, Accuracy)> {
        let waits = |truly: fn(&Foretold) -> u64| {
            let waits: Vec<(u64, u64)> = self.foretold.iter().map(|wait| (wait.wait_ms, truly(wait))).collect();
            Accuracy::of(&waits)
        };
        Some((waits(|wait| wait.if_all_is_taken_ms)?, waits(|wait| wait.as_it_came_ms)?))
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
