//! Typed access to the fields of a JSON object: absent and null are the same, any other type is rejected.

use serde_json::{Map, Value};

use super::BadRequest;

pub(super) fn refused(param: &str, message: impl Into<String>) -> BadRequest {
    BadRequest { message: message.into(), param: param.to_owned(), code: "invalid_request" }
}

pub(super) fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>, BadRequest> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refused(name, format!("{name} must be a string."))),
    }
}

pub(super) fn boolean(map: &Map<String, Value>, name: &str) -> Result<Option<bool>, BadRequest> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(refused(name, format!("{name} must be true or false."))),
    }
}

pub(super) fn number(map: &Map<String, Value>, name: &str) -> Result<Option<f64>, BadRequest> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(refused(name, format!("{name} must be a number."))),
        },
    }
}

pub(super) fn whole(map: &Map<String, Value>, name: &str) -> Result<Option<i64>, BadRequest> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(refused(name, format!("{name} must be a whole number."))),
        },
    }
}

pub(super) fn list<'a>(map: &'a Map<String, Value>, name: &str) -> Result<Option<&'a [Value]>, BadRequest> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(refused(name, format!("{name} must be a list."))),
    }
}
