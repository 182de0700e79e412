//! Parameters typed as numbers: a field's content is what is used, or the field shows why not.

use crate::{
    number_format::integer,
    parameters::{ParameterProblem, Parameters},
};

/// A parameter that is typed as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberField {
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// `temperature`.
    Temperature,
    /// `top_p`.
    TopP,
    /// `seed`.
    Seed,
    /// `frequency_penalty`.
    FrequencyPenalty,
    /// `presence_penalty`.
    PresencePenalty,
}

impl NumberField {
    /// All fields, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::MaxCompletionTokens,
        Self::Temperature,
        Self::TopP,
        Self::Seed,
        Self::FrequencyPenalty,
        Self::PresencePenalty,
    ];

    /// Returns the problem of a value that cannot be sent.
    #[must_use]
    pub const fn problem(self) -> ParameterProblem {
        match self {
            Self::MaxCompletionTokens => ParameterProblem::NoRoomForAnAnswer,
            Self::Temperature => ParameterProblem::Temperature,
            Self::TopP => ParameterProblem::TopP,
            Self::Seed => ParameterProblem::Seed,
            Self::FrequencyPenalty => ParameterProblem::FrequencyPenalty,
            Self::PresencePenalty => ParameterProblem::PresencePenalty,
        }
    }
}

impl Parameters {
    /// Sets a field from typed text. An empty field is not sent. Unreadable text is not sent either, and is a
    /// [problem](Self::problems) until it is fixed. `None` stands for text that the browser could not parse and does
    /// not expose.
    pub fn type_into(&mut self, field: NumberField, text: Option<&str>) {
        self.unreadable.retain(|(other, _)| *other != field);
        let text = text.map(str::trim);
        let read = |set: &mut Self, text: &str| match field {
            NumberField::MaxCompletionTokens => {
                set.max_completion_tokens = integer(text).and_then(|cap| u32::try_from(cap).ok());
                set.max_completion_tokens.is_some()
            }
            NumberField::Seed => {
                set.seed = integer(text);
                set.seed.is_some()
            }
            NumberField::Temperature => decimal_into(&mut set.temperature, text),
            NumberField::TopP => decimal_into(&mut set.top_p, text),
            NumberField::FrequencyPenalty => decimal_into(&mut set.frequency_penalty, text),
            NumberField::PresencePenalty => decimal_into(&mut set.presence_penalty, text),
        };
        // Empty text is not a number: the field is cleared.
        let is_read = read(self, text.unwrap_or_default());
        if !is_read && text != Some("") {
            self.unreadable.push((field, text.unwrap_or_default().to_owned()));
        }
    }

    /// Returns a field's content: the number that is sent, or typed text that cannot be.
    #[must_use]
    pub fn shown(&self, field: NumberField) -> String {
        if let Some((_, text)) = self.unreadable.iter().find(|(other, _)| *other == field) {
            return text.clone();
        }
        let decimal = |value: Option<f64>| value.map(|value| value.to_string());
        let text = match field {
            NumberField::MaxCompletionTokens => self.max_completion_tokens.map(|cap| cap.to_string()),
            NumberField::Seed => self.seed.map(|seed| seed.to_string()),
            NumberField::Temperature => decimal(self.temperature),
            NumberField::TopP => decimal(self.top_p),
            NumberField::FrequencyPenalty => decimal(self.frequency_penalty),
            NumberField::PresencePenalty => decimal(self.presence_penalty),
        };
        text.unwrap_or_default()
    }

    /// Returns the problem of a field.
    #[must_use]
    pub fn problem_of(&self, field: NumberField) -> Option<ParameterProblem> {
        self.problems().into_iter().find(|problem| *problem == field.problem())
    }

    /// Whether a field's text cannot be parsed.
    pub(crate) fn is_unreadable(&self, field: NumberField) -> bool {
        self.unreadable.iter().any(|(other, _)| *other == field)
    }
}

