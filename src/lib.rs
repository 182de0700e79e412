//! Headroom's page: what is bound to the browser.
//!
//! The pure crates under `src/core` decide; here [`platform`] performs their effects, [`ui`] draws their state with
//! [`dom_text`] for what streams, and [`page`] joins them. What nobody waits for is a module of its own: binaries of this
//! package in `src/bin`, built without the `page` feature and fetched when they are needed.
//!
//! **Invariant:** `ui` and `platform` do not know each other.

#[cfg(any(feature = "page", feature = "markdown_dom"))]
pub mod dom_text;
#[cfg(feature = "markdown_dom")]
pub mod markdown_dom;
#[cfg(feature = "page")]
pub mod modules;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "page")]
pub mod platform;
#[cfg(feature = "record_store")]
pub mod record_store;
#[cfg(any(feature = "page", feature = "simulator"))]
pub mod simulator_protocol;
pub mod token_protocol;
#[cfg(feature = "page")]
pub mod ui;
