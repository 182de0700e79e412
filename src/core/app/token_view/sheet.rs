//! The content of the token view.

use std::sync::Arc;

use headroom_tokenizer::{
    Correction, Family, Fit, Role, SpecialToken, TemplateTokens, TextStats, Vocabulary, stands_alone,
};

use super::TokenBoundaries;
use crate::{
    composer::{
        counting::{Counter, LoadState, TextKey},
        draft::AT_ONCE,
    },
    conversation::chat::Setup,
    setup::settings::SIMULATOR,
    state::State,
};

/// A text with its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenText {
    /// Its role. `None` for pasted text.
    pub role: Option<Role>,
    /// Whether it is the unsent draft.
    pub is_draft: bool,
    /// The text.
    pub text: Arc<str>,
    /// Its token boundaries. `None` until known.
    pub cut: Option<TokenBoundaries>,
    /// Its tokens, counted or estimated.
    pub tokens: u64,
    /// The template tokens before it.
    pub before: Vec<SpecialToken>,
    /// The template tokens after it.
    pub after: Vec<SpecialToken>,
}

impl TokenText {
    /// Returns the number of template tokens around it.
    #[must_use]
    pub fn template_tokens(&self) -> u64 {
        self.before.iter().chain(&self.after).map(|mark| mark.tokens).sum()
    }
}

/// Why the parts of a request don't add up to the provider's count, though each is split into its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountCaveat {
    /// The built-in simulator has its own way of counting.
    Simulator,
    /// The model's exact chat template is not known.
    Template,
    /// A message begins or ends with white space that merges with the template's.
    Joined,
    /// An answer is still streaming.
    Running,
    /// The provider's previous counts differed.
    Provider,
}

/// Everything a lane would send.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenSheet {
    /// The model.
    pub model: String,
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// Whether it is the model's own; otherwise it is the closest one.
    pub is_own: bool,
    /// Whether its tokens are still loading.
    pub is_coming: bool,
    /// Why the sum may be wrong; always `None` for pasted text.
    pub caveat: Option<CountCaveat>,
    /// Template tokens before the first message.
    pub begin: Vec<SpecialToken>,
    /// The messages.
    pub texts: Vec<TokenText>,
    /// Template tokens after the last message.
    pub end: Vec<SpecialToken>,
    /// The size of the model's context in tokens, if known.
    pub context: Option<u64>,
    /// How well the counts for this model have matched its provider's; never set for pasted text.
    pub fit: Fit,
    /// The price of a prompt token in US dollars, if known.
    pub price: Option<f64>,
    /// The texts in all vocabularies; empty for long texts until counting is requested.
    pub others: Vec<CountInVocabulary>,
    /// Whether exact counts were requested for them.
    pub compares: bool,
}

/// The texts of a sheet in one vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountInVocabulary {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// The number of tokens.
    pub tokens: u64,
    /// Whether they were counted; otherwise they are estimated.
    pub is_exact: bool,
    /// Whether the count is pending.
    pub is_coming: bool,
}

/// The limit for estimating texts in all vocabularies on each key press, in bytes.
const MOST_ESTIMATED: usize = 64 << 10;

impl TokenSheet {
    /// Returns the total number of tokens.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.text_tokens() + self.template()
    }

    /// Returns the number of text tokens.
    #[must_use]
    pub fn text_tokens(&self) -> u64 {
        self.texts.iter().map(|text| text.tokens).sum()
    }

    /// Returns the number of template tokens.
    #[must_use]
    pub fn template(&self) -> u64 {
        let ends = self.begin.iter().chain(&self.end).map(|mark| mark.tokens).sum::<u64>();
        ends + self.texts.iter().map(TokenText::template_tokens).sum::<u64>()
    }

    /// Whether every text is split into its tokens.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.texts.iter().all(|text| text.cut.is_some())
    }

    /// Whether the sum is what the provider will count, as far as known; for pasted text, what its model would.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_cut() && self.is_own && self.caveat.is_none()
    }
}

