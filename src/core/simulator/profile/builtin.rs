//! The built-in profiles. Values go out of date: each profile states its month.

use super::{DefaultOutputReserve, Effort, Model, Profile, RefillPolicy, Refund, WindowKind, WindowLimit};

const DOLLAR: u64 = 1_000_000_000;
const REASONS: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];
const REASONS_OR_NOT: &[Effort] = &[Effort::None, Effort::Low, Effort::Medium, Effort::High];

pub(super) fn all() -> Vec<Profile> {
    vec![trial(), guide_of_april(), developer(), groq_free(), openrouter_free(), unlimited()]
}

/// Cerebras's page of about October 2026.
fn trial() -> Profile {
    let windows = [
        bucket(WindowKind::RequestsMinute, 5),
        bucket(WindowKind::TokensMinuteUncached, 30_000),
        bucket(WindowKind::TokensMinute, 90_000),
        bucket(WindowKind::TokensHour, 1_000_000),
        daily(WindowKind::TokensDay, 1_000_000),
    ];
    Profile {
        id: "cerebras-trial".into(),
        name: "Cerebras Free Trial".into(),
        source: "Cerebras's rate limit page, about October 2026".into(),
        uncapped: DefaultOutputReserve::Guess,
        refund: Refund::ToActual,
        credit_nanodollars: Some(5 * DOLLAR),
        models: vec![gpt_oss(65_536, 32_768).limited(&windows), qwen(65_536, 32_768).limited(&windows)],
    }
}

/// The guide the project is based on.
pub(super) fn guide_of_april() -> Profile {
    let windows = [
        bucket(WindowKind::RequestsMinute, 30),
        bucket(WindowKind::TokensMinute, 60_000),
        daily(WindowKind::TokensDay, 1_000_000),
    ];
    let mut llama = Model {
        id: "llama3.1-8b".into(),
        name: "Llama 3.1 8B (simulated)".into(),
        description: "A simulated model without reasoning. Its answers are written by scripts.".into(),
        owned_by: "Meta".into(),
        created: 1_721_692_800,
        context: 8_192,
        max_output: 8_192,
        efforts: Vec::new(),
        prompt_nanodollars: 100,
        completion_nanodollars: 100,
        tokens_per_second: 2_200,
        ttft_ms: 140,
        prefill_per_second: 80_000,
        pool: String::new(),
        windows: Vec::new(),
    };
    llama = llama.limited(&windows);
    Profile {
        id: "cerebras-guide".into(),
        name: "Cerebras free tier, guide of April 2026".into(),
        source: "Free tier guide, April 2026".into(),
        uncapped: DefaultOutputReserve::ContextRemainder,
        refund: Refund::ToActual,
        credit_nanodollars: None,
        models: vec![gpt_oss(8_192, 8_192).limited(&windows), llama],
    }
}

fn developer() -> Profile {
    Profile {
        id: "cerebras-developer".into(),
        name: "Cerebras Developer".into(),
        source: "Cerebras's rate limit page, about October 2026".into(),
        uncapped: DefaultOutputReserve::Guess,
        refund: Refund::ToActual,
        credit_nanodollars: Some(50 * DOLLAR),
        models: vec![
            gpt_oss(131_072, 40_960).limited(&[
                bucket(WindowKind::RequestsMinute, 1_000),
                bucket(WindowKind::TokensMinuteUncached, 1_000_000),
                bucket(WindowKind::TokensMinute, 3_000_000),
            ]),
            qwen(131_072, 40_960).limited(&[
                bucket(WindowKind::RequestsMinute, 300),
                bucket(WindowKind::TokensMinuteUncached, 150_000),
                bucket(WindowKind::TokensMinute, 750_000),
            ]),
        ],
    }
}

/// Like Groq's free tier: requests by day, tokens by minute, small.
fn groq_free() -> Profile {
    let windows = [
        bucket(WindowKind::RequestsMinute, 30),
        daily(WindowKind::RequestsDay, 1_000),
        bucket(WindowKind::TokensMinute, 8_000),
        daily(WindowKind::TokensDay, 200_000),
    ];
    let mut model = gpt_oss(131_072, 65_536);
    model.id = "openai/gpt-oss-120b".into();
    model.tokens_per_second = 500;
    Profile {
        id: "groq-free".into(),
        name: "Like Groq's free tier".into(),
        source: "Typical figures, 2026".into(),
        uncapped: DefaultOutputReserve::Guess,
        refund: Refund::ToActual,
        credit_nanodollars: None,
        models: vec![model.limited(&windows)],
    }
}

