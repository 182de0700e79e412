//! The page of today: a box whose text is counted.

use headroom_domain::Theme;
use headroom_tokenizer::TextFigures;

use crate::counting::{Count, CountId, Counter};

/// Everything the page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The text in the box.
    pub draft: String,
    /// Light, dark or the system's choice.
    pub theme: Theme,
    /// The figures of the draft.
    pub count: Count,
    /// Who works them out.
    pub counter: Counter,
    /// The id of the newest request for a count; answers to older ones are ignored.
    newest_count: CountId,
}

/// Everything that can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page opened with what was kept from last time.
    Opened {
        /// The text that was in the box, empty on a first visit.
        draft: String,
        /// The theme that was chosen.
        theme: Theme,
    },
    /// The user changed the text.
    DraftChanged(String),
    /// The user pressed the theme button while the system asked for dark (or not).
    ThemePressed {
        /// Whether `prefers-color-scheme: dark` holds now.
        system_is_dark: bool,
    },
    /// The worker answered.
    Counted(CountId, TextFigures),
    /// The worker crashed, or the browser refused to start it.
    WorkerLost,
}

/// Everything the page asks of the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep the draft, synchronously: the tab may be gone in the next moment.
    KeepDraft(String),
    /// Keep the theme.
    KeepTheme(Theme),
    /// Wear the theme.
    ShowTheme(Theme),
    /// Have the worker count this text. A newer request makes an older one pointless.
    Count(CountId, String),
    /// Start a new worker in place of the lost one.
    RestartWorker,
}

impl Default for State {
    fn default() -> Self {
        Self {
            draft: String::new(),
            theme: Theme::System,
            count: Count::Unknown,
            counter: Counter::Worker { crashes: 0 },
            newest_count: CountId(0),
        }
    }
}

impl State {
    /// Applies one event and says what is to be done about it.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Opened { draft, theme } => {
                self.theme = theme;
                self.draft = draft;
                let mut effects = vec![Effect::ShowTheme(theme)];
                effects.extend(self.recount());
                effects
            }
            Event::DraftChanged(draft) => {
                self.draft.clone_from(&draft);
                let mut effects = vec![Effect::KeepDraft(draft)];
                effects.extend(self.recount());
                effects
            }
            Event::ThemePressed { system_is_dark } => {
                self.theme = self.theme.toggled(system_is_dark);
                vec![Effect::ShowTheme(self.theme), Effect::KeepTheme(self.theme)]
            }
            Event::Counted(id, figures) => {
                if id == self.newest_count {
                    self.count = Count::Current(figures);
                }
                Vec::new()
            }
            Event::WorkerLost => {
                self.counter = self.counter.after_a_crash();
                let mut effects = match self.counter {
                    Counter::Worker { .. } => vec![Effect::RestartWorker],
                    Counter::Page => Vec::new(),
                };
                effects.extend(self.recount());
                effects
            }
        }
    }

    /// Asks for the figures of the draft, or works them out at once where there is no worker.
    fn recount(&mut self) -> Option<Effect> {
        self.newest_count = CountId(self.newest_count.0 + 1);
        match self.counter {
            Counter::Page => {
                self.count = Count::Current(TextFigures::of(&self.draft));
                None
            }
            Counter::Worker { .. } => {
                self.count = self.count.outdated();
                Some(Effect::Count(self.newest_count, self.draft.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> State {
        let mut state = State::default();
        state.update(Event::Opened { draft: String::new(), theme: Theme::System });
        state
    }

    fn typed(state: &mut State, text: &str) -> CountId {
        let effects = state.update(Event::DraftChanged(text.into()));
        match effects.as_slice() {
            [Effect::KeepDraft(kept), Effect::Count(id, counted)] => {
                assert_eq!((kept.as_str(), counted.as_str()), (text, text));
                *id
            }
            other => panic!("typing keeps the draft and has it counted, in this order: {other:?}"),
        }
    }

    #[test]
    fn the_draft_of_last_time_is_shown_and_counted() {
        let mut state = State::default();
        let effects = state.update(Event::Opened { draft: "kept".into(), theme: Theme::Dark });
        assert_eq!(effects, [Effect::ShowTheme(Theme::Dark), Effect::Count(CountId(1), "kept".into())]);
        assert_eq!(state.draft, "kept");
    }

    #[test]
    fn a_late_answer_never_replaces_a_newer_one() {
        let mut state = opened();
        let first = typed(&mut state, "a");
        let second = typed(&mut state, "a b");
        let (one, two) = (TextFigures::of("a"), TextFigures::of("a b"));
        state.update(Event::Counted(second, two));
        state.update(Event::Counted(first, one));
        assert_eq!(state.count, Count::Current(two));
    }

    #[test]
    fn old_figures_stay_until_new_ones_come() {
        let mut state = opened();
        let id = typed(&mut state, "a");
        let figures = TextFigures::of("a");
        state.update(Event::Counted(id, figures));
        typed(&mut state, "a b");
        assert_eq!(state.count, Count::Stale(figures));
    }

    #[test]
    fn a_crashed_worker_is_restarted_with_the_draft_it_owed() {
        let mut state = opened();
        let owed = typed(&mut state, "a b c");
        let effects = state.update(Event::WorkerLost);
        assert_eq!(effects, [Effect::RestartWorker, Effect::Count(CountId(owed.0 + 1), "a b c".into())]);
    }

    #[test]
    fn without_a_worker_the_page_counts_at_once() {
        let mut state = opened();
        typed(&mut state, "one two");
        for _ in 0..=3 {
            state.update(Event::WorkerLost);
        }
        assert_eq!(state.counter, Counter::Page);
        assert_eq!(state.count, Count::Current(TextFigures::of("one two")));
        let effects = state.update(Event::DraftChanged("one".into()));
        assert_eq!(effects, [Effect::KeepDraft("one".into())]);
        assert_eq!(state.count, Count::Current(TextFigures::of("one")));
    }

    #[test]
    fn the_theme_is_shown_before_it_is_kept_so_a_full_disk_costs_no_colours() {
        let mut state = opened();
        let effects = state.update(Event::ThemePressed { system_is_dark: true });
        assert_eq!(effects, [Effect::ShowTheme(Theme::Light), Effect::KeepTheme(Theme::Light)]);
    }
}
