//! Exact token counts: which vocabularies are fetched for them, and the worker's counts of the conversation.

use headroom_domain::{ContentPart, Message, ResponseFormat};
use headroom_tokenizer::{Family, Role, TextStats, Vocabulary, estimate_in, stands_alone};

use crate::{
    composer::{
        counting::{Anchor, ByKey, Counter, Known, LoadState, LoadedVocabularies, TextKey},
        draft::role,
    },
    conversation::chat::{Setup, messages},
    effect::Effect,
    setup::settings::SIMULATOR,
    state::State,
    units::Tokens,
};

/// Everything known for exact counts.
#[derive(Debug, Default)]
pub(crate) struct ExactCount {
    load_states: LoadedVocabularies,
    known: Known,
    anchors: Vec<(Vocabulary, Anchor)>,
}

impl ExactCount {
    /// Whether the worker has loaded the vocabulary.
    pub(crate) fn is_here(&self, vocabulary: Vocabulary) -> bool {
        self.load_state(vocabulary) == Some(LoadState::Here)
    }

    pub(crate) fn load_state(&self, vocabulary: Vocabulary) -> Option<LoadState> {
        self.load_states.of(vocabulary)
    }

    /// Allows failed fetches to be retried.
    pub(crate) fn forget_missing(&mut self) {
        self.load_states.forget_missing();
    }

    /// Handles a lost worker: its loaded data is gone, but its counts stay valid.
    pub(crate) fn lose(&mut self) {
        self.load_states.clear();
        self.known.forget_asked();
    }

    /// Takes the worker's count of a draft: the next draft is estimated from it.
    pub(crate) fn take(&mut self, vocabulary: Vocabulary, draft: &str, stats: &TextStats) {
        self.anchors.retain(|(other, _)| *other != vocabulary);
        if stats.is_exact() && !draft.is_empty() {
            let anchor = Anchor { counted: stats.tokens, estimated: estimate_in(vocabulary, draft).tokens };
            self.anchors.push((vocabulary, anchor));
        }
    }

    /// Returns the stats of a draft that is not counted yet.
    pub(crate) fn stats(&self, vocabulary: Vocabulary, draft: &str) -> TextStats {
        let stats = TextStats::of(vocabulary, draft);
        let anchor = self.anchors.iter().find(|(other, _)| *other == vocabulary);
        anchor.map_or(stats, |(_, anchor)| anchor.mend(stats))
    }
}

impl State {
    /// Whether requests of this setup can be counted exactly: the worker has the model's own vocabulary, and its
    /// template is known. The built-in simulator has its own way of counting.
    fn counts_exactly(&self, setup: &Setup) -> bool {
        self.is_countable(setup) && self.composer.exact_count.is_here(self.vocabulary(setup))
    }

    fn is_countable(&self, setup: &Setup) -> bool {
        setup.provider != SIMULATOR && self.has_own_vocabulary(setup) && self.has_own_template(setup)
    }

    /// Whether the exact chat template of this setup's model is known.
    pub(crate) fn has_own_template(&self, setup: &Setup) -> bool {
        self.family_of(setup, Family::of_model).is_that_of(&setup.model, self.hugging_face_id(setup))
    }

    /// Whether this setup is counted in the model's own vocabulary rather than the closest one.
    pub(crate) fn has_own_vocabulary(&self, setup: &Setup) -> bool {
        self.vocabulary(setup).is_that_of(&setup.model, self.hugging_face_id(setup))
    }

    fn hugging_face_id(&self, setup: &Setup) -> Option<&str> {
        self.listed_model(setup)?.hugging_face_id.as_deref()
    }

    /// Fetches the vocabularies the lanes count in, once there is something to count.
    pub(crate) fn want_vocabularies(&mut self) -> Vec<Effect> {
        let counted =
            self.settings().lanes().filter(|setup| !self.composer.draft.is_empty() && self.is_countable(setup));
        let wanted = counted.map(|setup| self.vocabulary(setup)).collect();
        self.fetch_vocabularies(wanted)
    }

    /// Fetches vocabularies that were not fetched yet.
    pub(crate) fn fetch_vocabularies(&mut self, wanted: Vec<Vocabulary>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.composer.counter == Counter::Page {
            return effects;
        }
        for vocabulary in wanted {
            if self.composer.exact_count.load_state(vocabulary).is_none() && vocabulary != Vocabulary::Unknown {
                self.composer.exact_count.load_states.set(vocabulary, LoadState::Requested);
                effects.push(Effect::FetchVocabulary(vocabulary));
            }
        }
        effects
    }

