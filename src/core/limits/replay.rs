//! What happened to a window, one thing after the other, by its law.

use headroom_domain::Law;

use crate::{
    books::{Books, Terms},
    heard::float,
    ledger::Request,
};

/// Where a replay starts.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    /// The time of the level, in milliseconds since 1970.
    pub(crate) then_ms: u64,
    /// Requests of this time or later are not in the level yet.
    pub(crate) from_ms: u64,
    /// What is free then; the limit, where nothing before it matters.
    pub(crate) level: f64,
    /// Whether it is the provider's word: requests before it are in the level with what is held for them.
    pub(crate) said: bool,
}

/// One thing that happens.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    /// A request is sent: its reservation is held.
    Sent(&'a Request),
    /// It ends: what it took is held in place of the reservation.
    Ended(&'a Request),
    /// It leaves a sliding window.
    Returned(&'a Request),
}

/// What happened, in order. Each list is in order already, so this is one pass over them.
#[derive(Clone, Copy)]
pub(crate) struct Changes<'a> {
    sent: &'a [&'a Request],
    ended: &'a [(u64, &'a Request)],
    returned: &'a [&'a Request],
    period_ms: u64,
}

impl<'a> Changes<'a> {
    /// What was sent and what ended, from `from_ms` on.
    pub(crate) fn of(books: &'a Books<'a>, from_ms: u64) -> Self {
        Self { sent: books.sent_from(from_ms), ended: books.ended_from(from_ms), returned: &[], period_ms: 0 }
    }

    /// And each request leaves so long after it was sent.
    fn returning(self, period_ms: u64) -> Self {
        Self { returned: self.sent, period_ms, ..self }
    }

    /// The next change, if it comes at `until_ms` or before.
    ///
    /// Of two at one time an end comes before the sending of a later request, as the provider's books have it, but never
    /// before its own request.
    pub(crate) fn next(&mut self, until_ms: u64) -> Option<(u64, Change<'a>)> {
        let sent = self.sent.split_first().map(|(request, rest)| (request.sent_ms, *request, rest));
        let ended = self.ended.split_first().map(|((at_ms, request), rest)| (*at_ms, *request, rest));
        let end_first = match (&ended, &sent) {
            (Some((end_ms, ended, _)), Some((sent_ms, sent, _))) => (end_ms, ended.place()) < (sent_ms, sent.place()),
            (ended, _) => ended.is_some(),
        };
        let mut next_ms =
            if end_first { ended.as_ref().map(|(at_ms, ..)| *at_ms) } else { sent.as_ref().map(|(at_ms, ..)| *at_ms) };
        if let Some((request, rest)) = self.returned.split_first() {
            let at_ms = request.sent_ms.saturating_add(self.period_ms);
            if next_ms.is_none_or(|next_ms| at_ms < next_ms) {
                next_ms = Some(at_ms);
                if at_ms <= until_ms {
                    self.returned = rest;
                    return Some((at_ms, Change::Returned(request)));
                }
            }
        }
        let at_ms = next_ms.filter(|at_ms| *at_ms <= until_ms)?;
        if end_first {
            let (_, request, rest) = ended?;
            self.ended = rest;
            return Some((at_ms, Change::Ended(request)));
        }
        let (_, request, rest) = sent?;
        self.sent = rest;
        Some((at_ms, Change::Sent(request)))
    }
}

/// A window on its way through time.
#[derive(Clone, Copy)]
pub(crate) struct Replay<'a> {
    terms: Terms,
    start: Start,
    changes: Changes<'a>,
    level: f64,
    then_ms: u64,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(books: &'a Books<'a>, terms: Terms, start: Start) -> Self {
        let changes = Changes::of(books, start.from_ms);
        // What the provider's word counts comes back as a whole when the word ends; later requests are still inside then.
        let each_returns = terms.limit.law == Law::Sliding && !start.said;
        let changes = if each_returns { changes.returning(terms.limit.window.period_ms()) } else { changes };
        Self { terms, start, changes, level: start.level, then_ms: start.then_ms }
    }

    /// The level at a time, by what had happened until then; times may only grow. One that was overdrawn is below 0.
    pub(crate) fn at(&mut self, at_ms: u64) -> f64 {
        while let Some((change_ms, change)) = self.changes.next(at_ms) {
            self.apply(change_ms, change);
        }
        self.pass(at_ms);
        self.level.min(float(self.terms.limit.limit))
    }

    /// The level now, where everything that is known has happened: what lies ahead counts as of now.
    pub(crate) fn now(&mut self, now_ms: u64) -> f64 {
        self.at(now_ms);
        self.changes.returned = &[];
        while let Some((_, change)) = self.changes.next(u64::MAX) {
            self.apply(now_ms, change);
        }
        self.level.min(float(self.terms.limit.limit))
    }

    fn pass(&mut self, at_ms: u64) {
        let size = float(self.terms.limit.limit);
        let period = self.terms.limit.window.period_ms();
        match self.terms.limit.law {
            Law::Bucket => {
                let back = size / float(period) * float(at_ms.saturating_sub(self.then_ms));
                self.level = (self.level + back).min(size);
            }
            Law::Fixed if at_ms / period > self.then_ms / period => self.level = size,
            Law::Fixed | Law::Sliding => {}
        }
        self.then_ms = self.then_ms.max(at_ms);
    }

    fn apply(&mut self, at_ms: u64, change: Change<'_>) {
        self.pass(at_ms);
        let period = self.terms.limit.window.period_ms();
        let (held, actual) = (|request| float(self.terms.held(request)), |request| float(self.terms.taken(request)));
        self.level += match change {
            Change::Sent(request) => -held(request),
            Change::Ended(request) if self.concerns(request, at_ms) => held(request) - actual(request),
            Change::Ended(_) => 0.0,
            Change::Returned(request) => {
                let ended = request.end_ms().is_some_and(|end_ms| end_ms < request.sent_ms.saturating_add(period));
                if ended { actual(request) } else { held(request) }
            }
        };
        if self.terms.limit.law == Law::Bucket {
            self.level = self.level.min(float(self.terms.limit.limit));
        }
    }

    /// Whether the end of a request changes what this window holds for it.
    fn concerns(&self, request: &Request, at_ms: u64) -> bool {
        let before = request.sent_ms < self.start.from_ms;
        if before && self.start.said && request.refused() {
            return false; // The provider held nothing for it.
        }
        let period = self.terms.limit.window.period_ms();
        match self.terms.limit.law {
            Law::Bucket => true,
            // A request counts in the period that let it in.
            Law::Fixed => request.sent_ms.min(at_ms) / period == at_ms / period,
            Law::Sliding => (!before || self.start.said) && at_ms < request.sent_ms.saturating_add(period),
        }
    }
}
