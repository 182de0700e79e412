use proptest::prelude::*;
use serde_json::json;

use super::*;

fn facts(value: &Value) -> ErrorFacts {
    ErrorFacts::of(value).unwrap_or_else(|| panic!("an error: {value}"))
}

#[test]
fn an_error_is_read_in_every_shape() {
    for (value, message, codes, status) in [
        (
            json!({"message":"Wrong API Key","type":"invalid_request_error","param":"api_key","code":"wrong_api_key"}),
            "Wrong API Key",
            vec!["wrong_api_key", "invalid_request_error"],
            None,
        ),
        (json!({"error":{"message":"m","code":"c"}}), "m", vec!["c"], None),
        (json!({"error":"model not found"}), "model not found", vec![], None),
        (json!({"detail":"Not authenticated"}), "Not authenticated", vec![], None),
        (
            json!({"detail":[{"loc":["body","model"],"msg":"field required"},{"msg":"and this"}]}),
            "body.model: field required; and this",
            vec![],
            None,
        ),
        (json!({"error":{"code":400,"message":"m","type":"t"}}), "m", vec!["t"], Some(400)),
        (json!({"error":{"code":"400","message":"m","type":"None"}}), "m", vec![], Some(400)),
        (json!({"error":{"message":"m"},"status_code":503}), "m", vec![], Some(503)),
        (
            json!({"object":"error","message":"m","type":"BadRequestError","code":400}),
            "m",
            vec!["BadRequestError"],
            Some(400),
        ),
        (json!([{"error":{"message":"m","code":429}}]), "m", vec![], Some(429)),
        (
            json!({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream died"}}}),
            "Provider returned error: upstream died",
            vec![],
            Some(502),
        ),
    ] {
        let found = facts(&value);
        assert_eq!(found.message.as_deref(), Some(message), "{value}");
        assert_eq!(found.codes, codes, "{value}");
        assert_eq!(found.status, status, "{value}");
    }
}

#[test]
fn an_answer_is_no_error() {
    for value in [
        json!({"choices":[]}),
        json!({"choices":[],"error":null}),
        json!({"choices":[],"error":{"message":"","code":null}}),
        json!({"choices":[],"message":"m","type":"t"}),
        json!({}),
        json!({"message":"alone"}),
        json!({"type":"status","message":"Loading the model"}),
        json!({"code":0,"message":"success","data":null}),
        json!({"code":"200","msg":"ok"}),
        json!([]),
        json!("text"),
    ] {
        assert_eq!(ErrorFacts::of(&value), None, "{value}");
    }
    assert!(ErrorFacts::of(&json!({"choices":[],"error":{"message":"m"}})).is_some(), "both at once");
}

#[test]
fn a_long_list_of_complaints_is_not_read_to_its_end() {
    let many: Vec<Value> = (0..10_000).map(|n| json!({"msg": n.to_string()})).collect();
    assert_eq!(facts(&json!({"detail": many})).message.as_deref(), Some("0; 1; 2"));
}

#[test]
fn a_message_is_searched_for_down_to_the_deepest_level() {
    let nested = |levels| (0..levels).fold(json!("m"), |inner, _| json!({ "detail": inner }));
    assert_eq!(ErrorFacts::of_refusal(&nested(DEEPEST)).message.as_deref(), Some("m"));
    assert_eq!(ErrorFacts::of_refusal(&nested(DEEPEST + 1)).message, None);
    let as_text = |levels| (0..levels).fold("m".to_owned(), |inner, _| json!({ "detail": inner }).to_string());
    assert_eq!(ErrorFacts::of_refusal(&json!(as_text(DEEPEST))).message.as_deref(), Some("m"));
    let too_deep = ErrorFacts::of_refusal(&json!(as_text(DEEPEST + 1))).message;
    assert_eq!(too_deep.as_deref(), Some(r#"{"detail":"m"}"#), "its text is still shown");
}

#[test]
fn every_shape_that_was_passed_over_is_an_error() {
    for (value, message, status) in [
        (json!([{"error":{"code":503,"message":"overloaded"}}]), "overloaded", Some(503)),
        (json!({"error":[{"message":"m"}]}), "m", None),
        (json!({"error":true,"message":"m"}), "m", None),
        (json!({"error_type":"t","error_message":"m"}), "m", None),
        (json!({"errors":[{"message":"m","code":7003}],"success":false}), "m", None),
        (json!({"success":false,"message":"m"}), "m", None),
        (json!({"status":"error","message":"m"}), "m", None),
        (json!({"type":"error","error":{"type":"overloaded_error","message":"m"}}), "m", None),
        (json!({"base_resp":{"status_code":1004,"status_msg":"m"},"choices":null}), "m", None),
        (json!({"detail":{"error":{"message":"m"}}}), "m", None),
        (json!({"detail":{"message":"m"}}), "m", None),
        (json!({"error":{"message":{"detail":"m"}}}), "m", None),
        (json!({"error":{"message":"{\"error\":{\"message\":\"m\"}}"}}), "m", None),
        (json!({"error":{"error":{"message":"m"}}}), "m", None),
        (json!({"choices":[{"error":{"code":502,"message":"m"},"finish_reason":"error"}]}), "m", Some(502)),
        (json!({"error_code":"429","error_msg":"m"}), "m", Some(429)),
        (json!({"code":20012,"message":"m","data":null}), "m", None),
        (json!({"code":"Throttling","message":"m"}), "m", None),
    ] {
        let found = facts(&value);
        assert_eq!((found.message.as_deref(), found.status), (Some(message), status), "{value}");
    }
}

#[test]
fn of_a_refusal_any_words_are_its_words() {
    for value in
        [json!({"message":"m"}), json!({"reason":"m"}), json!({"title":"m","status":400}), json!(["m"]), json!("m")]
    {
        assert_eq!(ErrorFacts::of_refusal(&value).message.as_deref(), Some("m"), "{value}");
    }
    assert_eq!(ErrorFacts::of_refusal(&json!({"a":1})), ErrorFacts::default());
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(text in "(\\{|\\}|\\[|\\]|:|,|\"error\"|\"message\"|\"detail\"|\"code\"|400|\"a\"|null|true){0,24}") {
        if let Some(value) = document(&text) {
            let _ = (ErrorFacts::of(&value), ErrorFacts::of_refusal(&value));
        }
    }
}
