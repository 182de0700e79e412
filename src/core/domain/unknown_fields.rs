//! Fields of a stored record that this build does not know, because a newer one wrote them. They are kept apart and
//! written back with the record.

use serde_json::Value;

/// The unknown parts of a JSON value, at the places they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownFields {
    /// Unknown as a whole.
    Value(Value),
    /// Unknown parts of an object's fields.
    Object(Vec<(String, Self)>),
    /// Unknown parts of a list's items, by index.
    List(Vec<(usize, Self)>),
}

impl UnknownFields {
    /// Compares a stored record with what this build writes for it. `None` if this build knows all of it.
    #[must_use]
    pub fn between(stored: &str, understood: &str) -> Option<Box<Self>> {
        if stored == understood {
            return None;
        }
        let (stored, understood) = (serde_json::from_str(stored).ok()?, serde_json::from_str(understood).ok()?);
        Self::of(stored, &understood).map(Box::new)
    }

    fn of(stored: Value, understood: &Value) -> Option<Self> {
        match (stored, understood) {
            (Value::Object(stored), Value::Object(understood)) => {
                let unknown = stored.into_iter().filter_map(|(name, value)| {
                    let unknown = match understood.get(&name) {
                        Some(understood) => Self::of(value, understood)?,
                        None => Self::Value(value),
                    };
                    Some((name, unknown))
                });
                let unknown: Vec<_> = unknown.collect();
                (!unknown.is_empty()).then_some(Self::Object(unknown))
            }
            (Value::Array(stored), Value::Array(understood)) => {
                let both = stored.into_iter().zip(understood).enumerate();
                let unknown: Vec<_> =
                    both.filter_map(|(at, (stored, understood))| Some((at, Self::of(stored, understood)?))).collect();
                (!unknown.is_empty()).then_some(Self::List(unknown))
            }
            _ => None,
        }
    }

    /// Adds the unknown fields to a record that this build wrote. What is no longer there, or has another shape now, gets
    /// none; known fields stay as they are.
    #[must_use]
    pub fn added_to(&self, written: String) -> String {
        let Ok(mut value) = serde_json::from_str(&written) else { return written };
        self.add(&mut value);
        value.to_string()
    }

    fn add(&self, written: &mut Value) {
        match (self, written) {
            (Self::Object(unknown), Value::Object(written)) => {
                for (name, unknown) in unknown {
                    match (written.get_mut(name), unknown) {
                        (Some(written), unknown) => unknown.add(written),
                        (None, Self::Value(value)) => {
                            written.insert(name.clone(), value.clone());
                        }
                        (None, _) => {}
                    }
                }
            }
            (Self::List(unknown), Value::Array(written)) => {
                for (at, unknown) in unknown {
                    if let Some(written) = written.get_mut(*at) {
                        unknown.add(written);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn carried(stored: &Value, understood: &Value, written: &Value) -> Value {
        let unknown = UnknownFields::between(&stored.to_string(), &understood.to_string());
        let written = written.to_string();
        serde_json::from_str(&unknown.map_or(written.clone(), |unknown| unknown.added_to(written))).unwrap()
    }

    #[test]
    fn what_a_newer_build_wrote_is_still_there_after_this_one_changed_the_rest() {
        let stored = json!({ "title": "a", "pinned": true, "turns": [{ "id": 1, "vote": 2 }, { "id": 2 }] });
        let understood = json!({ "title": "a", "turns": [{ "id": 1 }, { "id": 2 }] });
        let written = json!({ "title": "b", "turns": [{ "id": 1 }, { "id": 2 }, { "id": 3 }] });
        let expected =
            json!({ "title": "b", "pinned": true, "turns": [{ "id": 1, "vote": 2 }, { "id": 2 }, { "id": 3 }] });
        assert_eq!(carried(&stored, &understood, &written), expected);
    }

    #[test]
    fn what_is_gone_does_not_come_back_by_its_unknown_part() {
        let stored = json!({ "failure": { "kind": "x", "hint": 1 }, "turns": [{ "id": 1 }, { "id": 2, "vote": 2 }] });
        let understood = json!({ "failure": { "kind": "x" }, "turns": [{ "id": 1 }, { "id": 2 }] });
        for written in [json!({ "turns": [{ "id": 1 }] }), json!({ "failure": null, "turns": 3 }), json!(null)] {
            assert_eq!(carried(&stored, &understood, &written), written);
        }
    }

    #[test]
    fn a_record_that_is_known_whole_has_no_unknown_fields() {
        for (stored, understood) in
            [("{\"a\":1}", "{\"a\":1}"), ("{ \"a\": 2 }", "{\"a\":1}"), ("[1,2]", "[1]"), ("{", "{}")]
        {
            assert_eq!(UnknownFields::between(stored, understood), None, "{stored}");
        }
    }
}
