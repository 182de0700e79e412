//! Small things kept synchronously in local storage: the tab may be gone in the next moment.
//!
//! Storage may be refused (private windows, policies) or full. Neither may cost the user the page, so reading falls
//! back to nothing and writing gives up.

use headroom_domain::Theme;
use web_sys::Storage;

use super::window::window;

const DRAFT: &str = "headroom.draft";
/// Also read by the start script in `index.html`, before the first paint.
const THEME: &str = "headroom.theme";

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

fn write(key: &str, value: Option<&str>) {
    if let Some(storage) = storage() {
        match value {
            Some(value) => storage.set_item(key, value),
            None => storage.remove_item(key),
        }
        .ok();
    }
}

pub(super) fn draft() -> String {
    read(DRAFT).unwrap_or_default()
}

pub(super) fn keep_draft(draft: &str) {
    write(DRAFT, (!draft.is_empty()).then_some(draft));
}

pub(super) fn theme() -> Theme {
    Theme::from_name(read(THEME).as_deref())
}

pub(super) fn keep_theme(theme: Theme) {
    write(THEME, theme.name());
}
