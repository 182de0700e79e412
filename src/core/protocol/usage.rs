//! Reads token counts and timings, under all the names that servers give them.

use headroom_domain::{ServerTiming, Usage};
use serde_json::Value;

use crate::json::{amount, count};

/// Returns usage wherever a provider puts it; fields nearer to the top of the chunk win. llama.cpp's `timings` contain
/// the least.
pub(crate) fn usage(chunk: &Value, choice: &Value) -> Usage {
    let timings = chunk.get("timings").map(usage_of_timings).unwrap_or_default();
    let places = [
        choice.pointer("/delta/usage"),
        choice.pointer("/message/usage"),
        choice.get("usage"),
        chunk.pointer("/x_groq/usage"),
        chunk.get("usageMetadata"),
        chunk.get("usage"),
    ];
    places.into_iter().flatten().map(usage_of).fold(timings, Usage::updated_by)
}

fn usage_of(usage: &Value) -> Usage {
    let first = |names: &[&str]| names.iter().find_map(|name| count(usage, name));
    let detail = |groups: &[&str], name: &str| groups.iter().find_map(|group| count(usage.get(group)?, name));
    let prompt = first(&["prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokenCount"]);
    let read = count(usage, "cache_read_input_tokens");
    // Anthropic counts cached tokens, read or written, separately from the input.
    let beside = match count(usage, "prompt_tokens") {
        None => read.unwrap_or(0).saturating_add(count(usage, "cache_creation_input_tokens").unwrap_or(0)),
        Some(_) => 0,
    };
    let thoughts = count(usage, "thoughtsTokenCount");
    Usage {
        prompt_tokens: prompt.map(|tokens| tokens.saturating_add(beside)),
        completion_tokens: first(&["completion_tokens", "output_tokens", "eval_count"]).or_else(|| {
            // Gemini counts thoughts separately from the answer.
            count(usage, "candidatesTokenCount").map(|tokens| tokens.saturating_add(thoughts.unwrap_or(0)))
        }),
        reasoning_tokens: detail(&["completion_tokens_details", "output_tokens_details"], "reasoning_tokens")
            .or_else(|| count(usage, "reasoning_tokens"))
            .or(thoughts),
        cached_tokens: detail(&["prompt_tokens_details", "input_tokens_details"], "cached_tokens")
            // DeepSeek, Moonshot, Anthropic, Gemini.
            .or_else(|| first(&["prompt_cache_hit_tokens", "cached_tokens", "cachedContentTokenCount"]))
            .or(read),
        cost_dollars: stated_cost(usage),
    }
}

/// The cost in US dollars. If the user brings their own provider key to OpenRouter, `cost` is OpenRouter's fee only, and the
/// provider's charge is in `cost_details`.
fn stated_cost(usage: &Value) -> Option<f64> {
    let cost = amount(usage, "cost")?;
    let is_byok = usage.get("is_byok").and_then(Value::as_bool).unwrap_or_default();
    let upstream = usage.get("cost_details").filter(|_| is_byok).and_then(|it| amount(it, "upstream_inference_cost"));
    Some(cost + upstream.unwrap_or(0.0))
}

/// llama.cpp's `prompt_n` counts only the tokens it had to process, and `cache_n` those still cached.
fn usage_of_timings(timings: &Value) -> Usage {
    let (read, cached) = (count(timings, "prompt_n"), count(timings, "cache_n"));
    Usage {
        prompt_tokens: read.map(|read| read.saturating_add(cached.unwrap_or(0))),
        completion_tokens: count(timings, "predicted_n"),
        cached_tokens: cached,
        ..Usage::default()
    }
}

