//! The page. Nothing is decided here.

use headroom::ui::Later;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

fn main() {
    headroom::platform::broken::report_panics();
    headroom::page::open(|| async { later().await.ok() });
}

/// What only [`Later`] leads to becomes a part of the wasm of its own, which is fetched by the first call.
#[wasm_split(later, fallible)]
fn later() -> Result<Later, SplitLoaderError> {
    Ok(Later::here())
}
