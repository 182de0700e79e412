use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(data: &str, expected: &[Document<'_>]) {
    assert_eq!(documents(data), expected, "{data:?}");
}

fn json(value: Value) -> Document<'static> {
    Document::Json(value)
}

#[test]
fn an_event_may_hold_several_documents() {
    check("{\"a\":1}", &[json(json!({"a":1}))]);
    check("{\"a\":1}\n[DONE]", &[json(json!({"a":1})), Document::Done]);
    check("{\"a\":1}{\"b\":2}\n{\"c\":3}", &[json(json!({"a":1})), json(json!({"b":2})), json(json!({"c":3}))]);
    check("{\n  \"a\": 1\n}\n[DONE]", &[json(json!({"a":1})), Document::Done]);
    check("oops {\n{\"a\":1}\n", &[Document::Unreadable("oops {"), json(json!({"a":1}))]);
    check("data: {\"a\":1}", &[json(json!({"a":1}))]);
    check("{\"a\":1}\\n\\ndata: {\"b\":2}\\n\\n", &[json(json!({"a":1})), json(json!({"b":2}))]);
    check("\u{feff}{\"a\":1}", &[json(json!({"a":1}))]);
    check("[1,{\"a\":1}]", &[json(json!([1, {"a": 1}]))]);
    check(" \n", &[]);
}

#[test]
fn the_mark_of_the_end_has_many_spellings() {
    for data in ["[DONE]", "[done]", "\"[DONE]\"", "DONE", " [DONE] "] {
        check(data, &[Document::Done]);
    }
}

#[test]
fn what_keeps_a_connection_open_is_not_damage() {
    for data in ["ping", "PING", "keep-alive", "heartbeat", ": OPENROUTER PROCESSING", "null", "0", "1733000000"] {
        check(data, &[Document::KeepAlive]);
    }
    check("Hello", &[Document::Unreadable("Hello")]);
}

#[test]
fn almost_json_is_mended() {
    for (data, expected) in [
        ("{\"a\":\"x\ty\u{1}\"}", json!({"a":"x\ty\u{1}"})),
        ("{\"a\":\"x\ny\"}", json!({"a":"x\ny"})),
        (r#"{"a":"\x41\'\q\u00"}"#, json!({"a":"A'\\q\\u00"})),
        (r#"{"a":1e999,"b":NaN,"c":-Infinity,}"#, json!({"a":null,"b":null,"c":null})),
        (
            r#"{'a': None, 'b': [True, False,], 'c': 'say "hi"', 'd': "it's"}"#,
            json!({"a":null,"b":[true,false],"c":"say \"hi\"","d":"it's"}),
        ),
        (r#"{"a":"\ud83d\ude00","b":"\ud83d!"}"#, json!({"a":"😀","b":format!("{}!", stand_in(0xD83D).unwrap())})),
        (r#"{"a":"\ud83d\u0041"}"#, json!({"a":format!("{}A", stand_in(0xD83D).unwrap())})),
        (r#"{"a":"\ud83d, de00"}"#, json!({"a":format!("{}, de00", stand_in(0xD83D).unwrap())})),
        (r#"{"a":"\ude00"}"#, json!({"a":stand_in(0xDE00).unwrap().to_string()})),
    ] {
        check(data, &[json(expected.clone())]);
        assert_eq!(document(data), Some(expected), "{data}");
    }
}

#[test]
fn what_is_torn_is_not_guessed_at() {
    for data in ["{\"choices\":[{", "{\"a\":\"half", "{\"id\": oops, \"choices\": [", "[1,"] {
        check(data, &[Document::Unreadable(data)]);
        assert_eq!(document(data), None);
    }
}

proptest! {
    #[test]
    fn mending_leaves_json_as_it_is(keys in prop::collection::vec("\\PC{0,12}", 0..4), n in any::<i32>()) {
        let value = json!({"list": keys, "n": n, "nested": {"t": true, "f": 0.5, "none": null}});
        prop_assert_eq!(parsed(&repaired(&value.to_string())), Some(value));
    }

    #[test]
    fn no_data_makes_it_panic_or_lose_a_line(data in "([\\[\\]{}:,'\"\\\\nuxd8309a. \n]|DONE|data:|🦀){0,40}") {
        let found = documents(&data);
        prop_assert!(found.len() <= data.len());
        let _ = document(&data).is_some();
    }
}
