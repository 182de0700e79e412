//! The vocabulary of Headroom: what the words mean, before anything is done with them.
//!
//! Every other crate speaks in these types, and this one knows none of them.
//!
//! **Invariant:** nothing here reads a clock, draws a random number, touches a browser or does I/O.

pub mod figures;
pub mod theme;

pub use figures::{grouped, percent};
pub use theme::Theme;
