//! Model lists in each dialect.

use serde_json::{Value, json};

use crate::{
    profile::{Model, Profile, WindowKind},
    shape::Shape,
};

/// `GET /models`.
pub(crate) fn models(shape: Shape, profile: &Profile) -> Value {
    let data: Vec<Value> = profile.models.iter().map(|listed| model(shape, listed)).collect();
    match shape {
        Shape::OpenRouter => json!({"data": data}),
        Shape::Cerebras | Shape::Groq | Shape::LlamaCpp => json!({"object": "list", "data": data}),
    }
}

/// `GET /models/{id}`, or one entry of the list.
pub(crate) fn model(shape: Shape, model: &Model) -> Value {
    match shape {
        Shape::Cerebras | Shape::LlamaCpp => json!({
            "id": model.id, "object": "model", "created": model.created, "owned_by": model.owned_by,
        }),
        Shape::Groq => json!({
            "id": model.id, "object": "model", "created": model.created, "owned_by": model.owned_by, "active": true,
            "context_window": model.context, "max_completion_tokens": model.max_output,
        }),
        Shape::OpenRouter => json!({
            "id": model.id, "name": model.name, "created": model.created, "description": model.description,
            "context_length": model.context, "pricing": prices(model),
            "architecture": {"modality": "text->text", "tokenizer": "Other", "instruct_type": null},
            "top_provider": {"context_length": model.context, "max_completion_tokens": model.max_output},
            "supported_parameters": parameters(model),
        }),
    }
}

/// `GET /public/v1/models`, without a key.
pub(crate) fn public(profile: &Profile) -> Value {
    let model = |model: &Model| {
        let limit = |kind| model.windows.iter().find(|window| window.kind == kind).map(|window| window.limit);
        json!({
            "id": model.id,
            "object": "model",
            "created": model.created,
            "name": model.name,
            "description": model.description,
            "owned_by": model.owned_by,
            "hugging_face_id": null,
            "pricing": prices(model),
            "capabilities": {
                "streaming": true, "tools": true, "vision": false, "reasoning": !model.efforts.is_empty(),
                "structured_outputs": true,
            },
            "supported_parameters": parameters(model),
            "architecture": {"modality": "text->text", "tokenizer": "Other", "instruct_type": null},
            "limits": {
                "max_context_length": model.context,
                "max_completion_tokens": model.max_output,
                "requests_per_minute": limit(WindowKind::RequestsMinute),
                "tokens_per_minute": limit(WindowKind::TokensMinute),
            },
            "deprecated": false,
            "preview": false,
        })
    };
    let data: Vec<Value> = profile.models.iter().map(model).collect();
    json!({"object": "list", "data": data})
}

fn parameters(model: &Model) -> Vec<&'static str> {
    let mut known = vec![
        "max_completion_tokens",
        "temperature",
        "top_p",
        "seed",
        "stop",
        "response_format",
        "tools",
        "tool_choice",
    ];
    if !model.efforts.is_empty() {
        known.extend(["reasoning_effort", "reasoning_format"]);
    }
    known
}

fn prices(model: &Model) -> Value {
    json!({"prompt": dollars(model.prompt_nanodollars), "completion": dollars(model.completion_nanodollars)})
}

/// Dollars as a decimal string without an exponent: 350 billionths are `0.00000035`.
fn dollars(nanodollars: u64) -> String {
    let text = format!("{}.{:09}", nanodollars / 1_000_000_000, nanodollars % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_plain_decimals() {
        for (nanodollars, text) in [(0, "0"), (350, "0.00000035"), (1_500_000_000, "1.5")] {
            assert_eq!(dollars(nanodollars), text);
        }
    }

    #[test]
    fn the_public_list_names_limits_where_there_are_any() {
        let list = public(&Profile::named("cerebras-trial").unwrap());
        assert_eq!(list["data"][0]["limits"]["requests_per_minute"], 5);
        assert_eq!(list["data"][0]["pricing"]["completion"], "0.00000075");
        let list = public(&Profile::named("unlimited").unwrap());
        assert_eq!(list["data"][0]["limits"]["tokens_per_minute"], Value::Null);
    }
}
