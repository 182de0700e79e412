//! How many tokens a text costs.
//!
//! Today this is an [`estimate`]: one pass over the text, no vocabulary, no allocation. It serves wherever the exact
//! count is not there (yet), and it says how far off it may be.
//!
//! **Invariant:** nothing here panics, allocates per character, or takes more than time linear in the text.

pub mod correction;
pub mod estimator;
pub mod family;
mod figures;
pub mod template;

pub use correction::{Correction, Fit};
pub use estimator::{Estimate, estimate, estimate_in};
pub use family::{Family, Vocabulary};
pub use figures::TextFigures;
pub use template::{Role, Thinking, overhead};
