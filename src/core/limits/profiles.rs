//! The built-in profiles: dated figures, in a file that says where they were read.

use std::sync::LazyLock;

use headroom_domain::LimitProfile;

/// A test checks the file, so at run time the list is either whole or, never seen, empty.
static PROFILES: LazyLock<Vec<LimitProfile>> =
    LazyLock::new(|| serde_json::from_str(include_str!("profiles.json")).unwrap_or_default());

/// The built-in profiles, those of the first provider first.
#[must_use]
pub fn profiles() -> &'static [LimitProfile] {
    &PROFILES
}

#[cfg(test)]
mod tests {
    use headroom_domain::{LimitWindow, provider::presets};

    use super::*;

    #[test]
    fn every_profile_is_dated_sourced_and_of_a_known_provider() {
        let profiles: Vec<LimitProfile> = serde_json::from_str(include_str!("profiles.json")).unwrap();
        assert!(!profiles.is_empty());
        for profile in profiles {
            assert!(presets().iter().any(|preset| preset.id == profile.provider), "{}", profile.id);
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
}
