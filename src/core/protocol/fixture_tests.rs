//! Recorded responses, each fed at once, byte by byte, cut at each place and at random: always the same reply.

use headroom_domain::{FailureKind, FinishReason, Phase, Reply, ServerTiming, ToolCall, Usage};
use proptest::prelude::*;

use crate::{AnswerEnd, Delta, Finished, ReaderLimits, StreamEnd, StreamReader, assembly::Assembly};

const FIXTURES: [&str; 10] = [
    include_str!("fixtures/cerebras.sse"),
    include_str!("fixtures/cerebras_error.sse"),
    include_str!("fixtures/openrouter.sse"),
    include_str!("fixtures/openrouter_error.sse"),
    include_str!("fixtures/groq.sse"),
    include_str!("fixtures/llama_cpp.sse"),
    include_str!("fixtures/tool_calls.sse"),
    include_str!("fixtures/whole_answer.json"),
    include_str!("fixtures/error_with_200.json"),
    include_str!("fixtures/robot_check.html"),
];

/// Reads portions to their end. The deltas alone must produce the same reply.
fn read<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> Finished {
    let mut reader = StreamReader::new(ReaderLimits::default());
    let mut deltas: Vec<Delta> = portions.into_iter().flat_map(|portion| reader.push(portion)).collect();
    let finished = reader.finish(StreamEnd::Closed);
    deltas.extend(finished.last_deltas.clone());
    let mut assembly = Assembly::default();
    deltas.iter().for_each(|delta| assembly.add(delta));
    assert_eq!(assembly.into_reply(), finished.reply, "the deltas say what the reply says");
    finished
}

fn outcome(finished: Finished) -> (Reply, AnswerEnd) {
    (finished.reply, finished.end)
}

fn check(fixture: &str, expected: Reply) {
    assert_eq!(outcome(read([fixture.as_bytes()])), (expected, AnswerEnd::Done));
}

fn reply(id: &str, model: &str) -> Reply {
    Reply { id: Some(id.into()), model: Some(model.into()), finish: Some(FinishReason::Stop), ..Reply::default() }
}

fn usage(prompt: u64, completion: u64) -> Usage {
    Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
}

fn timing(queue: f64, prompt: f64, completion: f64, total: f64) -> ServerTiming {
    ServerTiming {
        queue_seconds: Some(queue),
        prompt_seconds: Some(prompt),
        completion_seconds: Some(completion),
        total_seconds: Some(total),
    }
}

#[test]
fn cerebras_puts_usage_and_times_on_the_finish() {
    check(
        FIXTURES[0],
        Reply {
            content: "Grüß dich 🦀".into(),
            reasoning: "The user greets. ".into(),
            usage: Usage { cached_tokens: Some(64), reasoning_tokens: Some(9), ..usage(70, 21) },
            timing: timing(0.001, 0.002, 0.01, 0.0145),
            ..reply("chatcmpl-1", "gpt-oss-120b")
        },
    );
}

#[test]
fn openrouter_sends_comments_in_between_and_the_cost_at_the_end() {
    check(
        FIXTURES[2],
        Reply {
            content: "Hello".into(),
            reasoning: "Hm.".into(),
            usage: Usage {
                cached_tokens: Some(0),
                reasoning_tokens: Some(3),
                cost_dollars: Some(0.000_009_45),
                ..usage(12, 7)
            },
            ..reply("gen-1", "openai/gpt-oss-120b")
        },
    );
}

#[test]
fn groq_hides_usage_and_times_in_a_field_of_its_own() {
    check(
        FIXTURES[4],
        Reply {
            content: "Hi".into(),
            reasoning: "Think".into(),
            usage: Usage { reasoning_tokens: Some(20), ..usage(74, 31) },
            timing: timing(0.02, 0.004, 0.031, 0.035),
            ..reply("chatcmpl-g", "openai/gpt-oss-20b")
        },
    );
}

#[test]
fn llama_cpp_counts_in_its_timings() {
    check(
        FIXTURES[5],
        Reply {
            content: "Hello".into(),
            reasoning: "Well".into(),
            finish: Some(FinishReason::Length),
            usage: Usage { cached_tokens: Some(10), ..usage(25, 8) },
            timing: ServerTiming {
                prompt_seconds: Some(0.25),
                completion_seconds: Some(0.5),
                ..ServerTiming::default()
            },
            ..reply("chatcmpl-l", "whatever")
        },
    );
}

