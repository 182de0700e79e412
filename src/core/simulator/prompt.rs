//! Token count of a prompt: its messages in the chat template of its model.

use crate::{
    cache::BLOCK_TOKENS,
    profile::Effort,
    request::{ChatRequest, ResponseFormat, Role},
    rng::digest,
    tokens::pieces,
};

/// A prompt's length in tokens and the digests of its full blocks, for the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) tokens: u64,
    pub(crate) blocks: Vec<u64>,
    chain: u64,
}

impl Prompt {
    /// Builds the prompt of a request for the model with this id: the start of its template, tool definitions and the
    /// response schema as JSON, the messages with their delimiters, and the start of the response.
    pub(crate) fn of(request: &ChatRequest, model: &str) -> Self {
        let template = Template::of(model);
        let mut prompt = Self::default();
        prompt.marks("<|first|>", template.first);
        let first = request.messages.first().map(|message| message.role);
        if first != Some(Role::System) {
            prompt.marks("<|default|>", template.default_system);
        }
        for tool in &request.tools {
            prompt.marks("<|tool|>", 1);
            prompt.text(&tool.name);
            prompt.text(&tool.description);
            prompt.text(&tool.parameters.to_string());
        }
        if let ResponseFormat::JsonSchema(schema) = &request.format {
            prompt.marks("<|schema|>", 1);
            prompt.text(&schema.to_string());
        }
        for (at, message) in request.messages.iter().enumerate() {
            let (mark, tokens) = match message.role {
                Role::System if at == 0 => ("<|system|>", template.first_system),
                Role::System => ("<|system|>", template.system),
                Role::User => ("<|user|>", template.user),
                Role::Assistant => ("<|assistant|>", template.assistant),
                Role::Tool => ("<|result|>", template.tool),
            };
            prompt.marks(mark, tokens);
            prompt.text(&message.text);
        }
        prompt.marks("<|answer|>", template.answer);
        if request.effort == Some(Effort::None) {
            prompt.marks("<|no thought|>", template.no_thought);
        }
        prompt
    }

    fn marks(&mut self, mark: &str, tokens: u8) {
        for _ in 0..tokens {
            self.token(mark);
        }
    }

    fn text(&mut self, text: &str) {
        for piece in pieces(text) {
            self.token(piece);
        }
    }

    fn token(&mut self, token: &str) {
        // The length keeps "ab","c" and "a","bc" distinct.
        let length = u64::try_from(token.len()).unwrap_or(u64::MAX);
        self.chain = digest(self.chain.wrapping_add(length), token.as_bytes());
        self.tokens += 1;
        if self.tokens.is_multiple_of(BLOCK_TOKENS) {
            self.blocks.push(self.chain);
        }
    }
}

/// The tokens that a model's chat template adds, as counted in the templates of the model makers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Template {
    /// Before every chat: the model's identity, knowledge cutoff, and allowed channels.
    first: u8,
    /// The template's default system prompt, used if the chat has none.
    default_system: u8,
    /// Around a system or developer message at the start of the chat, and around any other.
    first_system: u8,
    system: u8,
    user: u8,
    assistant: u8,
    /// Around a tool's result. Not measured anywhere: assumed to be like other messages.
    tool: u8,
    /// The start of the response.
    answer: u8,
    /// After that, if thinking is switched off.
    no_thought: u8,
}

impl Template {
    /// Adds the same around each message.
    const fn even(first: u8, each: u8, answer: u8) -> Self {
        Self {
            first,
            default_system: 0,
            first_system: each,
            system: each,
            user: each,
            assistant: each,
            tool: each,
            answer,
            no_thought: 0,
        }
    }

