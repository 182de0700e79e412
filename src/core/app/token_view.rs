//! The token view: what a lane would send, cut into tokens.

use std::sync::Arc;

use headroom_domain::Message;
use headroom_tokenizer::{
    Correction, Family, Fit, Frame, Mark, Role, TextFigures, Vocabulary, estimate_in, stands_alone,
};

use crate::{
    chat::{Setup, messages},
    counting::{ByKey, Counter, Supply, TextKey},
    drafting::{AT_ONCE, role},
    effect::Effect,
    settings::SIMULATOR,
    state::State,
};

/// What the view is about.
#[derive(Debug, Default)]
pub(crate) struct TokenView {
    pub(crate) is_open: bool,
    lane: usize,
    /// A text of the user's; kept while the conversation is looked at.
    pasted: String,
    /// It is shown in place of the conversation.
    shows_pasted: bool,
    /// Where the tokens of each text end, in bytes; none until the worker has said so.
    cuts: ByKey<Option<Arc<[u32]>>>,
}

impl TokenView {
    /// The worker is gone, and with it what it was asked.
    pub(crate) fn forget_asked(&mut self) {
        self.cuts.retain(|_, ends| ends.is_some());
    }
}

/// A text in its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenText {
    /// Who says it; none of a pasted text.
    pub role: Option<Role>,
    /// It stands in the box and was not sent yet.
    pub is_draft: bool,
    /// The text.
    pub text: Arc<str>,
    /// Where its tokens end, in bytes; none while that is not known.
    pub ends: Option<Arc<[u32]>>,
    /// Its tokens, counted or estimated.
    pub tokens: u64,
    /// What the template writes before it.
    pub before: Vec<Mark>,
    /// What the template writes after it.
    pub after: Vec<Mark>,
}

impl TokenText {
    /// The tokens of the template around it.
    #[must_use]
    pub fn template_tokens(&self) -> u64 {
        self.before.iter().chain(&self.after).map(|mark| mark.tokens).sum()
    }
}

/// Why the parts of a request do not add up to what its provider will count, though each is cut into its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The built-in simulator counts in a way of its own.
    Simulator,
    /// The model's chat template is not known to the token.
    Template,
    /// A message begins or ends with white space that the template runs together with its own.
    Joined,
    /// An answer is still being written.
    Running,
    /// The provider counted otherwise before.
    Provider,
}

/// All that a lane would send.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenSheet {
    /// For which model.
    pub model: String,
    /// In which vocabulary.
    pub vocabulary: Vocabulary,
    /// It is the model's own; otherwise the nearest to it.
    pub is_own: bool,
    /// Its tokens are not here yet, but on their way.
    pub is_coming: bool,
    /// What speaks against the sum; never anything of a pasted text.
    pub doubt: Option<Doubt>,
    /// Before the first message.
    pub begin: Vec<Mark>,
    /// The messages.
    pub texts: Vec<TokenText>,
    /// After the last one.
    pub end: Vec<Mark>,
    /// The tokens of the model's context, where they are known.
    pub context: Option<u64>,
    /// US dollars for a token of a prompt, where the price is known.
    pub price: Option<f64>,
}

impl TokenSheet {
    /// Everything together.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.words() + self.template()
    }

    /// The tokens of the texts.
    #[must_use]
    pub fn words(&self) -> u64 {
        self.texts.iter().map(|text| text.tokens).sum()
    }

    /// The tokens of the template.
    #[must_use]
    pub fn template(&self) -> u64 {
        let ends = self.begin.iter().chain(&self.end).map(|mark| mark.tokens).sum::<u64>();
        ends + self.texts.iter().map(TokenText::template_tokens).sum::<u64>()
    }

    /// Whether every text is cut into its tokens.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.texts.iter().all(|text| text.ends.is_some())
    }

    /// Whether the sum is what the provider will count, by all that is known; of a pasted text, what its model would.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_cut() && self.is_own && self.doubt.is_none()
    }

    /// The same texts in every vocabulary that is known: tokens as estimated.
    #[must_use]
    pub fn in_other_vocabularies(&self) -> Vec<(Vocabulary, u64)> {
        let sum = |vocabulary| self.texts.iter().map(|text| estimate_in(vocabulary, &text.text).tokens).sum();
        Vocabulary::MEASURED.into_iter().map(|vocabulary| (vocabulary, sum(vocabulary))).collect()
    }
}

impl State {
    pub(crate) fn tokens_shown(&mut self, is_open: bool) -> Vec<Effect> {
        if std::mem::replace(&mut self.tokens.is_open, is_open) == is_open {
            return Vec::new();
        }
        self.tokens.cuts.clear();
        if !is_open {
            return Vec::new();
        }
        // What leads here is the count of a request: that is what is shown first.
        self.tokens.shows_pasted = false;
        if let Some(lane) = self.chat.editing.as_ref().and_then(|edit| edit.lane) {
            self.tokens.lane = lane;
        }
        self.want_vocabularies()
    }

    pub(crate) fn tokens_of_lane(&mut self, lane: usize) -> Vec<Effect> {
        self.tokens.lane = lane;
        self.tokens.cuts.clear();
        self.want_vocabularies()
    }

    pub(crate) fn tokens_pasted(&mut self, text: Option<String>) -> Vec<Effect> {
        self.tokens.shows_pasted = text.is_some();
        if let Some(text) = text {
            self.tokens.pasted = text;
        }
        Vec::new()
    }

    /// The worker said where the tokens of texts end.
    pub(crate) fn cut(&mut self, cuts: Vec<(TextKey, Arc<[u32]>)>) -> Vec<Effect> {
        for (key, ends) in cuts {
            if let Some(place) = self.tokens.cuts.get_mut(key) {
                *place = Some(ends);
            }
        }
        Vec::new()
    }