fn decimal_into(value: &mut Option<f64>, text: &str) -> bool {
    *value = crate::number_format::decimal(text);
    value.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(field: NumberField, text: &str) -> Parameters {
        let mut set = Parameters::default();
        set.type_into(field, Some(text));
        set
    }

    /// A cap of `1e3`, `12.5`, or `-5` was shown in its field while requests were sent without a cap.
    #[test]
    fn what_stands_in_a_field_is_sent_or_is_a_problem() {
        use NumberField::{FrequencyPenalty, MaxCompletionTokens, PresencePenalty, Seed, Temperature, TopP};
        for (field, text, shown, is_fine) in [
            (MaxCompletionTokens, "", "", true),
            (MaxCompletionTokens, "  ", "", true),
            (MaxCompletionTokens, "100", "100", true),
            (MaxCompletionTokens, " 0100 ", "100", true),
            (MaxCompletionTokens, "1e3", "1000", true),
            (MaxCompletionTokens, "1.5e3", "1500", true),
            (MaxCompletionTokens, "12.0", "12", true),
            (MaxCompletionTokens, "12.5", "12.5", false),
            (MaxCompletionTokens, "-5", "-5", false),
            (MaxCompletionTokens, "0", "0", false),
            (MaxCompletionTokens, "1e99", "1e99", false),
            (MaxCompletionTokens, "4294967296", "4294967296", false),
            (MaxCompletionTokens, "1,000", "1,000", false),
            (MaxCompletionTokens, "8k", "8k", false),
            (MaxCompletionTokens, "e", "e", false),
            (Temperature, ".5", "0.5", true),
            (Temperature, "1.", "1", true),
            (Temperature, "7", "7", false),
            (Temperature, "-0.1", "-0.1", false),
            (Temperature, "0,7", "0,7", false),
            (TopP, "1", "1", true),
            (TopP, "1.01", "1.01", false),
            (Seed, "-7", "-7", true),
            (Seed, "1e3", "1000", true),
            (Seed, "1.5", "1.5", false),
            (Seed, "9223372036854775807", "9223372036854775807", true),
            (Seed, "9223372036854775808", "9223372036854775808", false),
            (FrequencyPenalty, "-2", "-2", true),
            (PresencePenalty, "-", "-", false),
        ] {
            let set = typed(field, text);
            assert_eq!(
                (set.shown(field).as_str(), set.problem_of(field).is_none()),
                (shown, is_fine),
                "{field:?} {text}"
            );
            assert_eq!(set.problems().is_empty(), is_fine, "{field:?} {text}");
        }
    }

    #[test]
    fn a_text_that_only_the_browser_knows_is_a_problem_until_it_is_replaced() {
        let field = NumberField::MaxCompletionTokens;
        let mut set = typed(field, "100");
        set.type_into(field, None);
        assert_eq!(
            (set.max_completion_tokens, set.problem_of(field)),
            (None, Some(ParameterProblem::NoRoomForAnAnswer))
        );
        set.type_into(field, Some("7"));
        assert_eq!((set.max_completion_tokens, set.problem_of(field)), (Some(7), None));
    }

    #[test]
    fn a_field_typed_for_all_lanes_is_wrong_in_all_and_put_right_in_all() {
        let (all, mut own) = (Parameters::default(), typed(NumberField::Seed, "x"));
        let wrong = typed(NumberField::MaxCompletionTokens, "12.5");
        own.follow(&all, &wrong);
        assert_eq!(own.problems(), [ParameterProblem::NoRoomForAnAnswer, ParameterProblem::Seed]);
        own.follow(&wrong, &typed(NumberField::MaxCompletionTokens, "12"));
        assert_eq!((own.max_completion_tokens, own.problems()), (Some(12), vec![ParameterProblem::Seed]));
    }

    #[test]
    fn what_cannot_be_read_is_not_saved() {
        let set = typed(NumberField::Temperature, "warm");
        assert_eq!(serde_json::to_string(&set).unwrap(), "{}");
    }

    proptest! {
        #[test]
        fn any_text_is_sent_as_it_stands_or_named(field in 0..NumberField::ALL.len(), text in "[0-9eE.+,-]{0,8}|\\PC{0,8}") {
            let field = NumberField::ALL[field];
            let set = typed(field, &text);
            let again = typed(field, &set.shown(field));
            prop_assert_eq!(set.problem_of(field), again.problem_of(field));
            prop_assert!(!text.trim().is_empty() || set == Parameters::default());
            prop_assert!(text.trim().is_empty() || !set.shown(field).is_empty());
        }
    }
}
