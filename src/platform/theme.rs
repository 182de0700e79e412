//! Light and dark.

use headroom_domain::Theme;

use super::window::{root, window};

/// Whether the system prefers dark colors now.
#[must_use]
pub fn system_is_dark() -> bool {
    // Dark is the base of the design, so it is also the fallback.
    let light = || Some(window()?.match_media("(prefers-color-scheme: light)").ok()??.matches());
    !light().unwrap_or(false)
}

/// Sets or removes the attribute that overrides the system.
pub(super) fn show(theme: Theme) {
    if let Some(root) = root() {
        match theme.name() {
            Some(name) => root.set_attribute("data-theme", name),
            None => root.remove_attribute("data-theme"),
        }
        .ok();
    }
}
