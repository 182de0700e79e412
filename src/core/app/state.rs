//! The state of the page.

use headroom_domain::Theme;

use crate::{
    composer::Composer,
    conversation::{Conversations, chat::Id},
    outcomes::Outcome,
    runs::Runs,
    scheduler::other_tabs::OtherTabs,
    setup::Choices,
    token_view::TokenView,
    usage::UsageRecords,
};

/// The complete state of the page.
#[derive(Debug, Default)]
pub struct State {
    /// Light, dark or the system's choice.
    pub(crate) theme: Theme,

    pub(crate) choices: Choices,
    pub(crate) composer: Composer,
    pub(crate) token_view: TokenView,
    pub(crate) conversations: Conversations,
    pub(crate) runs: Runs,
    pub(crate) usage: UsageRecords,
    pub(crate) revision: u64,
    pub(crate) other_tabs: OtherTabs,
    pub(crate) tab: u64,
    pub(crate) ids_made: u64,
    /// Outcomes that were emitted and not handled yet.
    pub(crate) outcomes: Vec<Outcome>,
}

impl State {
    /// Returns a counter that grows with every change except a streaming answer's start, text, and stats.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Reports what others may have to act on. It is handled once the event is.
    pub(crate) fn emit(&mut self, outcome: Outcome) {
        if !self.outcomes.contains(&outcome) {
            self.outcomes.push(outcome);
        }
    }

    /// Creates an id. Times order ids; the tab's number separates tabs; the counter separates ids of the same
    /// millisecond.
    pub(crate) fn new_id(&mut self, now_ms: u64) -> Id {
        self.ids_made += 1;
        Id(format!("{}-{:08x}-{:x}", id_at(now_ms), self.tab & 0xffff_ffff, self.ids_made))
    }
}

/// Returns the prefix of ids created at a time; prefixes sort by time.
#[must_use]
pub fn id_at(now_ms: u64) -> String {
    format!("{now_ms:012x}")
}
