//! A client that behaves like the page.

use headroom_domain::{LimitProfile, LimitReport, LimitWindow, ModelLimits};
use headroom_limits::{
    ForecastAccuracy, Gauge, Ledger, Request, Spent, Start, Uncertainty, Waiting, effective_limits, forecast_accuracy,
    gauges, need, plan, probes,
};
use headroom_simulator::Account;

use super::{Client, Refused, in_order};
use crate::{
    provider::window,
    workload::{Job, MODELS},
};

/// The page's logic: its request log, its plan, and what it infers from responses and rejections.
#[derive(Debug)]
pub struct Headroom {
    profile: LimitProfile,
    /// Whether queued requests may be sent early as probes.
    probes: bool,
    pub(super) ledger: Ledger,
    pub(super) waiting: Vec<usize>,
    /// The index and number of tabs, if this is one of several. It plans all queued jobs, and sends its own.
    owns: Option<(usize, usize)>,
    /// Whether the next one sent was forecast to fit.
    expected_to_fit: bool,
    /// The log ids of requests in flight, by job.
    pub(super) running: Vec<(usize, String)>,
    /// The retry times from rejections, by job.
    not_before: Vec<(usize, u64)>,
    wakes_ms: Option<u64>,
    /// The forecast waits of jobs, and whether they were reported.
    foretold: Vec<(usize, u64, bool)>,
}

/// How many queued jobs are planned: nothing behind these goes before them.
const PLANNED: usize = 12;
const ACCOUNT: &str = "provider";
/// The wait after a rejection that names none, as in the page.
const FIRST_WAIT_MS: u64 = 1_000;

impl Headroom {
    /// Creates a client with these initial limits, and with or without probing.
    #[must_use]
    pub fn with(profile: LimitProfile, probes: bool) -> Self {
        Self {
            profile,
            probes,
            ledger: Ledger::default(),
            waiting: Vec::new(),
            owns: None,
            expected_to_fit: true,
            running: Vec::new(),
            not_before: Vec::new(),
            wakes_ms: None,
            foretold: Vec::new(),
        }
    }

    /// Makes it one of several tabs.
    pub(super) fn into_tab(self, tab: usize, of: usize) -> Self {
        Self { owns: Some((tab, of)), ..self }
    }

    /// The accuracy of its forecasts for the newest requests to a model.
    #[must_use]
    pub fn forecast_accuracy(&self, model: &str) -> ForecastAccuracy {
        forecast_accuracy(&self.ledger, ACCOUNT, model)
    }

    fn go(&mut self, number: usize, expected_to_fit: bool) -> Option<usize> {
        self.waiting.retain(|other| *other != number);
        self.expected_to_fit = expected_to_fit;
        Some(number)
    }

    /// The limits now in effect for a model: inferences replace the profile's values.
    fn terms(&self, model: &str, now_ms: u64) -> Option<(LimitProfile, ModelLimits)> {
        let limits = effective_limits(Some(&self.profile), &self.ledger, ACCOUNT, model, now_ms)?;
        let refund = self.ledger.refund(self.profile.refund, ACCOUNT, model, now_ms);
        let uncapped = self.ledger.default_output_reserve(self.profile.uncapped, ACCOUNT, model, now_ms);
        Some((LimitProfile { refund, uncapped, ..self.profile.clone() }, limits))
    }
}

impl Client for Headroom {
    fn wants(&mut self, number: usize, _: u64) {
        self.waiting.push(number);
    }

    fn due(&mut self, _: &Account, jobs: &[Job], now_ms: u64) -> Option<usize> {
        self.wakes_ms = None;
        let order: Vec<usize> = in_order(&self.waiting, jobs).into_iter().take(PLANNED).collect();
        let known: Vec<(&str, (LimitProfile, ModelLimits))> =
            MODELS.iter().filter_map(|model| Some((*model, self.terms(model, now_ms)?))).collect();
        let waiting: Vec<Waiting<'_>> = order
            .iter()
            .filter_map(|number| {
                let job = jobs.get(*number)?;
                let (_, (profile, limits)) = known.iter().find(|(model, _)| *model == job.model)?;
                let told = self.not_before.iter().find(|(other, _)| other == number);
                Some(Waiting {
                    account: ACCOUNT,
                    model: job.model,
                    profile,
                    limits,
                    need: need(profile, limits, job.prompt, job.cap),
                    not_before_ms: told.map_or(0, |(_, ms)| *ms),
                })
            })
            .collect();
        let starts = plan(&self.ledger, &waiting, now_ms);
        let is_own = |number: usize| self.owns.is_none_or(|(tab, tabs)| number % tabs == tab);
        let mut now = order.iter().zip(&starts).filter(|(_, start)| **start == Start::Now);
        if let Some((number, _)) = now.find(|(number, _)| is_own(**number)) {
            return self.go(*number, true);
        }
        if self.probes {
            for probe in probes(&self.ledger, &waiting, &starts, now_ms) {
                let Some(number) = order.get(probe.place).copied() else { continue };
                if probe.at_ms <= now_ms {
                    return self.go(number, false);
                }
                self.wakes_ms = [self.wakes_ms, Some(probe.at_ms)].into_iter().flatten().min();
            }
        }
        let mut models: Vec<&str> = Vec::new();
        for ((number, request), start) in order.iter().zip(&waiting).zip(&starts) {
            let Start::At { ms, binding } = start else { continue };
            self.wakes_ms = [self.wakes_ms, Some(*ms)].into_iter().flatten().min();
            // The first in each queue gets a forecast: nothing else is sent before it.
            let is_first = !models.contains(&request.model);
            models.push(request.model);
            if is_first && binding.is_some() && !self.foretold.iter().any(|(other, ..)| other == number) {
                self.foretold.push((*number, *ms, false));
            }
        }
        None
    }

