//! The views and the platform in a real browser, without the rest of the page. One file for each thing under test.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops, and says where")]

mod counter;
mod fixtures;
mod platform;
mod topbar;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
