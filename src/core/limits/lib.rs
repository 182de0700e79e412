//! What an account may still send, worked out from what it has sent.
//!
//! A provider admits a request by its estimated input and the cap of its answer, and corrects that by what was really
//! used. [`Ledger`] keeps what was sent; [`gauges`] says how full each window of a [`LimitProfile`] is; [`verdict`] says
//! whether a request fits now, when it will, or what would have to change.
//!
//! | to | use |
//! |---|---|
//! | find a profile | [`profiles`] |
//! | note what is sent and what it took | [`Ledger::sent`], [`Ledger::settled`] |
//! | draw the gauges | [`gauges`] |
//! | judge a request before it is sent | [`need`], [`verdict`] |
//! | say what a day cost | [`cost_dollars`] |
//!
//! **Invariant:** time comes in as an argument. A clock that jumps back or far ahead makes no window fuller than its
//! requests do, and none emptier than it was.
//!
//! Source of the laws: the rate limit pages of the providers, as of the dates in the profiles.

mod gauge;
mod ledger;
mod profiles;
#[cfg(test)]
mod tests;
mod verdict;

pub use gauge::{Gauge, gauges};
pub use headroom_domain::{LimitProfile, ModelLimits};
pub use ledger::{Ledger, Request, Spent};
pub use profiles::profiles;
pub use verdict::{Binding, Need, Verdict, cost_dollars, need, verdict};
