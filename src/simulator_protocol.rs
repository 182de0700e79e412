//! What the page and the simulator's worker say to each other: what goes over the wire to a provider, and what comes
//! back over it.
//!
//! The worker says `null` once, when it listens: what is sent before that may be lost. Then each message is an array
//! that begins with its name. Names of headers and their values lie flat, one after the other.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

/// From the page to the simulator.
#[derive(Clone, Debug, PartialEq)]
pub enum SimulatorRequest {
    /// For its list of models.
    Models,
    /// For an answer.
    Answer {
        /// The page's number for it.
        run: f64,
        /// Names in any case, and values.
        headers: Vec<(String, String)>,
        /// JSON.
        body: String,
    },
    /// To stop answering.
    Abort(f64),
}

/// From the simulator to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum SimulatorMessage {
    /// The body of the list of models.
    Models(Vec<u8>),
    /// Status and headers of an answer.
    Head {
        /// Of which.
        run: f64,
        /// The HTTP status.
        status: u16,
        /// Those that a page on another origin could see.
        headers: Vec<(String, String)>,
    },
    /// A portion of a body, cut anywhere.
    Portion(f64, Vec<u8>),
    /// The body ended as bodies end.
    End(f64),
    /// The connection broke, or was never allowed.
    RequestFailed(f64),
}

impl SimulatorRequest {
    /// As a message.
    #[must_use]
    pub fn to_message(&self) -> JsValue {
        match self {
            Self::Models => message("models", []),
            Self::Answer { run, headers, body } => message("answer", [(*run).into(), flat(headers), body.into()]),
            Self::Abort(run) => message("abort", [(*run).into()]),
        }
    }

    /// From a message; `None` is not one of ours.
    #[must_use]
    pub fn from_message(message: &JsValue) -> Option<Self> {
        let parts = message.dyn_ref::<Array>()?;
        Some(match parts.get(0).as_string()?.as_str() {
            "models" => Self::Models,
            "answer" => Self::Answer {
                run: parts.get(1).as_f64()?,
                headers: pairs(&parts.get(2))?,
                body: parts.get(3).as_string()?,
            },
            "abort" => Self::Abort(parts.get(1).as_f64()?),
            _ => return None,
        })
    }
}

impl SimulatorMessage {
    /// As a message.
    #[must_use]
    pub fn to_message(&self) -> JsValue {
        match self {
            Self::Models(body) => message("models", [bytes(body)]),
            Self::Head { run, status, headers } => message("head", [(*run).into(), (*status).into(), flat(headers)]),
            Self::Portion(run, portion) => message("portion", [(*run).into(), bytes(portion)]),
            Self::End(run) => message("end", [(*run).into()]),
            Self::RequestFailed(run) => message("broke", [(*run).into()]),
        }
    }

    /// From a message; `None` is not one of ours.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the other side wrote a `u16`")]
    pub fn from_message(message: &JsValue) -> Option<Self> {
        let parts = message.dyn_ref::<Array>()?;
        let number = |index| parts.get(index).as_f64();
        let content = |index| parts.get(index).dyn_into::<Uint8Array>().ok().map(|content| content.to_vec());
        Some(match parts.get(0).as_string()?.as_str() {
            "models" => Self::Models(content(1)?),
            "head" => Self::Head { run: number(1)?, status: number(2)? as u16, headers: pairs(&parts.get(3))? },
            "portion" => Self::Portion(number(1)?, content(2)?),
            "end" => Self::End(number(1)?),
            "broke" => Self::RequestFailed(number(1)?),
            _ => return None,
        })
    }
}

fn message<const N: usize>(name: &str, parts: [JsValue; N]) -> JsValue {
    std::iter::once(JsValue::from_str(name)).chain(parts).collect::<Array>().into()
}

fn bytes(content: &[u8]) -> JsValue {
    Uint8Array::from(content).into()
}

fn flat(headers: &[(String, String)]) -> JsValue {
    headers.iter().flat_map(|(name, value)| [name, value]).map(|text| JsValue::from_str(text)).collect::<Array>().into()
}

fn pairs(flat: &JsValue) -> Option<Vec<(String, String)>> {
    let flat = flat.dyn_ref::<Array>()?;
    (0..flat.length() / 2).map(|at| Some((flat.get(2 * at).as_string()?, flat.get(2 * at + 1).as_string()?))).collect()
}
