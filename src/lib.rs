//! Headroom's page: everything tied to the browser.
//!
//! The pure crates under `src/core` decide. Here [`platform`] performs their effects, [`ui`] draws their state, using
//! [`dom_text`] for streaming content and [`shell`], the frame in `index.html`, and [`page`] connects them. Code that
//! is not needed at startup is in separate modules: binaries of this package in `src/bin`, built without the `page`
//! feature and fetched when needed.
//!
//! **Invariant:** `ui` and `platform` do not depend on each other.

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
#[cfg(feature = "page")]
pub mod record_store;
#[cfg(feature = "page")]
pub mod shell;
#[cfg(any(feature = "page", feature = "simulator"))]
pub mod simulator_protocol;
pub mod token_protocol;
#[cfg(feature = "page")]
pub mod ui;
