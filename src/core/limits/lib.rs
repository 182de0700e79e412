//! What an account may still send, computed from what it has sent.
//!
//! A provider admits a request by its estimated input and its output cap, and later corrects that by the actual usage.
//! [`Ledger`] records what was sent; [`gauges`] shows how full each window of a [`LimitProfile`] is; [`verdict`] says
//! whether a request fits now, when it will, or what would have to change.
//!
//! | to | use |
//! |---|---|
//! | find a profile | [`profiles`] |
//! | record what is sent and what it took | [`Ledger::sent`], [`Ledger::settled`], [`Ledger::expire_stale`] |
//! | record what the provider reported | [`Ledger::seen_in_answer`], [`Ledger::seen`], [`effective_limits`] |
//! | infer limits from an unexpected rejection | [`Ledger::infer_from_refusal`] |
//! | record that a request was admitted, and infer from an unexpected admission | [`Ledger::accepted`] |
//! | apply what was inferred | [`effective_limits`], [`Ledger::refund`], [`Ledger::default_output_reserve`] |
//! | measure how accurate the forecasts are | [`forecast_accuracy`] |
//! | save and restore what was inferred | [`Ledger::inferences`], [`Ledger::restore_inferences`] |
//! | draw the gauges | [`gauges`] |
//! | judge a request before it is sent | [`need`], [`verdict`] |
//! | say whether a verdict is certain | [`Ledger::uncertainty`] |
//! | schedule queued requests | [`plan`] |
//! | probe whether more is allowed | [`probes`] |
//! | summarize the day and its cost | [`usage_day`], [`cost_of_day`], [`cost_dollars`] |
//! | summarize weeks, and export them as CSV | [`add`], [`cost_of`], [`csv`] |
//! | advise on the output cap | [`lengths`], [`advise`] |
//! | detect that a plan is too small | [`signals`] |
//! | show the remaining credit | [`credits`] |
//! | draw charts | [`recent`], [`level_history`], [`burn_down`] |
//!
//! Internally, each pool keeps a second, compact and ordered copy of its requests (`pool`), so that a verdict over a
//! day of a hundred thousand takes less than a millisecond. A window is a replay (`replay`) of sends and ends, in
//! order, from a time at which the level is known: either a time before which nothing matters anymore, or the
//! provider's latest report (`reported_limits`, `pool_history`).
//!
//! **Invariant:** time is passed in as an argument. A clock that jumps back or far ahead makes no window fuller than
//! its requests do, and no request waits longer than a window for what was sent while the clock was ahead.
//!
//! Source of the refill policies: the rate limit pages of the providers, as of the dates in the profiles.

mod advice;
mod answers;
#[cfg(test)]
mod checks;
mod credit;
mod effective_limits;
mod forecast_accuracy;
mod gauge;
mod history;
mod inferred_limits;
mod ledger;
mod limit_inference;
mod plan;
mod pool;
mod pool_history;
mod probe;
mod profiles;
mod reading;
mod replay;
mod reported_limits;
mod request;
mod signals;
mod uncertainty;
mod usage_day;
mod usage_summary;
mod verdict;

pub use advice::{Advice, WithCap, advise, roomy};
pub use credit::{Credits, credits, within_credit};
pub use effective_limits::effective_limits;
pub use forecast_accuracy::{ForecastAccuracy, forecast_accuracy};
pub use gauge::{Gauge, Source, gauges};
pub use headroom_domain::{LimitProfile, ModelLimits};
pub use history::{burn_down, level_history, recent};
pub use inferred_limits::{InferredLimits, Learned};
pub use ledger::Ledger;
pub use plan::{Start, Waiting, plan};
pub use probe::{Probe, probes};
pub use profiles::profiles;
pub use request::{Request, Spent};
pub use signals::{Signal, signals};
pub use uncertainty::Uncertainty;
pub use usage_day::{UsageDay, cost_of_day, short, usage_day};
pub use usage_summary::{Kind, Lengths, Use, add, cost_of, csv, lengths};
pub use verdict::{Binding, Need, Verdict, cost_dollars, need, verdict, verdict_after};

/// Maximum time between sending a request and the provider's decision on it. Networks vary, and no more exact value
/// would be right for all.
pub(crate) const ON_THE_WAY_MS: u64 = 300;

/// Requests dated later than this after now come from a clock that has been set back since. They count in no window, or
/// they would count for as long as the clock was ahead.
pub(crate) const AHEAD_MS: u64 = MINUTE_MS;

pub(crate) const MINUTE_MS: u64 = 60_000;
pub(crate) const HOUR_MS: u64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;
