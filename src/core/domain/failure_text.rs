//! The user-visible sentences for failures: what happened, what it cost as far as known, and one next step.
//!
//! They are all in one place so that their style stays consistent and each is written once.

use crate::{
    failure::{Failure, FailureKind, Phase},
    limit::LimitScope,
    number_format::grouped,
    provider::{Place, Provider},
    status,
};

/// What a failed request cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// It was rejected before any token was read.
    NoTokens,
    /// The same, but the rejected request itself may count as a request.
    PerhapsARequest,
    /// The tokens read and written so far count.
    WhatHadCome,
    /// Unknown: the provider may or may not have counted it.
    NotKnown,
}

impl Cost {
    /// Returns the sentence for the user.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoTokens => "Nothing was charged.",
            Self::PerhapsARequest => "No tokens were charged, but the request may count toward your limits.",
            Self::WhatHadCome => "The prompt and the partial answer count toward your usage.",
            Self::NotKnown => "It's unknown whether this was billed.",
        }
    }
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub happened: String,
    /// What it cost, as far as known.
    pub cost: Cost,
    /// The next step.
    pub next: String,
}

impl Failure {
    /// Describes this failure of a request to `provider`.
    #[must_use]
    pub fn explain(&self, provider: &Provider) -> Explanation {
        Explanation { happened: self.happened(provider), cost: self.cost(), next: self.next(provider) }
    }

    /// Returns what it cost, as far as known.
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
            | FailureKind::Empty
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
            FailureKind::WrongKey => format!("{name} rejected the API key."),
            FailureKind::NoKey => format!("{name} requires an API key. None was sent."),
            FailureKind::Payment => match self.affordable_tokens {
                Some(tokens) => {
                    format!("Your credit at {name} covers only {} output tokens.", grouped(tokens))
                }
                None => format!("{name} requires payment: the account is inactive or out of credit."),
            },
            FailureKind::Forbidden => format!("{name} does not allow this request."),
            FailureKind::NotFound => status::not_found(name, self.status),
            FailureKind::BadRequest => status::bad_request(name, self.status),
            FailureKind::Context => self.overflowed(),
            FailureKind::TooLarge => format!("This request is larger than {name} accepts. Waiting won't help."),
            FailureKind::RateLimited => self.limited(name),
            FailureKind::Server if begun => format!("{name} failed during the answer."),
            FailureKind::Server => status::server(name, self.status),
            FailureKind::BotCheck => format!("A bot check blocked the request to {name}."),
            FailureKind::ContentFilter => format!("{name}'s content filter blocked this."),
            FailureKind::Offline if begun => "Connection lost during the answer.".into(),
            FailureKind::Offline => "This device is offline.".into(),
            FailureKind::Blocked => format!("The browser blocked the response from {name} (CORS or a policy)."),
            FailureKind::Unreachable => {
                format!("No response from {name}. It may be down, unreachable, or blocking this page.")
            }
            FailureKind::BadStream if begun => format!("The answer from {name} ended early."),
            FailureKind::BadStream => format!("{name} returned an invalid response."),
            FailureKind::Empty if begun => format!("{name} returned reasoning, but no answer."),
            FailureKind::Empty => format!("{name} returned no text."),
            FailureKind::Timeout if begun => format!("{name} stopped responding during the answer."),
            FailureKind::Timeout => format!("{name} did not respond in time."),
            FailureKind::Storage => "The browser could not save this.".into(),
        }
    }

    fn limited(&self, name: &str) -> String {
        let again = self.free_at_ms.map(|at| format!(", resets at {} UTC", time_of_day(at))).unwrap_or_default();
        match (self.scope, self.phase) {
            (Some(LimitScope::Concurrency), _) => format!("Too many requests to {name} at the same time."),
            (Some(LimitScope::FreeDay), _) => format!("Daily free limit at {name} used up{again}."),
            (Some(LimitScope::Day), _) => format!("Daily limit at {name} used up{again}."),
            (Some(LimitScope::Month), _) => format!("Monthly limit at {name} used up."),
            (_, Phase::AfterFirstToken) => format!("Rate limit at {name} reached during the answer."),
            (_, _) => format!("Rate limit at {name} reached."),
        }
    }

    fn overflowed(&self) -> String {
        let overflow = self.overflow.unwrap_or_default();
        match (overflow.prompt_tokens, overflow.context_tokens) {
            (Some(prompt), Some(context)) => {
                format!("{} tokens don't fit the model's context of {}.", grouped(prompt), grouped(context))
            }
            (None, Some(context)) => {
                format!("The prompt and answer don't fit the model's context of {} tokens.", grouped(context))
            }
            _ => "The prompt and answer don't fit the model's context.".into(),
        }
    }

    fn next(&self, provider: &Provider) -> String {
        let name = &provider.name;
        let local = provider.place() == Place::Local;
        if let Some(cause) = self.cause {
            return cause.next(provider);
        }
        match self.kind {
            FailureKind::WrongKey => format!("Paste the key for {name} again in Settings, or create a new one."),
            FailureKind::NoKey => format!("Add a key for {name} in Settings."),
            FailureKind::Payment if self.affordable_tokens.is_some() => {
                format!("Lower max output, or add credit at {name}.")
            }
            FailureKind::Payment => format!("Check billing at {name}, or choose another provider."),
            FailureKind::Forbidden if local => {
                format!("Allow this page in the settings of {name} (for Ollama: OLLAMA_ORIGINS), then retry.")
            }
            FailureKind::Forbidden => "Choose another model, or a key with access to this one.".into(),
            FailureKind::NotFound => format!("Choose a listed model, or check the base URL of {name} in Settings."),
            FailureKind::BadRequest => "Fix the value the provider names, then retry.".into(),
            FailureKind::Context => "Shorten the chat, or lower max output.".into(),
            FailureKind::TooLarge => "Shorten the prompt, or lower max output.".into(),
            FailureKind::RateLimited => self.next_when_limited(),
            FailureKind::Server => "Retry. If it keeps failing, choose another model.".into(),
            FailureKind::BotCheck => format!("Open {name}'s site in a tab, pass the check, then retry."),
            FailureKind::ContentFilter => "Rephrase the prompt, then retry.".into(),
            FailureKind::Offline => "Retry when the device is online.".into(),
            FailureKind::Blocked | FailureKind::Unreachable if local => {
                format!("Check that {name} is running and allows requests from this page, then retry.")
            }
            FailureKind::Blocked => "Use a provider that allows requests from web pages.".into(),
            FailureKind::Unreachable => format!("Check the base URL and key of {name} in Settings, then retry."),
            FailureKind::BadStream if self.phase == Phase::AfterFirstToken => "Retry for a complete answer.".into(),
            FailureKind::BadStream => {
                format!("Retry. If it keeps failing, check the base URL of {name} in Settings.")
            }
            FailureKind::Empty => "Retry, or choose another model.".into(),
            FailureKind::Timeout => "Retry.".into(),
            FailureKind::Storage => {
                "Closing the tab loses it. Free some space, or allow this site to store data.".into()
            }
        }
    }

    fn next_when_limited(&self) -> String {
        match (self.scope, self.retry_after_ms) {
            (Some(LimitScope::Concurrency), _) => "Wait for a running request to finish, then retry.".into(),
            // For a daily limit, the time it ends is clearer than a wait in hours.
            (Some(LimitScope::Day | LimitScope::FreeDay), _) if self.free_at_ms.is_some() => {
                "Retry then, or choose another model.".into()
            }
            (_, Some(wait)) => format!("Retry in {}.", span(wait.max(1))),
            (Some(LimitScope::Day | LimitScope::FreeDay | LimitScope::Month), None) => {
                "Choose another model, or check the limits of your plan.".into()
            }
            (Some(LimitScope::Hour), None) => "Retry in an hour, or choose another model.".into(),
            (Some(LimitScope::Minute) | None, None) => "Retry in a minute.".into(),
        }
    }
}

