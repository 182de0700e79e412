//! The cost of a chat beyond its words: the tokens that a family's template puts around the messages.
//!
//! The numbers come from rendering the vendors' templates and counting exactly; those of the unknown family are what
//! OpenAI states for its chat models. [`prompt`](crate::prompt) formats complete requests, with tools, and its tests
//! compare these numbers with the result.

use crate::{family::Family, prompt::strip};

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Instructions; first in the list, the system prompt. Harmony calls it the developer's message.
    System,
    /// The user.
    User,
    /// The model, in an earlier turn.
    Assistant,
}

/// Whether the model is asked to think, where its template has a switch for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Thinking {
    /// The template's default.
    #[default]
    Default,
    /// Switched off, which Qwen 3 and GLM express by an empty thought.
    Off,
}

/// Tokens that a template adds.
struct Shape {
    /// For any chat: before the first message, and the header of the answer.
    fixed: u64,
    /// If the chat has no system prompt: the template's default one.
    without_system: u64,
    /// For a system prompt at the start of the chat.
    leading_system: u64,
    /// For any other system message.
    system: u64,
    /// For a user message.
    user: u64,
    /// For an earlier answer.
    assistant: u64,
    /// If thinking is switched off.
    thinking_off: u64,
    /// For a user message, if thinking is switched off.
    user_off: u64,
}

impl Shape {
    /// Returns a shape of `fixed` tokens and the same number for each message.
    const fn even(fixed: u64, each: u64) -> Self {
        Self {
            fixed,
            without_system: 0,
            leading_system: each,
            system: each,
            user: each,
            assistant: each,
            thinking_off: 0,
            user_off: 0,
        }
    }

    const fn of(family: Family) -> Self {
        match family {
            // 61 for a system block (identity, date, effort, channels) and 2 that open the answer.
            Family::Harmony => Self { leading_system: 7, system: 7, user: 4, assistant: 6, ..Self::even(61 + 2, 0) },
            // Begin of text, and the header of the answer.
            Family::Llama30 => Self::even(1 + 4, 5),
            // A system block with the date is always present; a system prompt goes into it.
            Family::Llama31 => Self { leading_system: 0, ..Self::even(26 + 4, 5) },
            // "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." is 16 tokens in a message of 5.
            Family::Qwen25 => Self { without_system: 5 + 16, ..Self::even(3, 5) },
            Family::Qwen3 => Self { thinking_off: 4, ..Self::even(3, 5) },
            // An earlier answer is preceded by an empty thought; "/nothink" is in every user message.
            Family::Glm4 => Self { assistant: 5, thinking_off: 3, user_off: 1, ..Self::even(3, 2) },
            // "You are Kimi, an AI assistant created by Moonshot AI." is 14 tokens in a message of 4, plus a line
            // break. The model's template from before July 2025 has a prompt of 5 tokens and no line break.
            Family::Kimi => Self { without_system: 4 + 14 + 1, ..Self::even(3, 4) },
            // Begin of sentence and the mark of the answer; an earlier answer has its mark and an end of sentence.
            // Further system prompts follow the first one, after an empty line.
            Family::DeepSeek => Self { leading_system: 0, system: 1, user: 1, assistant: 2, ..Self::even(1 + 1, 0) },
            Family::Unknown => Self::even(3, 4),
        }
    }
}

/// Returns the tokens that the template of `family` adds to a chat with messages of these roles, in order, up to where
/// the model begins to answer. The tokens of the messages themselves are extra.
///
/// What tools, their calls and results add depends on their words: see [`prompt::write`](crate::prompt::write). Some
/// renderers of harmony add one to a developer message.
#[must_use]
pub fn overhead(family: Family, thinking: Thinking, roles: &[Role]) -> u64 {
    let shape = Shape::of(family);
    let mut tokens = shape.fixed;
    if roles.first() != Some(&Role::System) {
        tokens += shape.without_system;
    }
    let off = thinking == Thinking::Off;
    if off {
        tokens += shape.thinking_off;
    }
    for (place, role) in roles.iter().enumerate() {
        tokens += match role {
            Role::System if place == 0 => shape.leading_system,
            Role::System => shape.system,
            Role::User => shape.user + if off { shape.user_off } else { 0 },
            Role::Assistant => shape.assistant,
        };
    }
    tokens
}

