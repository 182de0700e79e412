//! What the headers of an answer say, beside what our own count makes of the same time.

use headroom_domain::{LimitReport, LimitSource, LimitWindow, ModelLimits, Refund, WindowLimit};

use crate::{
    books::{Books, Levels, Terms},
    heard::{Said, Word, float},
    known::usual_law,
    learnt::{Held, Learnt},
    ledger::Ledger,
    pool::Entry,
    reading::Reading,
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
            let said = Said::of(&report, window);
            let Some(limit) = stated(limits, &said, window) else { continue };
            let Some(left) = said.left_of(limit.limit) else { continue };
            let books = Books::of(self, account, pool);
            let heard = books.heard(window, now_ms);
            let reading = Reading { books: &books, heard, request, left: float(left), now_ms };
            let terms = Terms::new(limit, refund);
            if let Some(beyond) = reading.bounds(limits, terms).beyond(reading.left) {
                let lesson =
                    if learnt.is_none() && reading.is_alone() { lesson(&reading, limits, terms) } else { None };
                match lesson {
                    Some(lesson) => learnt = Some(lesson),
                    // With what was just learnt this figure may be explained too: the next one tells.
                    None if learnt.is_some() => {}
                    None => {
                        // As of just before now: what happens in this very millisecond comes on top.
                        let at_ms = now_ms.saturating_sub(1);
                        let level = Levels::new(&books, terms, heard, at_ms).at(at_ms).units + beyond;
                        // More than was thought is taken for certain only as far as it must be.
                        let level = if beyond < 0.0 { level.min(reading.level(terms)) } else { level };
                        let level = level.min(float(limit.limit));
                        corrected.push((window, Word::corrected(level, at_ms, said.resets_in_ms())));
                    }
                }
            }
            forget_level(&mut report, window);
            self.note_heard(account, pool, window, |heard| heard.note_figure(&request, left, now_ms));
        }
        match learnt {
            Some(Lesson::NoRefund) => self.learn_refund(account, pool, Refund::Never, now_ms),
            Some(Lesson::Uncapped(held)) => self.hold_without_cap(limits, account, pool, held, now_ms),
            None => {}
        }
        for (window, word) in corrected {
            self.note_heard(account, pool, window, |heard| heard.correct(word));
        }
        self.seen_in(account, pool, &report, Some(request.sent_ms), now_ms);
        learnt.map(|lesson| match lesson {
            Lesson::NoRefund => Learnt::NoRefund,
            Lesson::Uncapped(held) => Learnt::Uncapped(held.tokens),
        })
    }
}

/// The limit of a window that a report is about: as it states it, or as it is known.
fn stated(limits: &ModelLimits, said: &Said, window: LimitWindow) -> Option<WindowLimit> {
    let known = limits.windows.iter().find(|limit| limit.window == window).copied();
    match (said.limit(), known) {
        (Some(limit), Some(known)) => Some(WindowLimit { limit, ..known }),
        (Some(limit), None) => Some(WindowLimit { window, limit, law: usual_law(window) }),
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
enum Lesson {
    NoRefund,
    Uncapped(Held),
}

/// What would explain a figure that our count does not, other than somebody else.
fn lesson(reading: &Reading<'_>, limits: &ModelLimits, terms: Terms) -> Option<Lesson> {
    if terms.limit.window.counts_requests() {
        return None;
    }
    let held = reading.held_without_cap(limits, terms).filter(|_| reading.follows_a_known_hold());
    if let Some((tokens, before)) = held {
        return Some(Lesson::Uncapped(Held { tokens, before }));
    }
    let never = Terms { refund: Refund::Never, ..terms };
    let explains = terms.refund == Refund::ToActual && reading.bounds(limits, never).beyond(reading.left).is_none();
    explains.then_some(Lesson::NoRefund)
}
