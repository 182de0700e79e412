//! The messages between the page and the simulator worker: what a provider would receive over the network, and its
//! response.
//!
//! The worker sends `null` once it is ready; earlier messages may be lost. From then on each message is an array that
//! starts with its name. Header names and values are flattened, one after the other.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

/// A message from the page to the simulator.
#[derive(Clone, Debug, PartialEq)]
pub enum SimulatorRequest {
    /// Requests the list of models.
    Models,
    /// Requests a response.
    Answer {
        /// The page's run number.
        run: f64,
        /// Names in any case, and values.
        headers: Vec<(String, String)>,
        /// The JSON body.
        body: String,
    },
    /// Aborts a response.
    Abort(f64),
}

/// A message from the simulator to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum SimulatorMessage {
    /// The body of the list of models.
    Models(Vec<u8>),
    /// Status and headers of a response.
    Head {
        /// The run number.
        run: f64,
        /// The HTTP status.
        status: u16,
        /// The headers that a page on another origin could read.
        headers: Vec<(String, String)>,
    },
    /// A chunk of a body, split anywhere.
    Portion(f64, Vec<u8>),
    /// The normal end of the body.
    End(f64),
    /// The connection failed, or was never allowed.
    RequestFailed(f64),
}

impl SimulatorRequest {
    /// Converts it to a message.
    #[must_use]
    pub fn to_message(&self) -> JsValue {
        match self {
            Self::Models => message("models", []),
            Self::Answer { run, headers, body } => message("answer", [(*run).into(), flat(headers), body.into()]),
            Self::Abort(run) => message("abort", [(*run).into()]),
        }
    }

    /// Parses a message; `None` if it is not part of this protocol.
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
    /// Converts it to a message.
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

    /// Parses a message; `None` if it is not part of this protocol.
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
