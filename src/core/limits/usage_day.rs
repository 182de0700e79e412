//! The day's token usage in one sentence, and its cost.

use headroom_domain::{LimitWindow, Price, grouped};

use crate::{
    DAY_MS, HOUR_MS, MINUTE_MS,
    gauge::{Gauge, ceiling},
    ledger::Ledger,
    reported_limits::float,
    request::Request,
    verdict::{Need, cost_dollars},
};

/// The state of the day's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageDay {
    /// The token limit of a day.
    pub limit: u64,
    /// Tokens left.
    pub left: u64,
    /// How many more requests like those of the last 24 hours fit in what is left; without any of these, like the
    /// current draft.
    pub more_like_this: Option<u64>,
    /// Milliseconds until they are full again.
    pub refills_in_ms: u64,
    /// When that is, in milliseconds since 1970.
    pub refills_at_ms: u64,
    /// Milliseconds until nothing is left, at the pace of the last hour; `None` if they are refilled before.
    pub spent_in_ms: Option<u64>,
    /// Net tokens used per hour at that pace, after refills.
    pub gone_an_hour: u64,
}

/// Returns the state of the day, from its token gauge; `None` if there is none. `pool` is the pool of the gauges.
#[must_use]
pub fn usage_day(
    gauges: &[Gauge],
    ledger: &Ledger,
    account: &str,
    pool: &str,
    need: Option<Need>,
    now_ms: u64,
) -> Option<UsageDay> {
    let gauge = gauges.iter().find(|gauge| gauge.limit.window == LimitWindow::TokensDay)?;
    let of_pool = |since_ms: u64| {
        let ours = ledger.since(since_ms).iter();
        ours.filter(move |request| request.account == account && request.pool == pool)
    };
    let typical = mean(of_pool(now_ms.saturating_sub(DAY_MS))).or(need.map(|need| need.tokens()));
    let last_hour = of_pool(now_ms.saturating_sub(HOUR_MS)).map(Request::taken).fold(0, u64::saturating_add);
    let refills_in_ms = gauge.refills_in_ms();
    Some(UsageDay {
        limit: gauge.limit.limit,
        left: gauge.left,
        more_like_this: typical.map(|tokens| gauge.left / tokens.max(1)),
        refills_in_ms,
        refills_at_ms: now_ms.saturating_add(refills_in_ms),
        spent_in_ms: spent_in_ms(gauge, last_hour),
        gone_an_hour: ceiling(gone_per_ms(gauge, last_hour) * float(HOUR_MS)),
    })
}

impl UsageDay {
    /// The sentence of the panel:
    /// `412K of 1M left today, about 96 more typical requests, refills at 00:00 UTC, used up in 3 h 10 min at this pace`.
    /// Unknown parts are left out.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = format!("{} of {} left today", short(self.left), short(self.limit));
        match self.more_like_this.filter(|_| self.left > 0) {
            Some(0) => sentence.push_str(", less than 1 more typical request"),
            Some(1) => sentence.push_str(", about 1 more typical request"),
            Some(more) => sentence.push_str(&format!(", about {} more typical requests", grouped(more))),
            None => {}
        }
        if self.refills_in_ms > 0 {
            sentence.push_str(&format!(", refills at {} UTC", clock(self.refills_at_ms)));
        }
        if let Some(ms) = self.spent_in_ms.filter(|_| self.left > 0) {
            sentence.push_str(&format!(", used up in {} at this pace", duration(ms)));
        }
        sentence
    }
}

/// Formats a token count: exact up to 100,000 (`99,999`), above that to three digits (`412K`, `1.24M`), rounded down so
/// that what is left is not overstated.
#[must_use]
pub fn short(tokens: u64) -> String {
    const THOUSAND: u64 = 1_000;
    const MILLION: u64 = 1_000_000;
    if tokens <= 100 * THOUSAND {
        return grouped(tokens);
    }
    let unit = 10_u64.pow(tokens.ilog10() - 2);
    let rounded = tokens / unit * unit;
    if rounded < MILLION {
        return format!("{}K", rounded / THOUSAND);
    }
    let (whole, hundredths) = (grouped(rounded / MILLION), rounded % MILLION / (10 * THOUSAND));
    match (hundredths / 10, hundredths % 10) {
        (0, 0) => format!("{whole}M"),
        (tenths, 0) => format!("{whole}.{tenths}M"),
        _ => format!("{whole}.{hundredths:02}M"),
    }
}

/// The cost of the requests of this UTC day that have ended, in US dollars, at the price of each model. Prices have no
/// discount for cached tokens, so those cost as much as other prompt tokens. `None` if no price is known for any of
/// them, or none has ended.
#[must_use]
pub fn cost_of_day(
    ledger: &Ledger,
    account: &str,
    price_of: &dyn Fn(&str) -> Option<Price>,
    now_ms: u64,
) -> Option<f64> {
    let today = ledger.since(now_ms / DAY_MS * DAY_MS).iter().filter(|request| request.account == account);
    let costs = today.filter_map(|request| {
        let (_, spent) = request.settled?;
        Some(cost_dollars(&spent, &price_of(&request.model)?))
    });
    costs.fold(None, |sum, cost| Some(sum.unwrap_or(0.0) + cost))
}

/// Mean tokens of the requests with a response: one that was rejected or abandoned is no chat.
fn mean<'a>(requests: impl Iterator<Item = &'a Request>) -> Option<u64> {
    let answered = requests.filter_map(|request| request.settled.map(|(_, spent)| spent));
    let answered = answered.filter(|spent| spent.reasoning.saturating_add(spent.answer) > 0);
    let (number, sum) =
        answered.fold((0_u64, 0_u64), |(number, sum), spent| (number + 1, sum.saturating_add(spent.total())));
    (number > 0).then(|| sum.div_ceil(number.max(1)))
}

/// Net tokens used per millisecond at the pace of the last hour, after refills.
fn gone_per_ms(gauge: &Gauge, last_hour: u64) -> f64 {
    float(last_hour) / float(HOUR_MS) - gauge.per_ms()
}

fn spent_in_ms(gauge: &Gauge, last_hour: u64) -> Option<u64> {
    let per_ms = gone_per_ms(gauge, last_hour);
    if per_ms <= 0.0 {
        return None;
    }
    let ms = ceiling(float(gauge.left) / per_ms);
    // Continuous refills are in the pace already.
    (gauge.per_ms() > 0.0 || ms < gauge.refills_in_ms()).then_some(ms)
}

/// The time of day, to the nearest minute: a reset that was read a moment late is still one at midnight.
fn clock(at_ms: u64) -> String {
    let minute = at_ms.saturating_add(MINUTE_MS / 2) % DAY_MS / MINUTE_MS;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn duration(ms: u64) -> String {
    match (ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS) {
        (0, 0) => "less than a minute".into(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{} h", grouped(hours)),
        (hours, minutes) => format!("{} h {minutes} min", grouped(hours)),
    }
}