impl State {
    /// Returns the content of the view. `None` while it is closed.
    #[must_use]
    pub fn token_sheet(&self) -> Option<TokenSheet> {
        let setup = self.viewed()?;
        let vocabulary = self.vocabulary(setup);
        let texts = self.viewed_texts();
        let roles: Vec<Role> = texts.iter().filter_map(|(role, _)| *role).collect();
        // Pasted text has no template around it.
        let frame = match roles.is_empty() {
            true => TemplateTokens::default(),
            false => TemplateTokens::of(self.family_of(setup, Family::of_model), self.thinking(setup), &roles),
        };
        let caveat = if roles.is_empty() { None } else { self.caveat(setup, &texts) };
        let mut around = frame.messages.into_iter();
        let last = texts.len().saturating_sub(1);
        let texts = texts.into_iter().enumerate().map(|(place, (role, text))| {
            let key = TextKey::of(vocabulary, &text);
            let cut = self.token_view.cuts.get(key).and_then(|piece| piece.cut.clone());
            let roughly = || TextStats::roughly(vocabulary, &text, AT_ONCE).tokens;
            let tokens = cut.as_ref().map_or_else(roughly, |cut| cut.ends.len() as u64);
            let (before, after) = around.next().unwrap_or_default();
            let is_draft = role.is_some() && place == last;
            TokenText { role, is_draft, text: text.into(), cut, tokens, before, after }
        });
        let texts: Vec<TokenText> = texts.collect();
        let fit = self.request_tokens(self.tokens_lane()).filter(|_| !roles.is_empty());
        let model = self.listed_model(setup);
        Some(TokenSheet {
            model: setup.model.clone(),
            vocabulary,
            is_own: self.has_own_vocabulary(setup),
            is_coming: self.counter() != Counter::Page
                && matches!(self.exact_count().load_state(vocabulary), Some(LoadState::Requested | LoadState::Here)),
            caveat,
            fit: fit.map_or(Fit::Unknown, |tokens| tokens.fit),
            others: self.in_others(&texts),
            compares: self.token_view.compares,
            begin: frame.begin,
            texts,
            end: frame.end,
            context: model.and_then(|model| model.context_tokens),
            price: self.price_of(&setup.provider, &setup.model).map(|price| price.prompt_dollars),
        })
    }

    /// Returns the shown texts in every vocabulary.
    fn in_others(&self, texts: &[TokenText]) -> Vec<CountInVocabulary> {
        let bytes: usize = texts.iter().map(|text| text.text.len()).sum();
        if bytes > MOST_ESTIMATED && !self.token_view.compares {
            return Vec::new();
        }
        let in_one = |vocabulary| {
            let counted = |text: &TokenText| *self.token_view.counts.get(TextKey::of(vocabulary, &text.text))?;
            let roughly = |text: &TokenText| TextStats::roughly(vocabulary, &text.text, AT_ONCE).tokens;
            let count: Option<u64> = texts.iter().map(counted).sum();
            let supply = self.exact_count().load_state(vocabulary);
            let is_coming = self.token_view.compares && count.is_none() && supply != Some(LoadState::Missing);
            let tokens = count.unwrap_or_else(|| texts.iter().map(roughly).sum());
            CountInVocabulary { vocabulary, tokens, is_exact: count.is_some(), is_coming }
        };
        Vocabulary::MEASURED.into_iter().map(in_one).collect()
    }

    /// Returns why the parts of a request may not add up. The same reason keeps the composer's count from being exact.
    fn caveat(&self, setup: &Setup, texts: &[(Option<Role>, String)]) -> Option<CountCaveat> {
        let family = self.family_of(setup, Family::of_model);
        let joined = |(role, text): &(Option<Role>, String)| role.is_some_and(|role| !stands_alone(family, role, text));
        let fit = self.settings().correction(setup, true).map(Correction::fit);
        [
            (setup.provider == SIMULATOR, CountCaveat::Simulator),
            (!self.has_own_template(setup), CountCaveat::Template),
            (self.live(self.tokens_lane()).is_some(), CountCaveat::Running),
            (texts.iter().any(joined), CountCaveat::Joined),
            (matches!(fit, Some(Fit::Off { .. })), CountCaveat::Provider),
        ]
        .into_iter()
        .find_map(|(holds, caveat)| holds.then_some(caveat))
    }
}
