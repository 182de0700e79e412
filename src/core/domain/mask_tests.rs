use proptest::prelude::*;

use super::*;

const KEY: &str = "csk-9f3k2m/Q=";

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(KeyMask::of(KEY).text(text), expected, "{text}");
}

#[test]
fn a_repeated_key_is_hidden_wherever_it_stands() {
    check("got csk-9f3k2m/Q=, csk-9f3k2m/Q=!", "got [key], [key]!");
    check("csk-9f3k2m/Q=csk-9f3k2m/Q=", "[key][key]");
    check("Grüße, CSK-9F3K2M/q= 🦀", "Grüße, [key] 🦀");
    check("csk- is how keys begin", "csk- is how keys begin");
    check("", "");
}

#[test]
fn a_key_that_json_a_url_or_html_escapes_is_hidden_too() {
    check(r#"{"key":"\u0063sk-9f3k2m\/Q="}"#, r#"{"key":"[key]"}"#);
    check(r#"{"raw":"{\"key\":\"\\u0063sk-9f3k2m\\\/Q\\u003D\"}"}"#, r#"{"raw":"{\"key\":\"[key]\"}"}"#);
    check("https://x.example/?key=csk-9f3k2m%2FQ%3d&b=1", "https://x.example/?key=[key]&b=1");
    check("<b>&#99;sk-9f3k2m&#x2F;Q=</b>", "<b>[key]</b>");
    check(r"\x63sk-9f3k2m/Q=", "[key]");
}

#[test]
fn the_beginning_of_a_key_at_the_end_of_a_cut_text_is_hidden() {
    check("cut at csk-9f3…", "cut at [key]…");
    check("cut at csk-9f3", "cut at [key]");
    check(r"cut at csk-9f3k2m\u00", "cut at [key]");
    check("cut at csk-9", "cut at csk-9");
    check("csk-9f3 is not at the end", "csk-9f3 is not at the end");
}

#[test]
fn a_placeholder_or_a_word_is_no_secret() {
    for key in [
        "ollama",
        "content",
        "lm-studio",
        "not-needed",
        "none",
        "EMPTY",
        "dummy",
        "password",
        "anything",
        "assistant",
        "completion",
        "Anonymous",
        "sk-1234",
        "sk-test-1234",
        "sk-no-key-required",
        "token-abc123",
        "your-api-key-here",
        "YOUR_API_KEY",
        "xxxxxxxxxxxx",
        "000000000000",
        "1234567890",
        "no-key-required",
        "test-key-123",
        "----------",
    ] {
        assert!(!is_secret(key), "{key}");
        assert_eq!(KeyMask::of(key).text(&format!("run {key} serve")), format!("run {key} serve"));
    }
}

#[test]
fn what_providers_give_out_is_a_secret() {
    for key in [
        "sk-canary",
        "sk-not-this-one",
        "csk-9f3k2m4x",
        "gsk_abcdefgh",
        "sk-or-v1-0123abcd",
        "hf_QwErTyUiOp",
        "9f8e7d6c5b4a",
        "correcthorsebatterystaple",
        "AbCdEfGhIj",
        "sk-proj-1234567890abcdef",
    ] {
        assert!(is_secret(key), "{key}");
        assert_eq!(KeyMask::of(key).text(&format!("got {key}.")), "got [key].");
    }
}

#[test]
fn the_key_is_not_shown_by_its_mask() {
    assert_eq!(format!("{:?} {:?}", KeyMask::of(KEY), KeyMask::default()), "KeyMask(redacted) KeyMask(nothing)");
}

/// Writes a key as some server might: each character verbatim or escaped.
fn escaped(key: &str, ways: &[u8]) -> String {
    let written = key.chars().zip(ways.iter().cycle()).map(|(c, way)| {
        let code = u32::from(c);
        match way % 5 {
            0 => format!("\\u{code:04x}"),
            1 => format!("%{code:02X}"),
            2 => format!("&#{code};"),
            _ => c.to_string(),
        }
    });
    written.collect()
}

proptest! {
    #[test]
    fn no_way_of_writing_a_key_gets_through(before in "[ -~]{0,20}", ways in prop::collection::vec(any::<u8>(), 1..20), after in "\\PC{0,20}") {
        let key = "csk-9f3k2m4x7w";
        let text = format!("{before} {} {after}", escaped(key, &ways));
        let masked = KeyMask::of(key).text(&text).into_owned();
        prop_assert!(masked.contains(HIDDEN), "{masked}");
        prop_assert!(!masked.contains("9f3k2m4x7w") && !masked.contains(&escaped(key, &ways)), "{masked}");
    }

    #[test]
    fn a_text_without_the_key_stays_as_it_is(text in "\\PC{0,200}") {
        prop_assert_eq!(KeyMask::of("csk-9f3k2m4x7w").text(&text), text.as_str());
        prop_assert_eq!(KeyMask::default().text(&text), text.as_str());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\\\|u|x|%|&|#|;|0063|csk-|…|🦀|[a-z]){0,40}") {
        let once = KeyMask::of("csk-9f3k2m4x").text(&text).into_owned();
        prop_assert_eq!(KeyMask::of("csk-9f3k2m4x").text(&once), once.as_str());
    }
}
