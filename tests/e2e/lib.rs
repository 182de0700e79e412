//! Tools of the end-to-end tests: the built site in `dist/`, driven in real browsers over WebDriver.
//!
//! A test is an async function that gets its own [`Session`]: a fresh browser profile, a site, and a record of
//! everything that must not happen. [`harness::run`] runs each test in each installed browser, and afterward fails it
//! on any console message, policy violation or request to another machine, unless the test expects one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and says where"
)]

pub mod alone;
pub mod bidi;
pub mod browser;
pub mod case;
pub mod harness;
pub mod host;
pub mod page;
pub mod past;
pub mod playground;
pub mod pool;
pub mod provider;
pub mod scripted;
pub mod site;
pub mod times;
pub mod trap;
pub mod verdict;
pub mod witnesses;

pub use case::{Case, Session};
pub use fantoccini::Locator;
