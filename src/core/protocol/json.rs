//! Reads foreign JSON leniently: a field of the wrong type is treated as absent.

use std::fmt;

use headroom_domain::decimal;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// JSON in which a name may occur twice: the later value counts, unless it is empty. Some servers write
/// `reasoning_content` twice, the second time as `null`.
pub(crate) struct Forgiving(pub(crate) Value);

impl<'de> Deserialize<'de> for Forgiving {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ForgivingVisitor).map(Self)
    }
}

struct ForgivingVisitor;

impl<'de> Visitor<'de> for ForgivingVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Forgiving(value)) = sequence.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Forgiving(value))) = fields.next_entry::<String, Forgiving>()? {
            if !says_nothing(&value) || !object.contains_key(&name) {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns a string field; `None` for `null` and other types.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// Returns a string field that is not empty.
pub(crate) fn some_text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    text(value, key).filter(|text| !text.is_empty())
}

/// Returns a count: an integer, not negative, as a number or (in some lists) as a string of digits.
pub(crate) fn count(value: &Value, key: &str) -> Option<u64> {
    let field = value.get(key)?;
    field.as_u64().or_else(|| field.as_str()?.parse().ok()).or_else(|| whole(field.as_f64()?))
}

/// Returns an amount: finite and not negative, as a number or as a string.
pub(crate) fn amount(value: &Value, key: &str) -> Option<f64> {
    let field = value.get(key)?;
    let number = field.as_f64().or_else(|| decimal(field.as_str()?))?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Returns a boolean field.
pub(crate) fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

/// Returns a field that is present and not `null`.
pub(crate) fn present<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|field| !field.is_null())
}

/// Returns a float that is an integer, as some servers write counts (`12.0`).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn whole(number: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: above it a float is not an exact count
    (number.fract() == 0.0 && (0.0..=EXACT).contains(&number)).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_comes_again_empty_takes_nothing_back() {
        let read = |text: &str| serde_json::from_str::<Forgiving>(text).unwrap().0;
        assert_eq!(read(r#"{"a":"x","a":null,"b":[1,{"c":1,"c":2}]}"#), json!({"a":"x","b":[1,{"c":2}]}));
        assert_eq!(
            read(r#"{"a":"","a":"x","n":-1,"f":0.5,"t":true,"e":{}}"#),
            json!({"a":"x","n":-1,"f":0.5,"t":true,"e":{}})
        );
    }

    #[test]
    fn counts_and_amounts_are_read_from_numbers_and_digits_and_nonsense_is_none() {
        let value = json!({
            "n": 5, "float": 5.0, "digits": "5", "negative": -5, "half": 0.5, "null": null, "list": [5], "word": "five",
            "huge": 1e300, "nan": "NaN", "below": "-1", "price": "0.00000035",
        });
        for key in ["n", "float", "digits"] {
            assert_eq!((count(&value, key), amount(&value, key)), (Some(5), Some(5.0)), "{key}");
        }
        for key in ["negative", "null", "list", "word", "nan", "below", "absent"] {
            assert_eq!((count(&value, key), amount(&value, key)), (None, None), "{key}");
        }
        assert_eq!((count(&value, "half"), count(&value, "huge")), (None, None));
        assert_eq!(amount(&value, "price"), Some(0.000_000_35));
    }
}
