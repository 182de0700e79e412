//! Tests of which addresses are accepted.

use super::*;
use proptest::prelude::*;

#[test]
fn an_address_is_brought_to_its_normal_form() {
    for (typed, url, origin, loopback) in [
        ("https://api.cerebras.ai/v1", "https://api.cerebras.ai/v1", "https://api.cerebras.ai", false),
        ("  HTTPS://API.Cerebras.AI:443/v1/  ", "https://api.cerebras.ai/v1", "https://api.cerebras.ai", false),
        ("https://openrouter.ai/api/v1//", "https://openrouter.ai/api/v1", "https://openrouter.ai", false),
        ("https://x.example/v1/chat/completions", "https://x.example/v1", "https://x.example", false),
        ("https://x.example", "https://x.example", "https://x.example", false),
        ("https://x.example:8443/a/B%20c", "https://x.example:8443/a/B%20c", "https://x.example:8443", false),
        ("http://localhost:11434/v1", "http://localhost:11434/v1", "http://localhost:11434", true),
        ("http://LOCALHOST:80", "http://localhost", "http://localhost", true),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080", true),
        ("http://[0:0::1]:1234/v1", "http://[::1]:1234/v1", "http://[::1]:1234", true),
        ("https://[2001:DB8::1]/v1", "https://[2001:db8::1]/v1", "https://[2001:db8::1]", false),
        ("http://a.localhost/v1", "http://a.localhost/v1", "http://a.localhost", true),
    ] {
        let parsed = BaseUrl::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(parsed.to_string(), url, "{typed}");
        assert_eq!(parsed.origin().as_str(), origin, "{typed}");
        assert_eq!(parsed.origin().is_loopback(), loopback, "{typed}");
    }
}

#[test]
fn what_is_wrong_with_an_address_is_named() {
    for (typed, error) in [
        ("", UrlError::Empty),
        ("   ", UrlError::Empty),
        ("api.cerebras.ai/v1", UrlError::NoScheme),
        ("ftp://x.example", UrlError::NoScheme),
        ("javascript://x.example", UrlError::NoScheme),
        ("http://api.cerebras.ai/v1", UrlError::PlainHttp),
        ("http://192.168.0.7:11434/v1", UrlError::PlainHttp),
        ("http://localhost.evil.example/v1", UrlError::PlainHttp),
        ("http://127.0.0.1.evil.example/v1", UrlError::PlainHttp),
        ("https://me:secret@x.example", UrlError::Credentials),
        ("https://api.cerebras.ai@evil.example/v1", UrlError::Credentials),
        ("https://", UrlError::Host),
        ("https:///v1", UrlError::Host),
        ("https://x..example", UrlError::Host),
        ("https://x.example./v1", UrlError::Host),
        ("https://x example/v1", UrlError::Host),
        ("https://bücher.example", UrlError::Host),
        ("https://x%2eexample", UrlError::Host),
        ("http://127.1/v1", UrlError::Host),
        ("http://0x7f000001/v1", UrlError::Host),
        ("http://2130706433/v1", UrlError::Host),
        ("http://127.0.0.01/v1", UrlError::Host),
        ("https://[::ffff:1.2.3.4]/v1", UrlError::Host),
        ("https://[::1", UrlError::Host),
        ("https://x.example:0", UrlError::Port),
        ("https://x.example:65536", UrlError::Port),
        ("https://x.example:+80", UrlError::Port),
        ("https://x.example:", UrlError::Port),
        ("https://x.example/v1?key=1", UrlError::QueryOrFragment),
        ("https://x.example#v1", UrlError::QueryOrFragment),
        ("https://x.example/v1/../admin", UrlError::Path),
        ("https://x.example/v1/%2E%2e/admin", UrlError::Path),
        ("https://x.example\\@evil.example", UrlError::Path),
        ("https://x.example/a b", UrlError::Path),
    ] {
        assert_eq!(BaseUrl::parse(typed).unwrap_err(), error, "{typed}");
    }
    assert_eq!(BaseUrl::parse(&format!("https://x.example/{}", "a".repeat(4_000))), Err(UrlError::TooLong));
}

#[test]
fn an_endpoint_is_the_base_and_its_path() {
    let url = BaseUrl::parse("https://openrouter.ai/api/v1/").unwrap();
    assert_eq!(url.endpoint("/chat/completions"), "https://openrouter.ai/api/v1/chat/completions");
}

#[test]
fn host_and_port_are_told_apart_in_brackets_too() {
    for (text, host, port) in [
        ("http://[::1]", "[::1]", 80),
        ("http://[::1]:1234", "[::1]", 1234),
        ("https://x.example", "x.example", 443),
        ("https://x.example:8443", "x.example", 8443),
    ] {
        let origin = Origin::parse(text).unwrap();
        assert_eq!((origin.host(), origin.port()), (host, port), "{text}");
    }
}

#[test]
fn a_saved_address_is_checked_again_when_it_is_loaded() {
    let url = BaseUrl::parse("https://x.example/v1").unwrap();
    let saved = serde_json::to_string(&url).unwrap();
    assert_eq!(saved, r#""https://x.example/v1""#);
    assert_eq!(serde_json::from_str::<BaseUrl>(&saved).unwrap(), url);
    assert!(serde_json::from_str::<Origin>(r#""http://evil.example""#).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_the_normal_form_is_its_own(text in "(https?://)?[a-zA-Z0-9.:/\\[\\]@%?#_ -]{0,40}") {
        if let Ok(url) = BaseUrl::parse(&text) {
            prop_assert_eq!(BaseUrl::parse(&url.to_string()), Ok(url.clone()));
            prop_assert_eq!(Origin::parse(url.origin().as_str()), Ok(url.origin().clone()));
            prop_assert!(url.origin().as_str().starts_with("https://") || url.origin().is_loopback());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}") {
        let _ = BaseUrl::parse(&text).is_ok();
        let _ = BaseUrl::parse(&format!("https://{text}")).is_ok();
    }
}
