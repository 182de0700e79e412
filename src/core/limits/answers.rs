//! Compares the values in response headers with our own count for the same time.

use headroom_domain::{LimitReport, LimitSource, LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::{
    effective_limits::usual_refill,
    inferred_limits::{InferredReserve, Learned},
    ledger::Ledger,
    pool::Entry,
    pool_history::{Levels, PoolHistory, Terms},
    reading::Reading,
    reported_limits::{ReportedFigures, ReportedLevel, float},
};

impl Ledger {
    /// Records what the response to a request reported about its windows, given the limits and refund policy known now.
    ///
    /// Responses overlap and their headers overtake each other, so a value is compared with everything our own count
    /// allows for the time in which it can have been written (`reading`). Within that range it is no news, and our
    /// count, which knows what was sent since, stands. Outside it the level is corrected by the difference: someone
    /// else used the account, or our count is wrong.
    ///
    /// A value also shows how much was reserved for a request without a cap, and whether the unused part came back, but
    /// only if the request was alone in its pool and the level before it is known.
    pub fn seen_in_answer(
        &mut self,
        limits: &ModelLimits,
        refund: Refund,
        id: &str,
        report: &LimitReport,
        now_ms: u64,
    ) -> Option<Learned> {
        let known = self.get(id)?;
        let (request, account, pool) = (Entry::of(known), &known.account.clone(), &known.pool.clone());
        let mut report = report.clone();
        let mut learned = None;
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
                    if learned.is_none() && reading.is_alone() { inference(&reading, limits, terms) } else { None };
                match inference {
                    Some(inference) => learned = Some(inference),
                    // The new inference may explain this value too: the next one will show.
                    None if learned.is_some() => {}
                    None => {
                        // As of just before now: what happens in this very millisecond comes on top.
                        let at_ms = now_ms.saturating_sub(1);
                        let level = Levels::new(&history, terms, reported, at_ms).at(at_ms).units + beyond;
                        // If more is left than expected, only the provable part of it counts.
                        let level = if beyond < 0.0 { level.min(reading.level(terms)) } else { level };
                        let level = level.min(float(limit.limit));
                        corrected.push((window, ReportedLevel::corrected(level, at_ms, figures.resets_in_ms())));
                    }
                }
            }
            forget_level(&mut report, window);
            self.update_reported(account, pool, window, |reported| reported.note_figure(&request, left, now_ms));
        }
        match learned {
            Some(PoolInference::NoRefund) => self.infer_refund(account, pool, Refund::Never, now_ms),
            Some(PoolInference::OutputReserve(reserved)) => {
                self.reserve_without_cap(limits, account, pool, reserved, now_ms)
            }
            None => {}
        }
        for (window, reported_level) in corrected {
            self.update_reported(account, pool, window, |reported| reported.correct(reported_level));
        }
        self.seen_in(account, pool, &report, Some(request.sent_ms), now_ms);
        learned.map(|inference| match inference {
            PoolInference::NoRefund => Learned::NoRefund,
            PoolInference::OutputReserve(reserved) => Learned::OutputReserve(reserved.tokens),
        })
    }
}

/// Returns the limit of a reported window: as stated in the report, or as already known.
fn stated(limits: &ModelLimits, figures: &ReportedFigures, window: LimitWindow) -> Option<WindowLimit> {
    let known = limits.windows.iter().find(|limit| limit.window == window).copied();
    match (figures.limit(), known) {
        (Some(limit), Some(known)) => Some(WindowLimit { limit, ..known }),
        (Some(limit), None) => Some(WindowLimit { window, limit, refill: usual_refill(window) }),
        (None, known) => known,
    }
}

/// Removes the level from a report once it has been evaluated; the limit stays.
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

/// What would explain a value our count does not explain, other than use by someone else.
fn inference(reading: &Reading<'_>, limits: &ModelLimits, terms: Terms) -> Option<PoolInference> {
    if terms.limit.window.counts_requests() {
        return None;
    }
    let reserved = reading.inferred_output_reserve(limits, terms).filter(|_| reading.follows_a_known_reserve());
    if let Some((tokens, before)) = reserved {
        return Some(PoolInference::OutputReserve(InferredReserve { tokens, before }));
    }
    let never = Terms { refund: Refund::Never, ..terms };
    let explains = terms.refund == Refund::ToActual && reading.bounds(limits, never).beyond(reading.left).is_none();
    explains.then_some(PoolInference::NoRefund)
}
