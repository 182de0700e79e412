//! Extracts the facts from an error body, in any of the shapes servers use.

use headroom_domain::{ContextOverflow, FailureKind};
use serde_json::Value;

use crate::{
    chunk::is_answer,
    error_codes::kind_of_code,
    json::{count, flag, present, some_text, text},
    json_repair::document,
    overflow,
};

/// Most entries of a list of complaints that are read.
const MOST_DETAILS: usize = 3;

/// Most levels of nesting that are searched for the message.
const DEEPEST: usize = 6;

/// The facts in an error object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorFacts {
    /// The server's message.
    pub(crate) message: Option<String>,
    /// `code` and `type` if they are words, most specific first. Numeric codes are in `status`.
    pub(crate) codes: Vec<String>,
    /// The status stated in the body.
    pub(crate) status: Option<u16>,
    /// By how much the prompt is too long, where the body states numbers.
    pub(crate) overflow: Option<ContextOverflow>,
}

impl ErrorFacts {
    /// Returns the facts if this JSON is an error and not (part of) a response. A chunk may be both.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        // Google's compatible endpoint wraps its errors in a list.
        let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        // OpenRouter may put the error into the choice that failed.
        let error =
            present(value, "error").or_else(|| value.pointer("/choices/0/error").filter(|error| !error.is_null()));
        match error.or_else(|| value.pointer("/detail/error")) {
            Some(Value::String(message)) if !message.is_empty() => Some(Self::read(value, Some(message))),
            Some(error @ (Value::Object(_) | Value::Array(_))) => {
                let error = error.as_array().and_then(|list| list.first()).unwrap_or(error);
                let mut facts = Self::read(error, None);
                facts.status = facts.status.or_else(|| status(value));
                // Servers that write every field put an empty error into each good chunk.
                (facts.says_something() || !is_answer(value)).then_some(facts)
            }
            _ if is_answer(value) => None,
            Some(Value::Bool(true)) => Some(Self::read(value, None)),
            _ => Self::flat(value),
        }
    }

    /// Returns the facts of JSON known to be an error, by its status or its name: any text in it is the message.
    pub(crate) fn of_refusal(value: &Value) -> Self {
        Self::of(value).filter(|facts| facts.message.is_some()).unwrap_or_else(|| Self::read(value, None))
    }

    /// Returns the kind that the codes name, or that the numbers show.
    pub(crate) fn kind(&self) -> Option<FailureKind> {
        self.codes.iter().find_map(|code| kind_of_code(code))
    }

    /// Returns whether the error says that prompt and answer do not fit the context.
    pub(crate) fn overflows(&self) -> bool {
        self.overflow.is_some() || self.message.as_deref().is_some_and(overflow::is_said)
    }

    fn flat(value: &Value) -> Option<Self> {
        if let Some(base) = present(value, "base_resp").filter(|base| count(base, "status_code").unwrap_or(0) != 0) {
            return Some(Self::read(base, None));
        }
        let has = |names: &[&str]| names.iter().any(|key| present(value, key).is_some());
        let failed = flag(value, "success") == Some(false)
            || ["object", "type", "status"]
                .iter()
                .any(|key| matches!(text(value, key), Some("error" | "failed" | "fail")))
            || present(value, "errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty());
        let words = ["message", "msg"].iter().any(|key| some_text(value, key).is_some());
        let is_error = has(&["detail", "error_message", "error_msg", "errorMessage", "err_msg", "error_type"])
            || (words && is_named(value))
            || failed;
        is_error.then(|| Self::read(value, None)).filter(|facts| facts.message.is_some() || failed)
    }

    fn read(error: &Value, message: Option<&str>) -> Self {
        let message = message.and_then(|message| words(&message.into(), 0)).or_else(|| words(error, 0));
        let upstream = error.get("metadata").and_then(|metadata| some_text(metadata, "raw"));
        let message = match (message, upstream) {
            (Some(message), Some(raw)) => Some(format!("{message}: {raw}")),
            (message, raw) => message.or_else(|| raw.map(str::to_owned)),
        };
        let word = |key| some_text(error, key).filter(|word| word.parse::<u64>().is_err() && *word != "None");
        // OpenRouter's moderation has no code, but states what it flagged.
        let flagged = error.pointer("/metadata/flagged_input").map(|_| "content_filter");
        let codes = [flagged, word("code"), word("type"), word("status"), word("error_type"), word("error_code")];
        let codes = codes.into_iter().flatten().filter(|code| *code != "error").map(str::to_owned).collect();
        Self { message, codes, status: status(error), overflow: figures(error) }
    }

    fn says_something(&self) -> bool {
        self.message.is_some() || !self.codes.is_empty() || self.status.is_some()
    }
}

