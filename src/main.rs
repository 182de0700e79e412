//! The page's entry point. Makes no decisions.

use headroom::ui::LazyViews;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

fn main() {
    headroom::platform::crash_card::report_panics();
    headroom::page::open(async || later().await.ok());
}

/// Code reachable only through [`LazyViews`] becomes a separate part of the wasm, fetched by the first call.
#[wasm_split(later, fallible)]
fn later() -> Result<LazyViews, SplitLoaderError> {
    Ok(LazyViews::here())
}