/// Returns whether a message's words are tokenized as they would be alone, so that their count and [`overhead`] add up
/// exactly. Where a template writes a line break before the words or trims them, words that begin or end with white
/// space are not. For unknown templates it is not known.
#[must_use]
pub fn stands_alone(family: Family, role: Role, words: &str) -> bool {
    let begins_with_space = words.starts_with(char::is_whitespace);
    match family {
        // The developer's message has a heading before the words; otherwise only special tokens surround them.
        Family::Harmony => role != Role::System || !begins_with_space,
        Family::Kimi | Family::DeepSeek => true,
        Family::Llama30 | Family::Llama31 => strip(words).len() == words.len(),
        Family::Qwen25 | Family::Qwen3 => !begins_with_space,
        // An earlier answer is trimmed, and a line break precedes only a nonempty one.
        Family::Glm4 if role == Role::Assistant => !words.is_empty() && strip(words).len() == words.len(),
        Family::Glm4 => !begins_with_space,
        Family::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// "Hello!" is two tokens in every vocabulary.
    const HELLO: u64 = 2;

    #[test]
    fn hello_alone_costs_what_was_measured() {
        let cases = [
            (Family::Harmony, Thinking::Default, 69),
            (Family::Llama30, Thinking::Default, 12),
            (Family::Llama31, Thinking::Default, 37),
            (Family::Qwen3, Thinking::Default, 10),
            (Family::Qwen3, Thinking::Off, 14),
            (Family::Qwen25, Thinking::Default, 31),
            (Family::Glm4, Thinking::Default, 7),
            (Family::Glm4, Thinking::Off, 11),
            (Family::Kimi, Thinking::Default, 28),
            (Family::DeepSeek, Thinking::Default, 5),
        ];
        for (family, thinking, tokens) in cases {
            let with_words = overhead(family, thinking, &[Role::User]) + HELLO;
            assert_eq!(with_words, tokens, "{family:?}, thinking {thinking:?}");
        }
    }

    #[test]
    fn a_system_prompt_takes_the_place_of_the_templates_own() {
        use Role::{System, User};
        let cases = [
            (Family::Harmony, 61 + 7 + 4 + 2),
            (Family::Llama31, 26 + 5 + 4),
            (Family::Qwen25, 5 + 5 + 3),
            (Family::Qwen3, 5 + 5 + 3),
            (Family::Kimi, 4 + 4 + 3),
            (Family::Glm4, 3 + 2 + 2),
        ];
        for (family, tokens) in cases {
            assert_eq!(overhead(family, Thinking::Default, &[System, User]), tokens, "{family:?}");
        }
    }

    #[test]
    fn an_earlier_turn_adds_its_question_and_its_answer() {
        use Role::{Assistant, User};
        let cases = [
            (Family::Harmony, 4 + 6),
            (Family::Llama30, 10),
            (Family::Llama31, 10),
            (Family::Qwen25, 10),
            (Family::Qwen3, 10),
            (Family::Glm4, 2 + 5),
            (Family::Kimi, 8),
            (Family::DeepSeek, 3),
            (Family::Unknown, 8),
        ];
        for (family, tokens) in cases {
            let turn = overhead(family, Thinking::Default, &[User, Assistant, User]);
            assert_eq!(turn - overhead(family, Thinking::Default, &[User]), tokens, "{family:?}");
        }
    }

    #[test]
    fn words_that_run_together_with_the_template_are_not_counted_alone() {
        use Role::{Assistant, System, User};
        let cases = [
            (Family::Harmony, User, "\n hello ", true),
            (Family::Harmony, System, "hello\n", true),
            (Family::Harmony, System, "\nhello", false),
            (Family::Llama31, User, "hello", true),
            (Family::Llama31, User, "hello ", false),
            (Family::Qwen3, User, "hello\n", true),
            (Family::Qwen3, User, "\nhello", false),
            (Family::Glm4, User, "hello", true),
            (Family::Glm4, Assistant, "hello", true),
            (Family::Glm4, Assistant, "hello\n", false),
            (Family::Glm4, Assistant, "", false),
            (Family::Kimi, User, "\nhello", true),
            (Family::DeepSeek, Assistant, "\nhello", true),
            (Family::Unknown, User, "hello", false),
        ];
        for (family, role, words, alone) in cases {
            assert_eq!(stands_alone(family, role, words), alone, "{family:?} {role:?} {words:?}");
        }
    }

    proptest! {
        #[test]
        fn one_more_message_of_the_user_never_makes_a_chat_cheaper(
            roles in prop::collection::vec(prop::sample::select(vec![Role::System, Role::User, Role::Assistant]), 1..20),
        ) {
            for family in [Family::Harmony, Family::Llama31, Family::Qwen25, Family::Glm4, Family::Kimi, Family::Unknown] {
                let mut more = roles.clone();
                more.push(Role::User);
                prop_assert!(
                    overhead(family, Thinking::Default, &more) > overhead(family, Thinking::Default, &roles)
                );
            }
        }
    }
}
