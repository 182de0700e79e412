//! How responses begin, end and break.

use headroom_domain::ToolCall;
use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8], ending: StreamEnd) -> Finished {
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(bytes);
    reader.finish(ending)
}

fn chunk(content: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": content}}]}))
}

const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[track_caller]
fn failure(end: &AnswerEnd) -> &Failure {
    match end {
        AnswerEnd::CutOff(failure) | AnswerEnd::Failed(failure) => failure,
        other => panic!("a failure, not {other:?}"),
    }
}

#[test]
fn a_stream_is_done_when_the_model_said_why_it_stopped() {
    for tail in ["", "data: [DONE]\n\n", "data: [DONE]", ": bye\n"] {
        for ending in [StreamEnd::Closed, StreamEnd::Lost, StreamEnd::TimedOut, StreamEnd::Stopped] {
            let finished = read(format!("{}{FINISH}{tail}", chunk("a")).as_bytes(), ending);
            assert_eq!((finished.reply.content.as_str(), finished.end), ("a", AnswerEnd::Done), "{tail:?} {ending:?}");
        }
    }
}

#[test]
fn without_a_finish_it_is_cut_off_with_text_and_failed_without() {
    for (ending, kind) in [
        (StreamEnd::Closed, FailureKind::BadStream),
        (StreamEnd::Lost, FailureKind::BadStream),
        (StreamEnd::Offline, FailureKind::Offline),
        (StreamEnd::TimedOut, FailureKind::Timeout),
    ] {
        let finished = read(chunk("a").as_bytes(), ending);
        assert!(
            matches!(&finished.end, AnswerEnd::CutOff(failure) if failure.kind == kind && failure.phase == Phase::AfterFirstToken)
        );
        // A response that ends normally without any content is reported as empty.
        let kind = if ending == StreamEnd::Closed { FailureKind::Empty } else { kind };
        for nothing in ["", "\n\n", ": waiting\n\n", "data: {\"choices\":[]}\n\n", "data: ping\n\n"] {
            let finished = read(nothing.as_bytes(), ending);
            assert!(
                matches!(&finished.end, AnswerEnd::Failed(failure) if failure.kind == kind && failure.phase == Phase::InBody),
                "{nothing:?}"
            );
        }
    }
    let done = read(format!("{}data: [DONE]\n\n", chunk("a")).as_bytes(), StreamEnd::Lost);
    assert_eq!(failure(&done.end).message.as_deref(), Some("The answer ended without a finish reason."));
}

#[test]
fn stopping_is_no_error() {
    assert_eq!(read(chunk("a").as_bytes(), StreamEnd::Stopped).end, AnswerEnd::Stopped);
    assert_eq!(read(b"", StreamEnd::Stopped).end, AnswerEnd::Stopped);
    assert_eq!(read(b"{\"choi", StreamEnd::Stopped).end, AnswerEnd::Stopped);
}

#[test]
fn one_odd_event_is_passed_over_counted_and_kept_as_evidence() {
    for garbage in ["{\"choices\":[{", "<html>", "\"text\"", "[1]", "{\"id\": oops, \"choices\": ["] {
        let stream = format!("{}data: {garbage}\n\n{}{FINISH}data: [DONE]\n\n", chunk("a"), chunk("b"));
        let finished = read(stream.as_bytes(), StreamEnd::Closed);
        assert_eq!((finished.reply.content.as_str(), finished.end), ("ab", AnswerEnd::Done), "{garbage}");
        assert_eq!((finished.skipped.events, finished.skipped.sample.as_str()), (1, garbage));
    }
    for harmless in ["ping", "7", "null", "{}", "{\"type\":\"ping\"}", "[]", "keep-alive", ": PROCESSING"] {
        let stream = format!("{}data: {harmless}\n\n{FINISH}", chunk("a"));
        let finished = read(stream.as_bytes(), StreamEnd::Closed);
        assert_eq!((finished.end, finished.skipped.is_empty()), (AnswerEnd::Done, true), "{harmless}");
    }
    let cut = read(format!("{}data: {{\"oops\n\n", chunk("a")).as_bytes(), StreamEnd::Closed);
    assert_eq!(failure(&cut.end).raw_body.as_deref(), Some("{\"oops"));
}

#[test]
fn half_a_character_an_event_is_one_character() {
    let half = |escape: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{escape}\"}}}}]}}\n\n");
    let finished = read(format!("{}{}{FINISH}", half("\\ud83d"), half("\\ude00")).as_bytes(), StreamEnd::Closed);
    assert_eq!((finished.reply.content.as_str(), finished.end), ("😀", AnswerEnd::Done));
    let finished = read(format!("{}{FINISH}", half("a\\ud83d")).as_bytes(), StreamEnd::Closed);
    assert_eq!((finished.reply.content.as_str(), finished.end), ("a\u{fffd}", AnswerEnd::Done));
    let finished = read(format!("{}{FINISH}", half("a\tb\u{1}c")).as_bytes(), StreamEnd::Closed);
    assert_eq!((finished.reply.content.as_str(), finished.skipped.events), ("a\tb\u{1}c", 0));
}

