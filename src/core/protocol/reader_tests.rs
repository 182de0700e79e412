//! How answers begin, end and break.

use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8], ending: Ending) -> Finished {
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(bytes);
    reader.finish(ending)
}

fn chunk(content: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": content}}]}))
}

const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[track_caller]
fn failure(end: &End) -> &Failure {
    match end {
        End::CutOff(failure) | End::Failed(failure) => failure,
        other => panic!("a failure, not {other:?}"),
    }
}

#[test]
fn a_stream_is_done_when_the_model_said_why_it_stopped() {
    for tail in ["", "data: [DONE]\n\n", "data: [DONE]", ": bye\n"] {
        for ending in [Ending::Closed, Ending::Lost, Ending::TimedOut, Ending::Stopped] {
            let finished = read(format!("{}{FINISH}{tail}", chunk("a")).as_bytes(), ending);
            assert_eq!((finished.reply.content.as_str(), finished.end), ("a", End::Done), "{tail:?} {ending:?}");
        }
    }
}

#[test]
fn without_a_finish_it_is_cut_off_with_text_and_failed_without() {
    for (ending, kind) in [
        (Ending::Closed, FailureKind::BadStream),
        (Ending::Lost, FailureKind::BadStream),
        (Ending::Offline, FailureKind::Offline),
        (Ending::TimedOut, FailureKind::Timeout),
    ] {
        let finished = read(chunk("a").as_bytes(), ending);
        assert!(
            matches!(&finished.end, End::CutOff(failure) if failure.kind == kind && failure.phase == Phase::AfterFirstToken)
        );
        for nothing in ["", "\n\n", ": waiting\n\n", "data: {\"choices\":[]}\n\n"] {
            let finished = read(nothing.as_bytes(), ending);
            assert!(
                matches!(&finished.end, End::Failed(failure) if failure.kind == kind && failure.phase == Phase::InBody),
                "{nothing:?}"
            );
        }
    }
    let done = read(format!("{}data: [DONE]\n\n", chunk("a")).as_bytes(), Ending::Lost);
    assert_eq!(failure(&done.end).message.as_deref(), Some("The answer ended without a finish reason."));
}

#[test]
fn stopping_is_no_error() {
    assert_eq!(read(chunk("a").as_bytes(), Ending::Stopped).end, End::Stopped);
    assert_eq!(read(b"", Ending::Stopped).end, End::Stopped);
    assert_eq!(read(b"{\"choi", Ending::Stopped).end, End::Stopped);
}

#[test]
fn garbage_in_the_stream_ends_it_with_a_name_and_keeps_the_text() {
    for garbage in ["{\"choices\":[{", "<html>", "7", "null", "\"text\"", "[1]", "[DONE", "{\"n\":1e999}"] {
        let mut reader = StreamReader::new(ReaderLimits::default());
        reader.push(chunk("a").as_bytes());
        assert!(!reader.is_over());
        reader.push(format!("data: {garbage}\n\n{}{FINISH}", chunk("b")).as_bytes());
        assert!(reader.is_over(), "{garbage}");
        let finished = reader.finish(Ending::Closed);
        assert_eq!(finished.reply.content, "a", "{garbage}");
        let failure = failure(&finished.end);
        assert_eq!((failure.kind, failure.raw_body.as_deref()), (FailureKind::BadStream, Some(garbage)));
    }
}

#[test]
fn nothing_is_read_after_done() {
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(format!("{}{FINISH}data: [DONE]\n\n{}", chunk("a"), chunk("b")).as_bytes());
    assert!(reader.is_over());
    assert_eq!(reader.push(chunk("c").as_bytes()), []);
    assert_eq!(reader.finish(Ending::Closed).reply.content, "a");
}

#[test]
fn an_event_named_error_is_an_error_in_any_shape() {
    for data in ["{\"message\":\"it broke\"}", "it broke", "{\"error\":{\"message\":\"it broke\"}}"] {
        let finished = read(format!("event: error\ndata: {data}\n\n").as_bytes(), Ending::Closed);
        let failure = failure(&finished.end);
        assert_eq!(failure.kind, FailureKind::Server, "{data}");
        assert!(failure.message.as_ref().unwrap().contains("it broke"), "{data}");
    }
}

#[test]
fn a_flat_error_may_stand_in_the_stream_or_in_its_place() {
    let error = "{\"message\":\"Tokens per minute limit exceeded\",\"type\":\"too_many_tokens_error\",\"code\":\"token_quota_exceeded\"}";
    for body in [error.to_owned(), format!("data: {error}\n\n"), format!("\n \r\n\t{error}\n")] {
        assert_eq!(failure(&read(body.as_bytes(), Ending::Closed).end).kind, FailureKind::RateLimited, "{body}");
    }
}

