//! Tests of what people paste for a key.

use super::*;
use crate::{ApiKey, KeyError, Origin};
use proptest::prelude::*;

fn key(pasted: &str) -> Result<String, KeyError> {
    let origin = Origin::parse("https://api.example.com").unwrap();
    ApiKey::new(pasted, origin).map(|key| key.expose_for_storage().to_owned())
}

#[test]
fn a_key_is_found_in_whatever_it_was_copied_from() {
    for pasted in [
        "sk-test-1234",
        "  sk-test-1234\r\n",
        "\"sk-test-1234\"",
        "'sk-test-1234'",
        "`sk-test-1234`",
        "“sk-test-1234”",
        "‘sk-test-1234’",
        "„sk-test-1234“",
        "«sk-test-1234»",
        "<sk-test-1234>",
        "sk-test-1234,",
        "\"sk-test-1234\",",
        "sk-test-1234;",
        "sk-\u{200b}test\u{2060}-1234\u{feff}",
        "\u{202a}sk-test-1234\u{202c}",
        "\u{a0}sk-test-1234\u{3000}",
        "Bearer sk-test-1234",
        "bearer sk-test-1234",
        "Bearer: sk-test-1234",
        "Authorization: Bearer sk-test-1234",
        "authorization:bearer  sk-test-1234",
        "\"Authorization: Bearer sk-test-1234\"",
        "'Authorization': 'Bearer sk-test-1234',",
        "-H \"Authorization: Bearer sk-test-1234\" \\",
        "curl https://api.example.com/v1/models -H 'Authorization: Bearer sk-test-1234' -d '{}'",
        "Authorization: sk-test-1234",
        "x-api-key: sk-test-1234",
        "OPENAI_API_KEY=sk-test-1234",
        "OPENAI_API_KEY = sk-test-1234",
        "OPENAI_API_KEY=\"sk-test-1234\"",
        "OPENAI_API_KEY='sk-test-1234' # mine",
        "OPENAI_API_KEY=“sk-test-1234”",
        "export OPENAI_API_KEY=sk-test-1234",
        "export CEREBRAS_API_KEY=\"sk-test-1234\";",
        "set OPENAI_API_KEY=sk-test-1234",
        "setx OPENAI_API_KEY \"sk-test-1234\"",
        "set -gx OPENAI_API_KEY sk-test-1234",
        "ENV OPENAI_API_KEY sk-test-1234",
        "$env:OPENAI_API_KEY = \"sk-test-1234\"",
        "os.environ[\"OPENAI_API_KEY\"] = \"sk-test-1234\"",
        "client = OpenAI(api_key=\"sk-test-1234\")",
        "const client = new OpenAI({ apiKey: 'sk-test-1234', dangerouslyAllowBrowser: true })",
        "{\"api_key\": \"sk-test-1234\"}",
        "{\"apiKey\":\"sk-test-1234\",\"baseURL\":\"https://api.example.com/v1\"}",
        "api_key: sk-test-1234",
        "API key: sk-test-1234",
        "API-Key： sk-test-1234",
        "HF_TOKEN=sk-test-1234",
        "OPENAI_API_KEY=Bearer sk-test-1234",
        "# my keys\nOPENAI_API_KEY=sk-test-1234\n",
        "OPENAI_BASE_URL=https://api.example.com/v1\nOPENAI_API_KEY=sk-test-1234\n",
        "curl https://api.example.com/v1/models \\\n  -H \"Authorization: Bearer sk-test-1234\" \\\n  -d '{}'",
        "sk-test\n-1234",
        "sk-test-\r\n  1234",
    ] {
        assert_eq!(key(pasted).as_deref(), Ok("sk-test-1234"), "{pasted:?}");
        let quiet = pasted.trim_matches(|c: char| c.is_whitespace()) == "sk-test-1234";
        assert_eq!(CleanedKey::of(pasted).note().is_none(), quiet, "what was taken off is said: {pasted:?}");
    }
}

#[test]
fn a_key_with_odd_characters_of_its_own_stays_whole() {
    for whole in [
        "c2stYWJjZA==",
        "fal-id:fal-secret",
        "id.secret/with+more=",
        "my-key-is-token-like",
        "KEY",
        "bearer-1234",
        "a,b;c",
        "{key}",
        "sk_live#1",
        "ollama",
    ] {
        let cleaned = CleanedKey::of(whole);
        assert_eq!((cleaned.key.as_str(), cleaned.note()), (whole, None));
    }
}

#[test]
fn what_holds_no_key_or_several_is_refused() {
    for (pasted, error) in [
        ("csk-1\ncsk-2", KeyError::Space),
        ("sk-one sk-two", KeyError::Space),
        ("OPENAI_API_KEY=sk-1\nGROQ_API_KEY=gsk-2", KeyError::Space),
        ("Bearer", KeyError::Empty),
        ("\"\"", KeyError::Empty),
        ("OPENAI_API_KEY=$OPENAI_API_KEY", KeyError::Variable),
        ("Authorization: Bearer ${OPENAI_API_KEY}", KeyError::Variable),
        ("$OPENAI_API_KEY", KeyError::Variable),
        ("sk-…abcd", KeyError::Masked),
        ("sk-...abcd", KeyError::Masked),
        ("sk-********abcd", KeyError::Masked),
        ("sk-••••abcd", KeyError::Masked),
    ] {
        assert_eq!(key(pasted), Err(error), "{pasted:?}");
    }
}

#[test]
fn what_was_taken_off_is_one_plain_sentence() {
    for (pasted, note) in [
        ("sk-1", None),
        (" sk-1 ", None),
        ("\"sk-1\"", Some("Removed quotes.")),
        ("Bearer sk-1", Some("Removed the header name.")),
        ("export A_KEY='sk-1' # mine", Some("Removed the variable name and quotes.")),
        ("A_KEY=sk-1 # mine", Some("Removed the variable name and text after the key.")),
        ("sk\n-1\u{200b}", Some("Removed line breaks and invisible characters.")),
    ] {
        assert_eq!(CleanedKey::of(pasted).note().as_deref(), note, "{pasted:?}");
    }
}

proptest! {
    #[test]
    fn a_clean_key_stays_as_it_is(key in "sk-[A-Za-z0-9_-]{4,60}") {
        prop_assert_eq!(CleanedKey::of(&key).key, key);
    }

    #[test]
    fn any_text_gets_shorter_or_stays_and_cleaning_twice_changes_nothing(text in "(OPENAI_API_KEY|Bearer|key|[ =:\"'\n<>,-]|[a-z0-9]{1,4}|\\PC){0,12}") {
        let once = CleanedKey::of(&text);
        prop_assert!(once.key.chars().count() <= text.chars().count());
        let twice = CleanedKey::of(&once.key);
        if !once.key.contains('\n') {
            prop_assert_eq!(&twice.key, &once.key);
        }
    }

    #[test]
    fn a_note_never_repeats_what_was_pasted(secret in "[A-Z0-9]{12,40}") {
        let note = CleanedKey::of(&format!("export OPENAI_API_KEY=\"{secret}\"")).note().unwrap();
        prop_assert!(!note.contains(&secret));
    }
}
