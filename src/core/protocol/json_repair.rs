//! Finds the JSON documents in the data of an event, even where a server writes invalid JSON.

use serde_json::Value;

use crate::{json::Forgiving, surrogates::stand_in};

/// One item in the data of an event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Document<'a> {
    /// JSON.
    Json(Value),
    /// The end marker.
    Done,
    /// Data that only keeps the connection open.
    KeepAlive,
    /// Anything else.
    Unreadable(&'a str),
}

/// Returns everything in the data of an event. Servers that omit empty lines put several documents into one event.
pub(crate) fn documents(data: &str) -> Vec<Document<'_>> {
    let mut found = Vec::new();
    let mut rest = trimmed(data);
    // Data that needs repair is repaired once as a single document, then line by line.
    let mut may_mend = true;
    while !rest.is_empty() {
        // A proxy may add its own `data:` to an existing one, or write line ends as escapes.
        if let Some(inner) = ["data:", "\\n", "\\r"].iter().find_map(|mark| rest.strip_prefix(mark)) {
            rest = trimmed(inner);
            continue;
        }
        if let Some((value, after)) = first_value(rest) {
            found.push(Document::Json(value));
            rest = trimmed(after);
            continue;
        }
        let starts_json = rest.starts_with(['{', '[']) && !is_done(line_of(rest));
        if starts_json
            && std::mem::take(&mut may_mend)
            && let Some(value) = parsed(&repaired(rest))
        {
            found.push(Document::Json(value));
            break;
        }
        let line = line_of(rest);
        rest = trimmed(rest.get(line.len()..).unwrap_or_default());
        let line = line.trim();
        found.push(if is_done(line) {
            Document::Done
        } else if is_keep_alive(line) {
            Document::KeepAlive
        } else if let Some(value) = starts_json.then(|| parsed(&repaired(line))).flatten() {
            Document::Json(value)
        } else {
            Document::Unreadable(line)
        });
    }
    found
}

/// Parses a complete body that should be one JSON document.
pub(crate) fn document(text: &str) -> Option<Value> {
    let text = trimmed(text);
    parsed(text).or_else(|| text.starts_with(['{', '[']).then(|| parsed(&repaired(text)))?)
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str::<Forgiving>(text).ok().map(|Forgiving(value)| value)
}

/// Returns the JSON at the start of the text, and the rest. Bare words and numbers are left to their line.
fn first_value(text: &str) -> Option<(Value, &str)> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Forgiving>();
    let Forgiving(value) = values.next()?.ok()?;
    Some((value, text.get(values.byte_offset()..)?))
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn line_of(text: &str) -> &str {
    text.split('\n').next().unwrap_or(text)
}

/// Returns whether the line is `[DONE]`, in any spelling.
fn is_done(line: &str) -> bool {
    let word = line.trim_end_matches("\\n").trim_matches(['"', '[', ']', ' ']);
    word.eq_ignore_ascii_case("done")
}

/// Returns whether the line is a word that gateways send while a model thinks, or a bare value that is not an answer.
fn is_keep_alive(line: &str) -> bool {
    const WORDS: [&str; 9] =
        ["ping", "pong", "keep-alive", "keepalive", "keep alive", "heartbeat", "null", "true", "ok"];
    let word = line.trim_matches([':', '"', ' ', '.', '…']);
    let processing =
        word.len() >= 10 && word.get(word.len() - 10..).is_some_and(|end| end.eq_ignore_ascii_case("processing"));
    processing
        || word.is_empty()
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Repairs JSON as it was probably meant: control characters and bad escapes in strings, halves of surrogate pairs,
/// single-quoted strings, Python's and JavaScript's words, numbers out of range, and extra commas.
fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' | '\'' => repaired_text(rest.get(1..).unwrap_or_default(), first, &mut out),
            '0'..='9' | '-' | '+' | '.' => {
                let length = length_while(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
                let (number, after) = rest.split_at(length);
                out.push_str(if serde_json::from_str::<f64>(number).is_ok() { number } else { "null" });
                after
            }
            'a'..='z' | 'A'..='Z' => {
                let (word, after) = rest.split_at(length_while(rest, |c| c.is_ascii_alphanumeric()));
                out.push_str(match word {
                    "True" | "true" => "true",
                    "False" | "false" => "false",
                    "NaN" | "Infinity" | "None" | "undefined" | "null" => "null",
                    // Not JSON, and not repairable.
                    _ => word,
                });
                after
            }
            ',' => {
                let after = rest.get(1..).unwrap_or_default();
                if !after.trim_start().starts_with(['}', ']']) {
                    out.push(',');
                }
                after
            }
            other => {
                out.push(other);
                rest.get(other.len_utf8()..).unwrap_or_default()
            }
        };
    }
    out
}

fn length_while(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// Repairs a string up to its closing quote, and returns the rest.
fn repaired_text<'a>(text: &'a str, quote: char, out: &mut String) -> &'a str {
    out.push('"');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '\\' => repaired_escape(after, out),
            _ if first == quote => {
                out.push('"');
                return after;
            }
            '"' => {
                out.push_str("\\\"");
                after
            }
            control if control.is_ascii_control() => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
                after
            }
            other => {
                out.push(other);
                after
            }
        };
    }
    rest
}

/// Repairs an escape after its backslash, and returns the rest.
fn repaired_escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    let code = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = text.chars().next();
    let after = |length: usize| text.get(length..).unwrap_or_default();
    match first {
        Some('u') => match code(1, 5) {
            // Two adjacent halves are one character; a lone one waits for the next event.
            Some(half @ 0xD800..0xDC00) if after(5).starts_with("\\u") => {
                let second = after(7).get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                match second.filter(|second| (0xDC00..0xE000).contains(second)) {
                    Some(second) => {
                        out.push_str(&format!("\\u{half:04x}\\u{second:04x}"));
                        after(11)
                    }
                    None => {
                        out.extend(stand_in(half));
                        after(5)
                    }
                }
            }
            Some(unit) => {
                match stand_in(unit) {
                    Some(stand_in) => out.push(stand_in),
                    None => out.push_str(&format!("\\u{unit:04x}")),
                }
                after(5)
            }
            None => {
                out.push_str("\\\\u");
                after(1)
            }
        },
        Some('x') if code(1, 3).is_some() => {
            out.push_str(&format!("\\u{:04x}", code(1, 3).unwrap_or_default()));
            after(3)
        }
        Some('\'') => {
            out.push('\'');
            after(1)
        }
        Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
            out.push('\\');
            out.push(known);
            after(1)
        }
        // A backslash that escapes nothing is a literal backslash.
        Some(_) | None => {
            out.push_str("\\\\");
            text
        }
    }
}

#[cfg(test)]
#[path = "json_repair_tests.rs"]
mod tests;
