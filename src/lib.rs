//! Headroom's page: what is bound to the browser.
//!
//! The pure crates under `src/core` decide; here [`platform`] performs their effects, [`ui`] draws their state with
//! [`paint`] for what streams, and [`page`] joins them. What nobody waits for is a module of its own: binaries of this
//! package in `src/bin`, built without the `page` feature and fetched when they are needed.
//!
//! **Invariant:** `ui` and `platform` do not know each other.

#[cfg(feature = "page")]
pub mod modules;
#[cfg(feature = "page")]
pub mod page;
#[cfg(any(feature = "page", feature = "painter"))]
pub mod paint;
#[cfg(feature = "painter")]
pub mod painter;
#[cfg(feature = "page")]
pub mod platform;
#[cfg(feature = "shelf")]
pub mod shelf;
#[cfg(any(feature = "page", feature = "simulator"))]
pub mod simulator_protocol;
pub mod token_protocol;
#[cfg(feature = "page")]
pub mod ui;
