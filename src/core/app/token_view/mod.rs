//! The token view: what a lane would send, split into tokens.

mod sheet;

use std::sync::Arc;

use headroom_domain::Message;
use headroom_tokenizer::{Role, Vocabulary};

pub use self::sheet::{CountCaveat, CountInVocabulary, TokenSheet, TokenText};
use crate::{
    composer::{
        counting::{ByKey, LoadState, LoadedVocabularies, TextKey},
        draft::role,
    },
    conversation::chat::{Setup, messages},
    effect::Effect,
    state::State,
};

/// The state of the token view.
#[derive(Debug, Default)]
pub(crate) struct TokenView {
    is_open: bool,
    lane: usize,
    /// The user's pasted text; kept while the conversation is shown.
    pasted: String,
    /// Whether it is shown instead of the conversation.
    shows_pasted: bool,
    /// The shown texts, split into tokens.
    cuts: ByKey<Piece>,
    /// The load states of token ids, by vocabulary.
    ids: LoadedVocabularies,
    /// Whether the shown texts must be split again because their token ids have loaded.
    is_recut: bool,
    /// Whether texts are counted exactly in all vocabularies.
    compares: bool,
    /// The shown texts' counts in other vocabularies. `None` until the worker reports them.
    counts: ByKey<Option<u64>>,
}

/// A shown text.
#[derive(Debug)]
struct Piece {
    cut: Option<TokenBoundaries>,
    /// Whether the worker's result is still pending.
    is_owed: bool,
}

/// The tokens of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBoundaries {
    /// The end of each token, in bytes.
    pub ends: Arc<[u32]>,
    /// The id of each token in its vocabulary; empty if not loaded.
    pub ids: Arc<[u32]>,
}

impl State {
    /// Handles a lost worker: its loaded data and pending requests are gone.
    pub(crate) fn forget_asked_tokens(&mut self) {
        self.token_view.cuts.retain(|_, piece| !piece.is_owed);
        self.token_view.counts.retain(|_, tokens| tokens.is_some());
        self.token_view.ids.clear();
    }

    /// Closes the view.
    pub(crate) const fn close_token_view(&mut self) {
        self.token_view.is_open = false;
    }

    pub(crate) fn tokens_shown(&mut self, is_open: bool) -> Vec<Effect> {
        if std::mem::replace(&mut self.token_view.is_open, is_open) == is_open {
            return Vec::new();
        }
        self.token_view.cuts.clear();
        self.token_view.counts.clear();
        self.token_view.compares = false;
        self.token_view.ids.forget_missing();
        if !is_open {
            return Vec::new();
        }
        // The view is opened from a request's token count, so that request is shown first.
        self.token_view.shows_pasted = false;
        if let Some(lane) = self.edited_lane() {
            self.token_view.lane = lane;
        }
        Vec::new()
    }

    pub(crate) fn tokens_of_lane(&mut self, lane: usize) -> Vec<Effect> {
        self.token_view.lane = lane;
        self.token_view.cuts.clear();
        Vec::new()
    }

    pub(crate) fn tokens_pasted(&mut self, text: Option<String>) -> Vec<Effect> {
        self.token_view.shows_pasted = text.is_some();
        if let Some(text) = text {
            self.token_view.pasted = text;
        }
        Vec::new()
    }

    pub(crate) fn tokens_compared(&mut self) -> Vec<Effect> {
        self.token_view.compares = self.token_view.is_open;
        self.forget_missing_vocabularies();
        Vec::new()
    }

    /// Takes texts that the worker split into tokens.
    pub(crate) fn cut(&mut self, cuts: Vec<(TextKey, TokenBoundaries)>) -> Vec<Effect> {
        let has_ids = self.viewed().is_some_and(|setup| self.has_ids(self.vocabulary(setup)));
        for (key, cut) in cuts {
            if let Some(piece) = self.token_view.cuts.get_mut(key) {
                // A text that was split before the ids loaded is requested again.
                let is_owed = has_ids && cut.ids.len() < cut.ends.len();
                *piece = Piece { cut: Some(cut), is_owed };
            }
        }
        Vec::new()
    }

    /// Whether the worker has loaded the token ids of a vocabulary.
    pub(crate) fn has_ids(&self, vocabulary: Vocabulary) -> bool {
        self.token_view.ids.of(vocabulary) == Some(LoadState::Here)
    }

    /// Records that the worker loaded the token ids of a vocabulary, or that the fetch failed.
    pub(crate) fn token_ids_loaded(&mut self, vocabulary: Vocabulary, are_here: bool) -> Vec<Effect> {
        self.token_view.ids.set(vocabulary, if are_here { LoadState::Here } else { LoadState::Missing });
        self.token_view.is_recut |= are_here;
        Vec::new()
    }

    /// Whether the token view is shown instead of the lanes.
    #[must_use]
    pub const fn shows_tokens(&self) -> bool {
        self.token_view.is_open
    }

