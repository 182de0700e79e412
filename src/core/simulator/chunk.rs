//! The wire format of a response: stream chunks, or one object.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Channel},
    shape::Shape,
};

const FINGERPRINT: &str = "fp_simulator";

/// What every chunk of a response repeats, and what its end reports.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) shape: Shape,
    pub(crate) id: String,
    pub(crate) model: String,
    /// Seconds since 1970.
    pub(crate) created: u64,
    pub(crate) include_usage: bool,
    pub(crate) prompt: u64,
    pub(crate) cached: u64,
    pub(crate) timing: Timing,
    /// Prices in billionths of a dollar per prompt token and per completion token.
    pub(crate) prices: (u64, u64),
}

/// The timing of a response, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) start_ms: u64,
    /// When the response head is sent.
    pub(crate) head_ms: u64,
    pub(crate) first_ms: u64,
    pub(crate) tokens_per_second: u32,
}

impl Timing {
    /// When token number `at` is sent, counting from 0.
    pub(crate) fn token_ms(&self, at: u64) -> u64 {
        let later = at.saturating_mul(1_000) / u64::from(self.tokens_per_second.max(1));
        self.first_ms.saturating_add(later)
    }
}

impl Envelope {
    fn open(&self) -> String {
        format!(
            r#"{{"id":{},"object":"chat.completion.chunk","created":{},"model":{},"system_fingerprint":"{FINGERPRINT}","#,
            Value::from(self.id.as_str()),
            self.created,
            Value::from(self.model.as_str()),
        )
    }

