//! How many tokens a text costs.
//!
//! [`estimate_in`] prices a text in a vocabulary that is not there: one pass, no allocation, and it says how far off it
//! may be. [`overhead`] adds what the chat template of the model's [`Family`] puts around the messages, and a
//! [`Correction`] learns from the provider's own counts what is still missing.
//!
//! [`exact`] counts to the token, with the vocabulary there. [`prompt`] writes a request with tools as its template does, so
//! that it can be counted too.
//!
//! **Invariant:** nothing here panics, allocates per character, or takes more than time linear in the text; [`exact`] says
//! where it must allocate, and sorts.

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