    /// Selects by the model's id, in lowercase. An unknown name gets the template that OpenAI documents for its older
    /// chat models.
    fn of(model: &str) -> Self {
        let named = |part: &str| model.contains(part);
        if named("gpt-oss") {
            // Harmony. Its system block stays even if a system prompt is sent as a developer message.
            Self { first_system: 7, system: 7, assistant: 6, tool: 6, ..Self::even(61, 4, 2) }
        } else if named("llama-3-") || named("llama3-") {
            Self::even(1, 5, 4)
        } else if named("llama") {
            // Since 3.1 there is a system block with the date, and a system prompt goes into it.
            Self { first_system: 0, ..Self::even(26, 5, 4) }
        } else if named("qwen2") || named("qwen-2") {
            Self { default_system: 21, ..Self::even(0, 5, 3) }
        } else if named("qwen") {
            Self { no_thought: 4, ..Self::even(0, 5, 3) }
        } else if named("glm") {
            // Two of the three come before the chat; the position of the third makes no difference to the count.
            Self { no_thought: 4, ..Self::even(2, 2, 1) }
        } else if named("kimi") {
            Self { default_system: 9, ..Self::even(0, 4, 3) }
        } else {
            Self::even(0, 4, 3)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::shape::Shape;

    fn prompt_of(model: &str, messages: &Value, extra: &Value) -> Prompt {
        let mut body = json!({"model": model, "messages": messages});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let request = ChatRequest::parse(body.to_string().as_bytes(), Shape::Cerebras).unwrap();
        Prompt::of(&request, model)
    }

    fn prompt(messages: &Value) -> Prompt {
        prompt_of("m", messages, &json!({}))
    }

    /// "Hello!" is two tokens.
    fn says(role: &str) -> Value {
        json!({"role": role, "content": "Hello!"})
    }

    #[test]
    fn a_greeting_costs_what_providers_charge_for_it() {
        for (model, tokens) in [
            ("gpt-oss-120b", 69),
            ("openai/gpt-oss-120b:free", 69),
            ("llama3.1-8b", 37),
            ("llama-3.3-70b", 37),
            ("llama3-70b-8192", 12),
            ("qwen-3.8-27b", 10),
            ("qwen2.5-coder", 31),
            ("zai-glm-4.6", 7),
            ("kimi-k2", 18),
            ("somebody's", 9),
        ] {
            assert_eq!(prompt_of(model, &json!([says("user")]), &json!({})).tokens, tokens, "{model}");
        }
    }

    #[test]
    fn roles_and_earlier_turns_cost_what_the_template_puts_around_them() {
        for (model, system, turn) in [
            ("gpt-oss-120b", 7, 4 + 6),
            ("llama3.1-8b", 0, 10),
            ("qwen-3.8-27b", 5, 10),
            ("qwen2.5-coder", 5 - 21, 10),
            ("zai-glm-4.6", 2, 4),
            ("kimi-k2", 4 - 9, 8),
        ] {
            let signed = |tokens: u64| i64::try_from(tokens).unwrap();
            let tokens = |messages: &[Value]| signed(prompt_of(model, &json!(messages), &json!({})).tokens);
            let alone = tokens(&[says("user")]);
            for role in ["system", "developer"] {
                assert_eq!(tokens(&[says(role), says("user")]) - alone, system + 2, "{model} {role}");
            }
            let later = tokens(&[says("user"), says("assistant"), says("user")]);
            assert_eq!(later - alone, turn + 4, "{model}");
        }
    }

    #[test]
    fn an_empty_thought_is_charged_where_thinking_is_switched_off() {
        for (model, more) in [("qwen-3.8-27b", 4), ("zai-glm-4.6", 4), ("gpt-oss-120b", 0)] {
            let tokens = |extra| prompt_of(model, &json!([says("user")]), &extra).tokens;
            assert_eq!(tokens(json!({"reasoning_effort": "none"})) - tokens(json!({})), more, "{model}");
        }
    }

    #[test]
    fn tools_and_schemas_are_charged_as_their_json() {
        let tool = json!({"type": "function", "function": {"name": "f", "parameters": {}}});
        let asked = json!([says("user")]);
        let plain = prompt_of("m", &asked, &json!({})).tokens;
        assert_eq!(prompt_of("m", &asked, &json!({"tools": [tool]})).tokens - plain, 1 + 1 + 1);
        let schema = json!({"type": "json_schema", "json_schema": {"name": "s", "schema": {}}});
        assert_eq!(prompt_of("m", &asked, &json!({"response_format": schema})).tokens - plain, 1 + 1);
    }

    #[test]
    fn a_longer_chat_begins_with_the_blocks_of_the_shorter() {
        let long = "word ".repeat(400);
        let first = prompt(&json!([{"role": "user", "content": long}]));
        let second = prompt(&json!([
            {"role": "user", "content": long},
            {"role": "assistant", "content": "fine"},
            {"role": "user", "content": "more"},
        ]));
        assert_eq!(first.blocks.len(), 3);
        assert_eq!(second.blocks[..3], first.blocks);
        let changed = prompt(&json!([{"role": "user", "content": format!("x{long}")}]));
        assert_ne!(changed.blocks[0], first.blocks[0]);
    }
}
