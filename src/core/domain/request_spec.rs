//! What a request asks for besides the conversation: parameters, response format and tools.

use serde::{Deserialize, Serialize};

use crate::parameters::Parameters;

/// What a request asks for, as it was sent. The conversation is in the turns before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestSpec {
    /// The system prompt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The parameters, with the cap that was chosen to fit the limits.
    pub parameters: Parameters,
    /// The form of the answer.
    #[serde(skip_serializing_if = "ResponseFormat::is_text")]
    pub response_format: ResponseFormat,
    /// The tools the model may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
}

/// The form of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Free text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// The schema's name, which the API requires.
        name: String,
        /// The schema: JSON, as it was written.
        schema: String,
        /// Whether the provider enforces it.
        strict: bool,
    },
}

impl ResponseFormat {
    /// Whether it is free text, which is not sent.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text)
    }
}

/// A function the model may call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The schema of its arguments: JSON, as it was written. Empty if it takes none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parameters: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> RequestSpec {
        RequestSpec {
            system: "be brief".into(),
            parameters: Parameters { max_completion_tokens: Some(64), ..Parameters::default() },
            response_format: ResponseFormat::JsonSchema { name: "s".into(), schema: "{}".into(), strict: true },
            tools: vec![Tool { name: "now".into(), description: "The time".into(), parameters: "{}".into() }],
        }
    }

    #[test]
    fn what_is_not_set_takes_no_space_and_all_of_it_comes_back() {
        assert_eq!(serde_json::to_string(&RequestSpec::default()).unwrap(), r#"{"parameters":{}}"#);
        for spec in [RequestSpec::default(), full()] {
            assert_eq!(serde_json::from_str::<RequestSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
        }
        let format = serde_json::to_string(&full().response_format).unwrap();
        assert_eq!(format, r#"{"json_schema":{"name":"s","schema":"{}","strict":true}}"#);
    }

    #[test]
    fn a_field_of_a_newer_build_is_passed_over() {
        let newer = r#"{"parameters":{"seed":7},"tool_choice":"auto"}"#;
        assert_eq!(serde_json::from_str::<RequestSpec>(newer).unwrap().parameters.seed, Some(7));
    }
}
