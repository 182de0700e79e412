//! The box: its text, its figures, and the theme around it.

use headroom_domain::{Effort, Message};
use headroom_tokenizer::{Correction, Family, Role, TextFigures, Thinking, Vocabulary, estimate_in, overhead};

use crate::{
    chat::messages,
    counting::{CountId, Counter},
    event::{Effect, Kept},
    state::State,
};

/// How far off the estimate of conversation and template may be, as a share.
const BAND_BEFORE: f64 = 0.05;
/// No estimate is better than this, as a share: template and history are estimated too.
const LEAST_BAND: f64 = 0.02;

/// The estimated cost of the request that Send would make now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestTokens {
    /// Tokens of the draft, the conversation before it, the system prompt and the chat template.
    pub tokens: u64,
    /// How far off that may be, as a share.
    pub band: f64,
}

/// Why Send is not to be had. Each has a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendProblem {
    /// Nothing was written.
    Empty,
    /// A request runs.
    Running,
    /// No provider was chosen.
    NoProvider,
    /// The provider with this name wants a key.
    NoKey(String),
    /// No model was chosen.
    NoModel,
    /// A knob is out of range, with the sentence for it.
    Parameter(String),
}

impl std::fmt::Display for SendProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Write a message first"),
            Self::Running => f.write_str("An answer is being written"),
            Self::NoProvider => f.write_str("Choose a provider first"),
            Self::NoKey(name) => write!(f, "No key for {name}"),
            Self::NoModel => f.write_str("Choose a model first"),
            Self::Parameter(sentence) => f.write_str(sentence),
        }
    }
}

impl State {
    pub(crate) fn opened(&mut self, kept: Kept) -> Vec<Effect> {
        self.theme = kept.theme;
        self.draft = kept.draft;
        self.tab = kept.tab;
        self.keys = kept.keys.into();
        self.settings = kept.settings.unwrap_or_default();
        let mut effects = vec![Effect::ShowTheme(self.theme), Effect::ReadHistory];
        effects.extend(self.recount());
        effects.extend(self.list_models());
        if let Some(chat) = kept.chat {
            effects.extend(self.chat_opened(chat));
        }
        effects
    }

