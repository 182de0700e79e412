//! Parses JSON.

use std::collections::{BTreeMap, btree_map::Entry};

use super::Json;

/// Most levels of nesting, as in `serde_json`. Reading and writing recurse as often.
const DEEPEST: usize = 127;

pub(super) fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Consumes this token, after white space, if it comes next.
    fn has(&mut self, token: &str) -> bool {
        self.skip();
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    /// Consumes this many bytes.
    fn take(&mut self, bytes: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.skip();
        match self.rest.bytes().next()? {
            b'{' | b'[' if depth >= DEEPEST => None,
            b'{' => self.object(depth + 1),
            b'[' => self.list(depth + 1),
            b'"' => self.text().map(Json::Text),
            b't' => self.has("true").then_some(Json::Bool(true)),
            b'f' => self.has("false").then_some(Json::Bool(false)),
            b'n' => self.has("null").then_some(Json::Null),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let (_, mut list) = (self.take(1)?, Vec::new());
        if self.has("]") {
            return Some(Json::List(list));
        }
        loop {
            list.push(self.value(depth)?);
            if !self.has(",") {
                return self.has("]").then_some(Json::List(list));
            }
        }
    }

    /// Reads an object. If a key occurs twice, the later value takes the earlier place.
    fn object(&mut self, depth: usize) -> Option<Json> {
        let (_, mut entries, mut places) = (self.take(1)?, Vec::<(String, Json)>::new(), BTreeMap::new());
        if self.has("}") {
            return Some(Json::Object(entries));
        }
        loop {
            self.skip();
            let key = self.text()?;
            let value = if self.has(":") { self.value(depth)? } else { return None };
            match places.entry(key.clone()) {
                Entry::Vacant(place) => {
                    place.insert(entries.len());
                    entries.push((key, value));
                }
                Entry::Occupied(place) => entries.get_mut(*place.get())?.1 = value,
            }
            if !self.has(",") {
                return self.has("}").then_some(Json::Object(entries));
            }
        }
    }

    fn number(&mut self) -> Option<Json> {
        let is_part = |it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.' | 'e' | 'E');
        let end = self.rest.find(|it| !is_part(it)).unwrap_or(self.rest.len());
        let number = self.take(end)?;
        // Unlike Rust, JSON allows no plus sign and no leading zeros, and requires digits on both sides of the point.
        let digits = number.strip_prefix('-').unwrap_or(number);
        let mut parts = digits.splitn(2, ['.', 'e', 'E']);
        let before = parts.next().filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))?;
        let is_whole = before == "0" || !before.starts_with('0');
        let point = digits.find('.').is_none_or(|at| digits[at + 1..].starts_with(|it: char| it.is_ascii_digit()));
        let fits = number.parse::<f64>().is_ok_and(f64::is_finite);
        (is_whole && point && fits).then(|| Json::Number(number.to_owned()))
    }

    fn text(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('"')?;
        let mut text = String::new();
        loop {
            let end = self.rest.find(|it| matches!(it, '"' | '\\' | '\0'..='\u{1f}'))?;
            text.push_str(self.take(end)?);
            match self.take(1)? {
                "\"" => return Some(text),
                "\\" => text.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.take(1)? {
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "b" => '\u{8}',
            "f" => '\u{c}',
            "u" => return self.unicode(),
            itself @ ("\"" | "\\" | "/") => itself.chars().next()?,
            _ => return None,
        })
    }

    /// Reads four hex digits, or eight for a surrogate pair.
    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) {
            self.rest = self.rest.strip_prefix("\\u")?;
            units.push(self.unit()?);
        }
        let mut characters = char::decode_utf16(units);
        let character = characters.next()?.ok()?;
        characters.next().is_none().then_some(character)
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.take(4).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_same(ours: &Json, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Json::Null, serde_json::Value::Null) => true,
            (Json::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
            (Json::Text(ours), serde_json::Value::String(theirs)) => ours == theirs,
            // The last digit of `serde_json` is not always right.
            (Json::Number(ours), serde_json::Value::Number(theirs)) => {
                let (ours, theirs) = (ours.parse::<f64>().unwrap(), theirs.as_f64().unwrap());
                (ours - theirs).abs() <= ours.abs() * 1e-15
            }
            (Json::List(ours), serde_json::Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
            }
            (Json::Object(ours), serde_json::Value::Object(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|theirs| is_same(value, theirs)))
            }
            _ => false,
        }
    }

    fn assert_same(text: &str) {
        match (read(text), serde_json::from_str::<serde_json::Value>(text)) {
            (None, Err(_)) => {}
            (Some(ours), Ok(theirs)) => assert!(is_same(&ours, &theirs), "{text:?}: {ours:?} for {theirs:?}"),
            (ours, theirs) => panic!("{text:?}: {ours:?} for {theirs:?}"),
        }
    }

    #[test]
    fn what_another_reader_takes_is_taken_and_nothing_else() {
        let numbers = [
            "0", "-0", "00", "01", "-", "-1", "+1", "1.", ".5", "1.5", "1e5", "1E+05", "1e", "1e+", "1.e5", "1e400",
            "0.1.2", "1-", "--1", "0e0", "1e5.5", "1.5e-7",
        ];
        let texts = [
            r#""\u00e9""#,
            r#""\ud83e\udd80""#,
            r#""\ud83e""#,
            r#""\udd80""#,
            r#""\ud83e\u0041""#,
            r#""\u+0e9""#,
            r#""\x""#,
            "\"a\nb\"",
            "\"",
            r#""\"#,
            r#""é\/""#,
        ];
        let others = [
            "",
            " ",
            "[",
            "[]",
            "[,]",
            "[1,]",
            "[1 2]",
            "{}",
            "{1:2}",
            "{\"a\"}",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "nul",
            "true false",
            "\u{feff}1",
            "\u{a0}1",
            " \t\r\n1 ",
        ];
        for text in numbers.into_iter().chain(texts).chain(others) {
            assert_same(text);
        }
        for depth in [126, 127, 128, 100_000] {
            assert_same(&("[".repeat(depth) + &"]".repeat(depth)));
            assert_same(&("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_another_reader_does(text in "[\\[\\]{}\",:a0-9.e\\-+ ntrulfs\\\\]{0,30}|\\[(-?[0-9]{1,3}(\\.[0-9]{1,9})?(e[+-]?[0-9]{1,2})?,?){0,4}\\]|\\PC{0,20}") {
            assert_same(&text);
            assert_same(&format!("\"{text}\""));
            assert_same(&serde_json::to_string(&text).unwrap());
        }
    }
}
