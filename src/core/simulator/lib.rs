//! A provider that is not there: the other side of the wire, as a pure state machine.
//!
//! [`Simulator::handle`] takes a request and gives status, headers and a body; a streamed body is fetched with
//! [`Simulator::poll`] as bytes cut at arbitrary places. Nothing ready-made crosses: a client must parse what it would
//! parse from the network. In the page it stands in for a provider; over HTTP (`src/tools/api_simulator`) it serves
//! browser tests and the official SDKs.
//!
//! It is an honest judge. Its books ([`Account`]) are written on their own, from what providers say of their limits;
//! this crate never imports the client's model of the same laws, and [`Simulator::ledger`] lays the books open.
//!
//! Its tokens are counted by a rule of its own ([`count_tokens`]), so its figures are exact by definition. Faults and
//! other orders are given in the prompt or as a model name: see [`FAULTS`].
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Time comes in as milliseconds since 1970, chance from a
//! seed. No request makes it panic, and none makes it keep more than a bounded amount.

mod account;
mod answer;
mod cache;
mod chunk;
mod compose;
mod document;
mod fault;
mod http;
mod ledger;
mod listing;
mod profile;
mod prompt;
mod rate_headers;
mod refusal;
mod request;
mod rng;
mod schema;
mod scripts;
mod shape;
mod simulator;
mod stream;
mod tokens;
mod window;

pub use account::{Account, Admission, Demand, Limited, Refusal, RequestId, Used};
pub use fault::FAULTS;
pub use http::{Blocked, Body, HttpRequest, HttpResponse};
pub use ledger::{CreditEntry, Ledger, Outcome, PoolEntry, RequestEntry};
pub use profile::{DefaultOutputReserve, Effort, Model, Profile, RefillPolicy, Refund, Unit, WindowKind, WindowLimit};
pub use rate_headers::RateHeaders;
pub use shape::Shape;
pub use simulator::{Config, Simulator};
pub use stream::Next;
pub use tokens::count_tokens;
pub use window::WindowEntry;