    pub(crate) fn draft_changed(&mut self, draft: String) -> Vec<Effect> {
        self.draft.clone_from(&draft);
        let mut effects = vec![Effect::KeepDraft(draft)];
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn theme_pressed(&mut self, system_is_dark: bool) -> Vec<Effect> {
        self.theme = self.theme.toggled(system_is_dark);
        vec![Effect::ShowTheme(self.theme), Effect::KeepTheme(self.theme)]
    }

    pub(crate) fn counted(&mut self, id: CountId, figures: TextFigures) -> Vec<Effect> {
        if id == self.newest_count {
            self.count = crate::Count::Current(figures);
        }
        Vec::new()
    }

    pub(crate) fn worker_lost(&mut self) -> Vec<Effect> {
        self.counter = self.counter.after_a_crash();
        let mut effects = match self.counter {
            Counter::Worker { .. } => vec![Effect::RestartWorker],
            Counter::Page => Vec::new(),
        };
        effects.extend(self.recount());
        effects
    }

    /// Asks for the figures of the draft, or works them out at once where there is no worker.
    pub(crate) fn recount(&mut self) -> Option<Effect> {
        self.newest_count = CountId(self.newest_count.0 + 1);
        let vocabulary = self.vocabulary();
        match self.counter {
            Counter::Page => {
                self.count = crate::Count::Current(TextFigures::of(vocabulary, &self.draft));
                None
            }
            Counter::Worker { .. } => {
                self.count = self.count.outdated();
                Some(Effect::Count { id: self.newest_count, vocabulary, text: self.draft.clone() })
            }
        }
    }

    /// What Send would cost now; unknown until the draft was counted.
    #[must_use]
    pub fn request_tokens(&self) -> Option<RequestTokens> {
        let draft = self.count.figures()?;
        let before = self.tokens_before;
        let estimated = before + draft.tokens;
        let correction = self.settings.correction();
        #[expect(clippy::cast_precision_loss, reason = "no request has 2^53 tokens")]
        let own_band = || (draft.tokens as f64 * draft.band + before as f64 * BAND_BEFORE) / estimated.max(1) as f64;
        let band = correction.and_then(Correction::doubt).unwrap_or_else(own_band).max(LEAST_BAND);
        Some(RequestTokens { tokens: correction.map_or(estimated, |correction| correction.apply(estimated)), band })
    }

    /// Whether Send is to be had, and if not, why.
    ///
    /// # Errors
    /// The first of the reasons, in the order in which a user would meet them.
    pub fn can_send(&self) -> Result<(), SendProblem> {
        if self.is_running() {
            return Err(SendProblem::Running);
        }
        self.can_ask()?;
        if self.draft.trim().is_empty() { Err(SendProblem::Empty) } else { Ok(()) }
    }

    /// Whether a request could be made, whatever it says.
    pub(crate) fn can_ask(&self) -> Result<(), SendProblem> {
        let provider = self.provider().ok_or(SendProblem::NoProvider)?;
        if provider.key_need == headroom_domain::KeyNeed::Required && !self.keys.has(&provider.id) {
            return Err(SendProblem::NoKey(provider.name));
        }
        if self.settings.setup.model.is_empty() {
            return Err(SendProblem::NoModel);
        }
        match self.settings.setup.parameters.problems().first() {
            Some(problem) => Err(SendProblem::Parameter(problem.to_string())),
            None => Ok(()),
        }
    }

    /// What the last turn is estimated to cost as a request, before anything learnt from the provider.
    pub(crate) fn estimate_last_turn(&self) -> Option<u64> {
        let last = self.chat.turns.len().checked_sub(1)?;
        Some(self.tokens_of(&messages(&self.settings.setup.system, &self.chat.turns, last)))
    }

    /// Tokens of everything but the words of the draft: conversation, system prompt, and the template around all.
    pub(crate) fn tokens_before_the_draft(&self) -> u64 {
        let turns = &self.chat.turns;
        let mut messages = messages(&self.settings.setup.system, turns, turns.len());
        messages.push(Message::user(""));
        self.tokens_of(&messages)
    }

    fn tokens_of(&self, messages: &[Message]) -> u64 {
        let vocabulary = self.vocabulary();
        let said: u64 = messages.iter().map(|message| estimate_in(vocabulary, &message.content).tokens).sum();
        said + self.template_tokens(messages)
    }

    /// Tokens that the chat template adds to the request that Send would make.
    fn template_tokens(&self, messages: &[Message]) -> u64 {
        let roles: Vec<Role> = messages.iter().map(|message| role(message.role)).collect();
        let thinking = match self.settings.setup.parameters.reasoning_effort {
            Some(Effort::None) => Thinking::Off,
            _ => Thinking::Default,
        };
        overhead(self.family_of(Family::of_model), thinking, &roles)
    }

    /// The vocabulary that the estimate is for, by what is known of the chosen model.
    #[must_use]
    pub fn vocabulary(&self) -> Vocabulary {
        self.family_of(Vocabulary::of_model)
    }

    fn family_of<T>(&self, of_model: fn(&str, Option<&str>, Option<&str>) -> T) -> T {
        let model = self.listed_model();
        let hugging_face_id = model.and_then(|model| model.hugging_face_id.as_deref());
        let hint = model.and_then(|model| model.tokenizer.as_deref());
        of_model(&self.settings.setup.model, hugging_face_id, hint)
    }
}

const fn role(role: headroom_domain::Role) -> Role {
    match role {
        headroom_domain::Role::System | headroom_domain::Role::Developer => Role::System,
        headroom_domain::Role::User | headroom_domain::Role::Tool => Role::User,
        headroom_domain::Role::Assistant => Role::Assistant,
    }
}
