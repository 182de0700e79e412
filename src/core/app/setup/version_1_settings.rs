//! The settings of version 1: all in one record, which older builds still write.

use std::collections::BTreeMap;

use serde_json::Value;

/// Reads the record as settings that are each stored by itself. The error says why it cannot be read.
pub(crate) fn records(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut record: Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let version = json_at(&record, "/v");
    if version != "1" {
        return Err(format!("format {version}"));
    }
    let mut records = BTreeMap::new();
    let mut put = |name: &str, of: &str, text: String| {
        records.insert(if of.is_empty() { name.to_owned() } else { format!("{name}/{of}") }, text);
    };
    let Some(Value::Object(mut fields)) = record.get_mut("data").map(Value::take) else { return Ok(records) };
    // Before lanes had ids, the first was saved with the system prompt, and the others beside it.
    let first = fields.remove("setup").filter(Value::is_object);
    let beside = fields.remove("beside").unwrap_or_default();
    if let Some(mut first) = first.filter(|_| !fields.contains_key("lanes")) {
        let system = first.as_object_mut().and_then(|first| first.remove("system"));
        if let Some(system) = system.filter(Value::is_string) {
            put("system", "", system.to_string());
        }
        let setups = std::iter::once(&first).chain(beside.as_array().into_iter().flatten());
        let lanes: Vec<String> =
            setups.enumerate().map(|(id, setup)| format!(r#"{{"id":{id},"setup":{setup}}}"#)).collect();
        put("lanes", "", format!("[{}]", lanes.join(",")));
    }
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("lanes" | "new_chat_lanes", value) => put(&name.replace('_', "-"), "", value.to_string()),
            (_, Value::Array(items)) => {
                for item in items {
                    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                    match name.as_str() {
                        "added" => put("provider", text("/id"), item.to_string()),
                        "corrections" => {
                            let kind = if json_at(&item, "/exact") == "true" { "exact" } else { "estimate" };
                            let subject = format!("{}/{kind}/{}", text("/provider"), text("/model"));
                            put("correction", &subject, item.to_string());
                        }
                        // JSON in text.
                        "own_limits" => put("own-limits", text("/0"), text("/1").to_owned()),
                        "found" => put("fields", text("/0"), json_at(&item, "/1")),
                        _ => put(&name.replace('_', "-"), text("/0"), json_at(&item, "/1")),
                    }
                }
            }
            ("models", Value::Object(models)) => {
                models.iter().for_each(|(provider, model)| put("model", provider, model.to_string()));
            }
            // JSON in text.
            ("lessons", Value::String(inferences)) if inferences.is_empty() => {}
            ("lessons", Value::String(inferences)) => put("inferences", "", inferences),
            ("signals_hidden_ms", until) => put("signals-hidden", "", until.to_string()),
            (_, value) => put(&name.replace('_', "-"), "", value.to_string()),
        }
    }
    Ok(records)
}

/// Returns a part of a value as JSON.
fn json_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).unwrap_or(&Value::Null).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "[a-z]{0,3}".prop_map(Value::from)];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let name = prop::sample::select(vec!["id", "system", "provider", "exact", "x"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..4)
                    .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_was_stored_is_read_or_refused_in_words(
            data in any_value(),
            fields in prop::collection::vec((prop::sample::select(vec![
                "added", "lanes", "setup", "beside", "limits", "own_limits", "models", "corrections", "lessons", "found",
                "new_chat_lanes", "signals_hidden_ms", "started", "x",
            ]), any_value()), 0..6),
        ) {
            for data in [data, fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()] {
                records(&json!({ "v": 1, "data": data }).to_string()).unwrap();
                prop_assert!(records(&data.to_string()).is_err() || data["v"] == 1);
            }
        }
    }

    #[test]
    fn each_setting_has_a_record_of_its_own() {
        let text = json!({ "v": 1, "data": {
            "added": [{ "id": "added-1", "name": "Mine" }],
            "setup": { "provider": "groq", "system": "be brief" }, "beside": [{ "provider": "cerebras" }],
            "limits": [["groq", ""]], "own_limits": [["groq", "{\"id\":\"own\"}"]], "models": { "groq": "m" },
            "corrections": [{ "provider": "groq", "model": "a/b", "exact": true }],
            "lessons": "{\"limits\":[]}", "found": [["added-1", { "x": 1 }]], "signals_hidden_ms": 5, "started": true,
        }});
        let expected = [
            ("correction/groq/exact/a/b", r#"{"exact":true,"model":"a/b","provider":"groq"}"#),
            ("fields/added-1", r#"{"x":1}"#),
            ("inferences", r#"{"limits":[]}"#),
            ("lanes", r#"[{"id":0,"setup":{"provider":"groq"}},{"id":1,"setup":{"provider":"cerebras"}}]"#),
            ("limits/groq", r#""""#),
            ("model/groq", r#""m""#),
            ("own-limits/groq", r#"{"id":"own"}"#),
            ("provider/added-1", r#"{"id":"added-1","name":"Mine"}"#),
            ("signals-hidden", "5"),
            ("started", "true"),
            ("system", r#""be brief""#),
        ];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(records(&text.to_string()), Ok(BTreeMap::from(expected)));
    }
}