    /// Records that the worker loaded a vocabulary, or that the fetch failed.
    pub(crate) fn vocabulary_loaded(&mut self, vocabulary: Vocabulary, is_here: bool) -> Vec<Effect> {
        // After a worker was lost, it may have been fetched twice: one success is enough.
        if !is_here && self.composer.exact_count.is_here(vocabulary) {
            return Vec::new();
        }
        self.composer
            .exact_count
            .load_states
            .set(vocabulary, if is_here { LoadState::Here } else { LoadState::Missing });
        if is_here { self.recount() } else { Vec::new() }
    }

    /// Takes the worker's counts of texts.
    pub(crate) fn texts_counted(&mut self, counts: &[(TextKey, u64)]) -> Vec<Effect> {
        for (key, tokens) in counts {
            self.composer.exact_count.known.put(*key, *tokens);
        }
        Vec::new()
    }

    /// Keeps the draft's count, since the draft is about to become part of the conversation.
    pub(crate) fn keep_count_of_draft(&mut self) {
        for vocabulary in self.vocabularies() {
            if let Some(stats) = self.composer.count.current(vocabulary).filter(TextStats::is_exact) {
                self.composer.exact_count.known.put(TextKey::of(vocabulary, &self.composer.draft), stats.tokens);
            }
        }
    }

    /// Sums up what precedes the draft in each lane, and asks the worker for the texts that are only estimated.
    pub(crate) fn tally_conversation(&mut self) -> Vec<Effect> {
        let (mut all, mut in_use) = (Vec::new(), ByKey::default());
        let mut unknown: Vec<(Vocabulary, Vec<(TextKey, String)>)> = Vec::new();
        for (lane, setup) in self.settings().lanes().enumerate() {
            let turns = self.turns_before_the_draft(lane);
            let mut messages = messages(&self.settings().system, turns, self.settings().lane_id(lane), turns.len());
            if self.counts_exactly(setup) {
                let vocabulary = self.vocabulary(setup);
                let texts = messages.iter().map(|message| &message.content).filter(|text| !text.is_empty());
                let texts: Vec<_> = texts.map(|text| (TextKey::of(vocabulary, text), text)).collect();
                for (key, _) in &texts {
                    in_use.add(*key, ());
                }
                let new = texts.into_iter().filter(|(key, _)| !self.composer.exact_count.known.has(*key));
                unknown.push((vocabulary, new.map(|(key, text)| (key, text.clone())).collect()));
            }
            messages.push(Message::user(""));
            all.push(self.tokens_of(setup, &messages));
        }
        self.composer.tokens_before = all;
        let known = &mut self.composer.exact_count.known;
        for (_, texts) in &mut unknown {
            texts.retain(|(key, _)| known.mark_requested(*key));
        }
        known.forget_all_but(&in_use);
        let asked = unknown.into_iter().filter(|(_, texts)| !texts.is_empty());
        asked.map(|(vocabulary, texts)| Effect::CountTexts { vocabulary, texts }).collect()
    }

    /// Whether the draft is tokenized the same within the request as alone.
    pub(crate) fn draft_stands_alone(&self, setup: &Setup) -> bool {
        stands_alone(self.family_of(setup, Family::of_model), Role::User, &self.composer.draft)
    }

    /// Returns the tokens of messages as a request, before any correction inferred from the provider.
    pub(crate) fn tokens_of(&self, setup: &Setup, messages: &[Message]) -> Tokens {
        let vocabulary = self.vocabulary(setup);
        let family = self.family_of(setup, Family::of_model);
        let counted = self.counts_exactly(setup);
        // A request that ends with an answer continues it: how the template leaves it open was never measured.
        let mut exact = counted && messages.last().is_none_or(|last| last.role != headroom_domain::Role::Assistant);
        let mut tokens = self.template_tokens(setup, messages);
        for message in messages.iter().filter(|message| !message.content.is_empty()) {
            let text = &message.content;
            let known = counted.then(|| self.composer.exact_count.known.get(TextKey::of(vocabulary, text))).flatten();
            exact &= known.is_some() && stands_alone(family, role(message.role), text);
            tokens += known.unwrap_or_else(|| estimate_in(vocabulary, text).tokens);
        }
        for part in messages.iter().flat_map(|message| &message.attachments) {
            exact = false;
            tokens += match part {
                ContentPart::Text(text) => estimate_in(vocabulary, text).tokens,
                ContentPart::Image(image) => image.estimated_tokens(),
            };
        }
        // How a template writes tools and schemas differs: about as many tokens as their JSON has.
        let tools = setup.tools.iter().flat_map(|tool| [&tool.name, &tool.description, &tool.parameters]);
        let schema = match &setup.response_format {
            ResponseFormat::JsonSchema { schema, .. } => Some(schema),
            ResponseFormat::Text | ResponseFormat::JsonObject => None,
        };
        for text in tools.chain(schema) {
            exact = false;
            tokens += estimate_in(vocabulary, text).tokens;
        }
        Tokens { tokens, exact }
    }
}