/// Formats the UTC time of day, to the minute.
fn time_of_day(unix_ms: u64) -> String {
    // A reset that is a second early still shows the full minute.
    let minutes = unix_ms.saturating_add(30_000) / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Formats a duration in milliseconds for people, never shorter than it is.
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
            assert_eq!(failure.explain(&provider("groq")).next, format!("Retry in {words}."));
        }
    }

    #[test]
    fn a_status_is_said_with_whose_it_is() {
        for (kind, status, words) in [
            (FailureKind::NotFound, 301, "redirects"),
            (FailureKind::NotFound, 404, "no such model or endpoint"),
            (FailureKind::BadRequest, 418, "rejected"),
            (FailureKind::BadRequest, 421, "wrong server"),
            (FailureKind::Server, 499, "closed"),
            (FailureKind::Server, 500, "failed"),
            (FailureKind::Server, 521, "Cloudflare"),
            (FailureKind::Server, 530, "down or unreachable"),
            (FailureKind::Server, 529, "overloaded"),
        ] {
            let mut failure = Failure::new(kind, Phase::BeforeHeaders);
            failure.status = Some(status);
            let said = failure.explain(&provider("openrouter")).happened;
            assert!(said.contains(&format!("({status})")) && said.contains(words), "{said}");
            assert!(said.contains("OpenRouter") && said.len() < 140, "{said}");
        }
    }

    #[test]
    fn a_daily_limit_says_when_it_is_free_again_and_never_in_a_minute() {
        let mut failure = Failure::new(FailureKind::RateLimited, Phase::BeforeHeaders);
        failure.scope = Some(LimitScope::FreeDay);
        failure.free_at_ms = Some(1_796_083_200_000);
        let said = failure.explain(&provider("openrouter"));
        assert_eq!(said.happened, "Daily free limit at OpenRouter used up, resets at 00:00 UTC.");
        assert_eq!(said.next, "Retry then, or choose another model.");
        failure.free_at_ms = None;
        for scope in [LimitScope::Day, LimitScope::Month, LimitScope::Concurrency] {
            failure.scope = Some(scope);
            assert!(!failure.explain(&provider("groq")).next.contains("minute"), "{scope:?}");
        }
    }

    #[test]
    fn a_local_server_gets_the_advice_of_a_local_server() {
        let refused = Failure::new(FailureKind::Forbidden, Phase::BeforeHeaders);
        assert!(refused.explain(&provider("ollama")).next.contains("OLLAMA_ORIGINS"));
        assert!(!refused.explain(&provider("groq")).next.contains("OLLAMA_ORIGINS"));
    }
}
