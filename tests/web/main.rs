//! The views, the document updates that bypass them, and the platform in a real browser, without the rest of the page.
//! One file for each thing under test.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops, and says where")]

mod answer;
mod composer;
mod entering;
mod fixtures;
mod frame;
mod markdown_dom;
mod picker;
mod platform;
mod record_store;
mod stick_to_bottom;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
