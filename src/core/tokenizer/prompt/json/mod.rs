//! JSON whose keys keep their order, and the ways in which templates write it.
//!
//! The order matters, as another order gives other tokens. So does each digit. `serde_json` needs a feature for each of
//! the two that the entire page would pay for, so values are read into a type defined here.

mod read;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// The number, as written.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a value; `None` if it is invalid, or nested more than 127 levels deep.
    pub(super) fn read(text: &str) -> Option<Self> {
        read::read(text)
    }

    /// Returns an object's value under a key; `None` for any other value.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// Returns the keys and values of an object; empty for any other value.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Self::Object(entries) = self { entries } else { &[] }
    }

    pub(super) const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Writes the value.
    pub(super) fn write(&self, style: Style, into: &mut String) {
        self.write_at(style, 0, into);
    }

    /// Returns the value as text.
    pub(super) fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        self.write(style, &mut text);
        text
    }

    fn write_at(&self, style: Style, depth: usize, into: &mut String) {
        match self {
            Self::Null => into.push_str("null"),
            Self::Bool(true) => into.push_str("true"),
            Self::Bool(false) => into.push_str("false"),
            Self::Number(number) => into.push_str(&style.number(number)),
            Self::Text(text) => quote(text, into),
            Self::List(list) => {
                style.list(('[', ']'), depth, list, into, |value, into| value.write_at(style, depth + 1, into));
            }
            Self::Object(entries) => style.list(('{', '}'), depth, entries, into, |(key, value), into| {
                quote(key, into);
                into.push_str(if style == Style::Compact { ":" } else { ": " });
                value.write_at(style, depth + 1, into);
            }),
        }
    }
}

/// The style of written JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As `serde_json` does: no spaces.
    Compact,
    /// As Python does: a space after `,` and `:`.
    Spaced,
    /// As Python does with `indent=4`.
    Indented,
}

impl Style {
    fn list<T>(
        self,
        (open, close): (char, char),
        depth: usize,
        items: &[T],
        into: &mut String,
        write: impl Fn(&T, &mut String),
    ) {
        into.push(open);
        for (place, item) in items.iter().enumerate() {
            into.push_str(match (self, place) {
                (Self::Compact | Self::Spaced, 0) => "",
                (Self::Spaced, _) => ", ",
                (Self::Indented, 0) => "\n",
                (Self::Indented, _) => ",\n",
                (Self::Compact, _) => ",",
            });
            self.indent(depth + 1, into);
            write(item, into);
        }
        if self == Self::Indented && !items.is_empty() {
            into.push('\n');
            self.indent(depth, into);
        }
        into.push(close);
    }

    fn indent(self, depth: usize, into: &mut String) {
        if self == Self::Indented {
            into.extend((0..depth).map(|_| "    "));
        }
    }

    fn number(self, written: &str) -> String {
        let whole = !written.contains(['.', 'e', 'E']);
        match self {
            // Of any length; zero has no sign.
            Self::Spaced | Self::Indented if whole => (if written == "-0" { "0" } else { written }).to_owned(),
            Self::Compact if whole && (written.parse::<u64>().is_ok() || is_negative(written)) => written.to_owned(),
            _ => self.float(written.parse().unwrap_or_default()),
        }
    }

