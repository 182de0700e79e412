//! What the user sees if the page itself crashes.
//!
//! After a panic the wasm instance is unusable. Only the document and stored data are left: the hook writes the reason
//! into the card in `index.html` and shows it. The card needs none of our code to work.

use std::panic::PanicHookInfo;

use super::window::document;

/// Installs a hook that shows panics to the user and logs them to the console for bug reports.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let report = report(info);
        web_sys::console::error_1(&report.as_str().into());
        show(&report);
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let payload = info.payload();
    let message =
        payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    format!("Headroom {} crashed at {place}: {}", env!("CARGO_PKG_VERSION"), message.unwrap_or("no message"))
}

/// Shows the card with the details.
pub fn show(report: &str) {
    let Some(document) = document() else { return };
    if let Some(details) = document.get_element_by_id("broken-details") {
        details.set_text_content(Some(report));
    }
    if let Some(card) = document.get_element_by_id("broken") {
        card.remove_attribute("hidden").ok();
    }
}
