//! Backslash escapes and character references: `\*`, `&amp;`.

use crate::cursor::{from, until};

/// HTML's named character references: one name and its code points per line, sorted.
const NAMED: &str = include_str!("entities.txt");
/// The length of the longest name.
const LONGEST_NAME: usize = 31;

/// Returns the character reference at the start of the text: what it stands for, and its length.
pub(crate) fn reference(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('&')?;
    if let Some(number) = inner.strip_prefix('#') {
        let (digits, radix, most) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 6),
            None => (number, 10, 7),
        };
        let length = digits.chars().take_while(|digit| digit.is_digit(radix)).count();
        if length == 0 || length > most || !from(digits, length).starts_with(';') {
            return None;
        }
        let code = u32::from_str_radix(until(digits, length), radix).ok()?;
        let character = char::from_u32(code).filter(|character| *character != '\0').unwrap_or('\u{fffd}');
        return Some((character.into(), text.len() - digits.len() + length + 1));
    }
    let length = inner.bytes().take(LONGEST_NAME + 1).take_while(u8::is_ascii_alphanumeric).count();
    if !from(inner, length).starts_with(';') {
        return None;
    }
    Some((named(until(inner, length))?, length + 2))
}

fn named(name: &str) -> Option<String> {
    let (mut low, mut high) = (0, NAMED.len());
    while low < high {
        let middle = (low + high) / 2;
        let start = until(NAMED, middle).rfind('\n').map_or(0, |at| at + 1);
        let line = from(NAMED, start).split('\n').next()?;
        let (other, codes) = line.split_once(' ')?;
        match name.cmp(other) {
            std::cmp::Ordering::Less => high = start,
            std::cmp::Ordering::Greater => low = start + line.len() + 1,
            std::cmp::Ordering::Equal => {
                let codes = codes.split(' ').filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
                return Some(codes.collect());
            }
        }
    }
    None
}

/// Resolves escapes and references, as in link targets and titles.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&']) {
        out.push_str(until(rest, at));
        rest = from(rest, at);
        match (rest.as_bytes(), reference(rest)) {
            (_, Some((characters, length))) => {
                out.push_str(&characters);
                rest = from(rest, length);
            }
            ([b'\\', escaped, ..], None) if escaped.is_ascii_punctuation() => {
                out.push(char::from(*escaped));
                rest = from(rest, 2);
            }
            _ => {
                out.push_str(until(rest, 1));
                rest = from(rest, 1);
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Event, Parser};

    #[test]
    fn named_references_agree_with_a_second_parser() {
        for line in NAMED.lines() {
            let name = line.split(' ').next().expect("each line has a name");
            assert!(name.len() <= LONGEST_NAME, "{name}");
            let source = format!("a&{name};b");
            let theirs = Parser::new(&source).filter_map(|event| match event {
                Event::Text(text) => Some(text.to_string()),
                Event::SoftBreak => Some("\n".to_owned()),
                _ => None,
            });
            let (ours, length) = reference(&source[1..]).expect("the name is known");
            assert_eq!((["a", &ours, "b"].concat(), length), (theirs.collect(), name.len() + 2), "{name}");
        }
        assert_eq!(NAMED.lines().count(), 2125);
    }

    #[test]
    fn numeric_and_invalid_references() {
        for (text, expected) in [
            ("&#65;b", Some(("A", 5))),
            ("&#x1F600; ", Some(("😀", 9))),
            ("&#X41;", Some(("A", 6))),
            ("&#0;", Some(("\u{fffd}", 4))),
            ("&#xd800;", Some(("\u{fffd}", 8))),
            ("&#12345678;", None),
            ("&#;", None),
            ("&#x;", None),
            ("&amp", None),
            ("&nosuchname;", None),
            ("&;", None),
            ("&copy=1", None),
        ] {
            let found = reference(text);
            assert_eq!(found.as_ref().map(|(text, length)| (text.as_str(), *length)), expected, "{text}");
        }
    }

    #[test]
    fn escapes_and_references_are_resolved_in_targets() {
        assert_eq!(unescaped(r"a\*b\c&amp;\&amp;d\"), "a*b\\c&&amp;d\\");
    }
}
