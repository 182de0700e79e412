//! The figures of the text in the box, and who works them out.

use headroom_tokenizer::{TextFigures, Vocabulary};

/// Names one request for a count. Later requests have greater ids, so a late answer is known by its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountId(pub u64);

/// The figures now on the screen, in each of the vocabularies that the lanes need.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Count {
    /// Nothing has been counted yet.
    #[default]
    Unknown,
    /// The figures of an older text; the new ones are on their way. They stay on the screen, so nothing flickers.
    Stale(Vec<(Vocabulary, TextFigures)>),
    /// The figures of exactly the text in the box.
    Current(Vec<(Vocabulary, TextFigures)>),
}

impl Count {
    /// The figures to show, fresh or not. Those of a vocabulary that was not asked for yet are told by another.
    #[must_use]
    pub fn figures(&self, vocabulary: Vocabulary) -> Option<TextFigures> {
        let (Self::Stale(all) | Self::Current(all)) = self else { return None };
        let wanted = all.iter().find(|(other, _)| *other == vocabulary).or(all.first());
        wanted.map(|(_, figures)| *figures)
    }

    /// The same figures, marked as being of an older text.
    #[must_use]
    pub fn outdated(self) -> Self {
        match self {
            Self::Current(figures) => Self::Stale(figures),
            other => other,
        }
    }
}

/// Who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// The worker. `crashes` is how often it had to be started again.
    Worker {
        /// Times it had to be started again since the page was opened.
        crashes: u8,
    },
    /// The page itself: the browser refuses workers, or ours keeps crashing.
    Page,
}

impl Default for Counter {
    fn default() -> Self {
        Self::Worker { crashes: 0 }
    }
}

impl Counter {
    /// A worker that crashed this often is given up: whatever it dies of, it will die of again.
    const MOST_CRASHES: u8 = 3;

    /// The counter after the worker was lost.
    #[must_use]
    pub const fn after_a_crash(self) -> Self {
        match self {
            Self::Worker { crashes } if crashes < Self::MOST_CRASHES => Self::Worker { crashes: crashes + 1 },
            _ => Self::Page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_restarted_three_times_and_then_given_up() {
        let mut counter = Counter::Worker { crashes: 0 };
        for crashes in 1..=3 {
            counter = counter.after_a_crash();
            assert_eq!(counter, Counter::Worker { crashes });
        }
        assert_eq!(counter.after_a_crash(), Counter::Page);
        assert_eq!(Counter::Page.after_a_crash(), Counter::Page);
    }
}