    /// Both write the shortest digits that identify the number, and the even one of two equally near ones. They differ
    /// in when they write an exponent, and in its format.
    fn float(self, number: f64) -> String {
        // Rust takes the greater of two, except when the number of digits is given.
        let shortest = format!("{number:e}");
        let mantissa = shortest.split('e').next().unwrap_or_default();
        let digits = mantissa.split_once('.').map_or(0, |(_, digits)| digits.len());
        let exponential = format!("{number:.digits$e}");
        let (mantissa, exponent) = exponential.split_once('e').unwrap_or((&exponential, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let least = if self == Self::Compact { -5 } else { -4 };
        if (least..16).contains(&exponent) {
            let digits = i32::try_from(digits).unwrap_or_default() - exponent;
            return format!("{number:.*}", usize::try_from(digits).unwrap_or_default().max(1));
        }
        match self {
            Self::Compact => exponential,
            _ => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        }
    }
}

/// Returns whether it is a negative number that fits 64 bits.
fn is_negative(written: &str) -> bool {
    written.parse::<i64>().is_ok_and(|number| number < 0)
}

/// Writes a string as JSON. Python (with `ensure_ascii=False`) and `serde_json` agree on it.
pub(super) fn quote(text: &str, into: &mut String) {
    into.push('"');
    for character in text.chars() {
        match character {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\u{8}' => into.push_str("\\b"),
            '\u{c}' => into.push_str("\\f"),
            '\0'..'\u{20}' => into.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => into.push(character),
        }
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_python_writes_is_written() {
        // Each as written by `json.dumps(json.loads(text), ensure_ascii=False)`.
        let cases = [
            (r#"{"z":1,"a":[],"z":2}"#, r#"{"z": 2, "a": []}"#),
            (
                r#"[1.0,1e3,1E22,0.0001,0.00001,-2.5e-7,1e16,123456789012345680.0,1675857190229306.25,5e-324]"#,
                "[1.0, 1000.0, 1e+22, 0.0001, 1e-05, -2.5e-07, 1e+16, 1.2345678901234568e+17, 1675857190229306.2, 5e-324]",
            ),
            (
                r#"[18446744073709551616000,-9223372036854775808,0,-0]"#,
                "[18446744073709551616000, -9223372036854775808, 0, 0]",
            ),
            (
                r#""a\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\ud83e\udd80""#,
                "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}é🦀\"",
            ),
            (r#"{"a":{},"b":[true,false,null]}"#, r#"{"a": {}, "b": [true, false, null]}"#),
        ];
        for (text, python) in cases {
            assert_eq!(Json::read(text).unwrap().to_text(Style::Spaced), python, "{text}");
        }
        let indented = Json::read(r#"{"a":[1,{"b":{}}],"c":[]}"#).unwrap().to_text(Style::Indented);
        let lines = [
            "{",
            "    \"a\": [",
            "        1,",
            "        {",
            "            \"b\": {}",
            "        }",
            "    ],",
            "    \"c\": []",
            "}",
        ];
        assert_eq!(indented, lines.join("\n"));
    }

    #[test]
    fn numbers_are_written_as_openais_library_has_them() {
        let text =
            "[1000.0,1e3,1E22,0.0001,0.00001,0.000001,-2.5e-7,1e15,1e16,18446744073709551615,18446744073709551616,-0]";
        let written = "[1000.0,1000.0,1e22,0.0001,0.00001,1e-6,-2.5e-7,1000000000000000.0,1e16,18446744073709551615,1.8446744073709552e19,-0.0]";
        assert_eq!(Json::read(text).unwrap().to_text(Style::Compact), written);
    }

    #[test]
    fn what_is_no_json_or_endlessly_nested_is_refused() {
        for text in ["", "{", "nul", "1 2", "{\"a\":}", &"[".repeat(100_000), r#""\ud800""#] {
            assert_eq!(Json::read(text), None);
        }
    }

    proptest! {
        #[test]
        fn each_style_says_the_same(text in "[\\[\\]{}\",:a01.e\\- ]{0,40}|\\PC{0,20}") {
            let quoted = serde_json::to_string(&text).unwrap();
            for json in [Json::read(&text), Json::read(&quoted), Json::read(&format!("{{{quoted}:[{quoted},{{}}]}}"))] {
                let Some(json) = json else { continue };
                for style in [Style::Compact, Style::Spaced, Style::Indented] {
                    let written = json.to_text(style);
                    prop_assert_eq!(Json::read(&written).unwrap().to_text(style), written);
                }
            }
        }

        #[test]
        fn compact_is_what_serde_writes(text in any::<String>(), whole in any::<i64>(), large in any::<u64>()) {
            let written = serde_json::json!({"k": [text, whole, large, {}]}).to_string();
            prop_assert_eq!(Json::read(&written).unwrap().to_text(Style::Compact), written);
        }

        #[test]
        fn a_number_is_written_so_that_it_means_the_same(number in any::<f64>().prop_filter("JSON has no others", |it| it.is_finite())) {
            let json = Json::read(&format!("{number:e}")).unwrap();
            for style in [Style::Compact, Style::Spaced] {
                prop_assert_eq!(json.to_text(style).parse::<f64>().unwrap(), number);
            }
        }
    }
}
