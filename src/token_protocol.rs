//! The messages between the page and the token worker.
//!
//! The worker sends `null` once it is ready; earlier messages may be lost. From then on it replies to each message with
//! one message. All are arrays:
//!
//! | the page sends | the worker replies |
//! |---|---|
//! | `[id, vocabularies, text]`: count a draft in these vocabularies, whose names (or empty strings) are separated by spaces | `[id, tokens, error_margin, characters, bytes, tokens, …]`, four numbers per vocabulary |
//! | `[vocabulary, pack]`: load this vocabulary, an `ArrayBuffer` | `[vocabulary, whether it is usable]` |
//! | `[vocabulary, pack, ids]`: load its token ids, another `ArrayBuffer` | `["ids", vocabulary, whether they are usable]` |
//! | `[vocabulary, key, text, key, text, …]`: count texts exactly | `[vocabulary, key, tokens, key, tokens, …]`, nothing after the name if the vocabulary is not loaded |
//! | `["cut", vocabulary, key, text, …]`: cut texts into tokens | `["cut", key, ends, ids, …]`, each two `Uint32Array`s: the token ends in bytes, and the token ids, which may be missing |
//!
//! The exception is a plain number: the worker posts `true` after that many milliseconds, in addition to its replies.
//!
//! Numbers are JavaScript numbers, exact up to 2^53; no text in a browser is that long.

use headroom_tokenizer::{TextStats, Vocabulary};
use js_sys::{Array, ArrayBuffer, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast as _, JsValue};

/// A request from the page.
#[derive(Debug)]
pub enum WorkerRequest {
    /// Wakes the page after this many milliseconds.
    Wake(f64),
    /// Requests the stats of a draft in these vocabularies. The number identifies the request.
    Stats(f64, Vec<Vocabulary>, String),
    /// Loads this vocabulary.
    Have(Vocabulary, Vec<u8>),
    /// Loads its token ids, which belong to this pack.
    Number(Vocabulary, Vec<u8>, Vec<u8>),
    /// Requests the token counts of texts, each identified by a number.
    Tokens(Vocabulary, Vec<(f64, String)>),
    /// Requests the token boundaries of texts, each identified by a number.
    TokenBoundaries(Vocabulary, Vec<(f64, String)>),
}

/// A reply from the worker.
#[derive(Debug, PartialEq)]
pub enum WorkerReply {
    /// The stats of a draft, in the requested vocabularies.
    Stats(u64, Vec<TextStats>),
    /// Whether the worker counts exactly in a vocabulary from now on.
    Has(Vocabulary, bool),
    /// Whether the worker knows the token ids of a vocabulary from now on.
    HasIds(Vocabulary, bool),
    /// The token counts of texts, by key.
    Tokens(Vec<(u64, u64)>),
    /// The token ends of texts, in bytes, and the token ids, by key.
    TokenBoundaries(Vec<(u64, Vec<u32>, Vec<u32>)>),
}

/// The first element of messages about token boundaries; no vocabulary has this name.
const CUT: &str = "cut";
/// The first element of messages about token ids.
const IDS: &str = "ids";

/// Requests the stats of `text` in these vocabularies.
#[must_use]
pub fn ask_stats(id: u64, vocabularies: &[Vocabulary], text: &str) -> JsValue {
    let names: Vec<&str> = vocabularies.iter().map(|vocabulary| name(*vocabulary)).collect();
    Array::of3(&number(id), &names.join(" ").into(), &text.into()).into()
}

/// Passes a vocabulary to the worker.
#[must_use]
pub fn hand_over(vocabulary: Vocabulary, pack: &JsValue) -> JsValue {
    Array::of2(&name(vocabulary).into(), pack).into()
}

/// Passes the token ids of a vocabulary to the worker.
#[must_use]
pub fn hand_over_ids(vocabulary: Vocabulary, pack: &JsValue, ids: &JsValue) -> JsValue {
    Array::of3(&name(vocabulary).into(), pack, ids).into()
}

/// Requests a wake-up after this many milliseconds.
#[must_use]
pub fn wake(ms: u64) -> JsValue {
    number(ms)
}

/// Requests the token counts of texts.
#[must_use]
pub fn ask_tokens(vocabulary: Vocabulary, texts: impl Iterator<Item = (u64, String)>) -> JsValue {
    with_texts(Array::of1(&name(vocabulary).into()), texts)
}

/// Requests the token boundaries of texts.
#[must_use]
pub fn ask_cuts(vocabulary: Vocabulary, texts: impl Iterator<Item = (u64, String)>) -> JsValue {
    with_texts(Array::of2(&CUT.into(), &name(vocabulary).into()), texts)
}

fn with_texts(message: Array, texts: impl Iterator<Item = (u64, String)>) -> JsValue {
    for (key, text) in texts {
        message.push(&number(key));
        message.push(&text.into());
    }
    message.into()
}

