//! Hides a key in a server's messages about a request.
//!
//! Some servers repeat the key in an error. It is hidden after decoding, so it doesn't matter whether it arrived
//! escaped or in two chunks. An answer is content: nothing is ever hidden in one.

use std::{borrow::Cow, fmt};

/// The replacement for a key.
const HIDDEN: &str = "[key]";

/// A key shorter than this is not a secret: hiding every "ollama" would protect nothing and garble the text.
const SHORTEST_SECRET: usize = 8;

/// A key that consists only of letters and is shorter than this is a word.
const LONGEST_WORD: usize = 20;

/// This many characters of a key at the end of truncated text are treated as the key.
const SHORTEST_START: usize = 6;

/// Placeholders for keys in documentation.
const PLACEHOLDERS: [&str; 57] = [
    "abc",
    "abcd",
    "abcdef",
    "any",
    "anything",
    "api",
    "apikey",
    "bearer",
    "change",
    "changeme",
    "cpp",
    "default",
    "demo",
    "dev",
    "dummy",
    "empty",
    "example",
    "fake",
    "foo",
    "bar",
    "free",
    "here",
    "insert",
    "key",
    "llama",
    "llm",
    "lm",
    "lmstudio",
    "local",
    "localhost",
    "me",
    "my",
    "na",
    "needed",
    "no",
    "none",
    "not",
    "null",
    "ollama",
    "openai",
    "password",
    "placeholder",
    "pass",
    "pw",
    "required",
    "secret",
    "sk",
    "studio",
    "test",
    "testing",
    "token",
    "unused",
    "use",
    "vllm",
    "xxx",
    "you",
    "your",
];

/// Key prefixes of known providers. With one of these, even a key of only letters is a secret.
const BEGINNINGS: [&str; 9] = ["sk-", "csk-", "gsk_", "hf_", "xai-", "pplx-", "nvapi-", "rk-", "key-"];

/// Hides one key in text; the default hides nothing. `Debug` does not show the key.
///
/// ```
/// use headroom_domain::{ApiKey, Origin};
///
/// let key = ApiKey::new("csk-123456", Origin::parse("https://api.cerebras.ai")?)?;
/// assert_eq!(key.mask().text(r"got \u0063sk-123456!"), "got [key]!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeyMask(String);

impl KeyMask {
    /// Creates a mask for this key; it hides nothing if the key is a placeholder or a word.
    pub(crate) fn of(key: &str) -> Self {
        if is_secret(key) { Self(key.to_owned()) } else { Self::default() }
    }

    /// Replaces the key in text. Matches the key verbatim, in any case, and escaped as in JSON, a URL, or HTML, and
    /// also its beginning at the end of truncated text.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || text.len() < SHORTEST_START {
            return Cow::Borrowed(text);
        }
        let (body, mark) = text.strip_suffix('…').map_or((text, ""), |body| (body, "…"));
        let (mut hidden, mut shown, mut at) = (String::new(), 0, 0);
        while let Some(rest) = body.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
            match self.length_in(rest) {
                Some(length) => {
                    hidden.push_str(body.get(shown..at).unwrap_or_default());
                    hidden.push_str(HIDDEN);
                    at += length;
                    shown = at;
                }
                None => at += 1,
            }
        }
        if shown == 0 {
            return Cow::Borrowed(text);
        }
        hidden.push_str(body.get(shown..).unwrap_or_default());
        hidden.push_str(mark);
        Cow::Owned(hidden)
    }

    /// Whether the key occurs in text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        matches!(self.text(text), Cow::Owned(_))
    }

    /// Returns how many bytes at the start of the text are the key, or its beginning up to the end of the text.
    fn length_in(&self, text: &[u8]) -> Option<usize> {
        let mut rest = text;
        for (matched, byte) in self.0.bytes().enumerate() {
            match written(rest, byte) {
                Some(length) => rest = rest.get(length..)?,
                // The text ends within the key, perhaps within an escape.
                None if matched >= SHORTEST_START && (rest.is_empty() || is_torn_escape(rest)) => {
                    return Some(text.len());
                }
                None => return None,
            }
        }
        Some(text.len() - rest.len())
    }
}

impl fmt::Debug for KeyMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "KeyMask(nothing)" } else { "KeyMask(redacted)" })
    }
}

/// Returns how many bytes at the start of the text encode this character, escaped or not.
fn written(text: &[u8], byte: u8) -> Option<usize> {
    let first = *text.first()?;
    if first.eq_ignore_ascii_case(&byte) {
        return Some(1);
    }
    let is = |code: Option<u32>| code.is_some_and(|code| code == u32::from(byte));
    match first {
        b'\\' => {
            // JSON within JSON doubles them.
            let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
            let escape = text.get(slashes..)?;
            match escape.first()? {
                b'u' if is(hex(escape.get(1..5))) => Some(slashes + 5),
                b'x' if is(hex(escape.get(1..3))) => Some(slashes + 3),
                other => (*other == byte).then_some(slashes + 1),
            }
        }
        b'%' => is(hex(text.get(1..3))).then_some(3),
        b'&' => {
            let end = text.iter().take(8).position(|byte| *byte == b';')?;
            let code = match text.get(1..end)? {
                [b'#', b'x' | b'X', digits @ ..] => hex(Some(digits)),
                [b'#', digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok(),
                b"amp" => Some(u32::from(b'&')),
                b"lt" => Some(u32::from(b'<')),
                b"gt" => Some(u32::from(b'>')),
                b"quot" => Some(u32::from(b'"')),
                _ => None,
            };
            is(code).then_some(end + 1)
        }
        _ => None,
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Whether the text is an incomplete escape.
fn is_torn_escape(text: &[u8]) -> bool {
    matches!(text, [b'\\' | b'%' | b'&', rest @ ..] if rest.len() < 7)
}

/// Whether a key is worth hiding: long enough, and neither a documentation placeholder nor a word.
fn is_secret(key: &str) -> bool {
    if key.len() < SHORTEST_SECRET || runs(key).all(is_placeholder) {
        return false;
    }
    let has_digit = key.bytes().any(|byte| byte.is_ascii_digit());
    let begins_as_one = BEGINNINGS.iter().any(|beginning| key.starts_with(beginning));
    has_digit || begins_as_one || key.len() >= LONGEST_WORD || !is_worded(key)
}

/// Iterates over the runs of letters and of digits in a key.
fn runs(key: &str) -> impl Iterator<Item = &str> {
    let pieces = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty());
    pieces.flat_map(|piece| {
        let digits = piece.find(|c: char| c.is_ascii_digit()).unwrap_or(piece.len());
        let (letters, digits) = piece.split_at(digits);
        [letters, digits].into_iter().filter(|run| !run.is_empty())
    })
}

fn is_placeholder(run: &str) -> bool {
    let mut bytes = run.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
        || ["0123456789", "1234567890"].iter().any(|digits| digits.starts_with(run))
        || PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(run))
}

/// Whether the letters are capitalized like a word: all lowercase, all uppercase, or one capital at the start.
fn is_worded(key: &str) -> bool {
    let letters: Vec<u8> = key.bytes().filter(u8::is_ascii_alphabetic).collect();
    let small = |letters: &[u8]| letters.iter().all(u8::is_ascii_lowercase);
    small(&letters)
        || letters.iter().all(u8::is_ascii_uppercase)
        || letters.split_first().is_some_and(|(_, rest)| small(rest))
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