#[test]
fn the_end_may_follow_the_finish_without_an_empty_line() {
    let stream = format!("{}{}\ndata: [DONE]\n\n", chunk("Hello"), FINISH.trim_end());
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(stream.as_bytes());
    assert!(reader.is_over());
    assert_eq!(reader.finish(StreamEnd::Closed).end, AnswerEnd::Done);
    // No empty line anywhere: each line is read as it comes.
    let mut reader = StreamReader::new(ReaderLimits::default());
    let first = format!("{}\n{}\n", chunk("one").trim_end(), chunk(" two").trim_end());
    assert_eq!(reader.push(first.as_bytes()), [Delta::Content("one".into())]);
    reader.push(format!("{}\ndata: [DONE]\n", FINISH.trim_end()).as_bytes());
    let finished = reader.finish(StreamEnd::Closed);
    assert_eq!((finished.reply.content.as_str(), finished.end), ("one two", AnswerEnd::Done));
}

#[test]
fn nothing_is_read_after_done() {
    let mut reader = StreamReader::new(ReaderLimits::default());
    reader.push(format!("{}{FINISH}data: [DONE]\n\n{}", chunk("a"), chunk("b")).as_bytes());
    assert!(reader.is_over());
    assert_eq!(reader.push(chunk("c").as_bytes()), []);
    assert_eq!(reader.finish(StreamEnd::Closed).reply.content, "a");
}

#[test]
fn an_event_named_error_is_an_error_in_any_shape() {
    for data in ["{\"message\":\"it broke\"}", "it broke", "{\"error\":{\"message\":\"it broke\"}}"] {
        let finished = read(format!("event: error\ndata: {data}\n\n").as_bytes(), StreamEnd::Closed);
        let failure = failure(&finished.end);
        assert_eq!(failure.kind, FailureKind::Server, "{data}");
        assert!(failure.message.as_ref().unwrap().contains("it broke"), "{data}");
    }
}

#[test]
fn an_answer_in_an_envelope_is_an_answer() {
    let inner = "{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}";
    for body in [
        format!("{{\"code\":0,\"message\":\"ok\",\"data\":{inner}}}"),
        format!("data: {{\"output\":{inner},\"usage\":{{\"input_tokens\":3}}}}\n\n"),
    ] {
        let finished = read(body.as_bytes(), StreamEnd::Closed);
        assert_eq!((finished.reply.content.as_str(), finished.end), ("Hi", AnswerEnd::Done), "{body}");
    }
}

#[test]
fn an_event_named_error_needs_no_words() {
    for data in ["null", "{}", ""] {
        let finished = read(format!("event: error\ndata: {data}\n\n{FINISH}").as_bytes(), StreamEnd::Closed);
        assert_eq!(failure(&finished.end).kind, FailureKind::Server, "{data}");
    }
}

#[test]
fn a_flat_error_may_stand_in_the_stream_or_in_its_place() {
    let error = "{\"message\":\"Tokens per minute limit exceeded\",\"type\":\"too_many_tokens_error\",\"code\":\"token_quota_exceeded\"}";
    for body in [error.to_owned(), format!("data: {error}\n\n"), format!("\n \r\n\t{error}\n")] {
        assert_eq!(failure(&read(body.as_bytes(), StreamEnd::Closed).end).kind, FailureKind::RateLimited, "{body}");
    }
}

