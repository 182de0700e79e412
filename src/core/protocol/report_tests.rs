//! Streams quoted from public bug reports of other clients and servers. Each names its report.

use headroom_domain::{Failure, FailureKind, FinishReason, ToolCall};
use serde_json::{Value, json};

use crate::{AnswerEnd, Finished, ReaderLimits, StreamEnd, StreamReader};

fn read(stream: &str) -> Finished {
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(stream.as_bytes());
    reader.finish(StreamEnd::Closed)
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn chunk(delta: &Value) -> String {
    event(&json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

fn content(text: &str) -> String {
    chunk(&json!({"content": text}))
}

fn finish(reason: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})) + "data: [DONE]\n\n"
}

/// Checks a complete stream with this reasoning and this answer.
#[track_caller]
fn check(stream: &str, reasoning: &str, answer: &str) {
    let finished = read(stream);
    assert_eq!((finished.reply.reasoning.trim(), finished.reply.content.as_str()), (reasoning, answer), "{stream}");
    assert_eq!((finished.end, finished.skipped.events), (AnswerEnd::Done, 0), "{stream}");
}

#[track_caller]
fn failed(stream: &str) -> Failure {
    match read(stream).end {
        AnswerEnd::Failed(failure) | AnswerEnd::CutOff(failure) => failure,
        other => panic!("a failure, not {other:?}: {stream}"),
    }
}

/// LibreChat #3982 and #4820: two chunks glued together in one event stopped the chat.
#[test]
fn two_chunks_in_one_event_are_two_chunks() {
    let glued = json!({"choices": [{"delta": {"content": "Hel"}}]});
    let other = json!({"choices": [{"delta": {"content": "lo"}}]});
    check(&format!("data: {glued}{other}\n\n{}", finish("stop")), "", "Hello");
    check(&format!("data: {glued}\ndata: {other}\n\n{}", finish("stop")), "", "Hello");
}

/// llm_wiki #619: a gateway that buffered the stream wrote its line ends as escapes.
#[test]
fn line_ends_written_as_escapes_are_line_ends() {
    let one = json!({"choices": [{"delta": {"content": "Hel"}}]});
    let two = json!({"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]});
    check(&format!("data: {one}\\n\\ndata: {two}\\n\\ndata: [DONE]\\n\\n\n\n"), "", "Hello");
}

/// openai-python #649: an error in the middle of a stream came as JSON over several lines, without `data:`.
#[test]
fn an_error_over_several_lines_without_a_field_is_read() {
    let error =
        "{\n  \"error\": {\n    \"message\": \"The server is overloaded\",\n    \"type\": \"server_error\"\n  }\n}\n\n";
    let failure = failed(&format!("{}{error}", content("Half")));
    assert_eq!((failure.kind, failure.message.as_deref()), (FailureKind::Server, Some("The server is overloaded")));
}

/// OmniRoute #8210 and rocketmq-dashboard #2178: an error beside empty choices, or alone, was an empty success.
#[test]
fn an_error_beside_empty_choices_is_an_error() {
    let error = json!({"code": 502, "message": "Worker local total request limit reached (33/32)"});
    let failure = failed(&event(&json!({"object": "chat.completion.chunk", "choices": [], "error": error})));
    assert_eq!((failure.kind, failure.status), (FailureKind::Server, Some(502)));
    let failure = failed("data: {\"error\":{\"message\":\"quota exceeded\"}}\n\ndata: [DONE]\n\n");
    assert_eq!((failure.kind, failure.message.as_deref()), (FailureKind::RateLimited, Some("quota exceeded")));
}

/// hermes-browser-extension #11, ragflow #15286, openclaw #142888: repeated complete text doubled the answer.
#[test]
fn the_whole_answer_again_is_not_said_twice() {
    let pieces = ["The answer", " to that is", " forty-two, I think."];
    let whole = pieces.concat();
    let pieces: String = pieces.iter().map(|piece| content(piece)).collect();
    let message = json!({"choices": [{"message": {"content": whole}, "finish_reason": "stop"}]});
    check(&format!("{pieces}{}", event(&message)), "", &whole);
    check(&format!("{pieces}{}{}", content(&whole), finish("stop")), "", &whole);
    check(
        &format!("{pieces}{}{}{}", content(&whole), content(" Really."), finish("stop")),
        "",
        &format!("{whole} Really."),
    );
}

/// ollama #4357 and sglang #3912: an empty finish reason on each chunk is not a finish reason.
#[test]
fn an_empty_finish_reason_is_none() {
    let odd = |text: &str| {
        event(
            &json!({"choices": [{"delta": {"role": null, "content": text, "tool_calls": null}, "finish_reason": ""}], "usage": null}),
        )
    };
    check(&format!("{}{}{}", odd(" Hello"), odd(" there"), finish("stop")), "", " Hello there");
    assert!(matches!(read(&odd("Hi")).end, AnswerEnd::CutOff(_)));
}

/// req_llm #742, agent-framework #6978, spring-ai #5019: reasoning as parts within parts of the content.
#[test]
fn thinking_in_parts_of_parts_is_reasoning() {
    let thinking = json!([{"type": "thinking", "thinking": [{"type": "text", "text": "Okay"}]}]);
    let text = json!([{"type": "text", "text": "42"}]);
    check(
        &format!("{}{}{}", chunk(&json!({"content": thinking})), chunk(&json!({"content": text})), finish("stop")),
        "Okay",
        "42",
    );
}

/// vllm #31045, open-webui #11259, perplexity #177: the opening mark was in the prompt.
#[test]
fn reasoning_without_its_opening_mark_is_reasoning() {
    let stream = [
        content("1.  The user asks for 17 times 23…"),
        content("\n3.  Answer briefly.</thi"),
        content("nk>391"),
        finish("stop"),
    ];
    check(&stream.concat(), "1.  The user asks for 17 times 23…\n3.  Answer briefly.", "391");
}

/// macprovider #743 (marks dropped), llama.cpp #15181 (`--reasoning-format none`), maclocal-api #121, TensorRT-LLM #9256.
#[test]
fn the_marks_of_harmony_do_not_stand_in_the_answer() {
    let bare = "analysisWe need to answer. The answer is \"four\".\nAnd nothing else.assistantfinalfour";
    check(
        &format!("{}{}", content(bare), finish("stop")),
        "We need to answer. The answer is \"four\".\nAnd nothing else.",
        "four",
    );
    let headless = ["<|chan", "nel|>analysis<|message|>", "Think.", "<|end|>", "The answer."].map(content).concat();
    check(&format!("{headless}{}", finish("stop")), "Think.", "The answer.");
    let whole =
        "<|channel|>analysis<|message|>Why?<|end|><|start|>assistant<|channel|>final<|message|>Rayleigh.<|return|>";
    check(&format!("{}{}", content(whole), finish("stop")), "Why?", "Rayleigh.");
    let commentary = "<|channel|>commentary<|message|>{\n  \"path\": \"/\"\n}<|end|>";
    check(&format!("{}{}", content(commentary), finish("stop")), "", "{\n  \"path\": \"/\"\n}");
}

/// vllm #51697 and opencodex #361: the complete arguments of a call were sent twice.
#[test]
fn arguments_that_come_twice_are_arguments_once() {
    let call = |call: Value| chunk(&json!({"tool_calls": [call]}));
    let arguments = "{\"city\": \"Seattle\", \"unit\": \"celsius\"}";
    let stream = [
        call(
            json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}),
        ),
        call(json!({"index": 0, "function": {"arguments": arguments}})),
        call(json!({"index": 0, "function": {"arguments": arguments}})),
        finish("tool_calls"),
    ];
    let finished = read(&stream.concat());
    let expected = ToolCall { id: "call_1".into(), name: "get_weather".into(), arguments: arguments.into() };
    assert_eq!((finished.reply.tool_calls, finished.end), (vec![expected], AnswerEnd::Done));
}

