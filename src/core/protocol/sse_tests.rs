//! Every case is fed at once, byte by byte and at random cuts, and must give the same events.

use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;

fn parse<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> Vec<SseEvent> {
    let mut parser = SseParser::new(LIMIT);
    let mut events = Vec::new();
    for portion in portions {
        parser.push(portion, &mut events).unwrap();
    }
    events
}

#[track_caller]
fn check(stream: &[u8], expected: &[(&str, &str)]) {
    let expected: Vec<SseEvent> =
        expected.iter().map(|(name, data)| SseEvent { name: (*name).into(), data: (*data).into() }).collect();
    assert_eq!(parse([stream]), expected, "whole");
    assert_eq!(parse(stream.chunks(1)), expected, "byte by byte");
    for cut in 0..=stream.len() {
        let (start, end) = stream.split_at(cut);
        assert_eq!(parse([start, b"", end]), expected, "cut at {cut}");
    }
}

#[test]
fn lines_end_in_lf_cr_or_crlf() {
    check(b"data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
    check(b"data: a\r\rdata: b\r\r", &[("", "a"), ("", "b")]);
    check(b"data: a\r\n\r\ndata: b\r\n\r\n", &[("", "a"), ("", "b")]);
    check(b"data: a\n\r\ndata: b\r\n\r", &[("", "a"), ("", "b")]);
}

#[test]
fn an_event_without_its_empty_line_has_not_ended() {
    check(b"data: a\n", &[]);
    check(b"data: a", &[]);
    let mut parser = SseParser::new(LIMIT);
    parser.push(b"event: e\ndata: a\ndata: b", &mut Vec::new()).unwrap();
    assert_eq!(parser.finish(), [SseEvent { name: "e".into(), data: "a\nb".into() }]);
    assert_eq!(SseParser::new(LIMIT).finish(), []);
}

#[test]
fn a_byte_order_mark_is_dropped_at_the_start_only() {
    check("\u{feff}data: a\n\n".as_bytes(), &[("", "a")]);
    check("\u{feff}\n\u{feff}data: a\n\ndata: b\n\n".as_bytes(), &[("", "b")]);
    check("\u{feff}\u{feff}data: a\n\n".as_bytes(), &[]);
}

#[test]
fn comments_and_unknown_fields_are_read_past() {
    check(b": OPENROUTER PROCESSING\n\n:\n: x\ndata: a\n\n", &[("", "a")]);
    check(b"id: 7\nretry: 100\nfoo: bar\nDATA: x\n data: y\ndata: a\n\n", &[("", "a")]);
}

#[test]
fn one_space_after_the_colon_is_dropped_and_none_is_needed() {
    check(b"data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\n", &[("", "a"), ("", "b"), ("", " c"), ("", "\td")]);
    check(b"data: a:b: c\n\n", &[("", "a:b: c")]);
}

#[test]
fn lines_of_data_are_joined_and_a_bare_field_is_empty() {
    check(b"data: a\ndata: b\n\n", &[("", "a\nb")]);
    check(b"data\n\n", &[("", "")]);
    check(b"data:\ndata\n\n", &[("", "\n")]);
    check(b"\n\n\n", &[]);
}

#[test]
fn a_name_belongs_to_its_event_only() {
    check(b"event: error\ndata: a\n\ndata: b\n\n", &[("error", "a"), ("", "b")]);
    check(b"event: x\n\ndata: b\n\n", &[("", "b")]);
    check(b"event: x\nevent: y\ndata: b\n\n", &[("y", "b")]);
}

#[test]
fn characters_may_be_cut_and_what_is_not_utf8_is_marked() {
    check("data: grüße 🦀 日本\n\n".as_bytes(), &[("", "grüße 🦀 日本")]);
    check(b"data: a\xF0\x9F\xA6b\xFF\n\n", &[("", "a\u{fffd}b\u{fffd}")]);
    check(b"data: a\xE2\x82\n\n", &[("", "a\u{fffd}")]);
}

/// Reads leniently, at once and cut at each place.
#[track_caller]
fn check_lenient(stream: &[u8], expected: &[(&str, &str)]) {
    let expected: Vec<SseEvent> =
        expected.iter().map(|(name, data)| SseEvent { name: (*name).into(), data: (*data).into() }).collect();
    for cut in 0..=stream.len() {
        let (start, end) = stream.split_at(cut);
        assert_eq!(leniently([start, end]), expected, "cut at {cut}");
    }
}

fn leniently<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> Vec<SseEvent> {
    let mut parser = SseParser::lenient(LIMIT);
    let mut events = Vec::new();
    for portion in portions {
        parser.push(portion, &mut events).unwrap();
    }
    events.extend(parser.finish());
    events
}

#[test]
fn a_lenient_parser_reads_what_servers_mean() {
    check_lenient(b"error: {\"code\":400}\n\ndata: [DONE]\n\n", &[("error", "{\"code\":400}"), ("", "[DONE]")]);
    check_lenient(b"data: {\"a\":1}\nERROR: it broke\n\n", &[("", "{\"a\":1}"), ("error", "it broke")]);
    check_lenient(
        b"data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n",
        &[("", "{\"a\":1}"), ("", "{\"b\":2}"), ("", "[DONE]")],
    );
    check_lenient(b"data: {\n  \"error\": 1\n}\n\n", &[("", "{\n  \"error\": 1\n}")]);
    check_lenient(b"{\"error\":1}\n\n", &[("", "{\"error\":1}")]);
    check_lenient(b"upstream connect error: reset", &[("", "upstream connect error: reset")]);
    check_lenient(b"overloaded\n", &[("", "overloaded")]);
    check_lenient(b": x\nid: 7\nretry\nfoo: bar\ndata: a\n\n", &[("", "a")]);
}

#[test]
fn a_line_or_event_over_the_limit_is_a_named_error_and_what_came_before_it_stays() {
    let too_large = Err(SseError::TooLarge { limit: 16 });
    let mut events = Vec::new();
    let mut parser = SseParser::new(16);
    assert_eq!(parser.push(b"data: a\n\ndata: 0123456789abcdef", &mut events), too_large);
    assert_eq!(events.len(), 1);
    assert_eq!(parser.push(b"\n\ndata: b\n\n", &mut events), too_large, "it stays failed");
    assert_eq!(events.len(), 1);

    let mut parser = SseParser::new(16);
    assert_eq!(parser.push(&b"data: 1\n".repeat(9), &mut events), too_large, "many lines of one event");
    let mut parser = SseParser::new(16);
    let cut = b": 0123456789abcdef".chunks(1).try_for_each(|byte| parser.push(byte, &mut events));
    assert_eq!(cut, too_large, "a comment that never ends");
}

/// Text that covers the entire grammar.
fn grammar() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"data:".to_vec()),
        Just(b"event: ".to_vec()),
        Just(b"error: ".to_vec()),
        Just(b"{\"a\":1}".to_vec()),
        Just(b":".to_vec()),
        Just(b" ".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just("\u{feff}".as_bytes().to_vec()),
        Just("🦀".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_cuts_make_no_difference(stream in grammar(), cuts in prop::collection::vec(1usize..9, 1..60)) {
        let mut rest = stream.as_slice();
        let mut portions = Vec::new();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (portion, later) = rest.split_at(cut.min(rest.len()));
            portions.push(portion);
            rest = later;
        }
        prop_assert_eq!(parse(portions), parse([stream.as_slice()]));
    }

    #[test]
    fn the_cuts_make_no_difference_to_a_lenient_parser_either(stream in grammar(), size in 1usize..9) {
        prop_assert_eq!(leniently(stream.chunks(size)), leniently([stream.as_slice()]));
    }

    #[test]
    fn it_agrees_with_the_standard_read_word_for_word(stream in grammar()) {
        prop_assert_eq!(parse([stream.as_slice()]), by_the_book(&stream));
    }

    #[test]
    fn no_bytes_make_it_panic_or_keep_more_than_its_limit(stream in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut parser = SseParser::new(32);
        let _ = stream.chunks(7).try_for_each(|portion| parser.push(portion, &mut Vec::new()));
        prop_assert!(parser.line.len() <= 32 && parser.data.len() <= 32 * 3);
    }
}

/// The standard's algorithm, literally: the complete text first, then its lines, then its fields.
fn by_the_book(stream: &[u8]) -> Vec<SseEvent> {
    let text = String::from_utf8_lossy(stream).into_owned();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop();
    let (mut events, mut data, mut name) = (Vec::new(), String::new(), String::new());
    for line in lines {
        if line.is_empty() {
            if let Some(data) = data.strip_suffix('\n') {
                events.push(SseEvent { name: name.clone(), data: data.into() });
            }
            (data, name) = (String::new(), String::new());
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => data = data + value + "\n",
            "event" => name = value.into(),
            _ => {}
        }
    }
    events
}
