//! Retired models, with dates. The live list determines what can be chosen; this explains the model of an old chat.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The built-in list. A test checks its shape, so at run time it is complete, or in theory empty.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("retired.json")).unwrap_or_default());

/// A model that its provider no longer serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredModel {
    /// The id of the provider, as in [`crate::provider::presets`].
    pub provider: String,
    /// The id of the model.
    pub id: String,
    /// The date it was retired, `YYYY-MM-DD`.
    pub retired_on: String,
}

/// Returns when a provider retired a model, if known.
#[must_use]
pub fn retirement_of(provider: &str, model: &str) -> Option<&'static RetiredModel> {
    CATALOGUE.models.iter().find(|retired| retired.provider == provider && retired.id == model)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    /// The year and month the list was accurate.
    #[serde(rename = "as_of")]
    _as_of: String,
    #[serde(rename = "source")]
    _source: String,
    models: Vec<RetiredModel>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a string is roughly a valid date: enough to catch typos.
    fn is_date(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return false;
        };
        let number = |digits: &str, length: usize| digits.parse::<u16>().ok().filter(|_| digits.len() == length);
        number(year, 4).is_some_and(|year| (2024..2040).contains(&year))
            && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
            && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
    }

    #[test]
    fn the_catalogue_keeps_its_schema() {
        let catalogue: Catalogue = serde_json::from_str(include_str!("retired.json")).unwrap();
        assert!(is_date(&format!("{}-01", catalogue._as_of)), "{}", catalogue._as_of);
        assert!(!catalogue._source.is_empty());
        assert_eq!(catalogue.models.len(), 6);
        let providers: Vec<String> = crate::provider::presets().into_iter().map(|preset| preset.id).collect();
        for retired in &catalogue.models {
            assert!(is_date(&retired.retired_on), "{retired:?}");
            assert!(providers.contains(&retired.provider), "{retired:?}");
        }
        assert!(
            catalogue.models.is_sorted_by_key(|retired| (&retired.retired_on, &retired.id)),
            "sorted by date, then id: a duplicate would stand next to its twin"
        );
    }

    #[test]
    fn a_retired_model_is_named_with_its_date_and_a_live_one_is_not() {
        assert_eq!(retirement_of("cerebras", "llama3.1-8b").unwrap().retired_on, "2026-05-27");
        assert_eq!(retirement_of("cerebras", "gpt-oss-120b"), None);
        assert_eq!(retirement_of("groq", "llama3.1-8b"), None, "another provider may still serve it");
    }
}
