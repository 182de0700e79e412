use headroom_domain::{ApiKey, Origin};
use proptest::prelude::*;

use super::*;

fn read(body: &str) -> ModelList {
    read_models(body.as_bytes()).unwrap()
}

#[test]
fn cerebras_says_everything_about_its_models() {
    let list = read(include_str!("fixtures/models_cerebras.json"));
    let gpt = &list.models[0];
    assert_eq!((gpt.id.as_str(), gpt.title()), ("gpt-oss-120b", "OpenAI GPT OSS"));
    assert_eq!(gpt.hugging_face_id.as_deref(), Some("openai/gpt-oss-120b"));
    assert_eq!((gpt.context_tokens, gpt.max_output_tokens), (Some(131_072), Some(40_960)));
    assert_eq!(gpt.price, Some(Price { prompt_dollars: 0.000_000_35, completion_dollars: 0.000_000_75 }));
    assert_eq!((gpt.requests_per_minute, gpt.tokens_per_minute), (Some(1_000), Some(1_000_000)));
    assert_eq!((gpt.capabilities.reasoning, gpt.capabilities.vision), (Some(true), Some(false)));
    assert_eq!((gpt.deprecated, gpt.preview), (false, false));
    assert_eq!(gpt.tokenizer.as_deref(), Some("GPT"));
    assert!(list.models[1].preview);
    assert_eq!((list.models.len(), list.skipped), (2, 0));
}

#[test]
fn openrouter_says_it_in_other_places() {
    let list = read(include_str!("fixtures/models_openrouter.json"));
    let free = &list.models[0];
    assert_eq!((free.context_tokens, free.max_output_tokens), (Some(131_072), None));
    assert_eq!(free.price, Some(Price::default()));
    assert_eq!((free.capabilities.tools, free.capabilities.reasoning), (Some(true), Some(true)));
    assert_eq!(free.capabilities.vision, Some(false));
    assert_eq!(list.models[1].price, None, "a price that depends is no price");
}

#[test]
fn plain_lists_and_what_local_servers_add() {
    for (body, context) in [
        (r#"{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}"#, None),
        (r#"{"data":[{"id":"m","context_window":8192}]}"#, Some(8_192)),
        (r#"{"data":[{"id":"m","max_model_len":4096}]}"#, Some(4_096)),
        (r#"{"data":[{"id":"m","meta":{"n_ctx_train":2048}}]}"#, Some(2_048)),
        (r#"{"models":[{"id":"m"}]}"#, None),
        (r#"[{"id":"m","context_length":0}]"#, None),
    ] {
        let list = read(body);
        assert_eq!((list.models[0].id.as_str(), list.models[0].context_tokens), ("m", context), "{body}");
    }
}

#[test]
fn one_bad_entry_does_not_lose_the_others() {
    let list = read(
        r#"{"data":[null,7,{"id":""},{"id":5},{"id":"a\u0000b"},{"name":"no id"},
            {"id":"good","limits":"none","pricing":[],"capabilities":null,"context_length":"8192"},{"id":"good"}]}"#,
    );
    assert_eq!(list.skipped, 7);
    assert_eq!(list.models.len(), 1);
    assert_eq!((list.models[0].id.as_str(), list.models[0].context_tokens), ("good", Some(8_192)));
}

#[test]
fn what_is_no_list_says_so() {
    for (body, error) in [
        ("", ModelListError::NotJson),
        ("plain words", ModelListError::NotJson),
        ("{}", ModelListError::NoList),
        (r#"{"data":[]}"#, ModelListError::Empty),
        (r#"{"object":"list","data":[],"models":[]}"#, ModelListError::Empty),
        (r#"{"data":[{"x":1}]}"#, ModelListError::NoList),
        (r#"{"data":5}"#, ModelListError::NoList),
        ("7", ModelListError::NoList),
        // Nested deeper than any server nests.
        (r#"{"ok":1,"data":{"ok":1,"data":{"ok":1,"data":{"data":["m"]}}}}"#, ModelListError::NoList),
    ] {
        assert_eq!(read_models(body.as_bytes()), Err(error), "{body}");
    }
    for (bytes, error) in [(MOST_BYTES, ModelListError::NotJson), (MOST_BYTES + 1, ModelListError::TooLarge)] {
        assert_eq!(read_models(&vec![b' '; bytes]), Err(error), "{bytes}");
    }
}

#[test]
fn names_are_found_in_every_shape_of_list() {
    for body in [
        r#"{"models":[{"name":"a:7b"},{"name":"b"}]}"#,
        r#"{"models":[{"name":"A 7B","model":"a:7b"},{"key":"b"}]}"#,
        r#"{"data":["a:7b","b"]}"#,
        r#"["a:7b","b"]"#,
        r#"{"data":{"a:7b":{"object":"model"},"b":{}}}"#,
        r#"{"a:7b":{"owned_by":"x"},"b":{"owned_by":"y"}}"#,
        r#"{"data":{"models":[{"id":"a:7b"},{"id":"b"}]}}"#,
        r#"{"success":true,"result":[{"name":"a:7b"},{"name":"b"}]}"#,
        r#"{"data":[],"models":[{"id":"a:7b"},{"id":"b"}]}"#,
        "\u{feff}{\"data\":[{\"id\":\"a:7b\"},{\"id\":\"b\"},]}",
    ] {
        let list = read(body);
        let ids: Vec<&str> = list.models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["a:7b", "b"], "{body}");
    }
}

#[test]
fn an_error_in_place_of_a_list_keeps_its_words() {
    for (body, kind, words) in [
        (
            r#"{"error":"Unexpected endpoint or method. (GET /models)"}"#,
            FailureKind::NotFound,
            "Unexpected endpoint or method. (GET /models)",
        ),
        (r#"{"error":{"message":"Invalid API key","code":401}}"#, FailureKind::WrongKey, "Invalid API key"),
        ("<html><title>Sign in</title>", FailureKind::BadStream, "Received a web page instead of an answer: Sign in"),
    ] {
        let failure = Failure::from(read_models(body.as_bytes()).unwrap_err());
        assert_eq!((failure.kind, failure.message.as_deref()), (kind, Some(words)), "{body}");
    }
    assert_eq!(Failure::from(ModelListError::Empty).kind, FailureKind::Empty);
}

#[test]
fn a_key_that_the_list_repeats_is_no_model_and_in_no_name() {
    let key = ApiKey::new("sk-canary-0123456789", Origin::parse("https://x.example").unwrap()).unwrap();
    let list = read(
        r#"{"data":[{"id":"\u0073k-canary-0123456789"},{"id":"org\/sk-canary-0123456789"},
            {"id":"m","name":"for sk-canary-0123456789","owned_by":"sk-canary-0123456789"}]}"#,
    );
    let list = list.redacted(&key.mask());
    assert_eq!(list.models.len(), 1);
    assert!(!format!("{list:?}").contains("canary"), "{list:?}");
}

#[test]
fn a_flood_of_models_is_cut_off() {
    let entries: Vec<String> = (0..MOST_MODELS + 3).map(|n| format!(r#"{{"id":"m{n}"}}"#)).collect();
    let list = read(&format!("[{}]", entries.join(",")));
    assert_eq!((list.models.len(), list.skipped), (MOST_MODELS, 3));
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_models(&body).is_ok();
    }
}
