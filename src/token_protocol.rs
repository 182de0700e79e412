//! What the page and the counting worker say to each other.
//!
//! The worker says `null` once, when it listens: what is sent before that may be lost. Then a request is the array
//! `[id, vocabularies, text]`, the vocabularies by their names (or empty) with spaces between, and its answer
//! `[id, tokens, band, characters, bytes, tokens, …]`, four numbers for each vocabulary. Numbers are JavaScript numbers:
//! exact up to 2^53, and no text in a browser is that long.

use headroom_tokenizer::{TextFigures, Vocabulary};
use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};

/// Asks for the figures of `text` in some vocabularies.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "ids count key presses")]
pub fn request(id: u64, vocabularies: &[Vocabulary], text: &str) -> JsValue {
    let names: Vec<&str> = vocabularies.iter().map(|vocabulary| vocabulary.name().unwrap_or_default()).collect();
    Array::of3(&JsValue::from_f64(id as f64), &JsValue::from_str(&names.join(" ")), &JsValue::from_str(text)).into()
}

/// Reads a request; `None` is not one of ours.
#[must_use]
pub fn read_request(message: &JsValue) -> Option<(f64, Vec<Vocabulary>, String)> {
    let message = message.dyn_ref::<Array>()?;
    let names = message.get(1).as_string()?;
    Some((message.get(0).as_f64()?, names.split(' ').map(Vocabulary::named).collect(), message.get(2).as_string()?))
}

/// Answers a request.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no text in a browser has 2^53 bytes")]
pub fn answer(id: f64, figures: &[TextFigures]) -> JsValue {
    let numbers = figures.iter().flat_map(|figures| {
        let TextFigures { tokens, band, characters, bytes } = *figures;
        [tokens as f64, band, characters as f64, bytes as f64]
    });
    std::iter::once(id).chain(numbers).map(JsValue::from_f64).collect::<Array>().into()
}

/// Reads an answer; `None` is not one of ours.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the other side wrote whole numbers below 2^53; `as` saturates"
)]
pub fn read_answer(message: &JsValue) -> Option<(u64, Vec<TextFigures>)> {
    let message = message.dyn_ref::<Array>()?;
    let number = |index| message.get(index).as_f64();
    let figures = |at| {
        Some(TextFigures {
            tokens: number(at)? as u64,
            band: number(at + 1)?,
            characters: number(at + 2)? as u64,
            bytes: number(at + 3)? as u64,
        })
    };
    Some((number(0)? as u64, (1..message.length()).step_by(4).map(figures).collect::<Option<_>>()?))
}
