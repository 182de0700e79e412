//! Runs: what a request is from Send to the end of its answer.

pub(crate) mod lane_runs;
pub(crate) mod run;

use crate::event::RunId;
use run::Run;

/// The runs of all chats, in the order they were asked.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    all: Vec<Run>,
    newest: RunId,
}

impl Runs {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Run> {
        self.all.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Run> {
        self.all.iter_mut()
    }

    /// Iterates over the requests that wait to be sent.
    pub(crate) fn queued(&self) -> impl Iterator<Item = &Run> {
        self.iter().filter(|live| live.is_queued())
    }

    pub(crate) fn get(&self, run: RunId) -> Option<&Run> {
        self.iter().find(|live| live.run == run)
    }

    pub(crate) fn get_mut(&mut self, run: RunId) -> Option<&mut Run> {
        self.iter_mut().find(|live| live.run == run)
    }

    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns an id that no run has had.
    pub(crate) const fn next_id(&mut self) -> RunId {
        self.newest.0 += 1;
        self.newest
    }

    pub(crate) fn start(&mut self, run: Run) {
        self.all.push(run);
    }

    /// Takes a run that has ended.
    pub(crate) fn end(&mut self, run: RunId) -> Option<Run> {
        let place = self.iter().position(|live| live.run == run)?;
        Some(self.all.remove(place))
    }
}
