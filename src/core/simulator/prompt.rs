//! What a prompt costs: its messages in a chat template of the simulator's own.

use crate::{
    cache::BLOCK_TOKENS,
    request::{ChatRequest, ResponseFormat, Role},
    rng::digest,
    tokens::pieces,
};

/// A prompt's length in tokens and the digests of its whole blocks, for the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) tokens: u64,
    pub(crate) blocks: Vec<u64>,
    chain: u64,
}

impl Prompt {
    /// The template costs three tokens around each message, its role, two that open the answer, and what the model's
    /// makers put before every chat. Tool definitions and the schema of the answer follow that, as their JSON.
    pub(crate) fn of(request: &ChatRequest) -> Self {
        let mut prompt = Self::default();
        for _ in 0..preamble_tokens(&request.model) {
            prompt.token("<|preamble|>");
        }
        for tool in &request.tools {
            prompt.token("<|tool|>");
            prompt.text(&tool.name);
            prompt.text(&tool.description);
            prompt.text(&tool.parameters.to_string());
        }
        if let ResponseFormat::JsonSchema(schema) = &request.format {
            prompt.token("<|schema|>");
            prompt.text(&schema.to_string());
        }
        for message in &request.messages {
            prompt.token("<|start|>");
            prompt.token(match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::Tool => "tool",
            });
            prompt.token("<|message|>");
            prompt.text(&message.text);
            prompt.token("<|end|>");
        }
        prompt.token("<|start|>");
        prompt.token("assistant");
        prompt
    }

    fn text(&mut self, text: &str) {
        for piece in pieces(text) {
            self.token(piece);
        }
    }

    fn token(&mut self, token: &str) {
        // The length keeps "ab","c" and "a","bc" apart.
        let length = u64::try_from(token.len()).unwrap_or(u64::MAX);
        self.chain = digest(self.chain.wrapping_add(length), token.as_bytes());
        self.tokens += 1;
        if self.tokens.is_multiple_of(BLOCK_TOKENS) {
            self.blocks.push(self.chain);
        }
    }
}

/// What stands before every chat with a model, in tokens: who it is, what it knows until when, how it may answer. As
/// measured at the providers: a bare "hello" is charged 69 tokens by gpt-oss and 37 by Llama 3.1.
fn preamble_tokens(model: &str) -> usize {
    if model.contains("gpt-oss") {
        61
    } else if model.contains("llama") {
        26
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::Shape;

    fn prompt(messages: &serde_json::Value) -> Prompt {
        let body = json!({"model": "m", "messages": messages}).to_string();
        Prompt::of(&ChatRequest::parse(body.as_bytes(), Shape::Cerebras).unwrap())
    }

    #[test]
    fn each_message_costs_its_text_and_four_tokens_of_template() {
        let one = json!([{"role": "user", "content": "Hello world"}]);
        let two = json!([{"role": "system", "content": "Hi"}, {"role": "user", "content": "Hello world"}]);
        assert_eq!(prompt(&one).tokens, 4 + 2 + 2);
        assert_eq!(prompt(&two).tokens, 4 + 1 + 4 + 2 + 2);
    }

    #[test]
    fn models_with_a_preamble_charge_for_it() {
        for (model, tokens) in [("gpt-oss-120b", 68), ("llama3.1-8b", 33), ("zai-glm-4.7", 7)] {
            let body = json!({"model": model, "messages": [{"role": "user", "content": "hello"}]}).to_string();
            let request = ChatRequest::parse(body.as_bytes(), Shape::Cerebras).unwrap();
            assert_eq!(Prompt::of(&request).tokens, tokens, "{model}");
        }
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
