//! Settings as they are stored: each under its own name, so that two tabs that change different ones both win.
//!
//! A name may go on with `/` and what the setting is about, such as a provider. The text is JSON. Names that this build
//! does not know are left alone; fields that it does not know are written back.

use std::collections::BTreeMap;

use headroom_domain::{Provider, UnknownFields};
use serde::{Serialize, de::DeserializeOwned};

use crate::setup::{
    lanes::Lanes,
    settings::{LearnedCorrection, Settings},
    version_1_settings,
};

/// A stored setting: its name, and its text; `None` deletes it.
pub type SettingRecord = (String, Option<String>);

/// The settings that version 1 kept in one record, when they were last read.
const VERSION_1: &str = "version-1";
/// Before a name: a text that could not be read, kept when the user chose anew.
const UNREADABLE: &str = "unreadable/";

/// The settings in storage, as this tab knows them: texts by name.
#[derive(Debug, Default)]
pub(crate) struct SavedSettings {
    stored: Texts,
    /// What this build writes for them. Lanes and system prompt are those of this tab, whatever others stored since.
    known: Texts,
}

type Texts = BTreeMap<String, String>;

/// The settings as storage has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings {
    /// Names and texts.
    pub records: Vec<(String, String)>,
    /// The record of version 1, which an older build may still write.
    pub version_1: Option<String>,
}

impl From<&Settings> for StoredSettings {
    fn from(settings: &Settings) -> Self {
        let records = SavedSettings::default().save(settings);
        let records = records.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        Self { records, version_1: None }
    }
}

/// The settings read from storage.
pub(crate) struct OpenedSettings {
    pub(crate) settings: Settings,
    pub(crate) saved: SavedSettings,
    /// What must be written: settings that version 1 saved since.
    pub(crate) changes: Vec<SettingRecord>,
    /// One sentence for each setting that could not be read.
    pub(crate) unreadable: Vec<String>,
}

impl SavedSettings {
    /// Reads the stored settings, with those of version 1 that an older build saved since they were last read.
    pub(crate) fn open(stored: StoredSettings) -> OpenedSettings {
        let (mut saved, mut settings) = (Self::default(), Settings::default());
        let (mut changes, mut unreadable) = (Vec::new(), Vec::new());
        saved.stored.extend(stored.records);
        if let Some(text) = stored.version_1 {
            match saved.version_1_changed(&text) {
                Ok(changed) => changes = changed,
                Err(why) => unreadable.push(format!("the settings of an earlier version are damaged ({why})")),
            }
        }
        for (name, text) in &saved.stored {
            if let Err(why) = read_into(&mut settings, name, Some(text)) {
                unreadable.push(format!("the setting {name} is damaged ({why})"));
            }
        }
        saved.known = write_all(&settings);
        OpenedSettings { settings, saved, changes, unreadable }
    }

    /// Returns what to write to storage after a change.
    pub(crate) fn save(&mut self, settings: &Settings) -> Vec<SettingRecord> {
        let now = write_all(settings);
        let mut records = Vec::new();
        for (name, mut text) in changes(&self.known, &now) {
            if let (Some(stored), Some(written)) = (self.stored.get(&name), &text) {
                match self.known.get(&name) {
                    Some(known) => {
                        let unknown = UnknownFields::between(stored, known);
                        text = unknown.map(|unknown| unknown.added_to(written.clone())).or(text);
                    }
                    // It could not be read.
                    None => records.push((format!("{UNREADABLE}{name}"), Some(stored.clone()))),
                }
            }
            records.push((name, text));
        }
        self.known = now;
        self.note(&records);
        records
    }

    /// Takes over a setting that another tab saved. Lanes and system prompt are this tab's own. Returns whether anything
    /// changed here.
    pub(crate) fn hear(&mut self, settings: &mut Settings, record: SettingRecord) -> bool {
        let (name, value) = &record;
        let is_heard = !is_of_one_tab(name) && read_into(settings, name, value.as_deref()).is_ok();
        if is_heard {
            let known = write_all(settings).remove(name);
            write(&mut self.known, name, known);
        }
        self.note(&[record]);
        is_heard
    }

    /// Takes over what an older build saved in another tab. Returns what to write to storage.
    pub(crate) fn hear_version_1(&mut self, settings: &mut Settings, text: &str) -> Vec<SettingRecord> {
        let changed = self.version_1_changed(text).unwrap_or_default();
        for record in &changed {
            self.hear(settings, record.clone());
        }
        changed
    }

    /// Compares the settings of version 1 with what they were when they were last read, and notes what changed.
    fn version_1_changed(&mut self, text: &str) -> Result<Vec<SettingRecord>, String> {
        let seen = self.stored.get(VERSION_1).map(String::as_str);
        if seen == Some(text) {
            return Ok(Vec::new());
        }
        let before = seen.and_then(|seen| version_1_settings::records(seen).ok()).unwrap_or_default();
        let mut changed = changes(&before, &version_1_settings::records(text)?);
        changed.push((VERSION_1.to_owned(), Some(text.to_owned())));
        self.note(&changed);
        Ok(changed)
    }

    fn note(&mut self, records: &[SettingRecord]) {
        for (name, text) in records {
            write(&mut self.stored, name, text.clone());
        }
    }
}

