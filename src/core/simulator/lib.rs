//! A simulated provider: the server side of the API, as a pure state machine.
//!
//! [`Simulator::handle`] takes a request and returns status, headers and a body; a streamed body is fetched with
//! [`Simulator::poll`] as bytes cut at arbitrary places. Clients get no parsed data: they must parse what they would
//! parse from the network. In the page it replaces a provider; over HTTP (`src/tools/api_simulator`) it serves browser
//! tests and the official SDKs.
//!
//! It is an independent reference. Its accounting ([`Account`]) is written from what providers document about their
//! limits; this crate never imports the client's model of the same limits, and [`Simulator::ledger`] exposes the
//! request log.
//!
//! It counts tokens by its own rule ([`count_tokens`]), so its counts are exact by definition. Faults and other
//! directives are given in the prompt or as a model name: see [`FAULTS`].
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Time is passed in as milliseconds since 1970; randomness
//! comes from a seed. No request makes it panic or keep more than a bounded amount of data.

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
