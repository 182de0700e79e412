//! Data for the limit charts: levels over time, and the day.

use headroom_domain::LimitWindow;
use headroom_limits::{Gauge, burn_down, cost_of_day, level_history, usage_day};

use crate::{scheduler::assess::Assessment, state::State, usage::usage_history::prices};

/// What was left of a window over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The window.
    pub window: LimitWindow,
    /// Its limit.
    pub limit: u64,
    /// Milliseconds since 1970, and what was left then.
    pub points: Vec<(u64, u64)>,
}

/// Returns what was left of a lane's tokens per minute since a time, in `points` points. `None` if no limit counts
/// them.
#[must_use]
pub fn level(state: &State, assessment: &Assessment, since_ms: u64, now_ms: u64, points: usize) -> Option<Level> {
    let counts =
        |gauge: &&Gauge| matches!(gauge.limit.window, LimitWindow::TokensMinute | LimitWindow::TokensMinuteUncached);
    let gauge = assessment.gauges.iter().filter(counts).min_by_key(|gauge| gauge.limit.limit)?;
    let (ledger, limit) = (state.ledger(), gauge.limit);
    let points = level_history(
        ledger,
        &assessment.provider,
        &assessment.pool,
        limit,
        assessment.refund,
        since_ms,
        now_ms,
        points,
    );
    Some(Level { window: limit.window, limit: limit.limit, points })
}

/// The day of a lane's model so far, and the tokens left over the day.
#[derive(Clone, Debug, PartialEq)]
pub struct Today {
    /// One sentence about it.
    pub sentence: String,
    /// Tokens per day.
    pub limit: u64,
    /// Milliseconds since midnight UTC, and tokens left.
    pub points: Vec<(u64, u64)>,
    /// The projection at the pace of the last hour: when nothing is left, or what is left at the end of the day.
    pub ends_at: (u64, u64),
}

/// Returns the day of a lane's model, from the lane's limits. `None` if no limit counts days.
#[must_use]
pub fn today(state: &State, assessment: &Assessment, now_ms: u64) -> Option<Today> {
    let day =
        usage_day(&assessment.gauges, state.ledger(), &assessment.provider, &assessment.pool, assessment.need, now_ms)?;
    let points = burn_down(state.ledger(), &assessment.provider, &assessment.pool, day.limit, now_ms);
    let day_ms = LimitWindow::TokensDay.period_ms();
    let now_of_day = now_ms % day_ms;
    let spent_at = day.spent_in_ms.map(|ms| now_of_day.saturating_add(ms)).filter(|ms| *ms <= day_ms);
    let gone = u128::from(day.gone_an_hour) * u128::from(day_ms - now_of_day) / 3_600_000;
    let left = day.left.saturating_sub(u64::try_from(gone).unwrap_or(u64::MAX));
    let ends_at = spent_at.map_or((day_ms, left), |ms| (ms, 0));
    Some(Today { sentence: day.sentence(), limit: day.limit, points, ends_at })
}

/// Returns what today's requests of a lane's provider would cost at paid prices, in US dollars.
#[must_use]
pub fn paid_today(state: &State, lane: usize, now_ms: u64) -> Option<f64> {
    let provider = &state.settings().lane(lane)?.provider;
    let prices = prices(state);
    cost_of_day(state.ledger(), provider, &|model| prices(provider, model), now_ms)
}