#[test]
fn an_error_is_an_error_wherever_it_stands() {
    for (stream, kind, words) in [
        (
            "error: {\"code\":400,\"message\":\"the request exceeds the available context size\"}\n\ndata: [DONE]\n\n",
            FailureKind::Context,
            "the request exceeds",
        ),
        ("error: it broke\n\n", FailureKind::Server, "it broke"),
        ("data: [{\"error\":{\"code\":503,\"message\":\"overloaded\"}}]\n\n", FailureKind::Server, "overloaded"),
        ("data: {\n  \"error\": {\n    \"message\": \"it broke\"\n  }\n}\n\n", FailureKind::Server, "it broke"),
        ("{\"error\":\"it broke\"}\n", FailureKind::Server, "it broke"),
        (": hi\n\n{\"error\":{\"message\":\"it broke\"}}\n\n", FailureKind::Server, "it broke"),
        (
            "data: {\"choices\":[{\"error\":{\"code\":502,\"message\":\"it broke\"}}]}\n\n",
            FailureKind::Server,
            "it broke",
        ),
        ("data: {\"message\":\"it broke\"}\n\ndata: [DONE]\n\n", FailureKind::BadStream, "it broke"),
        ("upstream connect error: reset\n", FailureKind::Server, "upstream connect error: reset"),
        ("Service Unavailable", FailureKind::Server, "Service Unavailable"),
        ("something went wrong", FailureKind::BadStream, "something went wrong"),
        (
            "{\"error\":\"Unexpected endpoint or method. (POST /chat/completions)\"}",
            FailureKind::NotFound,
            "Unexpected endpoint",
        ),
    ] {
        let finished = read(stream.as_bytes(), StreamEnd::Closed);
        let failure = failure(&finished.end);
        assert_eq!(failure.kind, kind, "{stream}");
        assert!(failure.message.as_deref().unwrap().starts_with(words), "{stream}: {failure:?}");
        assert!(failure.raw_body.is_some() && finished.skipped.is_empty(), "{stream}: said once");
    }
}

#[test]
fn an_event_that_is_too_large_is_said_to_be_so() {
    let mut reader = StreamReader::new(ReaderLimits { event_bytes: 4 << 20, ..ReaderLimits::default() });
    reader.push(chunk("Half").as_bytes());
    reader.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"");
    reader.push(&vec![b'x'; 5 << 20]);
    assert!(reader.is_over());
    let finished = reader.finish(StreamEnd::Closed);
    assert_eq!(finished.reply.content, "Half");
    let words = failure(&finished.end).message.clone().unwrap();
    assert_eq!(words, "One event of the stream is larger than 4 MB, the most that is read.");
}

#[test]
fn a_body_that_is_neither_is_named() {
    for (body, words) in [
        ("<html><title>My site</title></html>", "Received a web page instead of an answer: My site"),
        ("<html></html>", "Received a web page instead of an answer."),
        ("{\"choices\":[", "The response is neither a stream nor JSON."),
        ("{\"hello\":1}", "The response is JSON without an answer in it."),
        ("plain words", "plain words"),
    ] {
        let finished = read(body.as_bytes(), StreamEnd::Closed);
        let failure = failure(&finished.end);
        assert_eq!((failure.kind, failure.message.as_deref()), (FailureKind::BadStream, Some(words)), "{body}");
    }
    for torn in ["{\"choices\":[", "data: {\"choi", "plain wo"] {
        assert_eq!(
            failure(&read(torn.as_bytes(), StreamEnd::Offline).end).kind,
            FailureKind::Offline,
            "torn by the network"
        );
    }
}

#[test]
fn a_finish_reason_alone_is_no_success() {
    for (stream, kind, words) in [
        (FINISH.to_owned(), FailureKind::Empty, "finish_reason: stop"),
        (format!("{}{FINISH}", chunk(" \n")), FailureKind::Empty, "finish_reason: stop"),
        (
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"native_finish_reason\":\"network_error\"}]}\n\n".into(),
            FailureKind::Server,
            "The provider lost its connection to the model. (finish_reason: network_error)",
        ),
        (
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"native_finish_reason\":\"completed\"}]}\n\n".into(),
            FailureKind::Empty,
            "finish_reason: stop, native_finish_reason: completed",
        ),
        (
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n".into(),
            FailureKind::ContentFilter,
            "finish_reason: content_filter",
        ),
        (
            format!("{}data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"insufficient_system_resource\"}}]}}\n\n", chunk("Half")),
            FailureKind::Server,
            "The provider ran out of capacity. (finish_reason: insufficient_system_resource)",
        ),
        (
            format!("data: {{\"choices\":[{{\"delta\":{{\"reasoning\":\"Hm\"}}}}]}}\n\n{FINISH}"),
            FailureKind::Empty,
            "finish_reason: stop",
        ),
    ] {
        let finished = read(stream.as_bytes(), StreamEnd::Closed);
        let failure = failure(&finished.end);
        assert_eq!((failure.kind, failure.message.as_deref()), (kind, Some(words)), "{stream}");
    }
    for reason in ["max_tokens", "weird"] {
        let stream = format!("{}{}", chunk("a"), FINISH.replace("stop", reason));
        assert_eq!(read(stream.as_bytes(), StreamEnd::Closed).end, AnswerEnd::Done, "{reason}: there is an answer");
    }
}

#[test]
fn an_error_as_finish_reason_is_no_end() {
    let finished = read(
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"error\"}]}\n\n",
        StreamEnd::Closed,
    );
    assert!(matches!(&finished.end, AnswerEnd::CutOff(failure) if failure.kind == FailureKind::Server));
}

