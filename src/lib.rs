//! Headroom's page: what is bound to the browser.
//!
//! The pure crates under `src/core` decide; here [`platform`] performs their effects, [`ui`] draws their state, and
//! [`page`] joins the two. Workers are binaries of this package in `src/bin`, built without the `page` feature.
//!
//! **Invariant:** `ui` and `platform` do not know each other.

#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "page")]
pub mod platform;
#[cfg(feature = "page")]
pub mod ui;
pub mod worker_protocol;
