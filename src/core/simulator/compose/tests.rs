use serde_json::{Value, json};

use super::*;
use crate::{shape::Shape, tokens::count_tokens};

fn request(extra: &Value) -> ChatRequest {
    let mut body = json!({"model": "m"});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ChatRequest::parse(body.to_string().as_bytes(), Shape::Cerebras).unwrap()
}

fn said(extra: &Value, effort: Effort, seed: u64) -> Composition {
    let request = request(extra);
    let orders = Orders::of(&request.model, request.last_user_text());
    compose(&request, effort, &orders, &mut Rng::new(seed))
}

fn asked(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": text}]})
}

#[test]
fn the_first_answer_says_that_it_is_simulated_and_later_ones_do_not_repeat_it() {
    let first = said(&asked("What is TTFT?"), Effort::None, 1);
    assert!(first.content.starts_with(LABEL));
    assert!(first.content.contains("What is TTFT?"), "it echoes the question");
    let chat = json!({"messages": [
        {"role": "user", "content": "What is TTFT?"},
        {"role": "assistant", "content": "…"},
        {"role": "user", "content": "And in Rust?"},
    ]});
    let second = said(&chat, Effort::None, 1);
    assert!(!second.content.contains("Simulated"));
    assert!(second.content.contains("turn 2") && second.content.contains("What is TTFT?"));
}

#[test]
fn the_seed_varies_the_answer_and_the_same_seed_repeats_it() {
    let texts: Vec<String> = (0..8).map(|seed| said(&asked("hello there"), Effort::Low, seed).content).collect();
    assert!(texts.iter().any(|text| *text != texts[0]));
    assert_eq!(said(&asked("hello there"), Effort::Low, 5).content, texts[5]);
}

#[test]
fn more_effort_is_longer_reasoning() {
    let length = |effort| count_tokens(&said(&asked("Why?"), effort, 1).reasoning);
    let lengths = [Effort::None, Effort::Low, Effort::Medium, Effort::High].map(length);
    assert_eq!(lengths[0], 0);
    assert!(lengths.is_sorted_by(|less, more| less < more), "{lengths:?}");
}

#[test]
fn a_length_that_is_asked_for_is_the_length_of_the_answer() {
    for (prompt, tokens) in [
        ("Write 2,000 words about rivers", Some(2_666)),
        ("a 32k-token document", Some(32_000)),
        ("500 tokens please", Some(500)),
        ("write 9999999 words", Some(MOST_TOKENS)),
        ("write 18446744073709551615 words", Some(MOST_TOKENS)),
        ("two words", None),
        ("words", None),
        ("the year 2000 was fine", None),
    ] {
        assert_eq!(asked_length(prompt), tokens, "{prompt}");
    }
    let long = said(&asked("Write 2,000 words about rivers"), Effort::None, 1);
    assert!(long.content.contains("# About rivers"));
    let words = long.content.split_whitespace().count();
    assert!((1_600..2_600).contains(&words), "{words} words");
    let exact = said(&asked("[[sim:tokens=777]]"), Effort::High, 1);
    assert_eq!((count_tokens(&exact.content), exact.reasoning.as_str()), (777, ""));
}

#[test]
fn a_tool_is_called_with_arguments_and_its_result_is_answered_in_words() {
    let tool = |name: &str, about: &str| {
        json!({"type": "function", "function": {"name": name, "description": about, "parameters":
            {"type": "object", "properties": {"city": {"type": "string"}}}}})
    };
    let tools = json!([tool("send_mail", "Sends a letter"), tool("get_weather", "The weather in a city")]);
    let mut body = asked("What is the weather in Bern?");
    body["tools"] = tools;
    let call = said(&body, Effort::Low, 1).call.unwrap();
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("get_weather", r#"{"city":"Bern"}"#));

    body["tool_choice"] = json!({"type": "function", "function": {"name": "send_mail"}});
    assert_eq!(said(&body, Effort::Low, 1).call.unwrap().name, "send_mail");
    body["tool_choice"] = json!("none");
    assert_eq!(said(&body, Effort::Low, 1).call, None);

    body["tool_choice"] = json!("auto");
    let result = json!({"role": "tool", "tool_call_id": "1", "content": "12 degrees ``` and rain"});
    body["messages"].as_array_mut().unwrap().push(result);
    let answer = said(&body, Effort::Low, 1);
    assert_eq!(answer.call, None);
    assert!(answer.content.contains("12 degrees ''' and rain"));
}

#[test]
fn a_structured_answer_is_json_of_the_schema() {
    let mut body = asked("Name a City");
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "x", "schema":
        {"type": "object", "properties": {"city": {"type": "string"}}}}});
    let made: Value = serde_json::from_str(&said(&body, Effort::None, 1).content).unwrap();
    assert_eq!(made["city"], "City");
}

#[test]
fn directives_are_not_echoed_and_quotes_do_not_break_the_markdown() {
    let content = said(&asked("a [[sim:fault=no-done]]b ```` | <b> [[sim:x"), Effort::None, 1).content;
    assert!(content.contains("“a b   b x”"), "{content}");
    assert!(!content.contains("sim:fault=no-done"), "{content}");
}