    /// Returns the pasted text that the view shows instead of the conversation.
    #[must_use]
    pub fn pasted(&self) -> Option<&str> {
        self.token_view.shows_pasted.then_some(self.token_view.pasted.as_str())
    }

    /// Returns the last pasted text, shown or not.
    #[must_use]
    pub fn last_pasted(&self) -> &str {
        &self.token_view.pasted
    }

    /// Returns the lane that the view shows.
    #[must_use]
    pub fn tokens_lane(&self) -> usize {
        self.token_view.lane.min(self.settings().lane_count().saturating_sub(1))
    }

    /// Returns the setup whose tokens are shown, while the view is open.
    pub(crate) fn viewed(&self) -> Option<&Setup> {
        self.settings().lane(self.tokens_lane()).filter(|_| self.token_view.is_open)
    }

    /// Fetches the vocabularies that the view splits and counts in.
    pub(crate) fn want_shown_vocabularies(&mut self) -> Vec<Effect> {
        let viewed = self.viewed().map(|setup| self.vocabulary(setup));
        let wanted = viewed.into_iter().chain(self.compared().iter().copied()).collect();
        self.fetch_vocabularies(wanted)
    }

    /// Asks the worker to split shown texts that are not split yet, and drops those no longer shown.
    pub(crate) fn request_shown_boundaries(&mut self) -> Vec<Effect> {
        let Some(setup) = self.viewed() else { return Vec::new() };
        let vocabulary = self.vocabulary(setup);
        if !self.exact_count().is_here(vocabulary) {
            return Vec::new();
        }
        let shown: Vec<(TextKey, String)> =
            self.viewed_texts().into_iter().map(|(_, text)| (TextKey::of(vocabulary, &text), text)).collect();
        let mut effects = Vec::new();
        if self.token_view.ids.of(vocabulary).is_none() {
            self.token_view.ids.set(vocabulary, LoadState::Requested);
            effects.push(Effect::FetchIds(vocabulary));
        }
        let mut in_use = ByKey::default();
        for (key, _) in &shown {
            in_use.add(*key, ());
        }
        let cuts = &mut self.token_view.cuts;
        cuts.retain(|key, _| in_use.get(key).is_some());
        let is_recut = std::mem::take(&mut self.token_view.is_recut);
        let mut is_new = is_recut;
        for (key, _) in &shown {
            is_new |= cuts.add(*key, Piece { cut: None, is_owed: true });
            if let Some(piece) = cuts.get_mut(*key) {
                piece.is_owed |= is_recut;
            }
        }
        if is_new {
            // Everything still pending, each text once: this replaces the previous request.
            let mut asked = ByKey::default();
            let is_owed = |key: TextKey| cuts.get(key).is_some_and(|piece| piece.is_owed);
            let owed = shown.into_iter().filter(|(key, _)| is_owed(*key) && asked.add(*key, ())).collect();
            effects.push(Effect::FindTokenBoundaries { vocabulary, texts: owed });
        }
        effects
    }

    /// Returns the vocabularies that the view counts in.
    pub(crate) fn compared(&self) -> &'static [Vocabulary] {
        if self.token_view.is_open && self.token_view.compares { &Vocabulary::MEASURED } else { &[] }
    }

    /// Asks the worker to count the shown texts in its vocabularies, and drops those no longer shown.
    pub(crate) fn request_compared_counts(&mut self) -> Vec<Effect> {
        let compared = self.compared();
        if compared.is_empty() {
            return Vec::new();
        }
        let (shown, mut in_use, mut effects) = (self.viewed_texts(), ByKey::default(), Vec::new());
        let here: Vec<_> =
            compared.iter().copied().filter(|vocabulary| self.exact_count().is_here(*vocabulary)).collect();
        for vocabulary in here {
            let mut texts = Vec::new();
            for (_, text) in &shown {
                let key = TextKey::of(vocabulary, text);
                if in_use.add(key, ()) && self.token_view.counts.add(key, None) {
                    texts.push((key, text.clone()));
                }
            }
            if !texts.is_empty() {
                effects.push(Effect::CountTexts { vocabulary, texts });
            }
        }
        self.token_view.counts.retain(|key, _| in_use.get(key).is_some());
        effects
    }

    /// Takes counts from the worker, in case these texts are being compared.
    pub(crate) fn note_compared_counts(&mut self, counts: &[(TextKey, u64)]) {
        for (key, tokens) in counts {
            if let Some(count) = self.token_view.counts.get_mut(*key) {
                *count = Some(*tokens);
            }
        }
    }

    /// Returns the shown texts: the conversation and the draft, or the pasted text.
    fn viewed_texts(&self) -> Vec<(Option<Role>, String)> {
        if let Some(text) = self.pasted() {
            return vec![(None, text.to_owned())];
        }
        let lane = self.tokens_lane();
        let turns = self.turns_before_the_draft(lane);
        let mut messages = messages(&self.settings().system, turns, self.settings().lane_id(lane), turns.len());
        messages.push(Message::user(self.draft()));
        messages.into_iter().map(|message| (Some(role(message.role)), message.content)).collect()
    }
}
