//! Settings are stored each by itself: tabs, and builds, that change different ones all win.

use headroom_domain::LimitProfile;
use proptest::prelude::*;

use super::{Page, put, settings_saved};
use crate::{setup::saved_settings::SavedSettings, *};

/// A browser: storage, tabs, and what storage has yet to tell each tab.
struct Browser {
    stored: StoredSettings,
    tabs: Vec<(Page, Vec<SettingRecord>)>,
}

impl Browser {
    fn opens_tab(&mut self) -> usize {
        let mut page = Page { state: State::default(), now_ms: 1_000.0 };
        let kept =
            StoredState { settings: self.stored.clone(), tab: 7 + self.tabs.len() as u64, ..StoredState::default() };
        let effects = page.happens(Event::StateRestored(Box::new(kept)));
        self.tabs.push((page, vec![]));
        self.written(self.tabs.len() - 1, &effects);
        self.tabs.len() - 1
    }

    fn written(&mut self, tab: usize, effects: &[Effect]) {
        let records = settings_saved(effects);
        put(&mut self.stored, &records);
        for (at, (_, untold)) in self.tabs.iter_mut().enumerate() {
            if at != tab {
                untold.extend(records.iter().cloned());
            }
        }
    }

    fn happens(&mut self, tab: usize, event: Event) {
        let effects = self.tabs[tab].0.happens(event);
        self.written(tab, &effects);
    }

    fn tells(&mut self, tab: usize) {
        for (name, text) in std::mem::take(&mut self.tabs[tab].1) {
            self.happens(tab, Event::TabSetting(name, text));
        }
    }

    fn settings(&self, tab: usize) -> &Settings {
        self.tabs[tab].0.state.settings()
    }
}

fn profile(name: &str) -> Box<LimitProfile> {
    let mut profile = headroom_limits::profiles()[0].clone();
    name.clone_into(&mut profile.name);
    Box::new(profile)
}

fn adds(name: &str) -> Event {
    Event::ProviderAdded {
        name: name.into(),
        base_url: format!("http://localhost:9/{name}/v1"),
        key: SecretInput(String::new()),
        mode: KeyMode::Tab,
    }
}

/// The changes of a tab; no two tabs make the same.
fn change(tab: usize, kind: usize, number: u64) -> Event {
    let provider = ["cerebras", "groq"][tab].to_owned();
    match kind {
        0 => Event::LimitsChosen { provider, profile: format!("plan-{number}") },
        1 => Event::LimitsEdited { provider, profile: profile(&format!("mine {number}")) },
        2 => Event::CreditSet { provider, day: format!("2026-11-{:02}", 1 + number % 30) },
        3 => adds(&format!("{provider}-{number}")),
        4 if tab == 0 => Event::QueueSet(number.is_multiple_of(2)),
        4 => Event::ProbingSet(number.is_multiple_of(2)),
        _ => Event::ProviderChosen { lane: None, provider },
    }
}

/// The settings that all tabs share.
fn shared(settings: &Settings) -> Settings {
    Settings {
        lanes: Lanes::default(),
        new_chat_lanes: None,
        system: String::new(),
        providers_added: 0,
        ..settings.clone()
    }
}

