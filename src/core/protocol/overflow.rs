//! Detects prompts that do not fit a model's context by the error's wording, as few servers have a code for it.

use headroom_domain::ContextOverflow;

use crate::limits::number_after;

/// How servers report a prompt that is too long, in lower case. Source: the messages of OpenAI, Anthropic, Google,
/// Mistral, xAI, Cohere, Moonshot, Zhipu, Bedrock, Copilot, OpenRouter, Groq, Together, Cloudflare, llama.cpp,
/// LM Studio, Ollama, vLLM, SGLang, TGI.
const SAID: [&str; 40] = [
    "context length",
    "context window",
    "context size",
    "context limit",
    "maximum context",
    "available context",
    "context overflow",
    "context the overflows",
    "model's context",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "input too long",
    "messages is too long",
    "too many input tokens",
    "too many tokens: total number",
    "input tokens exceed",
    "prompt tokens exceed",
    "input token count",
    "prompt token count",
    "token count exceeds",
    "exceeded model token limit",
    "maximum prompt length",
    "maximum model length",
    "maximum input length",
    "maximum sequence length",
    "exceeds max length",
    "exceed max length",
    "input length should be",
    "input length and `max_tokens`",
    "exceeds the maximum number of tokens",
    "reduce the length of the",
    "reduce the length of either",
    "too large for model with",
    "tokens to keep from the initial prompt",
    "`max_new_tokens` must be",
    "max_model_len",
    "max_seq_len",
    "longer than the model",
    "prompt 超长",
];

/// Wording of rate limits and of billing: such messages are about another limit.
const OF_OTHER_LIMITS: [&str; 9] =
    ["per minute", "per hour", "per day", "per month", "(tpm)", "(tpd)", "rate limit", "quota", "afford"];

/// Returns whether a message says that prompt and answer do not fit the context.
pub(crate) fn is_said(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|words| message.contains(words));
    has(&SAID) && !has(&OF_OTHER_LIMITS)
}

/// Returns the numbers in such a message: tokens of the prompt and of the context.
pub(crate) fn figures(message: &str) -> Option<ContextOverflow> {
    // Each is followed by its number, where a server writes one.
    const CONTEXT: [&str; 21] = [
        "context length is ",
        "context length: ",
        "context length of only ",
        "context length of ",
        "context length (",
        "maximum context of ",
        "context size (",
        "context size of ",
        "context window of ",
        "context window limit (",
        "for model with ",
        "model length of ",
        "model token limit: ",
        "prompt length is ",
        "number of tokens allowed (",
        "exceeds the limit of ",
        "cannot exceed ",
        "must be <= ",
        "limit is ",
        " > ",
        "max_model_len=",
    ];
    const PROMPT: [&str; 16] = [
        "prompt is too long: ",
        "current length is ",
        "resulted in ",
        "requested about ",
        "you requested ",
        "requested a total of ",
        "requested ",
        "prompt contains ",
        "request contains ",
        "input token count (",
        "prompt token count of ",
        "keep the first ",
        "the input (",
        "(length ",
        "request (",
        "given: ",
    ];
    let message = message.to_ascii_lowercase();
    let first = |words: &[&str]| words.iter().find_map(|words| number_after(&message, words));
    let overflow = ContextOverflow { prompt_tokens: first(&PROMPT), context_tokens: first(&CONTEXT) };
    (overflow != ContextOverflow::default()).then_some(overflow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(message: &str, prompt: Option<u64>, context: Option<u64>) {
        assert!(is_said(message), "{message}");
        let found = figures(message).unwrap_or_default();
        assert_eq!((found.prompt_tokens, found.context_tokens), (prompt, context), "{message}");
    }

    #[test]
    fn a_prompt_that_is_too_long_is_known_by_the_words_of_every_server() {
        let (prompt, context) = (Some(9_001), Some(8_192));
        for message in [
            // OpenAI, vLLM, DeepSeek
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
            "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens (8001 in the messages, 1000 in the completion).",
            // OpenRouter
            "This endpoint's maximum context length is 8,192 tokens. However, you requested about 9,001 tokens (9,001 of text input).",
            // Anthropic
            "prompt is too long: 9001 tokens > 8192 maximum",
            // llama.cpp
            "request (9001 tokens) exceeds the available context size (8192 tokens), try increasing it",
            // LM Studio
            "Trying to keep the first 9001 tokens when context the overflows. However, the model is loaded with context length of only 8192 tokens, which is not enough.",
            // vLLM
            "The decoder prompt (length 9001) is longer than the maximum model length of 8192.",
            // SGLang
            "The input (9001 tokens) is longer than the model's context length (8192 tokens).",
            // Mistral
            "Prompt contains 9001 tokens and 0 draft tokens, too large for model with 8192 maximum context length",
            // Google
            "The input token count (9001) exceeds the maximum number of tokens allowed (8192).",
            // xAI
            "This model's maximum prompt length is 8192 but the request contains 9001 tokens.",
            // Copilot
            "prompt token count of 9001 exceeds the limit of 8192",
            // Cerebras
            "Please reduce the length of the messages or completion. Current length is 9001 while limit is 8192",
            // TGI
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9001 `inputs` tokens and 1 `max_new_tokens`",
        ] {
            check(message, prompt, context);
        }
        for (message, context) in [
            ("Your input exceeds the context window of this model. Please adjust your input and try again.", None),
            ("the request exceeds the available context size, try increasing it", None),
            ("The number of tokens to keep from the initial prompt is greater than the context length.", None),
            ("Input is too long for requested model.", None),
            ("The total length of all messages is too long.", None),
            ("prompt too long; exceeded max context length by 809 tokens", None),
            ("Invalid request: Your request exceeded model token limit: 8192", Some(8_192)),
            ("too many tokens: total number of tokens in the prompt cannot exceed 8192", Some(8_192)),
            ("input length and `max_tokens` exceed context limit: 9001 + 20000 > 8192", Some(8_192)),
            ("Range of input length should be [1, 30720]", None),
            ("Prompt exceeds max length", None),
        ] {
            check(message, None, context);
        }
    }

    #[test]
    fn other_limits_are_not_the_context() {
        for message in [
            "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000",
            "Rate limit reached: reduce the length of the prompt or wait",
            "max_tokens is too large: 5000. This model supports at most 4096 completion tokens.",
            "You requested up to 65536 tokens, but can only afford 4321.",
            "Field top_k is not allowed",
            "",
        ] {
            assert!(!is_said(message), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_message_makes_it_panic(message in "(context length is |requested |> |[0-9,]{0,30}|\\PC){0,20}") {
            let _ = (is_said(&message), figures(&message));
        }
    }
}
