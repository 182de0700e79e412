//! JSON that fits a JSON schema: the arguments of tool calls, and structured output.

use serde_json::{Map, Value};

use crate::{rng::Rng, tokens::in_word};

/// Values nested deeper than this are null: schemas are untrusted and may refer to themselves endlessly.
const DEEPEST: u8 = 6;

/// After this many values the rest are null: lists of lists multiply.
const MOST_VALUES: u32 = 2_000;

/// Returns a value that fits the schema, built from the prompt's words and numbers if possible.
pub(crate) fn example(schema: &Value, prompt: &str, rng: &mut Rng) -> Value {
    let mut words = Words::of(prompt);
    value(schema, "", &mut words, rng, 0)
}

struct Words<'a> {
    words: Vec<&'a str>,
    numbers: Vec<i64>,
    next_number: usize,
    /// How many more values may be created.
    budget: u32,
}

impl<'a> Words<'a> {
    fn of(prompt: &'a str) -> Self {
        let all = || prompt.split(|letter: char| !in_word(letter)).take(500);
        Self {
            // Names are more telling than small words.
            words: all().filter(|word| word.chars().next().is_some_and(char::is_uppercase)).skip(1).collect(),
            numbers: all().filter_map(|word| word.parse().ok()).collect(),
            next_number: 0,
            budget: MOST_VALUES,
        }
    }

    fn number(&mut self, rng: &mut Rng) -> i64 {
        let found = self.numbers.get(self.next_number).copied();
        self.next_number += 1;
        found.unwrap_or_else(|| i64::try_from(rng.below(10)).unwrap_or(0) + 1)
    }
}

fn value(schema: &Value, name: &str, words: &mut Words<'_>, rng: &mut Rng, depth: u8) -> Value {
    if depth > DEEPEST || words.budget == 0 {
        return Value::Null;
    }
    words.budget -= 1;
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(Value::Array(choices)) = schema.get("enum") {
        return rng.pick(choices).cloned().unwrap_or_default();
    }
    for either in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema.get(either).and_then(|list| list.get(0)) {
            return value(first, name, words, rng, depth + 1);
        }
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None if schema.get("properties").is_some() => Some("object"),
        None => None,
    };
    match kind {
        Some("object") => object(schema, words, rng, depth),
        Some("array") => {
            let item = schema.get("items").unwrap_or(&Value::Null);
            (0..2).map(|_| value(item, name, words, rng, depth + 1)).collect()
        }
        Some("integer") => Value::from(words.number(rng)),
        Some("number") => Value::from(words.number(rng)),
        Some("boolean") => Value::from(rng.below(2) == 1),
        Some("null") => Value::Null,
        _ => {
            let fallback = if name.is_empty() { "simulated" } else { name };
            Value::from(rng.pick(&words.words).copied().unwrap_or(fallback))
        }
    }
}

fn object(schema: &Value, words: &mut Words<'_>, rng: &mut Rng, depth: u8) -> Value {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return Value::Object(Map::new());
    };
    properties.iter().map(|(name, schema)| (name.clone(), value(schema, name, words, rng, depth + 1))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_fit_their_schema_and_use_the_words_of_the_prompt() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "unit": {"type": "string", "enum": ["celsius"]},
                "hourly": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        });
        let made = example(&schema, "What is the weather in Bern for 3 days?", &mut Rng::new(1));
        assert_eq!(made["city"], "Bern");
        assert_eq!(made["days"], 3);
        assert_eq!(made["unit"], "celsius");
        assert!(made["hourly"].is_boolean());
        assert_eq!(made["tags"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_hostile_schema_ends() {
        let mut deep = json!({"type": "string"});
        for _ in 0..100 {
            deep = json!({"type": "array", "items": deep});
        }
        let text = example(&deep, "", &mut Rng::new(1)).to_string();
        assert!(text.len() < 2_000, "{} bytes", text.len());
        let wide: Map<String, Value> = (0..500).map(|at| (at.to_string(), deep.clone())).collect();
        let wide = json!({"type": "array", "items": {"type": "object", "properties": wide}});
        let text = example(&wide, "", &mut Rng::new(1)).to_string();
        assert!(text.len() < 100_000, "{} bytes", text.len());
        for odd in [json!(null), json!([]), json!({"enum": []}), json!({"anyOf": []}), json!({"type": 7})] {
            let _ = example(&odd, "", &mut Rng::new(1));
        }
    }
}
