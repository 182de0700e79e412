//! Small data stored synchronously in local storage, because the tab may be closed at any moment.
//!
//! Storage may be denied (private windows, policies) or full. Neither may break the page, so reads fall back to nothing
//! and failed writes are ignored.

use headroom_app::{Event, Id, SettingRecord, StoredSettings};
use headroom_domain::Theme;
use web_sys::{Storage, StorageEvent};

use super::window::window;

/// Read by the script of the message box in `index.html`, which fills it before this code is loaded.
const DRAFT: &str = "headroom.draft";
/// Also read by the start script in `index.html`, before the first paint.
const THEME: &str = "headroom.theme";
/// Before the name of a setting. The start script in `index.html` reads whether the page was used before.
const SETTING: &str = "headroom.setting.";
/// Where older builds keep all settings. Read, never written.
const VERSION_1_SETTINGS: &str = "headroom.settings";

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

/// Returns the stored settings.
pub(super) fn settings() -> StoredSettings {
    StoredSettings { records: entries(SETTING), version_1: read(VERSION_1_SETTINGS) }
}

/// Whether an older build was used in this browser.
pub(super) fn has_version_1() -> bool {
    read(VERSION_1_SETTINGS).is_some()
}

pub(super) fn keep_settings(records: &[SettingRecord]) {
    for (name, text) in records {
        write(&format!("{SETTING}{name}"), text.as_deref());
    }
}

/// Returns what another tab has just saved, if it is a setting.
pub(super) fn setting_in(event: &StorageEvent) -> Option<Event> {
    let key = event.key()?;
    if key == VERSION_1_SETTINGS {
        return event.new_value().map(Event::OlderTabSettings);
    }
    Some(Event::TabSetting(key.strip_prefix(SETTING)?.to_owned(), event.new_value()))
}

/// Returns all entries with this prefix: the rest of the name, and the value.
pub(super) fn entries(prefix: &str) -> Vec<(String, String)> {
    let Some(storage) = storage() else { return Vec::new() };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
    names.filter_map(|name| Some((name.strip_prefix(prefix)?.to_owned(), read(&name)?))).collect()
}
