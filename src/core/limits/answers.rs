//! What the headers of an answer say, beside what our own count makes of the same time.

use headroom_domain::{LimitReport, LimitSource, LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::{
    effective_limits::usual_refill,
    inferred_limits::{InferredReserve, Learnt},
    ledger::Ledger,
    pool::Entry,
    pool_history::{Levels, PoolHistory, Terms},
    reading::Reading,
    reported_limits::{ReportedFigures, ReportedLevel, float},
};

impl Ledger {
    /// Notes what the answer to a request said of its windows, with the limits and the refund as they are known by now.
    ///
    /// Answers overlap, and their headers overtake each other, so a figure is held against all that our own count allows for
    /// the time in which it can have been written (`reading`). Within that it is no news, and our count, which knows what was
    /// sent since, stands. Beyond it the level is corrected by the difference: somebody else used the account, or our count
    /// is wrong.
    ///
    /// A figure also tells how much was held for a request without a cap, and whether what was not used came back: but only
    /// where the request was alone in its pool, and the level before it is known.
    pub fn seen_in_answer(
        &mut self,
        limits: &ModelLimits,
        refund: Refund,
        id: &str,
        report: &LimitReport,
        now_ms: u64,
    ) -> Option<Learnt> {
        let known = self.get(id)?;
        let (request, account, pool) = (Entry::of(known), &known.account.clone(), &known.pool.clone());
        let mut report = report.clone();
        let mut learnt = None;
        let mut corrected = Vec::new();
        for window in LimitWindow::ALL {
            let figures = ReportedFigures::of(&report, window);
            let Some(limit) = stated(limits, &figures, window) else { continue };
            let Some(left) = figures.left_of(limit.limit) else { continue };
            let history = PoolHistory::of(self, account, pool);
            let reported = history.reported(window, now_ms);
            let reading = Reading { history: &history, reported, request, left: float(left), now_ms };
            let terms = Terms::new(limit, refund);
            if let Some(beyond) = reading.bounds(limits, terms).beyond(reading.left) {
                let inference =
                    if learnt.is_none() && reading.is_alone() { inference(&reading, limits, terms) } else { None };
                match inference {
                    Some(inference) => learnt = Some(inference),
                    // With what was just learnt this figure may be explained too: the next one tells.
                    None if learnt.is_some() => {}
                    None => {
                        // As of just before now: what happens in this very millisecond comes on top.
                        let at_ms = now_ms.saturating_sub(1);
                        let level = Levels::new(&history, terms, reported, at_ms).at(at_ms).units + beyond;
                        // More than was thought is taken for certain only as far as it must be.
                        let level = if beyond < 0.0 { level.min(reading.level(terms)) } else { level };
                        let level = level.min(float(limit.limit));
                        corrected.push((window, ReportedLevel::corrected(level, at_ms, figures.resets_in_ms())));
                    }
                }
            }
            forget_level(&mut report, window);
            self.update_reported(account, pool, window, |reported| reported.note_figure(&request, left, now_ms));
        }
        match learnt {
            Some(PoolInference::NoRefund) => self.infer_refund(account, pool, Refund::Never, now_ms),
            Some(PoolInference::OutputReserve(held)) => self.hold_without_cap(limits, account, pool, held, now_ms),
            None => {}
        }
        for (window, reported_level) in corrected {
            self.update_reported(account, pool, window, |reported| reported.correct(reported_level));
        }
        self.seen_in(account, pool, &report, Some(request.sent_ms), now_ms);
        learnt.map(|inference| match inference {
            PoolInference::NoRefund => Learnt::NoRefund,
            PoolInference::OutputReserve(held) => Learnt::OutputReserve(held.tokens),
        })
    }
}

/// The limit of a window that a report is about: as it states it, or as it is known.
fn stated(limits: &ModelLimits, figures: &ReportedFigures, window: LimitWindow) -> Option<WindowLimit> {
    let known = limits.windows.iter().find(|limit| limit.window == window).copied();
    match (figures.limit(), known) {
        (Some(limit), Some(known)) => Some(WindowLimit { limit, ..known }),
        (Some(limit), None) => Some(WindowLimit { window, limit, refill: usual_refill(window) }),
        (None, known) => known,
    }
}

/// The level is judged: its figures are left out, the limit stays.
fn forget_level(report: &mut LimitReport, window: LimitWindow) {
    for source in [LimitSource::Header, LimitSource::Refusal] {
        if report.fact(window, source).is_some() {
            report.record(window, source, |fact| {
                (fact.remaining, fact.used, fact.resets_in_ms) = (None, None, None);
            });
        }
    }
}

#[derive(Clone, Copy)]
enum PoolInference {
    NoRefund,
    OutputReserve(InferredReserve),
}

/// What would explain a figure that our count does not, other than somebody else.
fn inference(reading: &Reading<'_>, limits: &ModelLimits, terms: Terms) -> Option<PoolInference> {
    if terms.limit.window.counts_requests() {
        return None;
    }
    let held = reading.inferred_output_reserve(limits, terms).filter(|_| reading.follows_a_known_hold());
    if let Some((tokens, before)) = held {
        return Some(PoolInference::OutputReserve(InferredReserve { tokens, before }));
    }
    let never = Terms { refund: Refund::Never, ..terms };
    let explains = terms.refund == Refund::ToActual && reading.bounds(limits, never).beyond(reading.left).is_none();
    explains.then_some(PoolInference::NoRefund)
}