#[test]
fn a_last_event_without_its_empty_line_still_counts_when_it_is_whole() {
    let last = FINISH.trim_end();
    let finished = read(format!("{}{last}", chunk("a")).as_bytes(), StreamEnd::Closed);
    assert_eq!((finished.end, finished.last_deltas.len()), (AnswerEnd::Done, 1));
    for (last, ending, skipped) in [
        ("words", StreamEnd::Closed, 1),
        ("words", StreamEnd::Lost, 0),
        ("{\"choi", StreamEnd::Closed, 0),
        ("{\"choi", StreamEnd::Lost, 0),
    ] {
        let finished = read(format!("{}data: {last}", chunk("a")).as_bytes(), ending);
        assert_eq!(finished.skipped.events, skipped, "{last} {ending:?}");
    }
    let (torn, _) = last.split_at(last.len() - 2);
    let finished = read(format!("{}{torn}", chunk("a")).as_bytes(), StreamEnd::Closed);
    assert!(matches!(&finished.end, AnswerEnd::CutOff(failure) if failure.kind == FailureKind::BadStream));
}

#[test]
fn a_whole_answer_with_tool_calls_numbers_them_itself() {
    let body = r#"{"choices":[{"message":{"content":null,"tool_calls":[
        {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
        {"id":"b","type":"function","function":{"name":"g","arguments":{"x":1}}}]},"finish_reason":"tool_calls"}]}"#;
    let finished = read(body.as_bytes(), StreamEnd::Closed);
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    assert_eq!(finished.reply.tool_calls, [call("a", "f", "{}"), call("b", "g", "{\"x\":1}")]);
    assert_eq!(finished.end, AnswerEnd::Done);
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
        assert!(pushes < 10_000, "{name} goes on forever");
        let finished = reader.finish(StreamEnd::Closed);
        assert_eq!(failure(&finished.end).kind, FailureKind::BadStream, "{name}");
        assert!(finished.reply.content.len() <= 50, "{name}");
    }
}

/// Parts of streams, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(chunk("text").into_bytes()),
        Just(FINISH.as_bytes().to_vec()),
        Just(b"data: [DONE]\n\n".to_vec()),
        Just(b"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":9,\"id\":\"x\"}]}}]}\n\n".to_vec()),
        Just(b"data: {\"error\":{\"message\":\"m\"}}\n\n".to_vec()),
        Just(b"event: error\n".to_vec()),
        Just(b"error: it broke\n".to_vec()),
        Just(b"data: {\"choices\":[{\"delta\":{\"content\":\"<think>T</think>\\ud83d\"}}]}\n\n".to_vec()),
        Just(b"data: {\"choices\":[{\"delta\":{\"content\":\"\\ude00</think>\"}}]}\n".to_vec()),
        Just(b"data: {\"choices\":[{\"message\":{\"content\":\"text\"}}]}\n\n".to_vec()),
        Just(b"data: ping\n\n".to_vec()),
        Just(b"words of a server\n".to_vec()),
        Just(b"{".to_vec()),
        Just(b"data: {\"usage\":{\"prompt_tokens\":-1}}\r\r".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_cuts_make_no_difference(bytes in pieces(), sizes in prop::collection::vec(1usize..30, 1..20)) {
        for ending in [StreamEnd::Closed, StreamEnd::Lost] {
            let mut reader = StreamReader::new(ReaderLimits::default());
            let mut rest = bytes.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (portion, later) = rest.split_at((*size).min(rest.len()));
                reader.push(portion);
                rest = later;
            }
            let (cut, whole) = (reader.finish(ending), read(&bytes, ending));
            prop_assert_eq!((cut.reply, cut.end, cut.skipped), (whole.reply, whole.end, whole.skipped));
        }
    }

    #[test]
    fn whatever_comes_it_ends_in_one_of_four_ways(bytes in pieces(), size in 1usize..40) {
        for ending in [StreamEnd::Closed, StreamEnd::Lost, StreamEnd::Offline, StreamEnd::TimedOut, StreamEnd::Stopped] {
            let mut reader = StreamReader::new(ReaderLimits::default());
            for portion in bytes.chunks(size) {
                reader.push(portion);
            }
            let finished = reader.finish(ending);
            match finished.end {
                AnswerEnd::Done => prop_assert!(finished.reply.finish.is_some() && !finished.reply.is_blank()),
                AnswerEnd::CutOff(_) => prop_assert!(!finished.reply.is_blank()),
                AnswerEnd::Failed(_) => prop_assert!(finished.reply.is_blank()),
                AnswerEnd::Stopped => prop_assert_eq!(ending, StreamEnd::Stopped),
            }
        }
    }
}