    fn wakes(&mut self, _: u64) -> Option<u64> {
        self.wakes_ms
    }

    fn sent(&mut self, number: usize, job: &Job, now_ms: u64) {
        // In the order of sending, as the page's are.
        let tab = self.owns.map_or(0, |(tab, _)| tab);
        let id = format!("{:06}-{tab}", self.ledger.all().count());
        let reserved = self
            .terms(job.model, now_ms)
            .map_or(0, |(profile, limits)| need(&profile, &limits, job.prompt, job.cap).tokens());
        self.ledger.sent(Request {
            id: id.clone(),
            account: ACCOUNT.into(),
            pool: job.model.into(),
            model: job.model.into(),
            sent_ms: now_ms,
            reserved,
            uncapped_input: job.cap.is_none().then_some(job.prompt),
            expected_to_fit: Some(self.expected_to_fit),
            ..Request::default()
        });
        self.running.push((number, id));
    }

    fn accepted(&mut self, number: usize, job: &Job, headers: Option<&LimitReport>, now_ms: u64) {
        let Some((_, id)) = self.running.iter().find(|(other, _)| *other == number) else { return };
        let Some((profile, limits)) = self.terms(job.model, now_ms) else { return };
        self.ledger.accepted(&limits, profile.refund, id, now_ms);
        if let Some(report) = headers {
            self.ledger.seen_in_answer(&limits, profile.refund, id, report, now_ms);
        }
    }

    fn refused(&mut self, number: usize, job: &Job, refusal: &Refused<'_>, now_ms: u64) {
        let Some(place) = self.running.iter().position(|(other, _)| *other == number) else { return };
        let (_, id) = self.running.swap_remove(place);
        self.ledger.settled(&id, now_ms, Spent::default(), Some(429));
        let window: LimitWindow = window(refusal.limited.kind);
        let Some((profile, limits)) = self.terms(job.model, now_ms) else { return };
        self.ledger.infer_from_refusal(&limits, profile.refund, &id, window, now_ms);
        // What Cerebras reports: only which window; plus the headers, if they can be read.
        let headers = refusal.headers.cloned().unwrap_or_default();
        let report = LimitReport { exceeded: Some(window), ..headers };
        self.ledger.seen_in_answer(&limits, profile.refund, &id, &report, now_ms);
        self.not_before.retain(|(other, _)| *other != number);
        self.not_before.push((number, now_ms + FIRST_WAIT_MS));
    }

    fn ended(&mut self, number: usize, job: &Job, now_ms: u64) {
        let Some(place) = self.running.iter().position(|(other, _)| *other == number) else { return };
        let (_, id) = self.running.swap_remove(place);
        let spent = Spent { prompt: job.prompt, cached: 0, reasoning: 0, answer: job.answer };
        self.ledger.settled(&id, now_ms, spent, Some(200));
    }

    fn lost(&mut self, number: usize, job: &Job, received: u64, now_ms: u64) {
        let Some(place) = self.running.iter().position(|(other, _)| *other == number) else { return };
        let (_, id) = self.running.swap_remove(place);
        // As in the page: counts what was received of the response, and nothing if it never began.
        let has_begun = self.ledger.get(&id).is_some_and(|request| request.status.is_some());
        let prompt = if has_begun { job.prompt } else { 0 };
        let spent = Spent { prompt, cached: 0, reasoning: 0, answer: received };
        self.ledger.settled(&id, now_ms, spent, has_begun.then_some(200));
        self.ledger.unreported(&id);
    }

    fn uncertainty(&self, _: usize, job: &Job, now_ms: u64) -> Option<Uncertainty> {
        let (profile, limits) = self.terms(job.model, now_ms).filter(|_| self.expected_to_fit)?;
        let need = need(&profile, &limits, job.prompt, job.cap);
        self.ledger.uncertainty(&[], &profile, &limits, ACCOUNT, job.model, need, now_ms)
    }

    fn gauges(&self, model: &str, now_ms: u64) -> Vec<Gauge> {
        let Some((profile, limits)) = self.terms(model, now_ms) else { return Vec::new() };
        gauges(&self.ledger, ACCOUNT, model, &limits, profile.refund, now_ms)
    }

    fn foretold(&mut self) -> Vec<(usize, u64)> {
        let untold = self.foretold.iter_mut().filter(|(.., told)| !told);
        untold
            .map(|(number, at_ms, told)| {
                *told = true;
                (*number, *at_ms)
            })
            .collect()
    }
}