fn write(texts: &mut Texts, name: &str, text: Option<String>) {
    match text {
        Some(text) => texts.insert(name.to_owned(), text),
        None => texts.remove(name),
    };
}

/// Whether each tab keeps its own.
fn is_of_one_tab(name: &str) -> bool {
    matches!(name, "lanes" | "new-chat-lanes" | "system")
}

/// Returns what `after` has that `before` has not, or has differently, and the other way around.
fn changes(before: &Texts, after: &Texts) -> Vec<SettingRecord> {
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), None));
    let changed = after.iter().filter(|(name, text)| before.get(*name) != Some(text));
    changed.map(|(name, text)| (name.clone(), Some(text.clone()))).chain(gone).collect()
}

/// Writes all settings but those with their default.
fn write_all(settings: &Settings) -> Texts {
    let mut texts = Texts::new();
    let mut put = |name: &str, of: &str, text: String| {
        texts.insert(if of.is_empty() { name.to_owned() } else { format!("{name}/{of}") }, text);
    };
    let switches =
        [("started", settings.started), ("sends-at-once", settings.sends_at_once), ("probes", settings.probes)];
    for (name, _) in switches.iter().filter(|(_, is_on)| *is_on) {
        put(name, "", "true".to_owned());
    }
    let numbers = [
        ("providers-added", settings.providers_added as u64),
        ("signals-hidden", settings.signals_hidden_ms.unwrap_or(0)),
    ];
    for (name, number) in numbers.iter().filter(|(_, number)| *number != 0) {
        put(name, "", number.to_string());
    }
    if settings.lanes != Lanes::default() {
        put("lanes", "", json(&settings.lanes));
    }
    if let Some(lanes) = &settings.new_chat_lanes {
        put("new-chat-lanes", "", json(lanes));
    }
    if !settings.system.is_empty() {
        put("system", "", json(&settings.system));
    }
    if !settings.inferences.is_empty() {
        put("inferences", "", json(&settings.inferences));
    }
    settings.added.iter().for_each(|added| put("provider", &added.id, json(added)));
    settings.own_limits.iter().for_each(|(of, profile)| put("own-limits", of, json(&**profile)));
    settings.found.iter().for_each(|(of, fields)| put("fields", of, json(fields)));
    settings.corrections.iter().for_each(|learned| put("correction", &learned.subject(), json(learned)));
    let chosen = [("limits", &settings.limits), ("credit-since", &settings.credit_since), ("model", &settings.models)];
    for (name, chosen) in chosen {
        chosen.iter().for_each(|(of, text)| put(name, of, json(text)));
    }
    texts
}

/// Not inlined: used for many types, and the page has to stay small.
#[inline(never)]
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads one stored setting into the others.
fn read_into(settings: &mut Settings, name: &str, value: Option<&str>) -> Result<(), serde_json::Error> {
    let (kind, of) = name.split_once('/').unwrap_or((name, ""));
    match kind {
        "started" | "sends-at-once" | "probes" => {
            let is_on = read(value)?;
            match kind {
                "started" => settings.started = is_on,
                "probes" => settings.probes = is_on,
                _ => settings.sends_at_once = is_on,
            }
        }
        "providers-added" => settings.providers_added = read(value)?,
        "signals-hidden" => settings.signals_hidden_ms = read(value)?,
        "lanes" => settings.lanes = read::<Option<Lanes>>(value)?.unwrap_or_default(),
        "new-chat-lanes" => settings.new_chat_lanes = read(value)?,
        "system" => settings.system = read(value)?,
        "inferences" => settings.inferences = read(value)?,
        "provider" => {
            let added: Option<Provider> = read(value)?;
            settings.added.retain(|other| other.id != of);
            if let Some(added) = added {
                let place = settings.added.partition_point(|other| order_of(&other.id) < order_of(&added.id));
                settings.added.insert(place, added);
            }
        }
        "limits" | "credit-since" | "model" => {
            let map = match kind {
                "limits" => &mut settings.limits,
                "model" => &mut settings.models,
                _ => &mut settings.credit_since,
            };
            set(map, of, read(value)?);
        }
        "own-limits" => set(&mut settings.own_limits, of, read(value)?),
        "fields" => set(&mut settings.found, of, read(value)?),
        "correction" => {
            let learned: Option<LearnedCorrection> = read(value)?;
            settings.corrections.retain(|other| other.subject() != of);
            settings.corrections.extend(learned);
        }
        _ => {}
    }
    Ok(())
}

/// Returns the order of added providers: by number, which grows.
fn order_of(id: &str) -> (u64, &str) {
    let number = id.trim_start_matches(|it: char| !it.is_ascii_digit()).split('-').next();
    (number.and_then(|number| number.parse().ok()).unwrap_or(u64::MAX), id)
}

/// Not inlined: used for many types, and the page has to stay small.
#[inline(never)]
fn read<T: Default + DeserializeOwned>(value: Option<&str>) -> Result<T, serde_json::Error> {
    value.map_or_else(|| Ok(T::default()), serde_json::from_str)
}

fn set<T>(map: &mut BTreeMap<String, T>, of: &str, value: Option<T>) {
    match value {
        Some(value) => map.insert(of.to_owned(), value),
        None => map.remove(of),
    };
}
