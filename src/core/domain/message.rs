//! The messages of a conversation, and their roles.

use serde::{Deserialize, Serialize};

use crate::content::ContentPart;

/// The role of a message. The names in JSON are those of the chat-completions API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions for the whole conversation.
    System,
    /// The newer name of `system` at some providers; others accept only `system`.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of a tool the model called.
    Tool,
}

impl Role {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// A function call requested by the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of the call, which a tool message refers to. Empty if the provider sent none.
    #[serde(default)]
    pub id: String,
    /// The name of the function.
    #[serde(default)]
    pub name: String,
    /// The arguments as the model wrote them: intended as JSON, but not validated.
    #[serde(default)]
    pub arguments: String,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The role.
    pub role: Role,
    /// The text; empty for an assistant turn that only calls tools.
    #[serde(default)]
    pub content: String,
    /// What follows the text: images, for example.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<ContentPart>,
    /// The model's reasoning, kept for display. It is never sent back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The tool calls of an assistant turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// For [`Role::Tool`]: the id of the call this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl Message {
    /// Creates a message with only text.
    #[must_use]
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
            attachments: Vec::new(),
            reasoning: String::new(),
            tool_calls: Vec::new(),
            tool_call_id: None,
        }
    }

    /// Creates a user message.
    #[must_use]
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, content)
    }

    /// Creates an assistant message.
    #[must_use]
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(Role::Assistant, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_saved_without_empty_fields_and_comes_back() {
        let plain = Message::user("hi");
        let saved = serde_json::to_string(&plain).unwrap();
        assert_eq!(saved, r#"{"role":"user","content":"hi"}"#);
        assert_eq!(serde_json::from_str::<Message>(&saved).unwrap(), plain);

        let full = Message {
            reasoning: "hm".into(),
            tool_calls: vec![ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() }],
            ..Message::assistant("")
        };
        let saved = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&saved).unwrap(), full);
    }

    #[test]
    fn the_name_of_a_role_is_the_one_it_is_saved_under() {
        for role in [Role::System, Role::Developer, Role::User, Role::Assistant, Role::Tool] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
    }
}
