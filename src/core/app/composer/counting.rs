//! The stats of the text in the composer, and what computes them.

use headroom_tokenizer::{TextStats, Vocabulary};

/// Identifies a count request. Later requests have greater ids, so an outdated result is recognized by its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountId(pub u64);

/// The stats on screen, in each vocabulary the lanes need.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Count {
    /// Nothing has been counted yet.
    #[default]
    Unknown,
    /// The stats of an older text while new ones are computed. They stay on screen to avoid flicker.
    Stale(Vec<(Vocabulary, TextStats)>),
    /// The stats of exactly the text in the composer.
    Current(Vec<(Vocabulary, TextStats)>),
}

impl Count {
    /// Returns the stats in a vocabulary, current or stale.
    #[must_use]
    pub fn stats(&self, vocabulary: Vocabulary) -> Option<TextStats> {
        let (Self::Stale(all) | Self::Current(all)) = self else { return None };
        all.iter().find(|(other, _)| *other == vocabulary).map(|(_, stats)| *stats)
    }

    /// Returns the stats of exactly the text in the composer.
    pub(crate) fn current(&self, vocabulary: Vocabulary) -> Option<TextStats> {
        matches!(self, Self::Current(_)).then(|| self.stats(vocabulary)).flatten()
    }

    /// Marks the stats as belonging to an older text.
    #[must_use]
    pub fn outdated(self) -> Self {
        match self {
            Self::Current(stats) => Self::Stale(stats),
            other => other,
        }
    }
}

/// Identifies a text in a vocabulary by a 52-bit fingerprint, which fits a JavaScript number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextKey(pub u64);

impl TextKey {
    /// Computes the key of a text.
    #[must_use]
    pub fn of(vocabulary: Vocabulary, text: &str) -> Self {
        // Eight bytes at a time: all visible text is hashed on each key press. The vocabulary and the length are
        // separate words, so no text can compensate for them.
        let mixed = |hash: u64, word: u64| {
            let hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^ hash >> 29
        };
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let begin = mixed(vocabulary as u64 + 1, text.len() as u64);
        let hash = words.iter().fold(begin, |hash, word| mixed(hash, u64::from_le_bytes(*word)));
        let hash = mixed(mixed(hash, rest), 0);
        Self((hash >> 12).max(1))
    }
}

/// Values sorted by text key. A map would add more code to the page than all of its counting.
#[derive(Clone, Debug)]
pub(crate) struct ByKey<T>(Vec<(TextKey, T)>);

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByKey<T> {
    pub(crate) fn get(&self, key: TextKey) -> Option<&T> {
        self.0.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: TextKey) -> Option<&mut T> {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Inserts a value if the key is absent. Returns whether it was.
    pub(crate) fn add(&mut self, key: TextKey, value: T) -> bool {
        let Err(place) = self.place(key) else { return false };
        self.0.insert(place.min(self.0.len()), (key, value));
        true
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(TextKey, &T) -> bool) {
        self.0.retain(|(key, value)| keep(*key, value));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    fn place(&self, key: TextKey) -> Result<usize, usize> {
        let place = self.0.partition_point(|(other, _)| *other < key);
        if self.0.get(place).is_some_and(|(other, _)| *other == key) { Ok(place) } else { Err(place) }
    }
}

/// The worker's exact token counts of conversation texts, by key; `None` for those only requested so far. Texts are not
/// stored.
#[derive(Debug, Default)]
pub(crate) struct Known(ByKey<Option<u64>>);

impl Known {
    /// Beyond this many entries, those not in the open conversation are dropped.
    const MOST: usize = 4_096;

    pub(crate) fn get(&self, key: TextKey) -> Option<u64> {
        *self.0.get(key)?
    }

    /// Marks a text as requested. Returns whether the worker has to be asked.
    pub(crate) fn mark_requested(&mut self, key: TextKey) -> bool {
        self.0.add(key, None)
    }

    pub(crate) fn put(&mut self, key: TextKey, tokens: u64) {
        match self.0.get_mut(key) {
            Some(known) => *known = Some(tokens),
            None => {
                self.0.add(key, Some(tokens));
            }
        }
    }

    /// Drops requests that will no longer be answered.
    pub(crate) fn forget_asked(&mut self) {
        self.0.retain(|_, tokens| tokens.is_some());
    }

    /// Whether the text was requested or counted.
    pub(crate) fn has(&self, key: TextKey) -> bool {
        self.0.get(key).is_some()
    }

    /// Bounds the cache. Entries in use always stay: once dropped, they would be requested again and evict others in
    /// use.
    pub(crate) fn forget_all_but(&mut self, in_use: &ByKey<()>) {
        if self.0.len() > Self::MOST {
            self.0.retain(|key, _| in_use.get(key).is_some());
        }
    }
}

/// The load state of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadState {
    /// It is being fetched for the worker.
    Requested,
    /// The worker counts in it.
    Here,
    /// It could not be fetched. It is requested again on the next event other than typing.
    Missing,
}

/// The load states of vocabularies, or of their token ids.
#[derive(Debug, Default)]
pub(crate) struct LoadedVocabularies(Vec<(Vocabulary, LoadState)>);

impl LoadedVocabularies {
    /// Returns the state of one. `None` if it was never requested.
    pub(crate) fn of(&self, vocabulary: Vocabulary) -> Option<LoadState> {
        self.0.iter().find(|(other, _)| *other == vocabulary).map(|(_, supply)| *supply)
    }

    pub(crate) fn set(&mut self, vocabulary: Vocabulary, supply: LoadState) {
        self.0.retain(|(other, _)| *other != vocabulary);
        self.0.push((vocabulary, supply));
    }

    /// Allows failed fetches to be retried.
    pub(crate) fn forget_missing(&mut self) {
        self.0.retain(|(_, supply)| *supply != LoadState::Missing);
    }

    /// The worker was lost with everything it had loaded.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The last text counted exactly in a vocabulary, which the next estimate starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    pub(crate) counted: u64,
    pub(crate) estimated: u64,
}

impl Anchor {
    /// Corrects an estimate by the exact count of the text one key press ago: only the difference between the two is
    /// estimated.
    #[expect(clippy::cast_precision_loss, reason = "no draft has 2^53 tokens")]
    pub(crate) fn mend(self, stats: TextStats) -> TextStats {
        let tokens = (self.counted + stats.tokens).saturating_sub(self.estimated);
        let tokens = tokens.clamp(u64::from(stats.bytes > 0), stats.bytes);
        let moved = stats.tokens.abs_diff(self.estimated).max(1) as f64;
        let error_margin = (stats.error_margin * moved / tokens.max(1) as f64).min(stats.error_margin);
        TextStats { tokens, error_margin, ..stats }
    }
}

/// What counts tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// The worker. `crashes` is how often it had to be restarted.
    Worker {
        /// Number of restarts since the page was opened.
        crashes: u8,
    },
    /// The page itself: the browser blocks workers, or ours keeps crashing.
    Page,
}

