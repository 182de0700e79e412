//! Detects wrong settings from a failure, and offers a one-click fix.

use headroom_domain::{BaseUrl, Failure, FailureKind, Provider, provider::presets};

use crate::{effect::Effect, outcomes::Outcome, setup::Models, state::State};

/// Returns where a provider's API probably starts, if not at its base URL: most begin with a version. `None` if the
/// base URL has one, or is the one the provider documents.
#[must_use]
fn likelier_base_url(provider: &Provider) -> Option<BaseUrl> {
    let own = &provider.base_url;
    if let Some(known) = presets().into_iter().find(|preset| preset.base_url.origin() == own.origin()) {
        return Some(known.base_url).filter(|url| url != own);
    }
    let text = own.endpoint("");
    let is_version = |part: &str| {
        let number = part.strip_prefix(['v', 'V']).unwrap_or_default();
        number.starts_with(|c: char| c.is_ascii_digit())
    };
    if text.split('/').any(is_version) {
        return None;
    }
    BaseUrl::parse(&format!("{text}/v1")).ok()
}

impl State {
    /// Returns a base URL that would probably work for an added provider, after a failure that points to the address.
    #[must_use]
    pub fn suggested_base_url(&self, provider: &str, failure: &Failure) -> Option<BaseUrl> {
        let added = self.choices.settings.added.iter().find(|added| added.id == provider)?;
        let says_model =
            |text: &Option<String>| text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("model"));
        let is_of_the_address = match failure.kind {
            FailureKind::NotFound => !says_model(&failure.code) && !says_model(&failure.message),
            // A web page was returned instead of an API response.
            FailureKind::BadStream => {
                failure.raw_body.as_deref().is_some_and(|body| body.trim_start().starts_with('<'))
            }
            _ => false,
        };
        if is_of_the_address { likelier_base_url(added) } else { None }
    }

    /// Returns the largest cap that the account can pay for, from a failure.
    #[must_use]
    pub fn affordable_cap(failure: &Failure) -> Option<u32> {
        failure.affordable_tokens.and_then(|tokens| u32::try_from(tokens).ok())
    }

    /// Returns the note beside the model field if there is no model list.
    #[must_use]
    pub fn model_list_note(&self, provider: &str) -> String {
        let failure = match self.choices.models.get(provider) {
            Some(Models::Requested) => return "Loading the model list…".into(),
            Some(Models::Failed(failure)) => failure,
            _ => return String::new(),
        };
        let Some(known) = self.choices.settings.provider(provider) else { return String::new() };
        if let Some(base_url) = self.suggested_base_url(provider, failure) {
            return format!("No model list at this address. Try {}.", base_url.endpoint(""));
        }
        match failure.kind {
            FailureKind::Empty => format!("{} lists no models. Load one there, or type a model ID.", known.name),
            // The browser gives no cause, so none is shown.
            FailureKind::BadStream | FailureKind::Unreachable if failure.cause.is_none() => {
                "Couldn't load the model list. Type a model ID.".to_owned()
            }
            _ => format!("Couldn't load the model list: {} Type a model ID.", failure.explain(&known).happened),
        }
    }

    /// Adopts a base URL suggested by a failure, and asks again there. The key stays bound to its origin, so the new
    /// base URL must have the same origin.
    pub(crate) fn base_url_accepted(
        &mut self,
        provider: &str,
        base_url: BaseUrl,
        lane: usize,
        now_ms: f64,
    ) -> Vec<Effect> {
        let Some(added) = self.choices.settings.added.iter_mut().find(|added| added.id == provider) else {
            return Vec::new();
        };
        if added.origin() != base_url.origin() {
            return Vec::new();
        }
        added.base_url = base_url;
        let mut effects = vec![self.save_settings()];
        effects.extend(self.list_models());
        self.emit(Outcome::LaneCorrected { lane, now_ms });
        effects
    }

    /// Asks a lane again with a cap that its provider stated.
    pub(crate) fn cap_accepted(&mut self, lane: usize, cap: u32, now_ms: f64) -> Vec<Effect> {
        let Some(setup) = self.choices.settings.lane_mut(lane) else { return Vec::new() };
        setup.parameters.max_completion_tokens = Some(cap);
        self.emit(Outcome::LaneCorrected { lane, now_ms });
        vec![self.save_settings()]
    }
}

#[cfg(test)]
mod tests {
    use headroom_domain::Phase;

    use super::*;

    fn provider(base_url: &str) -> Provider {
        Provider::custom("added-1", "Mine", BaseUrl::parse(base_url).unwrap())
    }

    #[test]
    fn the_address_that_probably_works_is_known() {
        for (base_url, expected) in [
            ("http://localhost:1234", Some("http://localhost:1234/v1")),
            ("http://localhost:1234/v1", None),
            ("http://localhost:11434/api", Some("http://localhost:11434/v1")),
            ("https://openrouter.ai", Some("https://openrouter.ai/api/v1")),
            ("https://api.groq.com/v1", Some("https://api.groq.com/openai/v1")),
            ("https://llm.example", Some("https://llm.example/v1")),
            ("https://llm.example/llm", Some("https://llm.example/llm/v1")),
            ("https://llm.example/v1beta/openai", None),
            ("https://vllm.example/v2", None),
        ] {
            let found = likelier_base_url(&provider(base_url)).map(|url| url.endpoint(""));
            assert_eq!(found.as_deref(), expected, "{base_url}");
        }
    }

    #[test]
    fn another_address_is_suggested_only_where_the_address_is_the_matter() {
        let mut state = State::default();
        state.choices.settings.added = vec![provider("http://127.0.0.1:1234")];
        let failure = |kind, code: &str, message: &str| {
            let mut failure = Failure::new(kind, Phase::InBody).with_message(message).with_raw_body(message);
            failure.code = Some(code.to_owned()).filter(|code| !code.is_empty());
            failure
        };
        for (failure, expected) in [
            (failure(FailureKind::NotFound, "", "Unexpected endpoint or method. (POST /chat/completions)"), true),
            (failure(FailureKind::NotFound, "", ""), true),
            (failure(FailureKind::BadStream, "", "<!doctype html>"), true),
            (failure(FailureKind::NotFound, "model_not_found", "x"), false),
            (failure(FailureKind::NotFound, "", "The model `x` does not exist"), false),
            (failure(FailureKind::Server, "", "overloaded"), false),
        ] {
            assert_eq!(state.suggested_base_url("added-1", &failure).is_some(), expected, "{failure:?}");
            assert_eq!(state.suggested_base_url("groq", &failure), None, "what is built in is right");
        }
    }
}
