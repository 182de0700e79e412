//! Bare URLs and email addresses, which GitHub calls extended autolinks: `https://…`, `www.…`, `me@example.org`.
//!
//! Unlike on GitHub, a URL also ends before non-ASCII punctuation, before `**` and `~~`, and before characters that a
//! URL never contains unescaped: quotation marks, backslashes, pipes, unbalanced closing brackets.

use super::text::reference;
use crate::{
    cursor::{from, until},
    unicode::{is_cjk, is_invisible, is_punctuation},
};

/// A longer URL stays text. This bounds the cost of a URL that is still growing, which is parsed again on every push.
pub(crate) const LONGEST: usize = 2048;

/// An autolink: its range, and the prefix its target needs before the written text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Autolink {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) prefix: &'static str,
}

/// Returns the URL whose scheme ends at the colon at `at`. `before` is the character before the text.
pub(crate) fn url(text: &str, at: usize, before: Option<char>) -> Option<Autolink> {
    from(text, at).strip_prefix("://")?;
    let scheme = ["https", "http"].into_iter().find(|scheme| ends_with(until(text, at), scheme))?;
    let start = at - scheme.len();
    let before = until(text, start).chars().next_back().or(before);
    if !may_start_after(before) {
        return None;
    }
    let end = end(text, at + 3, before)?;
    Some(Autolink { start, end, prefix: "" })
}

/// Returns the URL whose `www` ends at the period at `at`.
pub(crate) fn www(text: &str, at: usize, before: Option<char>) -> Option<Autolink> {
    let start = at.checked_sub(3).filter(|_| ends_with(until(text, at), "www"))?;
    let before = until(text, start).chars().next_back().or(before);
    if !may_start_after(before) || before == Some('/') {
        return None;
    }
    let end = end(text, at + 1, before)?;
    Some(Autolink { start, end, prefix: "http://" })
}

/// Returns the email address around the `@` at `at`.
pub(crate) fn mail(text: &str, at: usize, before: Option<char>) -> Option<Autolink> {
    let local = until(text, at);
    let in_local = |byte: &u8| byte.is_ascii_alphanumeric() || b".+-_".contains(byte);
    let start = at - local.bytes().rev().take_while(in_local).count();
    let before = until(text, start).chars().next_back().or(before);
    let domain = from(text, at + 1);
    let in_domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let length = domain.bytes().take_while(in_domain).count();
    let (domain, after) = (until(domain, length).trim_end_matches('.'), from(domain, length));
    let (host, top) = domain.rsplit_once('.')?;
    let top_level = top.len() > 1 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    let labels = host.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    // `git@host:path` and `scheme://user@host` are not email addresses.
    let other =
        before == Some('/') || after.strip_prefix(':').is_some_and(|path| path.starts_with(char::is_alphanumeric));
    let found = start < at && !local.ends_with('.') && top_level && labels && !after.starts_with('@') && !other;
    found.then_some(Autolink { start, end: at + 1 + domain.len(), prefix: "mailto:" })
}

/// Whether the text ends with `word`, ignoring case.
fn ends_with(text: &str, word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    start.is_some_and(|start| from(text, start).eq_ignore_ascii_case(word))
}

/// Whether a URL may start after this character.
fn may_start_after(before: Option<char>) -> bool {
    before.is_none_or(|before| !before.is_ascii_alphanumeric())
}

/// Returns the end of the URL whose host starts at `start`.
fn end(text: &str, start: usize, before: Option<char>) -> Option<usize> {
    let host = host(from(text, start))?;
    let mut end = start + host;
    if from(text, end).starts_with(['/', '?', '#']) {
        end += path(from(text, end), before);
    }
    let found = until(text, end);
    let mut kept = found.trim_end_matches(TRAILING);
    // A trailing character reference is not part of the URL.
    while found.len() > kept.len() && from(found, kept.len()).starts_with(';') {
        let whole = |at: &usize| reference(from(found, *at)).is_some_and(|(_, length)| at + length == kept.len() + 1);
        let Some(at) = kept.rfind('&').filter(whole) else { break };
        kept = until(kept, at).trim_end_matches(TRAILING);
    }
    (kept.len() > start).then_some(kept.len())
}