impl Default for Counter {
    fn default() -> Self {
        Self::Worker { crashes: 0 }
    }
}

impl Counter {
    /// A worker is abandoned after this many crashes: it would crash the same way again.
    const MOST_CRASHES: u8 = 3;

    /// Returns the counter after the worker was lost.
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
    fn an_estimate_is_mended_by_the_count_of_the_text_before() {
        let anchor = Anchor { counted: 100, estimated: 90 };
        let stats = |tokens, error_margin| TextStats { tokens, error_margin, characters: 400, bytes: 400 };
        let mended = anchor.mend(stats(91, 0.2));
        assert_eq!(mended.tokens, 101, "one word more is one token more");
        assert!(mended.error_margin < 0.01, "{}", mended.error_margin);
        assert_eq!(anchor.mend(stats(3_000, 0.2)).tokens, 400, "no text has more tokens than bytes");
        let emptied = TextStats::default();
        assert_eq!(anchor.mend(emptied), emptied);
    }

    #[test]
    fn a_text_is_asked_for_once_and_again_when_the_worker_was_lost() {
        let key = |text| TextKey::of(Vocabulary::O200k, text);
        let mut known = Known::default();
        assert!(known.mark_requested(key("one")) && known.mark_requested(key("two")));
        assert!(!known.mark_requested(key("one")));
        known.put(key("one"), 1);
        known.forget_asked();
        assert_eq!((known.get(key("one")), known.get(key("two"))), (Some(1), None));
        assert!(known.mark_requested(key("two")) && !known.mark_requested(key("one")));
        assert_ne!(TextKey::of(Vocabulary::Qwen, "one"), key("one"), "another vocabulary is another count");
    }

    #[test]
    fn no_text_in_one_vocabulary_has_the_name_of_its_neighbor_in_another() {
        for one in Vocabulary::MEASURED {
            for other in Vocabulary::MEASURED {
                let met = one != other && TextKey::of(one, "bat") == TextKey::of(other, "cat");
                assert!(!met, "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn texts_that_differ_little_have_names_of_their_own() {
        let mut keys = std::collections::BTreeSet::new();
        let mut texts = 0;
        for length in 0..300 {
            let text = "a".repeat(length);
            keys.insert(TextKey::of(Vocabulary::O200k, &text));
            texts += 1;
            for at in 0..length {
                for other in ["b", "A", "\0", "\u{e1}"] {
                    let mut text = text.clone();
                    text.replace_range(at..=at, other);
                    keys.insert(TextKey::of(Vocabulary::O200k, &text));
                    texts += 1;
                }
            }
        }
        assert_eq!(keys.len(), texts);
        assert!(keys.iter().all(|key| (1..1 << 52).contains(&key.0)));
    }

    fn in_use(keys: &[TextKey]) -> ByKey<()> {
        let mut in_use = ByKey::default();
        keys.iter().for_each(|key| {
            in_use.add(*key, ());
        });
        in_use
    }

    #[test]
    fn what_is_known_is_bounded() {
        let mut known = Known::default();
        let key = |number: usize| TextKey::of(Vocabulary::O200k, &number.to_string());
        for number in 0..3 * Known::MOST {
            known.put(key(number), 1);
            known.forget_all_but(&in_use(&[key(number), key(0)]));
        }
        assert!(known.0.len() <= Known::MOST && known.0.0.is_sorted_by_key(|(key, _)| *key));
        assert!(known.has(key(0)), "what is in use is never forgotten");
        let all: Vec<_> = (0..2 * Known::MOST).map(key).collect();
        known.forget_all_but(&in_use(&all));
    }

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
