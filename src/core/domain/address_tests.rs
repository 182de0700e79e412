//! Tests of what people type or paste for a base URL.

use super::*;
use proptest::prelude::*;

fn used(typed: &str) -> String {
    Address::of(typed).unwrap_or_else(|why| panic!("{typed}: {}", why.error)).url.to_string()
}

#[test]
fn an_address_that_was_typed_or_pasted_somehow_becomes_one_base_url() {
    for (typed, url) in [
        ("https://llm.example/v1", "https://llm.example/v1"),
        ("  https://llm.example/v1/  ", "https://llm.example/v1"),
        ("https://llm.example/v1//", "https://llm.example/v1"),
        ("https://llm.example//v1", "https://llm.example/v1"),
        ("https://llm.example///v1//models", "https://llm.example/v1"),
        ("https:///llm.example/v1", "https://llm.example/v1"),
        ("https:/llm.example/v1", "https://llm.example/v1"),
        ("//llm.example/v1", "https://llm.example/v1"),
        ("llm.example/v1", "https://llm.example/v1"),
        ("LLM.example:8443/v1", "https://llm.example:8443/v1"),
        ("https://llm.example/v1/models", "https://llm.example/v1"),
        ("https://llm.example/v1/models/", "https://llm.example/v1"),
        ("https://llm.example/v1/chat/completions", "https://llm.example/v1"),
        ("https://llm.example/v1/completions", "https://llm.example/v1"),
        ("https://llm.example/v1/responses", "https://llm.example/v1"),
        ("https://llm.example/api/paas/v4/chat/completions", "https://llm.example/api/paas/v4"),
        ("https://llm.example/v1beta/openai/", "https://llm.example/v1beta/openai"),
        ("\"https://llm.example/v1\"", "https://llm.example/v1"),
        ("<https://llm.example/v1>", "https://llm.example/v1"),
        ("`https://llm.example/v1`.", "https://llm.example/v1"),
        ("“https://llm.example/v1”", "https://llm.example/v1"),
        ("https://llm.example/v1,", "https://llm.example/v1"),
        ("https://llm.example/v1#", "https://llm.example/v1"),
        ("https://llm.example/v1/?", "https://llm.example/v1"),
        ("\u{200b}https://llm.example/v1\u{feff}", "https://llm.example/v1"),
        ("OPENAI_BASE_URL=https://llm.example/v1", "https://llm.example/v1"),
        ("export OPENAI_API_BASE=\"https://llm.example/v1\"", "https://llm.example/v1"),
        ("base_url: 'https://llm.example/v1',", "https://llm.example/v1"),
        ("https://10.0.0.7:8443/v1", "https://10.0.0.7:8443/v1"),
        ("nas.local:8443/v1", "https://nas.local:8443/v1"),
        ("nas:8443/v1", "https://nas:8443/v1"),
        ("localhost:9000/v1", "http://localhost:9000/v1"),
        ("LOCALHOST:9000/v1", "http://localhost:9000/v1"),
        ("127.0.0.1:9000/v1", "http://127.0.0.1:9000/v1"),
        ("llm.localhost:9000/v1", "http://llm.localhost:9000/v1"),
        ("0.0.0.0:9000/v1", "http://localhost:9000/v1"),
        ("http://0.0.0.0:11434", "http://localhost:11434/v1"),
        ("http://[::]:9000/v1", "http://localhost:9000/v1"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("http://localhost:11434/", "http://localhost:11434/v1"),
        ("http://localhost:11434/api/chat", "http://localhost:11434/v1"),
        ("http://localhost:11434/v1/models", "http://localhost:11434/v1"),
        ("http://localhost:1234", "http://localhost:1234/v1"),
        ("https://api.cerebras.ai", "https://api.cerebras.ai/v1"),
        ("api.cerebras.ai", "https://api.cerebras.ai/v1"),
        ("https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("openrouter.ai", "https://openrouter.ai/api/v1"),
    ] {
        assert_eq!(used(typed), url, "{typed}");
        let again = Address::of(url).unwrap();
        assert_eq!((again.url.to_string().as_str(), again.note()), (url, None), "its own form stays: {url}");
    }
}

#[test]
fn what_was_put_right_is_said() {
    for (typed, note) in [
        ("https://llm.example/v1", None),
        (" https://llm.example/v1/ ", None),
        ("llm.example/v1", Some("Using https://llm.example/v1: added https://.")),
        ("localhost:11434", Some("Using http://localhost:11434/v1: added http://, added /v1.")),
        (
            "https://llm.example//v1/models",
            Some("Using https://llm.example/v1: removed extra slashes, removed /models."),
        ),
        ("http://0.0.0.0:9000/v1", Some("Using http://localhost:9000/v1: changed the host to localhost.")),
        ("'https://llm.example/v1'", Some("Using https://llm.example/v1: removed extra text.")),
    ] {
        assert_eq!(Address::of(typed).unwrap().note().as_deref(), note, "{typed}");
    }
}

#[test]
fn a_guess_is_offered_and_not_made() {
    for (typed, url, suggestion) in [
        ("https://llm.example", "https://llm.example", Some("https://llm.example/v1")),
        ("https://llm.example/api", "https://llm.example/api", Some("https://llm.example/api/v1")),
        ("http://localhost:9000", "http://localhost:9000", Some("http://localhost:9000/v1")),
        ("http://localhost:9000/api/generate", "http://localhost:9000/api/generate", Some("http://localhost:9000/v1")),
        ("https://api.groq.com/v1", "https://api.groq.com/v1", Some("https://api.groq.com/openai/v1")),
        ("https://openrouter.ai/v1", "https://openrouter.ai/v1", Some("https://openrouter.ai/api/v1")),
        ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1", None),
        ("https://llm.example/v1", "https://llm.example/v1", None),
        ("https://llm.example/inference", "https://llm.example/inference", None),
    ] {
        let address = Address::of(typed).unwrap();
        let suggested = address.suggestion.map(|url| url.to_string());
        assert_eq!((address.url.to_string().as_str(), suggested.as_deref()), (url, suggestion), "{typed}");
    }
}

#[test]
fn what_the_policy_would_block_is_refused_with_what_works_instead() {
    for (typed, error, suggestion) in [
        ("http://[::1]:9000/v1", UrlError::OtherLoopback, Some("http://localhost:9000/v1")),
        ("[::1]:9000/v1", UrlError::OtherLoopback, Some("http://localhost:9000/v1")),
        ("http://127.0.0.2:9000/v1", UrlError::OtherLoopback, Some("http://localhost:9000/v1")),
        ("127.1.2.3:9000", UrlError::OtherLoopback, Some("http://localhost:9000")),
        ("http://[::1]/v1", UrlError::OtherLoopback, Some("http://localhost/v1")),
        ("http://llm.example/v1", UrlError::PlainHttp, Some("https://llm.example/v1")),
        ("http://192.168.0.7:11434/v1", UrlError::PlainHttp, None),
        ("http://nas.local:11434/v1", UrlError::PlainHttp, None),
    ] {
        let why = Address::of(typed).unwrap_err();
        let suggested = why.suggestion.map(|url| url.to_string());
        assert_eq!((why.error, suggested.as_deref()), (error, suggestion), "{typed}");
    }
}

#[test]
fn what_is_no_address_of_an_api_stays_refused() {
    for (typed, error) in [
        ("", UrlError::Empty),
        ("cerebras", UrlError::NoScheme),
        ("my server", UrlError::NoScheme),
        ("javascript:alert(1)", UrlError::NoScheme),
        ("javascript://llm.example/%0aalert(1)", UrlError::NoScheme),
        ("data:text/html,x", UrlError::NoScheme),
        ("file:///etc/passwd", UrlError::NoScheme),
        ("mailto:me@llm.example", UrlError::NoScheme),
        ("ftp://llm.example/v1", UrlError::NoScheme),
        ("me:secret@llm.example/v1", UrlError::NoScheme),
        ("https://me:secret@llm.example/v1", UrlError::Credentials),
        ("https://llm.example/v1?key=1", UrlError::QueryOrFragment),
        ("https://llm.example/v1/../admin", UrlError::Path),
        ("http://127.1:9000", UrlError::Host),
    ] {
        assert_eq!(Address::of(typed).unwrap_err().error, error, "{typed}");
    }
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_reachable_and_stays_as_it_is(typed in "(https?:/{0,3}|//)?(localhost|127\\.0\\.0\\.[0-3]|0\\.0\\.0\\.0|\\[::1?\\]|a\\.localhost|x\\.example|nas)?(:[0-9]{1,5})?[a-z0-9/.?#\"' -]{0,12}") {
        if let Ok(address) = Address::of(&typed) {
            prop_assert!(address.url.origin().is_within_policy(), "{}", address.url);
            let again = Address::of(&address.url.to_string()).unwrap();
            prop_assert_eq!(again.url, address.url);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}") {
        let _ = Address::of(&text).is_ok();
        let _ = Address::of(&format!("https://{text}")).is_ok();
    }
}