/// Trailing characters that belong to the sentence, not to the URL.
const TRAILING: &[char] = &['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '(', '[', '{'];

/// Whether a URL that ends before this text may still turn out to include it.
pub(crate) fn may_continue(text: &str) -> bool {
    text.chars().all(|letter| TRAILING.contains(&letter) || letter == '&')
}

/// The length of the host and port at the start of the text.
fn host(text: &str) -> Option<usize> {
    let literal = text.strip_prefix('[').and_then(|inner| inner.find(']')).filter(|length| *length < 50);
    let bracket = literal.map_or(0, |length| length + 2);
    let inside = |letter: char| match letter {
        '-' | '_' | '.' | ':' | '@' | '%' => true,
        _ if letter.is_ascii() => letter.is_ascii_alphanumeric(),
        _ => letter.is_alphanumeric() && !is_punctuation(letter),
    };
    let rest = from(text, bracket);
    let length = rest.find(|letter| !inside(letter)).unwrap_or(rest.len());
    let host = until(rest, length);
    // In Chinese and Japanese, text may follow without a space. No domain label mixes ASCII and CJK like that.
    let label = host.rfind(['.', ':', '@']).map_or(0, |at| at + 1);
    let cut = match from(host, label).starts_with(|first: char| first.is_ascii_alphanumeric()) {
        true => from(host, label).find(is_cjk).map(|at| label + at),
        false => None,
    };
    let host = until(host, cut.unwrap_or(host.len()));
    let starts = bracket > 0 || host.starts_with(char::is_alphanumeric);
    starts.then_some(bracket + host.len())
}

/// The length of the path, query and fragment at the start of the text.
fn path(text: &str, before: Option<char>) -> usize {
    let mut open: Vec<char> = Vec::new();
    for (at, letter) in text.char_indices() {
        let rest = from(text, at);
        let ends = match letter {
            '<' | '>' | '"' | '`' | '\\' | '|' => true,
            '*' => before == Some('*') || rest.starts_with("**"),
            '~' => rest.starts_with("~~"),
            '&' => ["&lt;", "&gt;", "&quot;", "&nbsp;"].iter().any(|written| rest.starts_with(written)),
            '(' | '[' | '{' => {
                open.push(letter);
                false
            }
            ')' | ']' | '}' => {
                let opener = match letter {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                open.pop() != Some(opener)
            }
            // Dashes are common in the titles of Wikipedia articles.
            '\u{2010}'..='\u{2013}' => false,
            _ if letter.is_ascii() => letter.is_ascii_whitespace() || letter.is_ascii_control(),
            _ => letter.is_whitespace() || is_punctuation(letter) || is_invisible(letter),
        };
        if ends {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let bare = text.bytes().enumerate().find_map(|(at, byte)| match byte {
            b':' => url(text, at, None),
            b'.' => www(text, at, None),
            b'@' => mail(text, at, None),
            _ => None,
        });
        bare.map(|bare| &text[bare.start..bare.end])
    }

    #[test]
    fn a_url_ends_where_the_sentence_continues() {
        for (text, address) in [
            ("see https://x.y.", "https://x.y"),
            ("(https://x.y/a).", "https://x.y/a"),
            ("https://x.y/a_(b)?c=d&e=f#g!", "https://x.y/a_(b)?c=d&e=f#g"),
            ("https://x.y/a),(https://z", "https://x.y/a"),
            ("详见https://x.y/a。然后", "https://x.y/a"),
            ("https://x.y/docs（说明）了解", "https://x.y/docs"),
            ("「https://x.y/a」", "https://x.y/a"),
            ("https://x.y，", "https://x.y"),
            ("访问https://x.com查看", "https://x.com"),
            ("https://x.com에서", "https://x.com"),
            ("https://x.com(官网)", "https://x.com"),
            ("https://例子.测试/路径", "https://例子.测试/路径"),
            ("https://zh.wikipedia.org/wiki/中文", "https://zh.wikipedia.org/wiki/中文"),
            ("https://en.wikipedia.org/wiki/A–B", "https://en.wikipedia.org/wiki/A–B"),
            ("“https://x.y/a”", "https://x.y/a"),
            ("\"url\":\"https://x.y\",\"b\"", "https://x.y"),
            ("https://x.y/**中文", "https://x.y/"),
            ("*https://x.y/a*中文", "https://x.y/a"),
            ("~~https://x.y/~a~~b", "https://x.y/~a"),
            ("[https://x.y/a](b)", "https://x.y/a"),
            ("https://x.y/a&gt;", "https://x.y/a"),
            ("https://x.y/a&amp;b&copy;", "https://x.y/a&amp;b"),
            ("http://localhost:3000/a", "http://localhost:3000/a"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("HTTPS://X.Y", "HTTPS://X.Y"),
            ("www.x.y/a.", "www.x.y/a"),
            ("me+you@x.example.", "me+you@x.example"),
            ("mail:me@x.example, or", "me@x.example"),
        ] {
            assert_eq!(found(text), Some(address), "{text}");
        }
    }

    #[test]
    fn text_that_only_resembles_a_url_is_not_linked() {
        for text in [
            "https://",
            "https://<host>/a",
            "https://{host}/a",
            "https://$HOST/a",
            "https://...",
            "xhttps://x.y",
            "ftp://x.y",
            "awww.x.y",
            "www.",
            "react@18.2.0",
            "@user",
            "a@b",
            "git@github.com:user/repo.git",
            "ssh://git@github.com/x",
            "a@@b.cc",
            "a@-b.cc",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
