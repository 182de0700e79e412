//! The parameters of a request.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::parameter_field::NumberField;

/// The most stop sequences that the chat-completions API accepts.
pub const MOST_STOPS: usize = 4;

/// How much a reasoning model may think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Not at all; few models accept it.
    None,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// As much as it needs.
    High,
}

impl Effort {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The user's settings for a request. Unset fields are not sent, so the provider's defaults apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// The most tokens of the answer, including reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u32>,
    /// 0 to 2: the randomness of the choice of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// 0 to 1: the share of probability to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Makes answers reproducible, as far as the provider can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Strings that end the answer, at most [`MOST_STOPS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// −2 to 2: penalizes tokens in proportion to how often they were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// −2 to 2: penalizes tokens that were used at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// How much to think; sent only to models known to accept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<Effort>,
    /// Fields whose text cannot be parsed, with that text. Nothing is sent while there are any.
    #[serde(skip)]
    pub unreadable: Vec<(NumberField, String)>,
}

/// A value that the API would reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterProblem {
    /// `max_completion_tokens` is 0.
    NoRoomForAnAnswer,
    /// `temperature` is outside 0 to 2.
    Temperature,
    /// `top_p` is outside 0 to 1.
    TopP,
    /// `seed` is not an integer.
    Seed,
    /// There are more than [`MOST_STOPS`] stop sequences.
    TooManyStops,
    /// A stop sequence is empty.
    EmptyStop,
    /// `frequency_penalty` is outside −2 to 2.
    FrequencyPenalty,
    /// `presence_penalty` is outside −2 to 2.
    PresencePenalty,
}

impl fmt::Display for ParameterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoomForAnAnswer => "Max output must be a whole number of at least 1.",
            Self::Temperature => "Temperature must be a number from 0 to 2.",
            Self::TopP => "Top p must be a number from 0 to 1.",
            Self::Seed => "Seed must be a whole number.",
            Self::TooManyStops => "At most 4 stop sequences can be sent.",
            Self::EmptyStop => "A stop sequence must not be empty.",
            Self::FrequencyPenalty => "Frequency penalty must be a number from -2 to 2.",
            Self::PresencePenalty => "Presence penalty must be a number from -2 to 2.",
        })
    }
}

impl Parameters {
    /// Adopts what differs between two others: a parameter changed for several requests leaves their other parameters
    /// alone.
    pub fn follow(&mut self, from: &Self, to: &Self) {
        fn follow<T: PartialEq + Clone>(own: &mut T, from: &T, to: &T) {
            if from != to {
                own.clone_from(to);
            }
        }
        follow(&mut self.max_completion_tokens, &from.max_completion_tokens, &to.max_completion_tokens);
        follow(&mut self.temperature, &from.temperature, &to.temperature);
        follow(&mut self.top_p, &from.top_p, &to.top_p);
        follow(&mut self.seed, &from.seed, &to.seed);
        follow(&mut self.stop, &from.stop, &to.stop);
        follow(&mut self.frequency_penalty, &from.frequency_penalty, &to.frequency_penalty);
        follow(&mut self.presence_penalty, &from.presence_penalty, &to.presence_penalty);
        follow(&mut self.reasoning_effort, &from.reasoning_effort, &to.reasoning_effort);
        for field in NumberField::ALL {
            let typed = |set: &Self| set.unreadable.iter().find(|(other, _)| *other == field).cloned();
            let (before, after) = (typed(from), typed(to));
            if before != after {
                self.unreadable.retain(|(other, _)| *other != field);
                self.unreadable.extend(after);
            }
        }
    }

    /// Returns everything that the API would reject, in the order of the fields. Empty if the values can be sent.
    #[must_use]
    pub fn problems(&self) -> Vec<ParameterProblem> {
        let outside = |field, value: Option<f64>, least: f64, most: f64| {
            self.is_unreadable(field) || value.is_some_and(|v| !(least..=most).contains(&v))
        };
        let no_cap = self.max_completion_tokens == Some(0) || self.is_unreadable(NumberField::MaxCompletionTokens);
        let checks = [
            (no_cap, ParameterProblem::NoRoomForAnAnswer),
            (outside(NumberField::Temperature, self.temperature, 0.0, 2.0), ParameterProblem::Temperature),
            (outside(NumberField::TopP, self.top_p, 0.0, 1.0), ParameterProblem::TopP),
            (self.is_unreadable(NumberField::Seed), ParameterProblem::Seed),
            (self.stop.len() > MOST_STOPS, ParameterProblem::TooManyStops),
            (self.stop.iter().any(String::is_empty), ParameterProblem::EmptyStop),
            (
                outside(NumberField::FrequencyPenalty, self.frequency_penalty, -2.0, 2.0),
                ParameterProblem::FrequencyPenalty,
            ),
            (
                outside(NumberField::PresencePenalty, self.presence_penalty, -2.0, 2.0),
                ParameterProblem::PresencePenalty,
            ),
        ];
        checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, problem)| problem).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knob_turned_for_all_leaves_the_other_knobs_of_each_alone() {
        let from = Parameters { temperature: Some(0.5), top_p: Some(0.9), ..Parameters::default() };
        let to = Parameters { temperature: Some(1.0), ..from.clone() };
        let mut own = Parameters { temperature: Some(0.1), top_p: Some(0.2), seed: Some(7), ..Parameters::default() };
        own.follow(&from, &to);
        assert_eq!((own.temperature, own.top_p, own.seed), (Some(1.0), Some(0.2), Some(7)));
        own.follow(&to, &Parameters::default());
        assert_eq!((own.temperature, own.top_p, own.seed), (None, None, Some(7)));
    }

    #[test]
    fn nothing_set_is_nothing_saved_and_nothing_wrong() {
        let none = Parameters::default();
        assert_eq!(serde_json::to_string(&none).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Parameters>("{}").unwrap(), none);
        assert_eq!(none.problems(), []);
    }

    #[test]
    fn each_value_out_of_range_is_named() {
        let all_wrong = Parameters {
            max_completion_tokens: Some(0),
            temperature: Some(f64::NAN),
            top_p: Some(1.01),
            seed: Some(-1),
            stop: vec!["a".into(), "b".into(), "c".into(), "d".into(), String::new()],
            frequency_penalty: Some(2.5),
            presence_penalty: Some(f64::NEG_INFINITY),
            reasoning_effort: Some(Effort::None),
            unreadable: Vec::new(),
        };
        assert_eq!(
            all_wrong.problems(),
            [
                ParameterProblem::NoRoomForAnAnswer,
                ParameterProblem::Temperature,
                ParameterProblem::TopP,
                ParameterProblem::TooManyStops,
                ParameterProblem::EmptyStop,
                ParameterProblem::FrequencyPenalty,
                ParameterProblem::PresencePenalty,
            ]
        );
    }

    #[test]
    fn the_edges_of_each_range_are_allowed() {
        let edges = Parameters {
            max_completion_tokens: Some(1),
            temperature: Some(2.0),
            top_p: Some(0.0),
            stop: vec!["x".into(); MOST_STOPS],
            frequency_penalty: Some(-2.0),
            presence_penalty: Some(2.0),
            ..Parameters::default()
        };
        assert_eq!(edges.problems(), []);
    }
}
