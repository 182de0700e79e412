//! The provider's side.

mod account;
mod cache;
mod ledger;
mod profile;
mod rng;
mod tokens;
mod window;

pub use account::{Account, Admission, Demand, Limited, Refusal, RequestId, Used};
pub use ledger::{CreditEntry, Ledger, Outcome, PoolEntry, RequestEntry};
pub use profile::{Effort, Law, Model, Profile, Refund, UncappedReserve, Unit, WindowKind, WindowLimit};
pub use tokens::count_tokens;
pub use window::WindowEntry;
