use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parse(shape: Shape, extra: &Value) -> Result<ChatRequest, BadRequest> {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let fields = extra.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    ChatRequest::parse(body.to_string().as_bytes(), shape)
}

#[test]
fn an_unknown_field_is_named_where_the_provider_is_strict() {
    for (shape, extra, param) in [
        (Shape::Cerebras, json!({"top_k": 3}), Some("top_k")),
        (Shape::Cerebras, json!({"n": 1}), Some("n")),
        (Shape::Groq, json!({"n": 1}), None),
        (Shape::Groq, json!({"top_k": 3}), Some("top_k")),
        (Shape::OpenRouter, json!({"top_k": 3}), None),
        (Shape::LlamaCpp, json!({"anything": {}}), None),
    ] {
        let found = parse(shape, &extra).err().map(|bad| bad.param);
        assert_eq!(found.as_deref(), param, "{shape:?} {extra}");
    }
    let body = json!({"messages": [{"role": "user", "content": "hi", "id": 7}]});
    let bad = parse(Shape::Cerebras, &body).unwrap_err();
    assert_eq!(bad.param, "messages.0.id");
}

#[test]
fn values_out_of_range_and_of_wrong_types_are_refused_with_their_field() {
    for (extra, param) in [
        (json!({"temperature": 2.5}), "temperature"),
        (json!({"temperature": "hot"}), "temperature"),
        (json!({"top_p": -0.1}), "top_p"),
        (json!({"top_logprobs": 21}), "top_logprobs"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop"),
        (json!({"stop": ""}), "stop"),
        (json!({"max_completion_tokens": 0}), "max_completion_tokens"),
        (json!({"max_completion_tokens": 1.5}), "max_completion_tokens"),
        (json!({"stream": "yes"}), "stream"),
        (json!({"stream_options": {"include_usage": true}}), "stream_options"),
        (json!({"reasoning_effort": "enormous"}), "reasoning_effort"),
        (json!({"response_format": {"type": "xml"}}), "response_format"),
        (json!({"response_format": {"type": "json_object"}, "stream": true}), "response_format"),
        (json!({"tools": [{"type": "function"}]}), "tools"),
        (json!({"tool_choice": "perhaps"}), "tool_choice"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [{"role": "narrator", "content": "x"}]}), "messages.0.role"),
        (json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}), "messages.0"),
        (json!({"messages": [{"role": "tool", "content": "x"}]}), "messages.0"),
        (json!({"model": 7}), "model"),
    ] {
        let bad = parse(Shape::Cerebras, &extra).expect_err(&extra.to_string());
        assert_eq!(bad.param, param, "{extra}");
    }
}

#[test]
fn every_field_of_the_documentation_is_understood() {
    let request = parse(
        Shape::Cerebras,
        &json!({
            "messages": [
                {"role": "developer", "content": "Be short."},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]},
                {"role": "tool", "content": "7", "tool_call_id": "1"},
            ],
            "max_completion_tokens": 50, "temperature": 1, "top_p": 0.5, "seed": -1, "stop": ["END"], "stream": true,
            "stream_options": {"include_usage": true}, "reasoning_effort": "low", "reasoning_format": "hidden",
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}}, "user": "u", "logit_bias": {},
        }),
    )
    .unwrap();
    assert_eq!(request.cap, Some(50));
    assert_eq!(request.last_user_text(), "ab");
    assert_eq!(request.messages[2].text, r#"{"id":"1"}"#);
    assert_eq!(request.seed, Some(u64::MAX));
    assert_eq!(request.effort, Some(Effort::Low));
    assert_eq!(request.reasoning, ReasoningFormat::Hidden);
    assert_eq!(request.tool_choice, ToolChoice::Named("f".into()));
    assert!(request.stream && request.include_usage);
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:a-z0-9]*") {
        for shape in Shape::ALL {
            let _ = ChatRequest::parse(&bytes, shape);
            let _ = ChatRequest::parse(text.as_bytes(), shape);
        }
    }
}