/// Returns whether there is a message beside the error's code or type: an event may also report model loading.
fn is_named(value: &Value) -> bool {
    const FINE: [&str; 5] = ["", "0", "200", "ok", "success"];
    let code = |key: &&str| match value.get(*key) {
        Some(Value::Number(code)) => !FINE.contains(&code.to_string().as_str()),
        Some(Value::String(code)) => !FINE.iter().any(|fine| fine.eq_ignore_ascii_case(code)),
        _ => false,
    };
    let type_name = some_text(value, "type").unwrap_or_default().to_ascii_lowercase();
    let of_errors = ["error", "exception", "invalid", "exceeded", "denied", "fail"];
    ["code", "status_code", "statusCode"].iter().any(code)
        || kind_of_code(&type_name).is_some()
        || of_errors.iter().any(|part| type_name.contains(part))
}

/// Returns the message of an error, wherever it is.
fn words(value: &Value, depth: usize) -> Option<String> {
    const NAMES: [&str; 19] = [
        "message",
        "msg",
        "error_message",
        "error_msg",
        "errorMessage",
        "err_msg",
        "status_msg",
        "detail",
        "error_description",
        "description",
        "error",
        "errors",
        "reason",
        "title",
        "details",
        "cause",
        "fault",
        "info",
        "text",
    ];
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::String(text) => {
            let text = text.trim();
            // An upstream's JSON, passed on as text.
            let inner = text.starts_with('{').then(|| words(&document(text)?, depth)).flatten();
            inner.or_else(|| (!text.is_empty()).then(|| text.to_owned()))
        }
        Value::Array(list) => {
            let complaints: Vec<String> =
                list.iter().filter_map(|entry| complaint(entry, depth)).take(MOST_DETAILS).collect();
            (!complaints.is_empty()).then(|| complaints.join("; "))
        }
        Value::Object(_) => NAMES.iter().find_map(|name| words(value.get(name)?, depth + 1)),
        _ => None,
    }
}

/// Formats an entry of a list of complaints; FastAPI states the place of each.
fn complaint(entry: &Value, depth: usize) -> Option<String> {
    let message = words(entry, depth + 1)?;
    let place = entry.get("loc").and_then(Value::as_array);
    let place: Vec<&str> = place.into_iter().flatten().filter_map(Value::as_str).take(8).collect();
    Some(if place.is_empty() { message } else { format!("{}: {message}", place.join(".")) })
}

/// Returns the status in `status_code`, `status`, or a `code` that is a number (llama.cpp) or its digits (LiteLLM).
fn status(error: &Value) -> Option<u16> {
    ["status_code", "code", "status", "statusCode", "http_status", "error_code"].iter().find_map(|key| {
        let status = u16::try_from(count(error, key)?).ok()?;
        (400..600).contains(&status).then_some(status)
    })
}

/// Returns llama.cpp's numbers for a prompt that does not fit.
fn figures(error: &Value) -> Option<ContextOverflow> {
    let overflow =
        ContextOverflow { prompt_tokens: count(error, "n_prompt_tokens"), context_tokens: count(error, "n_ctx") };
    (overflow != ContextOverflow::default()).then_some(overflow)
}

#[cfg(test)]
#[path = "error_body_tests.rs"]
mod tests;