/// Parses a message from the page; `None` if it is not part of this protocol.
#[must_use]
pub fn read_request(message: &JsValue) -> Option<WorkerRequest> {
    if let Some(ms) = message.as_f64() {
        return Some(WorkerRequest::Wake(ms));
    }
    let message = message.dyn_ref::<Array>()?;
    if let Some(id) = message.get(0).as_f64() {
        let names = message.get(1).as_string()?;
        let vocabularies = names.split(' ').map(Vocabulary::named).collect();
        return Some(WorkerRequest::Stats(id, vocabularies, message.get(2).as_string()?));
    }
    let text = |at| Some((message.get(at).as_f64()?, message.get(at + 1).as_string()?));
    let texts = |from| (from..message.length()).step_by(2).map(text).collect::<Option<Vec<_>>>();
    let first = message.get(0).as_string()?;
    if first == CUT {
        return Some(WorkerRequest::TokenBoundaries(Vocabulary::named(&message.get(1).as_string()?), texts(2)?));
    }
    let vocabulary = Vocabulary::named(&first);
    let file = |at| Some(Uint8Array::new(message.get(at).dyn_ref::<ArrayBuffer>()?).to_vec());
    match (file(1), file(2)) {
        (Some(pack), None) => return Some(WorkerRequest::Have(vocabulary, pack)),
        (Some(pack), Some(ids)) => return Some(WorkerRequest::Number(vocabulary, pack, ids)),
        (None, _) => {}
    }
    Some(WorkerRequest::Tokens(vocabulary, texts(1)?))
}

/// Replies with stats.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no text in a browser has 2^53 bytes")]
pub fn stats(id: f64, stats: &[TextStats]) -> JsValue {
    let numbers = stats.iter().flat_map(|stats| {
        let TextStats { tokens, error_margin, characters, bytes } = *stats;
        [tokens as f64, error_margin, characters as f64, bytes as f64]
    });
    std::iter::once(id).chain(numbers).map(JsValue::from_f64).collect::<Array>().into()
}

/// Replies whether a vocabulary is usable.
#[must_use]
pub fn has(vocabulary: Vocabulary, is_usable: bool) -> JsValue {
    Array::of2(&name(vocabulary).into(), &is_usable.into()).into()
}

/// Replies whether the token ids of a vocabulary are usable.
#[must_use]
pub fn has_ids(vocabulary: Vocabulary, are_usable: bool) -> JsValue {
    Array::of3(&IDS.into(), &name(vocabulary).into(), &are_usable.into()).into()
}

/// Replies with the token counts of texts.
#[must_use]
pub fn tokens(vocabulary: Vocabulary, counts: impl Iterator<Item = (f64, u64)>) -> JsValue {
    let message = Array::of1(&name(vocabulary).into());
    for (key, tokens) in counts {
        message.push(&key.into());
        message.push(&number(tokens));
    }
    message.into()
}

/// Replies with the token ends of texts and the token ids.
#[must_use]
pub fn cuts(cuts: impl Iterator<Item = (f64, Vec<u32>, Vec<u32>)>) -> JsValue {
    let message = Array::of1(&CUT.into());
    for (key, ends, ids) in cuts {
        message.push(&key.into());
        message.push(&Uint32Array::from(ends.as_slice()));
        message.push(&Uint32Array::from(ids.as_slice()));
    }
    message.into()
}

/// Parses a message from the worker; `None` if it is not part of this protocol.
#[must_use]
pub fn read_answer(message: &JsValue) -> Option<WorkerReply> {
    let message = message.dyn_ref::<Array>()?;
    if let Some(id) = whole(message, 0) {
        let stats = |at| {
            Some(TextStats {
                tokens: whole(message, at)?,
                error_margin: message.get(at + 1).as_f64()?,
                characters: whole(message, at + 2)?,
                bytes: whole(message, at + 3)?,
            })
        };
        let stats = (1..message.length()).step_by(4).map(stats).collect::<Option<_>>()?;
        return Some(WorkerReply::Stats(id, stats));
    }
    let first = message.get(0).as_string()?;
    if first == CUT {
        let numbers = |at| Some(message.get(at).dyn_into::<Uint32Array>().ok()?.to_vec());
        let cut = |at| Some((whole(message, at)?, numbers(at + 1)?, numbers(at + 2)?));
        return Some(WorkerReply::TokenBoundaries((1..message.length()).step_by(3).map(cut).collect::<Option<_>>()?));
    }
    if first == IDS {
        return Some(WorkerReply::HasIds(Vocabulary::named(&message.get(1).as_string()?), message.get(2).as_bool()?));
    }
    if let Some(is_usable) = message.get(1).as_bool() {
        return Some(WorkerReply::Has(Vocabulary::named(&first), is_usable));
    }
    let count = |at| Some((whole(message, at)?, whole(message, at + 1)?));
    Some(WorkerReply::Tokens((1..message.length()).step_by(2).map(count).collect::<Option<_>>()?))
}

fn name(vocabulary: Vocabulary) -> &'static str {
    vocabulary.name().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "ids count key presses, keys have 52 bits, and no text has 2^53 tokens")]
fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the other side wrote whole numbers below 2^53; `as` saturates"
)]
fn whole(message: &Array, at: u32) -> Option<u64> {
    Some(message.get(at).as_f64()? as u64)
}