#[test]
fn a_body_that_is_neither_is_named() {
    for (body, words) in [
        ("<html><title>My site</title></html>", "A web page came in place of an answer."),
        ("{\"choices\":[", "The answer is neither a stream nor JSON."),
        ("{\"hello\":1}", "the answer is JSON without an answer in it"),
        ("plain text", "The answer ended without a finish reason."),
    ] {
        let finished = read(body.as_bytes(), Ending::Closed);
        let failure = failure(&finished.end);
        assert_eq!((failure.kind, failure.message.as_deref()), (FailureKind::BadStream, Some(words)), "{body}");
    }
    assert_eq!(
        failure(&read(b"{\"choices\":[", Ending::Offline).end).kind,
        FailureKind::Offline,
        "torn by the network"
    );
}

#[test]
fn an_error_as_finish_reason_is_no_end() {
    let finished =
        read(b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"error\"}]}\n\n", Ending::Closed);
    assert!(matches!(&finished.end, End::CutOff(failure) if failure.kind == FailureKind::Server));
}

#[test]
fn a_last_event_without_its_empty_line_still_counts_when_it_is_whole() {
    let last = FINISH.trim_end();
    let finished = read(format!("{}{last}", chunk("a")).as_bytes(), Ending::Closed);
    assert_eq!((finished.end, finished.last_deltas.len()), (End::Done, 1));
    let (torn, _) = last.split_at(last.len() - 2);
    let finished = read(format!("{}{torn}", chunk("a")).as_bytes(), Ending::Closed);
    assert!(matches!(&finished.end, End::CutOff(failure) if failure.kind == FailureKind::BadStream));
}

#[test]
fn a_whole_answer_with_tool_calls_numbers_them_itself() {
    let body = r#"{"choices":[{"message":{"content":null,"tool_calls":[
        {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
        {"id":"b","type":"function","function":{"name":"g","arguments":{"x":1}}}]},"finish_reason":"tool_calls"}]}"#;
    let finished = read(body.as_bytes(), Ending::Closed);
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    assert_eq!(finished.reply.tool_calls, [call("a", "f", "{}"), call("b", "g", "{\"x\":1}")]);
    assert_eq!(finished.end, End::Done);
}

#[test]
fn an_endless_answer_is_broken_off_at_its_limit() {
    let limits = ReaderLimits { event_bytes: 200, whole_bytes: 200, reply_bytes: 50 };
    let endless: [(&str, String); 5] = [
        ("text", chunk("0123456789")),
        ("tool calls without a text", "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n".into()),
        ("one event", "data: x".into()),
        ("one body", "{          ".into()),
        ("white space", " ".into()),
    ];
    for (name, portion) in endless {
        let mut reader = StreamReader::new(limits);
        let pushes = (0..10_000).take_while(|_| {
            reader.push(portion.as_bytes());
            !reader.is_over()
        });
        let pushes = pushes.count();
        assert!(pushes < 10_000, "{name} goes on for ever");
        let finished = reader.finish(Ending::Closed);
        assert_eq!(failure(&finished.end).kind, FailureKind::BadStream, "{name}");
        assert!(finished.reply.content.len() <= 50, "{name}");
    }
}

/// Pieces that streams are made of, in no order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(chunk("text").into_bytes()),
        Just(FINISH.as_bytes().to_vec()),
        Just(b"data: [DONE]\n\n".to_vec()),
        Just(b"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":9,\"id\":\"x\"}]}}]}\n\n".to_vec()),
        Just(b"data: {\"error\":{\"message\":\"m\"}}\n\n".to_vec()),
        Just(b"event: error\n".to_vec()),
        Just(b"{".to_vec()),
        Just(b"data: {\"usage\":{\"prompt_tokens\":-1}}\r\r".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_it_ends_in_one_of_four_ways(bytes in pieces(), size in 1usize..40) {
        for ending in [Ending::Closed, Ending::Lost, Ending::Offline, Ending::TimedOut, Ending::Stopped] {
            let mut reader = StreamReader::new(ReaderLimits::default());
            for portion in bytes.chunks(size) {
                reader.push(portion);
            }
            let finished = reader.finish(ending);
            match finished.end {
                End::Done => prop_assert!(finished.reply.finish.is_some()),
                End::CutOff(_) => prop_assert!(!finished.reply.is_blank()),
                End::Failed(_) => prop_assert!(finished.reply.is_blank()),
                End::Stopped => prop_assert_eq!(ending, Ending::Stopped),
            }
        }
    }
}
