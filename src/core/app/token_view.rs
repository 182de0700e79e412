//! The token view: what a lane would send, cut into tokens.

use std::sync::Arc;

use headroom_domain::Message;
use headroom_tokenizer::{Family, Frame, Mark, Role, Vocabulary, estimate_in};

use crate::{
    chat::{Setup, messages},
    counting::TextKey,
    drafting::role,
    effect::Effect,
    state::State,
};

/// What the view is about.
#[derive(Debug, Default)]
pub(crate) struct TokenView {
    pub(crate) is_open: bool,
    lane: usize,
    /// A text of the user's instead of the conversation.
    pasted: Option<String>,
    /// Where the tokens of each text end, in bytes; none until the worker has said so.
    cuts: Vec<(TextKey, Option<Arc<[u32]>>)>,
}

impl TokenView {
    /// The worker is gone, and with it what it was asked.
    pub(crate) fn forget_asked(&mut self) {
        self.cuts.retain(|(_, ends)| ends.is_some());
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

/// All that a lane would send.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenSheet {
    /// For which model.
    pub model: String,
    /// In which vocabulary.
    pub vocabulary: Vocabulary,
    /// It is the model's own; otherwise the nearest to it.
    pub is_own: bool,
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
}

impl State {
    pub(crate) fn tokens_shown(&mut self, is_open: bool) -> Vec<Effect> {
        self.tokens.is_open = is_open;
        self.tokens.cuts.clear();
        if is_open { self.want_vocabularies() } else { Vec::new() }
    }

    pub(crate) fn tokens_of_lane(&mut self, lane: usize) -> Vec<Effect> {
        self.tokens.lane = lane;
        self.tokens.cuts.clear();
        self.want_vocabularies()
    }

    pub(crate) fn tokens_pasted(&mut self, text: Option<String>) -> Vec<Effect> {
        self.tokens.pasted = text;
        Vec::new()
    }

    /// The worker said where the tokens of texts end.
    pub(crate) fn cut(&mut self, cuts: Vec<(TextKey, Arc<[u32]>)>) -> Vec<Effect> {
        for (key, ends) in cuts {
            if let Some((_, place)) = self.tokens.cuts.iter_mut().find(|(other, _)| *other == key) {
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
        self.tokens.pasted.as_deref()
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
        self.tokens.cuts.retain(|(key, _)| shown.iter().any(|(other, _)| other == key));
        let mut texts = Vec::new();
        for (key, text) in shown {
            if !self.tokens.cuts.iter().any(|(other, _)| *other == key) {
                self.tokens.cuts.push((key, None));
                texts.push((key, text));
            }
        }
        if texts.is_empty() { Vec::new() } else { vec![Effect::Cut { vocabulary, texts }] }
    }

    /// What is shown: the conversation and the draft, or the pasted text.
    fn viewed_texts(&self) -> Vec<(Option<Role>, String)> {
        if let Some(text) = &self.tokens.pasted {
            return vec![(None, text.clone())];
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
        let mut around = frame.messages.into_iter();
        let last = texts.len().saturating_sub(1);
        let texts = texts.into_iter().enumerate().map(|(place, (role, text))| {
            let key = TextKey::of(vocabulary, &text);
            let cut = self.tokens.cuts.iter().find(|(other, _)| *other == key).and_then(|(_, ends)| ends.clone());
            let tokens = cut.as_ref().map_or_else(|| estimate_in(vocabulary, &text).tokens, |ends| ends.len() as u64);
            let (before, after) = around.next().unwrap_or_default();
            let is_draft = role.is_some() && place == last;
            TokenText { role, is_draft, text: text.into(), ends: cut, tokens, before, after }
        });
        let model = self.listed_model(setup);
        Some(TokenSheet {
            model: setup.model.clone(),
            vocabulary,
            is_own: self.has_own_vocabulary(setup),
            begin: frame.begin,
            texts: texts.collect(),
            end: frame.end,
            context: model.and_then(|model| model.context_tokens),
            price: self.price_of(&setup.provider, &setup.model).map(|price| price.prompt_dollars),
        })
    }

    /// The view's text in every vocabulary that is known: tokens as estimated.
    #[must_use]
    pub fn in_other_vocabularies(&self) -> Vec<(Vocabulary, u64)> {
        let texts = self.viewed_texts();
        let sum = |vocabulary| texts.iter().map(|(_, text)| estimate_in(vocabulary, text).tokens).sum();
        Vocabulary::MEASURED.into_iter().map(|vocabulary| (vocabulary, sum(vocabulary))).collect()
    }
}
