//! HTML tags, which are shown as text except for `<br>`, and autolinks in angle brackets.

use crate::cursor::{from, until};

/// Whitespace within tags.
const SPACE: [char; 3] = [' ', '\t', '\n'];

/// Recognizes tags. Remembers failed searches, so any number of lookups takes linear time.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    /// Whether the rest of the text has no `-->`, `?>`, `>` after a declaration, or `]]>`.
    missing: [bool; 4],
}

impl Tags {
    /// The length of the tag, comment, processing instruction, declaration or CDATA section at the start of the text.
    pub(crate) fn length(&mut self, text: &str) -> Option<usize> {
        match text.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => {
                let inner = from(text, 4);
                let empty = ["<!-->", "<!--->"].into_iter().find(|short| text.starts_with(short)).map(str::len);
                empty.or_else(|| self.until(0, inner, "-->").map(|end| 4 + end))
            }
            [b'<', b'?', ..] => self.until(1, from(text, 2), "?>").map(|end| 2 + end),
            [b'<', b'!', letter, ..] if letter.is_ascii_alphabetic() => {
                self.until(2, from(text, 2), ">").map(|end| 2 + end)
            }
            [b'<', b'!', b'[', ..] if text.starts_with("<![CDATA[") => {
                self.until(3, from(text, 9), "]]>").map(|end| 9 + end)
            }
            [b'<', b'/', ..] => {
                let rest = from(text, 2 + name(from(text, 2))?).trim_start_matches(SPACE);
                rest.starts_with('>').then(|| text.len() - rest.len() + 1)
            }
            [b'<', ..] => open_tag(text),
            _ => None,
        }
    }

    /// Returns the position after `end`.
    fn until(&mut self, kind: usize, text: &str, end: &str) -> Option<usize> {
        let missing = self.missing.get_mut(kind)?;
        if *missing {
            return None;
        }
        let found = text.find(end);
        *missing = found.is_none();
        found.map(|at| at + end.len())
    }
}

/// Whether a tag is some form of `<br>`.
pub(crate) fn is_break(tag: &str) -> bool {
    let inner = tag.trim_start_matches(['<', '/']);
    let name = inner.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next();
    name.is_some_and(|name| name.eq_ignore_ascii_case("br"))
}

fn name(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    text.starts_with(|first: char| first.is_ascii_alphabetic()).then_some(length)
}

fn open_tag(text: &str) -> Option<usize> {
    let mut at = 1 + name(from(text, 1))?;
    loop {
        let rest = from(text, at).trim_start_matches(SPACE);
        let spaced = text.len() - rest.len() > at;
        at = text.len() - rest.len();
        match rest.as_bytes() {
            [b'>', ..] => return Some(at + 1),
            [b'/', b'>', ..] => return Some(at + 2),
            [first, ..] if spaced && (first.is_ascii_alphabetic() || matches!(first, b'_' | b':')) => {
                at += attribute(rest)?;
            }
            _ => return None,
        }
    }
}

/// The length of the attribute at the start of the text: `name` or `name = value`.
fn attribute(text: &str) -> Option<usize> {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    let length = text.bytes().take_while(in_name).count();
    let Some(value) = from(text, length).trim_start_matches(SPACE).strip_prefix('=') else {
        return Some(length);
    };
    let value = value.trim_start_matches(SPACE);
    let start = text.len() - value.len();
    let length = match value.bytes().next()? {
        quote @ (b'"' | b'\'') => from(value, 1).find(char::from(quote))? + 2,
        _ => value.bytes().take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'=<>`".contains(byte)).count(),
    };
    (length > 0).then_some(start + length)
}

/// The autolink `<target>` at the start of the text: its length with the brackets, and whether it is an email address.
pub(crate) fn autolink(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_prefix('<')?;
    let length = inner.bytes().take_while(|byte| *byte > b' ' && *byte != 0x7f && !b"<>".contains(byte)).count();
    if !from(inner, length).starts_with('>') {
        return None;
    }
    let target = until(inner, length);
    let scheme = target.split(':').next().unwrap_or_default();
    let has_scheme = scheme.len() < target.len()
        && (2..=32).contains(&scheme.len())
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    (has_scheme || is_mail(target)).then_some((length + 2, !has_scheme))
}

/// Whether this is an email address by HTML's rule.
fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let in_local = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    !local.is_empty() && local.bytes().all(in_local) && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_recognized() {
        for (text, length) in [
            ("<a>", Some(3)),
            ("<a b=\"c>\" d='e' f=g h/>i", Some(23)),
            ("<a\n b = 1 >", Some(11)),
            ("</a >", Some(5)),
            ("<!-- a - b --> c", Some(14)),
            ("<!--> a", Some(5)),
            ("<?a?>", Some(5)),
            ("<!A b>", Some(6)),
            ("<![CDATA[a]]>", Some(13)),
            ("<1>", None),
            ("< a>", None),
            ("<a b=>", None),
            ("<a b=\"c\"d>", None),
            ("<a", None),
            ("<!-- a", None),
            ("</a b>", None),
        ] {
            assert_eq!(Tags::default().length(text), length, "{text}");
        }
    }

    #[test]
    fn every_form_of_br_is_a_break_and_nothing_else_is() {
        for text in ["<br>", "<br/>", "<br />", "<BR>", "</br>", "<br class=a>"] {
            assert!(is_break(text), "{text}");
        }
        for text in ["<b>", "<hr>", "<bra>", "<br-a>", "<!-- br -->"] {
            assert!(!is_break(text), "{text}");
        }
    }

    #[test]
    fn autolinks_are_recognized() {
        for (text, found) in [
            ("<https://x.y>z", Some((13, false))),
            ("<a+b:c>", Some((7, false))),
            ("<me@x.y>", Some((8, true))),
            ("<m:x>", None),
            ("<https://x y>", None),
            ("<x.y>", None),
            ("<me@-x.y>", None),
            ("<>", None),
        ] {
            assert_eq!(autolink(text), found, "{text}");
        }
    }
}
