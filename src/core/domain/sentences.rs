//! The user's sentences for failures: what happened, what it cost as far as is known, and one next step.
//!
//! They stand here and nowhere else, so that they stay of one voice and each is written once.

use crate::{
    failure::{Failure, FailureKind, Phase},
    figures::grouped,
    provider::{Place, Provider},
};

/// What a failed request cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// It was refused before any token was read.
    NoTokens,
    /// The same, but the refused request itself may count as a request.
    PerhapsARequest,
    /// What had been read and written counts.
    WhatHadCome,
    /// The provider may have counted it or not.
    NotKnown,
}

impl Cost {
    /// The sentence for the user.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoTokens => "It used no tokens.",
            Self::PerhapsARequest => "It used no tokens, but the refused request may count against the request limits.",
            Self::WhatHadCome => "The prompt and what had come of the answer count.",
            Self::NotKnown => "Whether it was counted is not known.",
        }
    }
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub happened: String,
    /// What it cost, as far as is known.
    pub cost: Cost,
    /// The one thing to do next.
    pub next: String,
}

impl Failure {
    /// This failure in words, for a request to `provider`.
    #[must_use]
    pub fn explain(&self, provider: &Provider) -> Explanation {
        Explanation { happened: self.happened(provider), cost: self.cost(), next: self.next(provider) }
    }

    /// What it cost, as far as is known.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        if matches!(self.phase, Phase::AfterFirstToken) {
            return Cost::WhatHadCome;
        }
        if let Some(cause) = self.cause {
            return cause.cost();
        }
        match self.kind {
            FailureKind::WrongKey
            | FailureKind::NoKey
            | FailureKind::Payment
            | FailureKind::Forbidden
            | FailureKind::NotFound
            | FailureKind::BadRequest
            | FailureKind::Context
            | FailureKind::TooLarge
            | FailureKind::BotCheck
            | FailureKind::Storage => Cost::NoTokens,
            FailureKind::RateLimited => Cost::PerhapsARequest,
            FailureKind::Offline if matches!(self.phase, Phase::BeforeHeaders) => Cost::NoTokens,
            FailureKind::Offline
            | FailureKind::Server
            | FailureKind::ContentFilter
            | FailureKind::Blocked
            | FailureKind::Unreachable
            | FailureKind::BadStream
            | FailureKind::Timeout => Cost::NotKnown,
        }
    }

    fn happened(&self, provider: &Provider) -> String {
        let name = &provider.name;
        let begun = self.phase == Phase::AfterFirstToken;
        if let Some(cause) = self.cause {
            return cause.happened(provider);
        }
        match self.kind {
            FailureKind::WrongKey => format!("{name} does not accept this key."),
            FailureKind::NoKey => format!("{name} wants a key, and none was sent."),
            FailureKind::Payment => {
                format!("{name} wants payment: the account is not activated or its credit is used up.")
            }
            FailureKind::Forbidden => format!("{name} refused this request."),
            FailureKind::NotFound => format!("{name} knows no such model or address."),
            FailureKind::BadRequest => {
                format!("{name} did not understand the request, or a value in it is not allowed.")
            }
            FailureKind::Context => self.overflowed(),
            FailureKind::TooLarge => format!("The request is larger than {name} takes at once; waiting does not help."),
            FailureKind::RateLimited if begun => format!("{name} stopped in the middle: a rate limit is used up."),
            FailureKind::RateLimited => format!("{name} refused the request: a rate limit is used up."),
            FailureKind::Server if begun => format!("{name} failed in the middle of the answer."),
            FailureKind::Server => match self.status {
                Some(status) if status >= 400 => format!("{name} failed or is overloaded (status {status})."),
                _ => format!("{name} failed or is overloaded."),
            },
            FailureKind::BotCheck => format!("A check for robots stood between this page and {name}."),
            FailureKind::ContentFilter => format!("A filter of {name} stepped in."),
            FailureKind::Offline if begun => "The network went away in the middle of the answer.".into(),
            FailureKind::Offline => "This device is offline.".into(),
            FailureKind::Blocked => format!("The browser kept the answer of {name} from this page (CORS or a policy)."),
            FailureKind::Unreachable => {
                format!(
                    "No answer from {name}: it may be down, out of reach, or not allow this page. The browser does not say which."
                )
            }
            FailureKind::BadStream if begun => format!("The answer of {name} broke off before its end."),
            FailureKind::BadStream => format!("What came from {name} is not an answer."),
            FailureKind::Timeout if begun => format!("{name} fell silent in the middle of the answer."),
            FailureKind::Timeout => format!("{name} did not answer in time."),
            FailureKind::Storage => "The browser could not save this.".into(),
        }
    }

    fn overflowed(&self) -> String {
        let overflow = self.overflow.unwrap_or_default();
        match (overflow.prompt_tokens, overflow.context_tokens) {
            (Some(prompt), Some(context)) => format!(
                "The prompt does not fit the model's context: {} tokens, and {} fit.",
                grouped(prompt),
                grouped(context)
            ),
            (None, Some(context)) => {
                format!("Prompt and answer do not fit the model's context of {} tokens.", grouped(context))
            }
            _ => "Prompt and answer do not fit the model's context.".into(),
        }
    }

    fn next(&self, provider: &Provider) -> String {
        let name = &provider.name;
        let local = provider.place() == Place::Local;
        if let Some(cause) = self.cause {
            return cause.next(provider);
        }
        match self.kind {
            FailureKind::WrongKey => format!("Paste the key for {name} again in the settings, or make a new one."),
            FailureKind::NoKey => format!("Add a key for {name} in the settings."),
            FailureKind::Payment => format!("See to the billing at {name}, or choose another provider."),
            FailureKind::Forbidden if local => {
                format!("Allow this page in the settings of {name} (for Ollama: OLLAMA_ORIGINS), then send again.")
            }
            FailureKind::Forbidden => "Choose another model, or a key that may use this one.".into(),
            FailureKind::NotFound => {
                format!("Choose a model from the list of {name}; if there is none, check its address in the settings.")
            }
            FailureKind::BadRequest => "Change what the message of the provider names, then send again.".into(),
            FailureKind::Context => "Shorten the chat, or lower the cap on the answer.".into(),
            FailureKind::TooLarge => "Shorten the prompt, or lower the cap on the answer.".into(),
            FailureKind::RateLimited => match self.retry_after_ms {
                Some(wait) => format!("Send it again in {}.", span(wait.max(1))),
                None => "Send it again in a minute.".into(),
            },
            FailureKind::Server => "Send it again; if it stays so, choose another model.".into(),
            FailureKind::BotCheck => format!("Open the site of {name} in a tab and pass the check, then send again."),
            FailureKind::ContentFilter => "Put it in other words, then send again.".into(),
            FailureKind::Offline => "Send it again when the device is online.".into(),
            FailureKind::Blocked | FailureKind::Unreachable if local => {
                format!("See that {name} runs and allows requests from this page, then send again.")
            }
            FailureKind::Blocked => "Use a provider that allows requests from web pages.".into(),
            FailureKind::Unreachable => {
                format!("Check the address and the key of {name} in the settings, then send again.")
            }
            FailureKind::BadStream if self.phase == Phase::AfterFirstToken => {
                "Send it again for a whole answer.".into()
            }
            FailureKind::BadStream => format!("Check the address of {name} in the settings, then send again."),
            FailureKind::Timeout => "Send it again.".into(),
            FailureKind::Storage => {
                "Free some space, or allow this site to keep data; until then nothing survives closing the tab.".into()
            }
        }
    }
}

