//! The built-in profiles: dated values, in a file that states their sources.

use std::sync::LazyLock;

use headroom_domain::LimitProfile;

/// A test checks the file, so at run time the list is either complete or, never in practice, empty.
static PROFILES: LazyLock<Vec<LimitProfile>> =
    LazyLock::new(|| serde_json::from_str(include_str!("profiles.json")).unwrap_or_default());

/// The built-in profiles, those of the first provider first.
#[must_use]
pub fn profiles() -> &'static [LimitProfile] {
    &PROFILES
}

#[cfg(test)]
mod tests {
    use headroom_domain::{DefaultOutputReserve, LimitWindow, RefillPolicy, Refund, provider::presets};
    use headroom_simulator as simulator;

    use super::*;

    #[test]
    fn every_profile_is_dated_sourced_and_of_a_known_provider() {
        let profiles: Vec<LimitProfile> = serde_json::from_str(include_str!("profiles.json")).unwrap();
        assert!(!profiles.is_empty());
        let understood = serde_json::to_string(&profiles).unwrap();
        let misspelled = headroom_domain::UnknownFields::between(include_str!("profiles.json"), &understood);
        assert_eq!(misspelled, None);
        for profile in profiles {
            let built_in = presets().iter().any(|preset| preset.id == profile.provider);
            assert!(built_in || profile.provider == "simulator", "{}", profile.id);
            let (year, month) = profile.as_of.split_once('-').unwrap();
            assert!(
                year.parse::<u16>().unwrap() >= 2026 && (1..=12).contains(&month.parse::<u8>().unwrap()),
                "{}",
                profile.id
            );
            assert!(!profile.source.is_empty() && !profile.models.is_empty(), "{}", profile.id);
            for model in &profile.models {
                assert!(model.windows.iter().all(|window| window.limit > 0), "{}", profile.id);
            }
        }
    }

    #[test]
    fn the_guide_the_project_starts_from_is_there() {
        let guide = profiles().iter().find(|profile| profile.id == "cerebras-guide").unwrap();
        let model = guide.of_model("gpt-oss-120b").unwrap();
        let limit = |window| model.windows.iter().find(|limit| limit.window == window).map(|limit| limit.limit);
        assert_eq!(limit(LimitWindow::RequestsMinute), Some(30));
        assert_eq!(limit(LimitWindow::TokensMinute), Some(60_000));
        assert_eq!(limit(LimitWindow::TokensDay), Some(1_000_000));
        assert_eq!(model.context_tokens, Some(8_192));
        assert!(guide.of_model("a model of next year").is_some(), "the guide holds for all");
    }

    /// The simulator must not depend on this crate, so its limits are written in both places; this test compares them.
    #[test]
    fn the_simulators_profile_is_the_one_its_books_follow() {
        let profile = profiles().iter().find(|profile| profile.id == "simulator").unwrap();
        let truth = simulator::Profile::guide();
        assert_eq!(
            (profile.uncapped, truth.uncapped),
            (DefaultOutputReserve::Remainder, simulator::DefaultOutputReserve::ContextRemainder)
        );
        assert_eq!((profile.refund, truth.refund), (Refund::ToActual, simulator::Refund::ToActual));
        assert_eq!((truth.credit_nanodollars, &profile.credit), (None, &None), "nobody pays it");
        assert_eq!(profile.models.len(), truth.models.len());
        for (ours, theirs) in profile.models.iter().zip(&truth.models) {
            assert_eq!(ours.id, theirs.id);
            assert_eq!(ours.pool_of(&ours.id), theirs.pool);
            assert_eq!((ours.context_tokens, ours.max_output_tokens), (Some(theirs.context), Some(theirs.max_output)));
            let price = ours.price.unwrap();
            let nanodollars = |dollars: f64| format!("{:.6}", dollars * 1e9);
            assert_eq!(nanodollars(price.prompt_dollars), format!("{}.000000", theirs.prompt_nanodollars));
            assert_eq!(nanodollars(price.completion_dollars), format!("{}.000000", theirs.completion_nanodollars));
            assert_eq!(ours.windows.len(), theirs.windows.len(), "{}", ours.id);
            for (ours, theirs) in ours.windows.iter().zip(&theirs.windows) {
                assert_eq!((ours.window.name(), ours.limit), (theirs.kind.name(), theirs.limit));
                let refill = match theirs.refill {
                    simulator::RefillPolicy::ContinuousBucket => RefillPolicy::Bucket,
                    simulator::RefillPolicy::FixedUtc => RefillPolicy::Fixed,
                };
                assert_eq!(ours.refill, refill, "{}", ours.window.name());
            }
        }
    }

    #[test]
    fn groqs_free_tier_is_the_one_that_the_simulator_plays() {
        let profile = profiles().iter().find(|profile| profile.id == "groq-free").unwrap();
        let truth = simulator::Profile::named("groq-free").unwrap();
        let (ours, theirs) = (&profile.models[0], &truth.models[0]);
        assert_eq!((&ours.id, ours.context_tokens), (&theirs.id, Some(theirs.context)));
        let ours: Vec<(&str, u64)> = ours.windows.iter().map(|limit| (limit.window.name(), limit.limit)).collect();
        let theirs: Vec<(&str, u64)> = theirs.windows.iter().map(|limit| (limit.kind.name(), limit.limit)).collect();
        assert_eq!(ours, theirs);
    }

    /// The other models of the plan had no limits: their drafts read "No limits set".
    #[test]
    fn groqs_plans_speak_of_each_of_its_models() {
        for (id, tokens) in [("groq-free", 8_000), ("groq-developer", 250_000)] {
            let profile = profiles().iter().find(|profile| profile.id == id).unwrap();
            for model in ["openai/gpt-oss-120b", "openai/gpt-oss-20b", "qwen/qwen3.8-27b"] {
                let windows = &profile.of_model(model).unwrap().windows;
                let minute = windows.iter().find(|limit| limit.window == LimitWindow::TokensMinute);
                assert_eq!(minute.map(|limit| limit.limit), Some(tokens), "{id} {model}");
            }
        }
    }

    #[test]
    fn the_price_of_the_model_whose_price_is_known_is_there() {
        for id in ["cerebras-guide", "cerebras-spring", "cerebras-trial", "cerebras-developer"] {
            let profile = profiles().iter().find(|profile| profile.id == id).unwrap();
            let price = profile.of_model("gpt-oss-120b").and_then(|model| model.price).unwrap();
            assert!((price.of(1_000_000, 1_000_000) - 1.10).abs() < 1e-9, "{id}");
        }
    }
}
