//! Translates between bytes and meaning for chat completions: requests out, responses in.
//!
//! | step | items |
//! |---|---|
//! | build a request | [`ChatRequest`], [`efforts_of`] |
//! | nothing arrived | [`StallTimeouts`], [`NetworkFailure`] |
//! | a field the user did not set was rejected | [`FieldFallback`] |
//! | a rejection | [`Response`] → [`headroom_domain::Failure`], [`headroom_domain::LimitReport`] |
//! | how much of a body is read | [`Intake`], [`BodyKind`] |
//! | the bytes of a response | [`StreamReader`] (over [`SseParser`]) → [`Delta`]s → [`Finished`] |
//! | a list of models | [`read_models`] |
//! | what is left on an account | [`read_account`] |
//!
//! **Invariant:** no clock, no I/O, no browser. Servers may send anything: an invalid field is ignored, an invalid
//! response is rejected with a named error, and nothing makes this crate panic, loop, or keep more than a stated number
//! of bytes.

mod account;
mod assembly;
mod body_kind;
mod chunk;
mod classify;
mod durations;
mod endings;
mod error_body;
mod error_codes;
mod error_limits;
mod error_wording;
mod field_fallback;
mod harmony;
mod headers;
mod increments;
mod intake;
mod json;
mod json_repair;
mod limits;
mod markers;
mod message_text;
mod model_list;
mod network_failure;
mod overflow;
mod reader;
mod reasoning;
mod reply_builder;
mod request;
mod retry_delays;
mod sse;
mod stall_timeouts;
mod surrogates;
mod timestamps;
mod usage;

#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod report_tests;

pub use account::{AccountReport, read_account};
pub use body_kind::BodyKind;
pub use chunk::{Delta, ToolCallDelta, move_to_reasoning};
pub use classify::{Response, SentKey};
pub use durations::LONGEST_WAIT_MS;
pub use error_limits::requested_over_limit;
pub use field_fallback::FieldFallback;
pub use headers::Headers;
pub use intake::{Intake, MOST_OF_REFUSAL, MOST_OF_WHOLE, Portion};
pub use model_list::{ModelList, ModelListError, read_models};
pub use network_failure::{Connectivity, LocalPermission, NetworkFailure, Reach, ReachabilityCheck};
pub use reader::{AnswerEnd, Finished, ReaderLimits, StreamEnd, StreamReader};
pub use request::{ChatRequest, efforts_of};
pub use sse::{SseError, SseEvent, SseParser};
pub use stall_timeouts::StallTimeouts;