/// Returns the timings measured by the provider.
pub(crate) fn timing(chunk: &Value) -> ServerTiming {
    let llama = chunk.get("timings").map(|timings| {
        let seconds = |key| amount(timings, key).map(|ms| ms / 1_000.0);
        ServerTiming {
            prompt_seconds: seconds("prompt_ms"),
            completion_seconds: seconds("predicted_ms"),
            ..ServerTiming::default()
        }
    });
    // Groq puts the timings among the token counts, in a stream and in a complete response.
    [chunk.pointer("/x_groq/usage"), chunk.get("usage"), chunk.get("time_info")]
        .into_iter()
        .flatten()
        .map(|times| ServerTiming {
            queue_seconds: amount(times, "queue_time"),
            prompt_seconds: amount(times, "prompt_time"),
            completion_seconds: amount(times, "completion_time"),
            total_seconds: amount(times, "total_time"),
        })
        .fold(llama.unwrap_or_default(), ServerTiming::updated_by)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(chunk: &Value, expected: Usage) {
        let choice = chunk.pointer("/choices/0").unwrap_or(&Value::Null);
        assert_eq!(usage(chunk, choice), expected, "{chunk}");
    }

    #[test]
    fn usage_is_found_wherever_a_provider_puts_it() {
        let both = Usage { prompt_tokens: Some(10), completion_tokens: Some(5), ..Usage::default() };
        let counts = json!({"prompt_tokens":10,"completion_tokens":5,"total_tokens":15});
        for chunk in [
            json!({"choices":[],"usage":counts}),
            json!({"choices":[],"x_groq":{"usage":counts}}),
            json!({"choices":[{"usage":counts}]}),
            json!({"choices":[{"delta":{"usage":counts}}]}),
            json!({"usage":{"input_tokens":10,"output_tokens":5}}),
            json!({"usage":{"prompt_tokens":"10","completion_tokens":5.0}}),
            json!({"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5}}),
            json!({"choices":[{"usage":{"prompt_tokens":1}}],"usage":counts}),
        ] {
            check(&chunk, both);
        }
        for chunk in [json!({"usage":null}), json!({"usage":[1],"timings":"fast"}), json!({})] {
            check(&chunk, Usage::default());
        }
    }

    #[test]
    fn the_parts_of_usage_have_many_names() {
        let both = Usage { prompt_tokens: Some(10), completion_tokens: Some(5), ..Usage::default() };
        let cached = Usage { cached_tokens: Some(4), ..both };
        let all = Usage { reasoning_tokens: Some(3), ..cached };
        check(&json!({"timings":{"prompt_n":6,"cache_n":4,"predicted_n":5}}), cached);
        check(&json!({"usage":{"input_tokens":6,"cache_read_input_tokens":4,"output_tokens":5}}), cached);
        check(
            &json!({"usage":{"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":4},
                "output_tokens_details":{"reasoning_tokens":3}}}),
            all,
        );
        check(
            &json!({"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":2,"thoughtsTokenCount":3,"cachedContentTokenCount":4}}),
            all,
        );
        check(
            &json!({"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},
                "completion_tokens_details":{"reasoning_tokens":3},"cost":0.000_95}}),
            Usage { cost_dollars: Some(0.000_95), ..all },
        );
        for (is_byok, dollars) in [("true", 0.75), ("false", 0.25), ("null", 0.25)] {
            let usage =
                format!(r#"{{"cost":0.25,"is_byok":{is_byok},"cost_details":{{"upstream_inference_cost":0.5}}}}"#);
            let usage: Value = serde_json::from_str(&usage).unwrap();
            assert_eq!(stated_cost(&usage), Some(dollars), "{usage}");
        }
        assert_eq!(stated_cost(&json!({"cost": "a lot", "cost_details": {"upstream_inference_cost": 0.5}})), None);
    }

    #[test]
    fn times_are_seconds_whoever_sends_them() {
        let expected =
            ServerTiming { prompt_seconds: Some(0.25), completion_seconds: Some(1.5), ..ServerTiming::default() };
        for chunk in [
            json!({"time_info":{"prompt_time":0.25,"completion_time":1.5}}),
            json!({"timings":{"prompt_ms":250.0,"predicted_ms":1500}}),
            json!({"x_groq":{"usage":{"prompt_time":0.25,"completion_time":1.5,"queue_time":-1}}}),
        ] {
            assert_eq!(timing(&chunk), expected, "{chunk}");
        }
    }
}
