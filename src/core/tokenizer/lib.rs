//! Counts and estimates the tokens of text.
//!
//! [`estimate_in`] prices text without its vocabulary: one pass, no allocation, with an error margin. [`overhead`] adds
//! what the chat template of the model's [`Family`] puts around the messages, and a [`Correction`] infers what is still
//! missing from the provider's own counts.
//!
//! [`exact`] counts exactly, with the vocabulary. [`prompt`] formats a request with tools as its template does, so that
//! it can be counted too.
//!
//! **Invariant:** nothing here panics, allocates per character, or takes more than time linear in the text; [`exact`]
//! documents where it must allocate, and sorts.

pub mod correction;
pub mod estimator;
pub mod exact;
pub mod family;
pub mod prompt;
pub mod special_tokens;
pub mod template;
mod text_stats;
pub mod token_segments;

pub use correction::{Correction, Fit};
pub use estimator::{Estimate, estimate, estimate_in};
pub use family::{Family, Vocabulary};
pub use special_tokens::{SpecialToken, TemplateTokens};
pub use template::{Role, Thinking, overhead, stands_alone};
pub use text_stats::TextStats;