    /// Whether the token view is shown in place of the lanes.
    #[must_use]
    pub const fn shows_tokens(&self) -> bool {
        self.tokens.is_open
    }

    /// The pasted text that the view shows in place of the conversation.
    #[must_use]
    pub fn pasted(&self) -> Option<&str> {
        self.tokens.shows_pasted.then_some(self.tokens.pasted.as_str())
    }

    /// The text that was pasted last, shown or not.
    #[must_use]
    pub fn last_pasted(&self) -> &str {
        &self.tokens.pasted
    }

    /// The lane that the view is about.
    #[must_use]
    pub fn tokens_lane(&self) -> usize {
        self.tokens.lane.min(self.settings.lane_count().saturating_sub(1))
    }

    /// The setup whose tokens are shown, while they are.
    pub(crate) fn viewed(&self) -> Option<&Setup> {
        self.settings.lane(self.tokens_lane()).filter(|_| self.tokens.is_open)
    }

    /// Has the worker cut what is shown and not cut yet, and forgets what is shown no longer.
    pub(crate) fn cut_what_is_shown(&mut self) -> Vec<Effect> {
        let Some(setup) = self.viewed() else { return Vec::new() };
        let vocabulary = self.vocabulary(setup);
        if !self.exactly.is_here(vocabulary) {
            return Vec::new();
        }
        let shown: Vec<(TextKey, String)> =
            self.viewed_texts().into_iter().map(|(_, text)| (TextKey::of(vocabulary, &text), text)).collect();
        let mut in_use = ByKey::default();
        for (key, _) in &shown {
            in_use.add(*key, ());
        }
        let cuts = &mut self.tokens.cuts;
        cuts.retain(|key, _| in_use.get(key).is_some());
        let is_new = shown.iter().fold(false, |is_new, (key, _)| cuts.add(*key, None) || is_new);
        if !is_new {
            return Vec::new();
        }
        // All that the worker still owes, each text once: with this, what it was asked before is not worth doing any more.
        let mut asked = ByKey::default();
        let is_owed = |key: TextKey| cuts.get(key).is_some_and(Option::is_none);
        let owed = shown.into_iter().filter(|(key, _)| is_owed(*key) && asked.add(*key, ())).collect();
        vec![Effect::Cut { vocabulary, texts: owed }]
    }

    /// What is shown: the conversation and the draft, or the pasted text.
    fn viewed_texts(&self) -> Vec<(Option<Role>, String)> {
        if let Some(text) = self.pasted() {
            return vec![(None, text.to_owned())];
        }
        let lane = self.tokens_lane();
        let turns = self.turns_before_the_draft(lane);
        let mut messages = messages(&self.settings.setup.system, turns, lane, turns.len());
        messages.push(Message::user(self.draft.clone()));
        messages.into_iter().map(|message| (Some(role(message.role)), message.content)).collect()
    }

    /// What the view shows; none while it is closed.
    #[must_use]
    pub fn token_sheet(&self) -> Option<TokenSheet> {
        let setup = self.viewed()?;
        let vocabulary = self.vocabulary(setup);
        let texts = self.viewed_texts();
        let roles: Vec<Role> = texts.iter().filter_map(|(role, _)| *role).collect();
        // A pasted text has no template around it.
        let frame = match roles.is_empty() {
            true => Frame::default(),
            false => Frame::of(self.family_of(setup, Family::of_model), self.thinking(setup), &roles),
        };
        let doubt = if roles.is_empty() { None } else { self.doubt(setup, &texts) };
        let mut around = frame.messages.into_iter();
        let last = texts.len().saturating_sub(1);
        let texts = texts.into_iter().enumerate().map(|(place, (role, text))| {
            let key = TextKey::of(vocabulary, &text);
            let cut = self.tokens.cuts.get(key).cloned().flatten();
            let roughly = || TextFigures::roughly(vocabulary, &text, AT_ONCE).tokens;
            let tokens = cut.as_ref().map_or_else(roughly, |ends| ends.len() as u64);
            let (before, after) = around.next().unwrap_or_default();
            let is_draft = role.is_some() && place == last;
            TokenText { role, is_draft, text: text.into(), ends: cut, tokens, before, after }
        });
        let model = self.listed_model(setup);
        Some(TokenSheet {
            model: setup.model.clone(),
            vocabulary,
            is_own: self.has_own_vocabulary(setup),
            is_coming: self.counter != Counter::Page
                && matches!(self.exactly.supply(vocabulary), Some(Supply::Asked | Supply::Here)),
            doubt,
            begin: frame.begin,
            texts: texts.collect(),
            end: frame.end,
            context: model.and_then(|model| model.context_tokens),
            price: self.price_of(&setup.provider, &setup.model).map(|price| price.prompt_dollars),
        })
    }

    /// What speaks against adding up the parts of a request. It is what keeps the count beside the box from being exact.
    fn doubt(&self, setup: &Setup, texts: &[(Option<Role>, String)]) -> Option<Doubt> {
        let family = self.family_of(setup, Family::of_model);
        let joined = |(role, text): &(Option<Role>, String)| role.is_some_and(|role| !stands_alone(family, role, text));
        let fit = self.settings.correction(setup, true).map(Correction::fit);
        [
            (setup.provider == SIMULATOR, Doubt::Simulator),
            (!self.has_own_template(setup), Doubt::Template),
            (self.live(self.tokens_lane()).is_some(), Doubt::Running),
            (texts.iter().any(joined), Doubt::Joined),
            (matches!(fit, Some(Fit::Off { .. })), Doubt::Provider),
        ]
        .into_iter()
        .find_map(|(holds, doubt)| holds.then_some(doubt))
    }
}
