//! Bytes ↔ meaning for chat completions: what goes out, and what comes back.
//!
//! | step | items |
//! |---|---|
//! | build a request | [`ChatRequest`], [`efforts_of`] |
//! | nothing came | [`Patience`], [`Silence`] |
//! | a field was refused that nobody set | [`StepBack`] |
//! | status, headers and body of a refusal | [`Response`] → [`headroom_domain::Failure`], [`headroom_domain::LimitReport`] |
//! | how much of a body is read | [`Intake`], [`BodyKind`] |
//! | the bytes of an answer | [`StreamReader`] (over [`SseParser`]) → [`Delta`]s → [`Finished`] |
//! | a list of models | [`read_models`] |
//! | what is left on an account | [`read_account`] |
//!
//! **Invariant:** no clock, no I/O, no browser. What comes from a server may be anything: it is read with forgiveness
//! where a field is odd and refused with a name where the whole is, and it never makes this crate panic, loop or keep
//! more than a stated number of bytes.

mod account;
mod assembly;
mod body_kind;
mod chunk;
mod classify;
mod durations;
mod endings;
mod error_body;
mod error_codes;
mod harmony;
mod headers;
mod increments;
mod intake;
mod json;
mod limits;
mod markers;
mod mend;
mod model_list;
mod moments;
mod overflow;
mod patience;
mod reader;
mod refusal;
mod reply_builder;
mod request;
mod said;
mod silence;
mod sse;
mod step_back;
mod surrogates;
mod thoughts;
mod usage;
mod waits;
mod wording;

#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod report_tests;

pub use account::{AccountReport, read_account};
pub use body_kind::BodyKind;
pub use chunk::{Delta, ToolCallDelta, move_to_reasoning};
pub use classify::{Response, SentKey};
pub use durations::LONGEST_WAIT_MS;
pub use headers::Headers;
pub use intake::{Intake, MOST_OF_REFUSAL, MOST_OF_WHOLE, Portion};
pub use model_list::{ModelList, ModelListError, read_models};
pub use patience::Patience;
pub use reader::{End, Ending, Finished, ReaderLimits, StreamReader};
pub use refusal::requested_over_limit;
pub use request::{ChatRequest, PageInfo, efforts_of, with_cap};
pub use silence::{Connectivity, LocalPermission, Probe, Reach, Silence};
pub use sse::{SseError, SseEvent, SseParser};
pub use step_back::StepBack;
