//! The domain types of Headroom.
//!
//! Every other crate uses these types, and this one depends on none of them.
//!
//! | module | contents |
//! |---|---|
//! | [`message`], [`ContentPart`], [`parameters`], [`RequestSpec`] | what is sent |
//! | [`reply`], [`finish`], [`metrics`] | what was received, why it ended, and how fast |
//! | [`provider`], [`Dialect`], [`origin`], [`key`], [`mask`] | where requests go, and with which secret |
//! | [`model`], [`retired`], [`limit`] | what is known of models and rate limits |
//! | [`failure`], [`failure_text`] | what went wrong, and the user's sentence for it |
//! | [`Address`], [`CleanedKey`], [`NumberField`] | what was typed or pasted, and what is used of it |
//! | [`BottomTracker`] | whether growing text keeps its end in view |
//!
//! **Invariant:** nothing here reads a clock, draws a random number, touches a browser, or does I/O.

mod address;
mod bottom_tracker;
pub mod case_fold;
mod content;
mod dates;
mod dialect;
pub mod failure;
pub mod failure_text;
pub mod finish;
pub mod key;
pub mod limit;
pub mod limit_profile;
mod link;
pub mod mask;
pub mod message;
pub mod metrics;
pub mod model;
mod money;
mod network_cause;
pub mod number_format;
pub mod origin;
mod parameter_field;
pub mod parameters;
mod pasted_key;
mod pasted_text;
pub mod provider;
pub mod reply;
mod request_spec;
pub mod retired;
mod status;
pub mod theme;
mod unknown_fields;

pub use address::{Address, AddressChange, AddressError};
pub use bottom_tracker::{BottomTracker, Gesture};
pub use case_fold::case_folded;
pub use content::{ContentPart, Image};
pub use dates::{date, day_of, days_from_civil};
pub use dialect::{Dialect, DialectTraits, ModelListPlace};
pub use failure::{ContextOverflow, Failure, FailureKind, Phase};
pub use failure_text::{Cost, Explanation, span};
pub use finish::{FinishMeaning, FinishReason};
pub use key::{ApiKey, Authorization, KeyError};
pub use limit::{LimitFact, LimitReport, LimitScope, LimitSource, LimitWindow, Period, WindowTraits};
pub use limit_profile::{Credit, DefaultOutputReserve, LimitProfile, ModelLimits, RefillPolicy, Refund, WindowLimit};
pub use link::web_link;
pub use mask::KeyMask;
pub use message::{Message, Role, ToolCall};
pub use metrics::{Arrivals, Metrics};
pub use model::{Capabilities, Model, Price};
pub use money::Money;
pub use network_cause::NetworkCause;
pub use number_format::{decimal, grouped, integer, percent};
pub use origin::{BaseUrl, Origin, PLAIN_HTTP_HOSTS, UrlError};
pub use parameter_field::NumberField;
pub use parameters::{Effort, MOST_STOPS, ParameterProblem, Parameters};
pub use pasted_key::{CleanedKey, Removed};
pub use provider::{CapField, FieldSupport, KeyNeed, Place, Provider};
pub use reply::{Reply, ServerTiming, Skipped, Usage};
pub use request_spec::{RequestSpec, ResponseFormat, Tool};
pub use retired::{RetiredModel, retirement_of};
pub use theme::Theme;
pub use unknown_fields::UnknownFields;
