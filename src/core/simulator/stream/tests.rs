use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{chunk::Timing, compose::Composition, request::ChatRequest};

const TIMING: Timing = Timing { start_ms: 1_000, head_ms: 1_050, first_ms: 3_000, tokens_per_second: 3_000 };

fn stream(shape: Shape, text: &str, fault: Option<StreamFault>, line_end: LineEnd, seed: u64) -> Stream {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]}).to_string();
    let request = ChatRequest::parse(body.as_bytes(), shape).unwrap();
    let composition = Composition { reasoning: "thinking first".into(), content: text.into(), call: None };
    let envelope = Envelope {
        shape,
        id: "id".into(),
        model: "m".into(),
        created: 1,
        include_usage: true,
        prompt: 10,
        cached: 4,
        timing: TIMING,
        prices: (350, 750),
    };
    Stream::new(envelope, Answer::of(composition, &request, u64::MAX), fault, line_end, seed)
}

/// All chunks with their times, polled as soon as they are due.
fn run(mut stream: Stream) -> (Vec<(u64, Vec<u8>)>, Next) {
    let (mut now, mut sent) = (0, Vec::new());
    loop {
        let (chunks, next) = stream.poll(now);
        sent.extend(chunks.into_iter().map(|chunk| (now, chunk)));
        match next {
            Next::At(later) => now = later,
            end => return (sent, end),
        }
    }
}

fn bytes(sent: &[(u64, Vec<u8>)]) -> Vec<u8> {
    sent.iter().flat_map(|(_, chunk)| chunk.clone()).collect()
}

/// A slow and simple reader of event streams: the full text, split into lines.
fn events(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap().replace("\r\n", "\n").replace('\r', "\n");
    text.lines().filter_map(|line| line.strip_prefix("data: ").map(str::to_owned)).collect()
}

