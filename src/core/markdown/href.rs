//! Link targets that are safe to use.

use std::{fmt, sync::Arc};

/// Allowed schemes, with the characters that must follow them. Any other target from a model (`javascript:`, `data:`,
/// paths on this site) stays text.
const ALLOWED: &[&str] = &["https://", "http://", "mailto:"];

/// A link target that is safe to put into `href`: `https`, `http` or `mailto`, without control characters. Only
/// [`Href::check`] creates it. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Href(Arc<str>);

impl Href {
    /// Returns the target if its scheme is allowed, without surrounding whitespace. Rejects, at any position,
    /// everything that a browser would remove or read differently before it looks at the scheme: tabs, line ends, other
    /// control characters, and bidirectional marks.
    #[must_use]
    pub fn check(target: &str) -> Option<Self> {
        let target = target.trim();
        let rest = ALLOWED.iter().find_map(|scheme| {
            let (start, rest) = target.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        })?;
        let addressed = rest.chars().next().is_some_and(|first| !"/\\?#".contains(first));
        (addressed && !rest.chars().any(misleading)).then(|| Self(target.into()))
    }

    /// Returns the target as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Href {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn misleading(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_schemes_pass_and_tricks_do_not() {
        for good in [
            "https://example.org",
            "HTTPS://example.org/a?b=c#d",
            "http://localhost:8080",
            "mailto:me@example.org",
            " https://example.org ",
            "https://example.org/a b",
            "https://müller.example/ü",
        ] {
            assert_eq!(Href::check(good).as_ref().map(Href::as_str), Some(good.trim()), "{good:?}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://example.org/1",
            "https:example.org",
            "https:/example.org",
            "https://",
            "https:///x",
            "https://\\x",
            "mailto:",
            "//example.org",
            "/settings",
            "#top",
            "settings",
            "ht\ttps://example.org",
            "https://exam\nple.org",
            "https://example.org/\u{202e}gpj.exe",
            "https://example.org/\u{0}",
            "view-source:https://example.org",
            "httpsx://example.org",
            "ｈttps://example.org",
        ] {
            assert_eq!(Href::check(bad), None, "{bad:?}");
        }
    }
}