/// A span of milliseconds as people say it, never shorter than it is.
#[must_use]
pub fn span(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{failure::ContextOverflow, provider::presets};

    fn provider(id: &str) -> Provider {
        presets().into_iter().find(|preset| preset.id == id).unwrap()
    }

    #[test]
    fn every_failure_says_in_each_phase_what_happened_and_what_to_do() {
        for kind in FailureKind::ALL {
            for phase in [Phase::BeforeHeaders, Phase::InBody, Phase::AfterFirstToken] {
                for provider in presets() {
                    let explanation = Failure::new(kind, phase).explain(&provider);
                    for sentence in [&explanation.happened, &explanation.next] {
                        assert!(sentence.ends_with('.'), "{kind} {phase:?}: {sentence}");
                        assert!(
                            sentence.starts_with(char::is_uppercase) || sentence.starts_with(&provider.name),
                            "{sentence}"
                        );
                        assert!(sentence.len() < 140, "{kind}: {sentence}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_two_kinds_say_the_same_happened() {
        let cerebras = provider("cerebras");
        for phase in [Phase::BeforeHeaders, Phase::AfterFirstToken] {
            let said: std::collections::HashSet<String> =
                FailureKind::ALL.iter().map(|kind| Failure::new(*kind, phase).explain(&cerebras).happened).collect();
            assert_eq!(said.len(), FailureKind::ALL.len(), "{phase:?}");
        }
    }

    #[test]
    fn what_had_come_of_an_answer_counts() {
        for (kind, phase, cost) in [
            (FailureKind::WrongKey, Phase::BeforeHeaders, Cost::NoTokens),
            (FailureKind::RateLimited, Phase::BeforeHeaders, Cost::PerhapsARequest),
            (FailureKind::Server, Phase::BeforeHeaders, Cost::NotKnown),
            (FailureKind::Server, Phase::AfterFirstToken, Cost::WhatHadCome),
            (FailureKind::Offline, Phase::BeforeHeaders, Cost::NoTokens),
            (FailureKind::Offline, Phase::InBody, Cost::NotKnown),
        ] {
            assert_eq!(Failure::new(kind, phase).cost(), cost, "{kind} {phase:?}");
        }
    }

    #[test]
    fn the_providers_figures_are_in_the_sentence() {
        let mut failure = Failure::new(FailureKind::Context, Phase::BeforeHeaders);
        failure.overflow = Some(ContextOverflow { prompt_tokens: Some(9_001), context_tokens: Some(8_192) });
        let said = failure.explain(&provider("cerebras")).happened;
        assert!(said.contains("9,001") && said.contains("8,192"), "{said}");

        let mut failure = Failure::new(FailureKind::RateLimited, Phase::BeforeHeaders);
        for (ms, words) in [(0, "1 s"), (6_780, "7 s"), (119_000, "119 s"), (150_000, "3 min"), (80_000_000, "23 h")] {
            failure.retry_after_ms = Some(ms);
            assert_eq!(failure.explain(&provider("groq")).next, format!("Send it again in {words}."));
        }
    }

    #[test]
    fn a_local_server_gets_the_advice_of_a_local_server() {
        let refused = Failure::new(FailureKind::Forbidden, Phase::BeforeHeaders);
        assert!(refused.explain(&provider("ollama")).next.contains("OLLAMA_ORIGINS"));
        assert!(!refused.explain(&provider("groq")).next.contains("OLLAMA_ORIGINS"));
    }
}
