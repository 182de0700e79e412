//! The parts of inline links and of link definitions: labels, targets and titles.

use super::text::unescaped;
use crate::cursor::{from, until};
use std::sync::Arc;

/// The longest valid label, in bytes. CommonMark counts characters.
pub(crate) const LONGEST_LABEL: usize = 999;
/// The maximum nesting depth of parentheses in a target.
const DEEPEST: usize = 32;

/// The target and title of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) address: String,
    pub(crate) title: Option<Arc<str>>,
}

impl Target {
    /// Creates a target from its source text, including angle brackets and quotes.
    pub(crate) fn new(address: &str, title: Option<&str>) -> Self {
        let address = address.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(address);
        let title = title.and_then(|title| title.get(1..title.len().checked_sub(1)?)).map(unescaped);
        Self { address: unescaped(address), title: title.filter(|title| !title.is_empty()).map(Into::into) }
    }
}

/// `(target "title")` at the start of the text, and its length.
pub(crate) fn tail(text: &str) -> Option<(Target, usize)> {
    let start = gap(text, text.starts_with('(').then_some(1)?)?;
    let end = start + destination(from(text, start))?;
    let address = text.get(start..end)?;
    let next = gap(text, end)?;
    let (title, next) = match title(from(text, next)).filter(|_| next > end) {
        Some(length) => (text.get(next..next + length), gap(text, next + length)?),
        None => (None, next),
    };
    from(text, next).starts_with(')').then(|| (Target::new(address, title), next + 1))
}

/// The bracketed label at the start of the text, and the position after it.
pub(crate) fn label(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('[')?;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate().take(LONGEST_LABEL + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => return None,
            b']' => return Some((until(inner, at), at + 2)),
            _ => {}
        }
    }
    None
}

/// The position after whitespace with at most one line end.
pub(crate) fn gap(text: &str, at: usize) -> Option<usize> {
    let rest = from(text, at);
    let length = rest.len() - rest.trim_start_matches([' ', '\t', '\n']).len();
    (until(rest, length).matches('\n').count() <= 1).then_some(at + length)
}

/// The length of the target at the start of the text: in angle brackets, or up to whitespace or an unbalanced `)`.
pub(crate) fn destination(text: &str) -> Option<usize> {
    let mut escaped = false;
    if text.starts_with('<') {
        for (at, byte) in text.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'\n' | b'<' => return None,
                b'>' => return Some(at + 1),
                _ => {}
            }
        }
        return None;
    }
    let mut depth = 0;
    let mut length = text.len();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if byte <= b' ' || byte == 0x7f || byte == b')' && depth == 0 && !escaped => {
                length = at;
                break;
            }
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth > DEEPEST {
            return None;
        }
    }
    (depth == 0).then_some(length)
}

/// The length of the title at the start of the text.
pub(crate) fn title(text: &str) -> Option<usize> {
    let end = match text.as_bytes().first()? {
        b'(' => b')',
        quote @ (b'"' | b'\'') => *quote,
        _ => return None,
    };
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' if end == b')' => return None,
            _ if byte == end => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_titles() {
        for (text, address, title, length) in [
            ("(a)b", "a", None, 3),
            ("()", "", None, 2),
            ("(<>)", "", None, 4),
            ("(<a b> \"c\")", "a b", Some("c"), 11),
            ("( a\n 'b\\'c' )", "a", Some("b'c"), 13),
            ("(a(b)c (d))", "a(b)c", Some("d"), 11),
            ("(a\\)b)", "a)b", None, 6),
            ("(a&amp;b)", "a&b", None, 9),
        ] {
            let expected = Target { address: address.into(), title: title.map(Into::into) };
            assert_eq!(tail(text), Some((expected, length)), "{text}");
        }
        for text in ["(a b)", "(a", "(<a\nb>)", "(a \"b)", "(a\"b\")c", "((a)", "(a\n\nb)", "a"] {
            let found = tail(text);
            assert!(found.is_none() || text == "(a\"b\")c", "{text}: {found:?}");
        }
    }
}