/// Like OpenRouter's `:free` models: one pool for all of them.
fn openrouter_free() -> Profile {
    let windows = [bucket(WindowKind::RequestsMinute, 20), daily(WindowKind::RequestsDay, 50)];
    let free = |mut model: Model, id: &str, speed| {
        model.id = id.into();
        model.tokens_per_second = speed;
        model.prompt_nanodollars = 0;
        model.completion_nanodollars = 0;
        let mut model = model.limited(&windows);
        model.pool = "free-models".into();
        model
    };
    Profile {
        id: "openrouter-free".into(),
        name: "Like OpenRouter's free models".into(),
        source: "OpenRouter's documentation, 2026".into(),
        uncapped: DefaultOutputReserve::Guess,
        refund: Refund::ToActual,
        credit_nanodollars: None,
        models: vec![
            free(gpt_oss(131_072, 32_768), "openai/gpt-oss-120b:free", 90),
            free(qwen(131_072, 32_768), "qwen/qwen-3.8-27b:free", 60),
        ],
    }
}

/// No limit but the context window: for exploring the app itself.
fn unlimited() -> Profile {
    Profile {
        id: "unlimited".into(),
        name: "No limits".into(),
        source: "Made up".into(),
        uncapped: DefaultOutputReserve::ContextRemainder,
        refund: Refund::ToActual,
        credit_nanodollars: None,
        models: vec![gpt_oss(131_072, 65_536).limited(&[]), qwen(131_072, 65_536).limited(&[])],
    }
}

fn gpt_oss(context: u64, max_output: u64) -> Model {
    Model {
        id: "gpt-oss-120b".into(),
        name: "GPT OSS 120B (simulated)".into(),
        description: "A simulated reasoning model. Its answers are written by scripts.".into(),
        owned_by: "OpenAI".into(),
        created: 1_754_352_000,
        context,
        max_output,
        efforts: REASONS.to_vec(),
        prompt_nanodollars: 350,
        completion_nanodollars: 750,
        tokens_per_second: 3_000,
        ttft_ms: 180,
        prefill_per_second: 60_000,
        pool: String::new(),
        windows: Vec::new(),
    }
}

fn qwen(context: u64, max_output: u64) -> Model {
    Model {
        id: "qwen-3.8-27b".into(),
        name: "Qwen 3.8 27B (simulated)".into(),
        description: "A simulated model that reasons on request. Its answers are written by scripts.".into(),
        owned_by: "Alibaba Cloud".into(),
        created: 1_786_000_000,
        efforts: REASONS_OR_NOT.to_vec(),
        prompt_nanodollars: 250,
        completion_nanodollars: 600,
        tokens_per_second: 1_850,
        ttft_ms: 220,
        prefill_per_second: 50_000,
        ..gpt_oss(context, max_output)
    }
}

impl Model {
    /// The model with these windows, alone in its pool.
    fn limited(mut self, windows: &[WindowLimit]) -> Self {
        self.pool.clone_from(&self.id);
        self.windows = windows.to_vec();
        self
    }
}

const fn bucket(kind: WindowKind, limit: u64) -> WindowLimit {
    WindowLimit { kind, limit, refill: RefillPolicy::ContinuousBucket }
}

const fn daily(kind: WindowKind, limit: u64) -> WindowLimit {
    WindowLimit { kind, limit, refill: RefillPolicy::FixedUtc }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_profile_is_whole_and_says_that_its_models_are_simulated() {
        let profiles = all();
        let ids: BTreeSet<&str> = profiles.iter().map(|profile| profile.id.as_str()).collect();
        assert_eq!(ids.len(), profiles.len(), "ids are unique");
        for profile in &profiles {
            assert!(!profile.models.is_empty(), "{}", profile.id);
            for model in &profile.models {
                assert!(model.name.contains("(simulated)"), "{}", model.id);
                assert!(model.description.contains("simulated"), "{}", model.id);
                assert!(model.max_output <= model.context, "{}", model.id);
                assert!(!model.pool.is_empty(), "{}", model.id);
                let same_pool = profile.models.iter().filter(|other| other.pool == model.pool);
                for other in same_pool {
                    assert_eq!(other.windows, model.windows, "{} shares its pool", model.id);
                }
            }
        }
    }

    #[test]
    fn the_figures_of_the_guide_and_the_trial_are_those_of_their_sources() {
        let limit = |profile: &str, model: &str, kind| {
            let profile = Profile::named(profile).unwrap();
            let model = profile.model(model).unwrap();
            model.windows.iter().find(|window| window.kind == kind).map(|window| window.limit)
        };
        let cases = [
            ("cerebras-guide", "llama3.1-8b", WindowKind::RequestsMinute, Some(30)),
            ("cerebras-guide", "gpt-oss-120b", WindowKind::TokensMinute, Some(60_000)),
            ("cerebras-guide", "gpt-oss-120b", WindowKind::TokensDay, Some(1_000_000)),
            ("cerebras-trial", "qwen-3.8-27b", WindowKind::RequestsMinute, Some(5)),
            ("cerebras-trial", "gpt-oss-120b", WindowKind::TokensMinuteUncached, Some(30_000)),
            ("cerebras-developer", "qwen-3.8-27b", WindowKind::TokensMinute, Some(750_000)),
            ("unlimited", "gpt-oss-120b", WindowKind::TokensMinute, None),
        ];
        for (profile, model, kind, expected) in cases {
            assert_eq!(limit(profile, model, kind), expected, "{profile} {model} {kind:?}");
        }
    }
}