#[test]
fn tool_calls_come_in_pieces_and_usage_without_choices() {
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    check(
        FIXTURES[6],
        Reply {
            tool_calls: vec![call("call_1", "get_weather", r#"{"city":"Köln"}"#), call("call_2", "get_time", "{}")],
            finish: Some(FinishReason::ToolCalls),
            usage: usage(50, 30),
            ..reply("c", "m")
        },
    );
}

#[test]
fn a_whole_answer_in_place_of_a_stream_is_an_answer() {
    check(
        FIXTURES[7],
        Reply {
            content: "All at once.".into(),
            reasoning: "No stream.".into(),
            usage: usage(9, 6),
            timing: timing(0.1, 0.2, 0.3, 0.6),
            ..reply("chatcmpl-w", "gpt-oss-120b")
        },
    );
}

#[test]
fn an_error_in_the_stream_keeps_what_came_before_it() {
    for (fixture, text, kind, status, finish) in [
        (FIXTURES[1], "Half an ans", FailureKind::Server, 500, None),
        (FIXTURES[3], "Once ", FailureKind::RateLimited, 429, Some(FinishReason::Error)),
    ] {
        let (reply, end) = outcome(read([fixture.as_bytes()]));
        assert_eq!((reply.content.as_str(), reply.finish), (text, finish));
        let AnswerEnd::CutOff(failure) = end else { panic!("cut off, not {end:?}") };
        assert_eq!((failure.kind, failure.status, failure.phase), (kind, Some(status), Phase::AfterFirstToken));
        assert!(failure.message.is_some() && failure.raw_body.is_some());
    }
}

#[test]
fn an_error_or_a_page_in_place_of_a_stream_is_a_failure() {
    for (fixture, kind) in [(FIXTURES[8], FailureKind::Server), (FIXTURES[9], FailureKind::BotCheck)] {
        let (reply, end) = outcome(read([fixture.as_bytes()]));
        assert!(reply.is_blank());
        let AnswerEnd::Failed(failure) = end else { panic!("failed, not {end:?}") };
        assert_eq!((failure.kind, failure.phase), (kind, Phase::InBody));
    }
}

#[test]
fn the_cuts_of_the_network_make_no_difference() {
    for fixture in FIXTURES {
        let whole = outcome(read([fixture.as_bytes()]));
        assert_eq!(outcome(read(fixture.as_bytes().chunks(1))), whole, "byte by byte");
        for cut in 0..fixture.len() {
            let (start, end) = fixture.as_bytes().split_at(cut);
            assert_eq!(outcome(read([start, end])), whole, "cut at {cut}");
        }
        let crlf = fixture.replace('\n', "\r\n");
        let bom = format!("\u{feff}{crlf}");
        for variant in [crlf, bom] {
            // The raw body of a failure is what was received, so it differs here; the reply must not.
            assert_eq!(read(variant.as_bytes().chunks(3)).reply, whole.0, "other line ends");
        }
    }
}

proptest! {
    #[test]
    fn random_cuts_make_no_difference_either(which in 0..FIXTURES.len(), sizes in prop::collection::vec(1usize..200, 1..30)) {
        let fixture = FIXTURES[which].as_bytes();
        let mut portions = Vec::new();
        let mut rest = fixture;
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (portion, later) = rest.split_at(size.min(rest.len()));
            portions.push(portion);
            rest = later;
        }
        prop_assert_eq!(outcome(read(portions)), outcome(read([fixture])));
    }

    #[test]
    fn an_answer_cut_short_is_never_called_whole(which in 0usize..8, cut in 0.0..1.0f64) {
        let fixture = FIXTURES[which];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a small file")]
        let cut = (fixture.len() as f64 * cut) as usize;
        let finished = read([&fixture.as_bytes()[..cut]]);
        prop_assert_eq!(finished.reply.finish.is_some_and(|finish| finish != FinishReason::Error), finished.end == AnswerEnd::Done);
    }
}
