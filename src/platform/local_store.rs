//! Small data stored synchronously in local storage, because the tab may be closed at any moment.
//!
//! Storage may be denied (private windows, policies) or full. Neither may break the page, so reads fall back to nothing
//! and failed writes are ignored.

use headroom_app::{Id, Settings, saved};
use headroom_domain::Theme;
use web_sys::{Storage, StorageEvent};

use super::window::window;

/// Read by the script of the message box in `index.html`, which fills it before this code is loaded.
const DRAFT: &str = "headroom.draft";
/// Also read by the start script in `index.html`, before the first paint.
const THEME: &str = "headroom.theme";
const SETTINGS: &str = "headroom.settings";
/// Unreadable settings are moved to this name, never deleted.
const SETTINGS_ASIDE: &str = "headroom.settings.unreadable";

/// In session storage, because another tab may have another chat open.
const OPEN: &str = "headroom.open";

fn tab_storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// Returns the conversation that is open in this tab.
pub(super) fn open() -> Option<Id> {
    tab_storage()?.get_item(OPEN).ok()?.map(Id)
}

pub(super) fn keep_open(chat: Option<&Id>) {
    if let Some(storage) = tab_storage() {
        match chat {
            Some(id) => storage.set_item(OPEN, &id.0),
            None => storage.remove_item(OPEN),
        }
        .ok();
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

pub(super) fn write(key: &str, value: Option<&str>) {
    if let Some(storage) = storage() {
        match value {
            Some(value) => storage.set_item(key, value),
            None => storage.remove_item(key),
        }
        .ok();
    }
}

pub(super) fn keep_draft(draft: &str) {
    let Some(storage) = tab_storage() else {
        // Without session storage, all tabs share one draft, which is better than none.
        return write(DRAFT, (!draft.is_empty()).then_some(draft));
    };
    if draft.is_empty() { storage.remove_item(DRAFT) } else { storage.set_item(DRAFT, draft) }.ok();
}

/// The page is closing: its draft is left for the next tab.
pub(super) fn leave_draft() {
    if let Some(draft) = tab_storage().and_then(|storage| storage.get_item(DRAFT).ok()?) {
        write(DRAFT, Some(&draft));
    }
}

pub(super) fn theme() -> Theme {
    Theme::from_name(read(THEME).as_deref())
}

pub(super) fn keep_theme(theme: Theme) {
    write(THEME, theme.name());
}

/// Returns the settings; `None` if there are none, or if they were unreadable and were moved aside.
pub(super) fn settings() -> Option<Settings> {
    let kept = read(SETTINGS)?;
    match saved::read(&kept) {
        Ok(settings) => Some(settings),
        Err(_) => {
            write(SETTINGS_ASIDE, Some(&kept));
            None
        }
    }
}

pub(super) fn keep_settings(settings: &Settings) {
    write(SETTINGS, Some(&saved::write(settings)));
}

/// Returns the settings that another tab has just saved; `None` if something else changed.
pub(super) fn settings_in(event: &StorageEvent) -> Option<Settings> {
    (event.key()? == SETTINGS).then_some(())?;
    saved::read(&event.new_value()?).ok()
}

/// Returns all entries with this prefix: the rest of the name, and the value.
pub(super) fn entries(prefix: &str) -> Vec<(String, String)> {
    let Some(storage) = storage() else { return Vec::new() };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
    names.filter_map(|name| Some((name.strip_prefix(prefix)?.to_owned(), read(&name)?))).collect()
}