    /// The first chunk of a response.
    pub(crate) fn opening(&self) -> String {
        let delta = match self.shape {
            Shape::LlamaCpp => json!({"role": "assistant", "content": null}),
            Shape::Cerebras | Shape::Groq | Shape::OpenRouter => json!({"role": "assistant", "content": ""}),
        };
        let extra = match self.shape {
            Shape::Groq => format!(r#","x_groq":{}"#, json!({"id": self.id})),
            Shape::OpenRouter => r#","provider":"Simulator""#.to_owned(),
            Shape::Cerebras | Shape::LlamaCpp => String::new(),
        };
        self.chunk(&delta.to_string(), "null", &extra)
    }

    /// The chunk of one token; `None` if the token is not sent, or has no text: then it is part of a character, which
    /// is sent when it is complete.
    pub(crate) fn token(&self, channel: Channel, text: &str) -> Option<String> {
        if text.is_empty() && channel != Channel::ToolName {
            return None;
        }
        let quoted = Value::from(text);
        let delta = match channel {
            Channel::Hidden => return None,
            Channel::Reasoning => format!(r#"{{"{}":{quoted}}}"#, self.reasoning_field()),
            Channel::Content | Channel::RawReasoning => format!(r#"{{"content":{quoted}}}"#),
            Channel::ToolName => {
                let call = self.call(&[("name", text), ("arguments", "")]);
                json!({"tool_calls": [call]}).to_string()
            }
            Channel::ToolArguments => {
                // The Cerebras SDK rejects a tool call delta without its type.
                json!({"tool_calls": [{"index": 0, "type": "function", "function": {"arguments": text}}]}).to_string()
            }
        };
        Some(self.chunk(&delta, "null", ""))
    }

    /// The last chunks of a response.
    pub(crate) fn ending(&self, answer: &Answer) -> Vec<String> {
        let usage = self.usage(answer);
        let finish = Value::from(answer.finish.name()).to_string();
        let usage_chunk = || format!(r#"{}"choices":[],"usage":{usage}}}"#, self.open());
        match self.shape {
            Shape::Cerebras => {
                let extra = format!(r#","usage":{usage},"time_info":{}"#, self.time_info(answer));
                vec![self.chunk("{}", &finish, &extra)]
            }
            Shape::Groq => {
                let mut report = usage.clone();
                if let (Value::Object(report), Value::Object(times)) = (&mut report, self.time_info(answer)) {
                    report.extend(times);
                }
                let extra = format!(r#","x_groq":{}"#, json!({"id": self.id, "usage": report}));
                let mut chunks = vec![self.chunk("{}", &finish, &extra)];
                chunks.extend(self.include_usage.then(usage_chunk));
                chunks
            }
            Shape::OpenRouter => {
                let report = format!(r#","provider":"Simulator","usage":{usage}"#);
                let empty = r#"{"role":"assistant","content":""}"#;
                vec![self.chunk(empty, &finish, ""), self.chunk(empty, "null", &report)]
            }
            Shape::LlamaCpp => {
                let extra = format!(r#","timings":{}"#, self.timings(answer));
                let mut chunks = vec![self.chunk("{}", &finish, &extra)];
                chunks.extend(self.include_usage.then(usage_chunk));
                chunks
            }
        }
    }

    /// The event for an error in the middle of a stream.
    pub(crate) fn error(&self) -> String {
        let message = "The simulator was told to fail in the middle of the answer.";
        match self.shape {
            Shape::Cerebras => json!({
                "error": {"message": message, "type": "server_error", "param": null, "code": "internal_error"},
                "status_code": 500,
            })
            .to_string(),
            Shape::Groq => json!({
                "error": {"message": message, "type": "server_error", "status_code": 500},
            })
            .to_string(),
            Shape::OpenRouter => {
                let extra = format!(r#","error":{}"#, json!({"code": 502, "message": message}));
                self.chunk(r#"{"content":""}"#, r#""error""#, &extra)
            }
            Shape::LlamaCpp => json!({"error": {"code": 500, "message": message, "type": "server_error"}}).to_string(),
        }
    }

    /// The event for a rejection by a rate limit, in place of a response.
    pub(crate) fn limited(&self, seconds: u64) -> String {
        let message = format!("Rate limit exceeded. Please try again in {seconds}s.");
        let error = json!({"code": 429, "message": message, "type": "rate_limit_error"});
        match self.shape {
            Shape::OpenRouter => self.chunk(r#"{"content":""}"#, r#""error""#, &format!(r#","error":{error}"#)),
            Shape::Cerebras | Shape::Groq | Shape::LlamaCpp => json!({ "error": error }).to_string(),
        }
    }

    /// The complete response as one object.
    pub(crate) fn whole(&self, answer: &Answer) -> Value {
        let content = answer.joined(&[Channel::RawReasoning, Channel::Content]);
        let reasoning = answer.joined(&[Channel::Reasoning]);
        let name = answer.joined(&[Channel::ToolName]);
        let mut message = Map::new();
        message.insert("role".into(), "assistant".into());
        let silent = content.is_empty() && !name.is_empty();
        message.insert("content".into(), if silent { Value::Null } else { content.into() });
        if !reasoning.is_empty() {
            message.insert(self.reasoning_field().into(), reasoning.into());
        }
        if !name.is_empty() {
            let arguments = answer.joined(&[Channel::ToolArguments]);
            let call = self.call(&[("name", &name), ("arguments", &arguments)]);
            message.insert("tool_calls".into(), json!([call]));
        }
        let mut whole = json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
            "choices": [{"index": 0, "message": message, "finish_reason": answer.finish.name()}],
            "usage": self.usage(answer),
        });
        let (name, report) = match self.shape {
            Shape::Cerebras => ("time_info", self.time_info(answer)),
            Shape::Groq => ("x_groq", json!({"id": self.id})),
            Shape::OpenRouter => ("provider", "Simulator".into()),
            Shape::LlamaCpp => ("timings", self.timings(answer)),
        };
        if let Value::Object(whole) = &mut whole {
            whole.insert(name.into(), report);
        }
        whole
    }

    fn chunk(&self, delta: &str, finish: &str, extra: &str) -> String {
        let open = self.open();
        format!(r#"{open}"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]{extra}}}"#)
    }

    fn call(&self, function: &[(&str, &str)]) -> Value {
        let function: Map<String, Value> =
            function.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        json!({"index": 0, "id": format!("call_{}", self.id), "type": "function", "function": function})
    }

    const fn reasoning_field(&self) -> &'static str {
        match self.shape {
            Shape::Cerebras | Shape::Groq | Shape::OpenRouter => "reasoning",
            Shape::LlamaCpp => "reasoning_content",
        }
    }

    fn usage(&self, answer: &Answer) -> Value {
        let used = answer.used(u64::MAX);
        let mut usage = json!({
            "prompt_tokens": self.prompt,
            "completion_tokens": used.completion,
            "total_tokens": self.prompt.saturating_add(used.completion),
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": used.reasoning},
        });
        if let (Shape::OpenRouter, Value::Object(usage)) = (self.shape, &mut usage) {
            let prompt = self.prompt.saturating_mul(self.prices.0);
            let nanodollars = prompt.saturating_add(used.completion.saturating_mul(self.prices.1));
            usage.insert("cost".into(), json!(seconds(nanodollars, 1e9)));
        }
        usage
    }

    fn time_info(&self, answer: &Answer) -> Value {
        let timing = &self.timing;
        let end = timing.token_ms(answer.len().saturating_sub(1));
        let between = |from: u64, to: u64| seconds(to.saturating_sub(from), 1e3);
        json!({
            "queue_time": between(timing.start_ms, timing.head_ms),
            "prompt_time": between(timing.head_ms, timing.first_ms),
            "completion_time": between(timing.first_ms, end),
            "total_time": between(timing.start_ms, end),
        })
    }

    fn timings(&self, answer: &Answer) -> Value {
        let timing = &self.timing;
        let read_ms = timing.first_ms.saturating_sub(timing.start_ms).max(1);
        let fresh = self.prompt.saturating_sub(self.cached);
        let write_ms = timing.token_ms(answer.len()).saturating_sub(timing.first_ms).max(1);
        json!({
            "cache_n": self.cached,
            "prompt_n": fresh,
            "prompt_ms": read_ms,
            "prompt_per_second": seconds(fresh.saturating_mul(1_000), 1.0) / seconds(read_ms, 1.0),
            "predicted_n": answer.len(),
            "predicted_ms": write_ms,
            "predicted_per_second": seconds(answer.len().saturating_mul(1_000), 1.0) / seconds(write_ms, 1.0),
        })
    }
}

/// Converts a number to a fraction of a unit. Above 2^53 it loses its last digits, which does not matter.
#[expect(clippy::cast_precision_loss, reason = "reports for people, see above")]
fn seconds(amount: u64, unit: f64) -> f64 {
    amount as f64 / unit
}
