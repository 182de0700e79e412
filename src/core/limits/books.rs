//! What one pool of one account sent, in the orders in which its windows need it: made once for all of them.

use headroom_domain::{Law, LimitWindow, Refund, WindowLimit};

use crate::{
    heard::{Heard, Word, float},
    ledger::{Ledger, Request},
    replay::{Replay, Start},
};

/// The requests of a pool.
pub(crate) struct Books<'a> {
    ledger: &'a Ledger,
    account: &'a str,
    pool: &'a str,
    /// By the time of sending, as the ledger has them.
    pub(crate) sent: Vec<&'a Request>,
    /// Those that have ended, by the time of their end.
    pub(crate) ended: Vec<(u64, &'a Request)>,
    /// Those that run.
    pub(crate) running: Vec<&'a Request>,
    /// No window of tokens ever held back more than this, all requests together.
    most_tokens: u64,
}

impl<'a> Books<'a> {
    pub(crate) fn of(ledger: &'a Ledger, account: &'a str, pool: &'a str) -> Self {
        let sent: Vec<&Request> = ledger.of_pool(account, pool).collect();
        let (mut ended, mut running, mut most_tokens) = (Vec::with_capacity(sent.len()), Vec::new(), 0_u64);
        for request in &sent {
            let taken = request.settled.map_or(0, |(_, spent)| spent.total());
            most_tokens = most_tokens.saturating_add(request.reserved.max(taken));
            match request.end_ms() {
                Some(end_ms) => ended.push((end_ms, *request)),
                None => running.push(*request),
            }
        }
        // Nearly in order already: only those that ran side by side may have changed places, and runs are kept.
        ended.sort_by_key(|(end_ms, _)| *end_ms);
        Self { ledger, account, pool, sent, ended, running, most_tokens }
    }

    /// What was said of a window.
    pub(crate) fn heard(&self, window: LimitWindow, now_ms: u64) -> Option<&'a Heard> {
        self.ledger.heard(self.account, self.pool, window, now_ms)
    }

    /// Those sent at `from_ms` or later.
    pub(crate) fn sent_from(&self, from_ms: u64) -> &[&'a Request] {
        let first = self.sent.partition_point(|request| request.sent_ms < from_ms);
        self.sent.get(first..).unwrap_or_default()
    }

    /// Those that ended at `from_ms` or later.
    pub(crate) fn ended_from(&self, from_ms: u64) -> &[(u64, &'a Request)] {
        let first = self.ended.partition_point(|(end_ms, _)| *end_ms < from_ms);
        self.ended.get(first..).unwrap_or_default()
    }

    /// From when on a window has to be replayed to know it at `at_ms`: what was before makes no difference.
    ///
    /// A bucket lacks, at any time, the most that any stretch up to then has taken beyond what came back meanwhile. No
    /// stretch takes more than all requests together, so one that is long enough for all of that to come back lacks
    /// nothing, and what was before it can be left out.
    fn relevant_from(&self, limit: WindowLimit, at_ms: u64) -> u64 {
        let period = limit.window.period_ms();
        match limit.law {
            Law::Fixed => at_ms / period * period,
            Law::Sliding => at_ms.saturating_add(1).saturating_sub(period),
            Law::Bucket => {
                let most =
                    if limit.window.counts_requests() { float_len(self.sent.len()) } else { float(self.most_tokens) };
                let back = (most / (float(limit.limit) / float(period))).ceil();
                at_ms.saturating_sub(milliseconds(back).saturating_add(1))
            }
        }
    }
}

/// A window and what becomes of reservations.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) limit: WindowLimit,
    pub(crate) refund: Refund,
}

impl Terms {
    /// What a request takes while it runs.
    pub(crate) const fn held(&self, request: &Request) -> u64 {
        if self.limit.window.counts_requests() { 1 } else { request.reserved }
    }

    /// What it takes in the end; `None` while it runs. One that was refused still counts as a request: some providers
    /// count those too.
    pub(crate) fn actual(&self, request: &Request) -> Option<u64> {
        let (_, spent) = request.settled?;
        if self.limit.window.counts_requests() {
            return Some(1);
        }
        if request.refused() {
            return Some(0);
        }
        let spent = match self.limit.window {
            LimitWindow::TokensMinuteUncached => spent.uncached(),
            _ => spent.total(),
        };
        Some(if self.refund == Refund::Never { spent.max(request.reserved) } else { spent })
    }

    /// What it takes as far as is known.
    pub(crate) fn taken(&self, request: &Request) -> u64 {
        self.actual(request).unwrap_or_else(|| self.held(request))
    }
}

/// How full a window was, and is.
pub(crate) struct Levels<'a> {
    own: Replay<'a>,
    said: Option<Told<'a>>,
    /// A refusal that gave no figures.
    bound: Option<Told<'a>>,
}

/// A replay from the provider's word.
struct Told<'a> {
    word: Word,
    until_ms: u64,
    replay: Replay<'a>,
}

/// A level, fractions included, and the provider's word it rests on.
pub(crate) struct Level {
    pub(crate) units: f64,
    pub(crate) word: Option<Word>,
}

impl<'a> Levels<'a> {
    /// Levels from `from_ms` on, to be asked for in the order of time.
    pub(crate) fn new(books: &'a Books<'a>, terms: Terms, heard: Option<&Heard>, from_ms: u64) -> Self {
        let told = |word: Word| {
            let start = Start {
                then_ms: word.at_ms,
                from_ms: word.at_ms.saturating_add(1),
                level: word.level(terms.limit),
                said: true,
            };
            Told { word, until_ms: word.until_ms(terms.limit), replay: Replay::new(books, terms, start) }
        };
        let from_ms = books.relevant_from(terms.limit, from_ms);
        let start = Start { then_ms: from_ms, from_ms, level: float(terms.limit.limit), said: false };
        Self {
            own: Replay::new(books, terms, start),
            said: heard.and_then(|heard| heard.level).map(told),
            bound: heard.and_then(|heard| heard.bound).map(told),
        }
    }

    /// The level at a time that lies behind us: of what came later nothing is known then.
    pub(crate) fn at(&mut self, at_ms: u64) -> Level {
        self.choose(|told| (told.word.at_ms..told.until_ms).contains(&at_ms), |replay| replay.at(at_ms))
    }

    /// The level now. What is said to lie ahead happens now: clocks differ, and early is better than over.
    pub(crate) fn now(&mut self, now_ms: u64) -> Level {
        self.choose(|told| now_ms < told.until_ms, |replay| replay.now(now_ms))
    }

    /// The provider's word before our own count; and never more than a refusal leaves.
    fn choose(&mut self, holds: impl Fn(&Told<'_>) -> bool, level: impl Fn(&mut Replay<'_>) -> f64) -> Level {
        let mut chosen = match self.said.as_mut().filter(|told| holds(told)) {
            Some(told) => Level { units: level(&mut told.replay), word: Some(told.word) },
            None => Level { units: level(&mut self.own), word: None },
        };
        if let Some(told) = self.bound.as_mut().filter(|told| holds(told)) {
            let units = level(&mut told.replay);
            if units < chosen.units {
                chosen = Level { units, word: Some(told.word) };
            }
        }
        chosen
    }
}

#[expect(clippy::cast_precision_loss, reason = "so many requests there never are")]
const fn float_len(length: usize) -> f64 {
    length as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
const fn milliseconds(number: f64) -> u64 {
    number as u64
}