/// lmstudio-bug-tracker #1602, opencode #37735, pi #8462: `stop` after nothing, or only reasoning, was a success.
#[test]
fn stop_without_an_answer_is_no_success() {
    let role = chunk(&json!({"role": "assistant"}));
    assert_eq!(failed(&format!("{role}{}", finish("stop"))).kind, FailureKind::Empty);
    let body = json!({"choices": [{"message": {"role": "assistant", "content": "", "reasoning_content": "Okay.", "tool_calls": []},
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 0, "completion_tokens": 0}});
    let finished = read(&body.to_string());
    assert!(
        matches!(&finished.end, AnswerEnd::CutOff(failure) if failure.kind == FailureKind::Empty),
        "{:?}",
        finished.end
    );
    assert_eq!((finished.reply.reasoning.as_str(), finished.reply.finish), ("Okay.", Some(FinishReason::Stop)));
}

/// cline #11304: usage that grows with each chunk is not summed; mlx-dspark #37: it may come beside a choice.
#[test]
fn the_last_usage_counts() {
    let with = |tokens: u64| {
        event(
            &json!({"choices": [{"delta": {"content": "x"}}], "usage": {"prompt_tokens": 65, "completion_tokens": tokens}}),
        )
    };
    let finished = read(&format!("{}{}{}{}", with(1), with(2), with(3), finish("stop")));
    assert_eq!((finished.reply.usage.prompt_tokens, finished.reply.usage.completion_tokens), (Some(65), Some(3)));
    let zeros = event(&json!({"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}));
    let finished = read(&format!("{}{zeros}{}", with(3), finish("stop")));
    assert_eq!(finished.reply.usage.completion_tokens, Some(3), "zeros at the end are no figures");
}

/// The last message had reasoning and answer in separate fields, where the stream had marks between them.
#[test]
fn a_last_message_without_the_marks_adds_nothing() {
    let message =
        json!({"choices": [{"message": {"content": "A", "reasoning_content": "T"}, "finish_reason": "stop"}]});
    check(&format!("{}{}", content("<think>T</think>A"), event(&message)), "T", "A");
    let again = event(&json!({"choices": [{"delta": {"content": "A"}, "finish_reason": "stop"}]}));
    check(&format!("{}{again}", content("<think>T</think>A")), "T", "A");
}

/// Reasoning that used up the cap is reported with the answer, not as an error.
#[test]
fn reasoning_that_was_cut_is_no_error() {
    let reasoning = chunk(&json!({"reasoning": "Hm"}));
    let finished = read(&format!("{reasoning}{}", finish("length")));
    assert_eq!((finished.end, finished.reply.reasoning.as_str()), (AnswerEnd::Done, "Hm"));
}

/// lmstudio-bug-tracker #618: the path without `/v1` responds with 200 and an error.
#[test]
fn an_endpoint_that_is_not_there_is_said_to_be_so_under_200_too() {
    let failure = failed("{\"error\":\"Unexpected endpoint or method. (POST /chat/completions)\"}");
    assert_eq!(failure.kind, FailureKind::NotFound);
}

/// completions #15: a proxy cut a chunk short and continued.
#[test]
fn a_chunk_that_a_proxy_cut_short_costs_no_more_than_itself() {
    let torn = "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":168851788\n\n";
    let finished = read(&format!("{}{torn}{}{}", content("upon"), content(" a time"), finish("stop")));
    assert_eq!((finished.reply.content.as_str(), finished.end), ("upon a time", AnswerEnd::Done));
    assert_eq!(finished.skipped.events, 1);
}