fn deltas(events: &[String], field: &str) -> Vec<String> {
    let texts = events.iter().filter_map(|event| {
        let chunk: Value = serde_json::from_str(event).ok()?;
        chunk["choices"][0]["delta"][field].as_str().map(str::to_owned)
    });
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn the_deltas_are_exactly_the_tokens_at_their_times() {
    let text = "A first line, and\n\na second – 日本 👍.";
    let (sent, end) = run(stream(Shape::Cerebras, text, None, LineEnd::Lf, 1));
    let events = events(&bytes(&sent));
    let tokens: Vec<&str> = crate::tokens::pieces(text).collect();
    assert_eq!(deltas(&events, "content"), tokens);
    assert_eq!(deltas(&events, "reasoning"), ["thinking", " first"]);
    assert_eq!(end, Next::End);
    assert_eq!(events.last().unwrap(), "[DONE]");
    assert_eq!(sent.first().unwrap().0, 3_000);
    let last = u64::try_from(tokens.len() + 2 - 1).unwrap() * 1_000 / 3_000;
    assert_eq!(sent.last().unwrap().0, 3_000 + last);
}

#[test]
fn each_dialect_ends_with_its_own_report() {
    let last = |shape: Shape| -> Vec<Value> {
        let (sent, _) = run(stream(shape, "one two", None, LineEnd::Lf, 1));
        let events = events(&bytes(&sent));
        let chunks = events.iter().filter_map(|event| serde_json::from_str(event).ok());
        let all: Vec<Value> = chunks.collect();
        for chunk in &all {
            for field in ["id", "created", "model", "object", "system_fingerprint"] {
                assert!(!chunk[field].is_null(), "the official SDK wants {field} in {chunk}");
            }
        }
        all
    };
    let cerebras = last(Shape::Cerebras).pop().unwrap();
    assert_eq!(cerebras["choices"][0]["finish_reason"], "stop");
    let usage = json!({
        "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2},
    });
    assert_eq!(cerebras["usage"], usage);
    assert_eq!(cerebras["time_info"]["total_time"], 2.001);

    let groq = last(Shape::Groq);
    assert_eq!(groq[0]["x_groq"]["id"], "id");
    let end = &groq[groq.len() - 2];
    assert_eq!(end["x_groq"]["usage"]["total_tokens"], 14);
    assert!(end["x_groq"]["usage"]["queue_time"].is_number());
    assert_eq!(groq.last().unwrap()["choices"], json!([]));

    let router = last(Shape::OpenRouter);
    assert_eq!(router.last().unwrap()["usage"]["cost"], 0.0000065);

    let llama = last(Shape::LlamaCpp);
    assert_eq!(llama[0]["choices"][0]["delta"], json!({"role": "assistant", "content": null}));
    assert_eq!(llama[1]["choices"][0]["delta"]["reasoning_content"], "thinking");
    assert_eq!(llama[llama.len() - 2]["timings"]["predicted_n"], 4);
}

#[test]
fn every_delta_of_a_call_carries_its_type() {
    let mut stream = stream(Shape::Cerebras, "", None, LineEnd::Lf, 1);
    let composition = Composition {
        call: Some(crate::compose::Call { name: "get_weather".into(), arguments: r#"{"city":"Bern"}"#.into() }),
        ..Composition::default()
    };
    let body = r#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
    let request = ChatRequest::parse(body.as_bytes(), Shape::Cerebras).unwrap();
    stream = Stream::new(stream.envelope, Answer::of(composition, &request, 99), None, LineEnd::Lf, 1);
    let (sent, _) = run(stream);
    let chunks = events(&bytes(&sent));
    let chunks = chunks.iter().filter_map(|event| serde_json::from_str::<Value>(event).ok());
    let calls: Vec<Value> = chunks
        .map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0].clone())
        .filter(|call| !call.is_null())
        .collect();
    assert!(calls.iter().all(|call| call["type"] == "function" && call["index"] == 0), "{calls:?}");
    let joined = |field: &str| -> String { calls.iter().filter_map(|call| call["function"][field].as_str()).collect() };
    assert_eq!((joined("name"), joined("arguments")), ("get_weather".into(), r#"{"city":"Bern"}"#.into()));
}

#[test]
fn openrouter_comments_while_it_waits() {
    let (sent, _) = run(stream(Shape::OpenRouter, "x", None, LineEnd::Lf, 1));
    let text = String::from_utf8(bytes(&sent)).unwrap();
    assert_eq!(text.matches(": OPENROUTER PROCESSING\n\n").count(), 4, "at 1,050, 1,550, 2,050 and 2,550 ms");
    assert!(text.starts_with(": OPENROUTER"));
}

#[test]
fn every_fault_of_the_stream_breaks_it_in_its_own_way() {
    let text = "one two three four five";
    let play = |fault| {
        let (sent, end) = run(stream(Shape::Cerebras, text, Some(fault), LineEnd::Lf, 1));
        (events(&bytes(&sent)), sent, end)
    };
    let (cut, _, end) = play(StreamFault::Cut { tokens: 3 });
    assert_eq!(end, Next::Break);
    assert_eq!((deltas(&cut, "reasoning").len(), deltas(&cut, "content").len()), (2, 1));
    assert!(serde_json::from_str::<Value>(cut.last().unwrap()).is_err(), "it breaks inside an event");

    let (stall, _, end) = play(StreamFault::Stall { tokens: 3 });
    assert_eq!(end, Next::NetworkFailure);
    assert_eq!(deltas(&stall, "content"), ["one"]);

    let (garbage, _, end) = play(StreamFault::Garbage { tokens: 3 });
    let broken = garbage.iter().filter(|event| *event != "[DONE]" && serde_json::from_str::<Value>(event).is_err());
    assert_eq!((broken.count(), end), (1, Next::End));
    assert_eq!(deltas(&garbage, "content").concat(), text, "the rest comes all the same");

    let (error, _, end) = play(StreamFault::Error { tokens: 3 });
    let last: Value = serde_json::from_str(error.last().unwrap()).unwrap();
    assert_eq!((&last["status_code"], end), (&json!(500), Next::End));

    let (limited, _, end) = play(StreamFault::Limited { seconds: 7 });
    let last: Value = serde_json::from_str(limited.last().unwrap()).unwrap();
    assert_eq!((&last["error"]["code"], end), (&json!(429), Next::End));
    assert!(deltas(&limited, "content").is_empty() && deltas(&limited, "reasoning").is_empty());

    let (_, one_read, _) = play(StreamFault::OneRead);
    assert_eq!(one_read.len(), 1);
    assert_eq!(one_read[0].0, TIMING.token_ms(6));

    let (no_done, _, end) = play(StreamFault::NoDone);
    assert!(no_done.last().unwrap().contains("\"finish_reason\":\"stop\"") && end == Next::End);

    let (no_finish, _, _) = play(StreamFault::NoFinish);
    assert!(no_finish.iter().all(|event| event.contains("\"finish_reason\":null")));
}

#[test]
fn chunks_are_cut_inside_characters_and_between_the_bytes_of_line_ends() {
    let text = "日本語 ".repeat(400);
    let (sent, _) = run(stream(Shape::Cerebras, &text, None, LineEnd::CrLf, 9));
    let inside = sent.windows(2).filter(|pair| (0x80..0xC0).contains(&pair[1].1[0])).count();
    let between = sent.windows(2).filter(|pair| pair[0].1.last() == Some(&b'\r') && pair[1].1[0] == b'\n').count();
    assert!(inside > 5 && between > 5, "{inside} inside characters, {between} between CR and LF");
}

#[test]
fn what_is_used_grows_with_what_was_sent() {
    let stream = stream(Shape::Cerebras, "one two three four five six", None, LineEnd::Lf, 1);
    for (now, completion) in [(0, 0), (2_999, 0), (3_000, 3), (3_001, 6), (3_002, 8), (9_000, 8)] {
        assert_eq!(stream.used(now).completion, completion, "at {now}");
    }
}

proptest! {
    #[test]
    fn the_bytes_do_not_depend_on_who_polls_when_nor_on_the_cuts(
        text in "\\PC{0,200}",
        seeds in (any::<u64>(), any::<u64>()),
        polls in prop::collection::vec(0..300_u64, 0..60),
        line_end in prop_oneof![Just(LineEnd::Lf), Just(LineEnd::CrLf), Just(LineEnd::Cr)],
    ) {
        let (sent, _) = run(stream(Shape::OpenRouter, &text, None, line_end, seeds.0));
        let mut other = stream(Shape::OpenRouter, &text, None, line_end, seeds.0);
        let (mut now, mut lazily) = (0, Vec::new());
        for wait in polls {
            now += wait;
            lazily.extend(other.poll(now).0);
        }
        lazily.extend(other.poll(u64::MAX).0);
        let eagerly: Vec<Vec<u8>> = sent.iter().map(|(_, chunk)| chunk.clone()).collect();
        prop_assert_eq!(&eagerly, &lazily);
        let (differently, _) = run(stream(Shape::OpenRouter, &text, None, line_end, seeds.1));
        prop_assert_eq!(bytes(&sent), bytes(&differently));
        prop_assert_eq!(deltas(&events(&bytes(&sent)), "content").concat(), text);
    }
}

#[test]
fn at_full_speed_each_poll_hands_over_its_share_and_no_more() {
    let mut stream = stream(Shape::Cerebras, &"word ".repeat(6_000), None, LineEnd::Lf, 1);
    // Four milliseconds at 3,000 tokens a second are twelve; one more by rounding, and the first chunk of the response.
    let shares: Vec<usize> = (0..400).map(|poll| stream.poll(TIMING.first_ms + 4 * poll).0.len()).collect();
    assert!(shares.iter().all(|share| (3..=14).contains(share)), "{shares:?}");
    assert!((4_700..=4_900).contains(&shares.iter().sum::<usize>()), "1.6 seconds of it");
}

#[test]
fn a_token_without_text_is_counted_and_not_sent() {
    let text = "👍👍 and 🦀";
    let (sent, next) = run(stream(Shape::Cerebras, text, None, LineEnd::Lf, 1));
    assert_eq!(next, Next::End);
    let sent = String::from_utf8(sent.into_iter().flat_map(|(_, chunk)| chunk).collect()).unwrap();
    let counted = crate::count_tokens(text);
    assert!(counted > 4, "some of them have no text");
    let content = sent.matches(r#""delta":{"content":"#).count();
    assert!(u64::try_from(content).unwrap() < counted, "{sent}");
    assert!(!sent.contains(r#""delta":{"content":""}"#), "{sent}");
    let completion = counted + crate::count_tokens("thinking first");
    assert!(sent.contains(&format!(r#""completion_tokens":{completion},"#)), "{sent}");
}
