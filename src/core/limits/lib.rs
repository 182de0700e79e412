//! What an account may still send, worked out from what it has sent.
//!
//! A provider admits a request by its estimated input and the cap of its answer, and corrects that by what was really
//! used. [`Ledger`] keeps what was sent; [`gauges`] says how full each window of a [`LimitProfile`] is; [`verdict`] says
//! whether a request fits now, when it will, or what would have to change.
//!
//! | to | use |
//! |---|---|
//! | find a profile | [`profiles`] |
//! | note what is sent and what it took | [`Ledger::sent`], [`Ledger::settled`], [`Ledger::expire_stale`] |
//! | note what the provider said | [`Ledger::seen_in_answer`], [`Ledger::seen`], [`effective_limits`] |
//! | learn from a refusal that was not foreseen | [`Ledger::infer_from_refusal`] |
//! | note that it was let in, and learn where that was not foreseen | [`Ledger::accepted`] |
//! | take over what was learnt | [`effective_limits`], [`Ledger::refund`], [`Ledger::uncapped`] |
//! | say how good the books are | [`forecast_accuracy`] |
//! | keep what was learnt, and take it over | [`Ledger::inferences`], [`Ledger::restore_inferences`] |
//! | draw the gauges | [`gauges`] |
//! | judge a request before it is sent | [`need`], [`verdict`] |
//! | say whether that is certain | [`Ledger::uncertainty`] |
//! | say when requests that wait can go | [`plan`] |
//! | find out whether more is allowed | [`probes`] |
//! | say how the day stands and what it cost | [`usage_day`], [`cost_of_day`], [`cost_dollars`] |
//! | sum up weeks, and write them as CSV | [`tally`], [`cost_of`], [`csv`] |
//! | advise on the cap of answers | [`lengths`], [`advise`] |
//! | say that a plan is too small | [`signals`] |
//! | say what is left of credit | [`credits`] |
//! | draw charts | [`recent`], [`level_history`], [`burn_down`] |
//!
//! Inside, the requests of each pool stand a second time, small and in order (`pool`), so that a verdict over a day of a
//! hundred thousand takes less than a millisecond. A window is a replay (`replay`): what was sent and what ended, in
//! order, from a time at which the level is known. That is a time before which nothing matters any more, or the provider's
//! last word (`reported_limits`, `pool_history`).
//!
//! **Invariant:** time comes in as an argument. A clock that jumps back or far ahead makes no window fuller than its
//! requests do, and nobody waits longer than a window for what was sent while it was ahead.
//!
//! Source of the laws: the rate limit pages of the providers, as of the dates in the profiles.

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
pub use inferred_limits::{InferredLimits, Learnt};
pub use ledger::Ledger;
pub use plan::{Start, Waiting, plan};
pub use probe::{Probe, probes};
pub use profiles::profiles;
pub use request::{Request, Spent};
pub use signals::{Signal, signals};
pub use uncertainty::Uncertainty;
pub use usage_day::{UsageDay, cost_of_day, short, usage_day};
pub use usage_summary::{Kind, Lengths, Use, add, cost_of, csv, lengths, tally};
pub use verdict::{Binding, Need, Verdict, cost_dollars, need, verdict, verdict_after};

/// So long may pass between sending a request and the moment when the provider decides on it. Networks vary, and no more
/// exact figure would hold for all.
pub(crate) const ON_THE_WAY_MS: u64 = 300;

/// What was sent later than so much after now was sent by a clock that has been set back since: it counts in no window, or
/// it would for as long as the clock was ahead.
pub(crate) const AHEAD_MS: u64 = MINUTE_MS;

pub(crate) const MINUTE_MS: u64 = 60_000;
pub(crate) const HOUR_MS: u64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;