proptest! {
    #[test]
    fn tabs_that_change_different_settings_all_win(
        steps in prop::collection::vec((0..2_usize, 0..6_usize, 0..40_u64, any::<bool>()), 1..40),
    ) {
        let mut browser = Browser { stored: StoredSettings::default(), tabs: vec![] };
        let (mut alone, mut added) = (vec![], [0, 0]);
        for _ in 0..2 {
            browser.opens_tab();
            let mut page = Page { state: State::default(), now_ms: 1_000.0 };
            page.happens(Event::StateRestored(Box::default()));
            alone.push(page);
        }
        for (tab, kind, number, is_told) in steps {
            browser.happens(tab, change(tab, kind, number));
            alone[tab].happens(change(tab, kind, number));
            added[tab] += usize::from(kind == 3);
            if is_told {
                browser.tells(1 - tab);
            }
        }
        for tab in 0..2 {
            browser.tells(tab);
        }
        let later = browser.opens_tab();
        prop_assert_eq!(shared(browser.settings(0)), shared(browser.settings(1)));
        prop_assert_eq!(shared(browser.settings(0)), shared(browser.settings(later)));
        let settings = browser.settings(later);
        prop_assert_eq!(settings.added.len(), added[0] + added[1], "{:?}", settings.added);
        // What each tab changed is as if it had been alone.
        for (tab, provider) in ["cerebras", "groq"].into_iter().enumerate() {
            let own = &alone[tab].state.settings();
            prop_assert_eq!(settings.limits.get(provider), own.limits.get(provider));
            prop_assert_eq!(settings.own_limits.get(provider), own.own_limits.get(provider));
            prop_assert_eq!(settings.credit_since.get(provider), own.credit_since.get(provider));
        }
        prop_assert_eq!(settings.sends_at_once, alone[0].state.settings().sends_at_once);
        prop_assert_eq!(settings.probes, alone[1].state.settings().probes);
    }

    /// An older build writes all its settings at once, from what it knew when it was opened.
    #[test]
    fn an_older_tab_wins_what_it_changed_and_nothing_else(
        older in prop::collection::vec((0..4_usize, 0..40_u64), 0..6),
        newer in prop::collection::vec((0..6_usize, 0..40_u64), 0..6),
        is_open in any::<bool>(),
    ) {
        let before = r#"{"v":1,"data":{"started":true,"system":"old","limits":[["groq","a"]],"models":{"groq":"m"}}}"#;
        let mut browser =
            Browser { stored: StoredSettings { version_1: Some(before.into()), ..Default::default() }, tabs: vec![] };
        let tab = browser.opens_tab();
        prop_assert_eq!(browser.settings(tab).system.as_str(), "old");
        for (kind, number) in newer {
            browser.happens(tab, change(0, kind, number));
        }
        let mine = shared(browser.settings(tab));
        let (mut plan, mut day, mut queue, mut model) = ("a".to_owned(), None, false, "m".to_owned());
        for (kind, number) in older {
            match kind {
                0 => plan = format!("b{number}"),
                1 => day = Some(format!("2026-10-{:02}", 1 + number % 30)),
                2 => queue = number.is_multiple_of(2),
                _ => model = format!("m{number}"),
            }
            let credit = day.iter().map(|day| ["groq", day]).collect::<Vec<_>>();
            let record = serde_json::json!({ "v": 1, "data": {
                "started": true, "system": "old", "limits": [["groq", plan]], "credit_since": credit,
                "probes": queue, "models": { "groq": model },
            }});
            browser.stored.version_1 = Some(record.to_string());
            if is_open {
                browser.happens(tab, Event::OlderTabSettings(record.to_string()));
            }
        }
        let later = browser.opens_tab();
        let expected = Settings {
            limits: mine.limits.clone().into_iter().chain([("groq".to_owned(), plan)]).collect(),
            credit_since: mine.credit_since.clone().into_iter().chain(day.map(|day| ("groq".to_owned(), day))).collect(),
            probes: queue,
            models: mine.models.clone().into_iter().chain([("groq".to_owned(), model)]).collect(),
            ..mine
        };
        prop_assert_eq!(shared(browser.settings(later)), expected);
    }
}

#[test]
fn one_change_writes_one_setting() {
    let mut page = Page::ready();
    let saved = |effects: &[Effect]| settings_saved(effects).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(saved(&page.happens(Event::SystemChanged("b".into()))), ["system"]);
    assert_eq!(saved(&page.happens(Event::SystemChanged("be".into()))), ["system"]);
    assert_eq!(saved(&page.happens(Event::ProbingSet(true))), ["probes"]);
    assert_eq!(
        saved(&page.happens(Event::LimitsChosen { provider: "groq".into(), profile: "x".into() })),
        ["limits/groq"]
    );
    assert_eq!(settings_saved(&page.happens(Event::ProbingSet(false))), [("probes".to_owned(), None)]);
}

#[test]
fn settings_of_a_newer_build_are_left_alone_and_their_fields_are_written_back() {
    let profile = serde_json::to_string(&profile("mine")).unwrap();
    let newer = profile.replacen('{', r#"{"region":"eu","#, 1);
    let records = vec![("own-limits/groq".to_owned(), newer), ("routes".to_owned(), "[1]".to_owned())];
    let opened = SavedSettings::open(StoredSettings { records, version_1: None });
    assert_eq!(opened.unreadable, Vec::<String>::new());
    let (mut settings, mut saved) = (opened.settings, opened.saved);
    settings.own_limits.get_mut("groq").unwrap().name = "ours".into();
    let records = saved.save(&settings);
    let [(name, Some(text))] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(name, "own-limits/groq");
    assert!(text.contains(r#""region":"eu""#) && text.contains(r#""name":"ours""#), "{text}");
}

#[test]
fn a_setting_that_cannot_be_read_costs_no_other_and_is_kept_when_it_is_chosen_anew() {
    let records = vec![("started".to_owned(), "true".to_owned()), ("system".to_owned(), "{".to_owned())];
    let mut page = Page { state: State::default(), now_ms: 1_000.0 };
    let settings = StoredSettings { records, version_1: None };
    page.happens(Event::StateRestored(Box::new(StoredState { settings, ..StoredState::default() })));
    assert!(page.state.settings().started);
    let notice = page.state.storage_notice().unwrap();
    assert!(notice.text.contains("system"), "{notice:?}");
    let effects = page.happens(Event::SystemChanged("new".into()));
    let expected = [("unreadable/system", "{"), ("system", "\"new\"")];
    assert_eq!(settings_saved(&effects), expected.map(|(name, text)| (name.to_owned(), Some(text.to_owned()))));
}

#[test]
fn added_providers_stay_in_the_order_they_were_added() {
    let mut browser = Browser { stored: StoredSettings::default(), tabs: vec![] };
    let tab = browser.opens_tab();
    let names: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    for name in &names {
        browser.happens(tab, adds(name));
    }
    let later = browser.opens_tab();
    let order: Vec<_> = browser.settings(later).added.iter().map(|added| added.name.clone()).collect();
    assert_eq!(order, names);
}
