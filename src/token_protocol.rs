//! What the page and the counting worker say to each other.
//!
//! The worker says `null` once, when it listens: what is sent before that may be lost. From then on it answers each message
//! with one of its own. All are arrays:
//!
//! | the page says | the worker answers |
//! |---|---|
//! | `[id, vocabularies, text]`: count a draft in some vocabularies, their names (or empty) with spaces between | `[id, tokens, error_margin, characters, bytes, tokens, …]`, four numbers for each vocabulary |
//! | `[vocabulary, pack]`: have this vocabulary, an `ArrayBuffer` | `[vocabulary, whether it can be used]` |
//! | `[vocabulary, pack, ids]`: have the numbers of its tokens, in another one | `["ids", vocabulary, whether they can be used]` |
//! | `[vocabulary, key, text, key, text, …]`: count texts to the token | `[vocabulary, key, tokens, key, tokens, …]`, nothing after the name where it has no such vocabulary |
//! | `["cut", vocabulary, key, text, …]`: cut texts into tokens | `["cut", key, ends, ids, …]`, each two `Uint32Array`s: where the tokens end, in bytes, and their numbers, which may be missing |
//!
//! All but one: a number has the worker say `true` after so many milliseconds, besides its answers.
//!
//! Numbers are JavaScript numbers: exact up to 2^53, and no text in a browser is that long.

use headroom_tokenizer::{TextStats, Vocabulary};
use js_sys::{Array, ArrayBuffer, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast as _, JsValue};

/// What the page wants.
#[derive(Debug)]
pub enum WorkerRequest {
    /// Wake it after so many milliseconds.
    Wake(f64),
    /// The figures of a draft in some vocabularies. The number names the request.
    Figures(f64, Vec<Vocabulary>, String),
    /// Have this vocabulary.
    Have(Vocabulary, Vec<u8>),
    /// Have the numbers of its tokens; they go with this pack.
    Number(Vocabulary, Vec<u8>, Vec<u8>),
    /// The tokens of texts, each with the number that names it.
    Tokens(Vocabulary, Vec<(f64, String)>),
    /// Where the tokens of texts end, each with the number that names it.
    TokenBoundaries(Vocabulary, Vec<(f64, String)>),
}

/// What the worker says.
#[derive(Debug, PartialEq)]
pub enum WorkerReply {
    /// The figures of the draft of this request, in the vocabularies that were asked for.
    Figures(u64, Vec<TextStats>),
    /// Whether it counts in a vocabulary to the token from now on.
    Has(Vocabulary, bool),
    /// Whether it knows the numbers of a vocabulary's tokens from now on.
    HasIds(Vocabulary, bool),
    /// The tokens of texts, by what names them.
    Tokens(Vec<(u64, u64)>),
    /// Where the tokens of texts end, in bytes, and their numbers, by what names them.
    TokenBoundaries(Vec<(u64, Vec<u32>, Vec<u32>)>),
}

/// What a message about cutting begins with; no vocabulary is called so.
const CUT: &str = "cut";
/// Likewise about the numbers of tokens.
const IDS: &str = "ids";

/// Asks for the figures of `text` in some vocabularies.
#[must_use]
pub fn ask_figures(id: u64, vocabularies: &[Vocabulary], text: &str) -> JsValue {
    let names: Vec<&str> = vocabularies.iter().map(|vocabulary| name(*vocabulary)).collect();
    Array::of3(&number(id), &names.join(" ").into(), &text.into()).into()
}

/// Hands a vocabulary over.
#[must_use]
pub fn hand_over(vocabulary: Vocabulary, pack: &JsValue) -> JsValue {
    Array::of2(&name(vocabulary).into(), pack).into()
}

/// Hands the numbers of a vocabulary's tokens over.
#[must_use]
pub fn hand_over_ids(vocabulary: Vocabulary, pack: &JsValue, ids: &JsValue) -> JsValue {
    Array::of3(&name(vocabulary).into(), pack, ids).into()
}

/// Asks to be woken after so many milliseconds.
#[must_use]
pub fn wake(ms: u64) -> JsValue {
    number(ms)
}

/// Asks for the tokens of texts.
#[must_use]
pub fn ask_tokens(vocabulary: Vocabulary, texts: impl Iterator<Item = (u64, String)>) -> JsValue {
    with_texts(Array::of1(&name(vocabulary).into()), texts)
}

/// Asks where the tokens of texts end.
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

/// Reads what the page says; `None` is not one of ours.
#[must_use]
pub fn read_request(message: &JsValue) -> Option<WorkerRequest> {
    if let Some(ms) = message.as_f64() {
        return Some(WorkerRequest::Wake(ms));
    }
    let message = message.dyn_ref::<Array>()?;
    if let Some(id) = message.get(0).as_f64() {
        let names = message.get(1).as_string()?;
        let vocabularies = names.split(' ').map(Vocabulary::named).collect();
        return Some(WorkerRequest::Figures(id, vocabularies, message.get(2).as_string()?));
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

/// Answers with figures.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no text in a browser has 2^53 bytes")]
pub fn figures(id: f64, figures: &[TextStats]) -> JsValue {
    let numbers = figures.iter().flat_map(|figures| {
        let TextStats { tokens, error_margin, characters, bytes } = *figures;
        [tokens as f64, error_margin, characters as f64, bytes as f64]
    });
    std::iter::once(id).chain(numbers).map(JsValue::from_f64).collect::<Array>().into()
}

/// Answers whether a vocabulary can be used.
#[must_use]
pub fn has(vocabulary: Vocabulary, is_usable: bool) -> JsValue {
    Array::of2(&name(vocabulary).into(), &is_usable.into()).into()
}

/// Answers whether the numbers of a vocabulary's tokens can be used.
#[must_use]
pub fn has_ids(vocabulary: Vocabulary, are_usable: bool) -> JsValue {
    Array::of3(&IDS.into(), &name(vocabulary).into(), &are_usable.into()).into()
}

/// Answers with the tokens of texts.
#[must_use]
pub fn tokens(vocabulary: Vocabulary, counts: impl Iterator<Item = (f64, u64)>) -> JsValue {
    let message = Array::of1(&name(vocabulary).into());
    for (key, tokens) in counts {
        message.push(&key.into());
        message.push(&number(tokens));
    }
    message.into()
}

/// Answers with where the tokens of texts end, and their numbers.
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

/// Reads what the worker says; `None` is not one of ours.
#[must_use]
pub fn read_answer(message: &JsValue) -> Option<WorkerReply> {
    let message = message.dyn_ref::<Array>()?;
    if let Some(id) = whole(message, 0) {
        let figures = |at| {
            Some(TextStats {
                tokens: whole(message, at)?,
                error_margin: message.get(at + 1).as_f64()?,
                characters: whole(message, at + 2)?,
                bytes: whole(message, at + 3)?,
            })
        };
        let figures = (1..message.length()).step_by(4).map(figures).collect::<Option<_>>()?;
        return Some(WorkerReply::Figures(id, figures));
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
