//! Fits the estimator's weights to the fit part of the corpus, and its scales to the other vocabularies' counts there.
//! The held-out part is never used.

mod affinity;
mod descent;

pub use affinity::affinity;

use headroom_tokenizer::{
    Vocabulary,
    estimator::{
        at_least_one, beyond_one,
        features::{self, DENSE, FEATURES},
        group::Group,
        scan::{Kind, Piece, Pieces},
        weights::{self, TOKEN},
    },
};

use crate::{corpus::Text, reference::References};

/// One piece of training data.
#[derive(Clone, Debug)]
struct Example {
    features: Vec<usize>,
    at_least_one: bool,
    tokens: f32,
}

/// The pieces of one slice, which is also fitted as a unit.
#[derive(Clone, Debug)]
struct Slice {
    examples: Vec<Example>,
    /// The weight of the slice.
    weight: f32,
}

/// Returns whether the price of a piece is fitted. Digits and contractions follow the split rule.
const fn is_fitted(kind: Kind) -> bool {
    !matches!(kind, Kind::Digits | Kind::Contraction)
}

/// Returns the weight of a corpus file: most requests contain English, code and the like, and random letters, of which
/// the corpus has many, would make every word without a space before it expensive.
fn weight_of(name: &str) -> f32 {
    match name {
        "english" | "markdown" | "json" | "code_js" | "code_python" | "code_rust" => 6.0,
        "base64" | "hex" | "letters" => RANDOM,
        _ => 1.0,
    }
}

/// The weight of files of random letters.
const RANDOM: f32 = 1.0;

/// Fits everything and returns the bytes of `weights.bin`.
#[must_use]
pub fn run(corpus: &[Text], references: &References) -> Vec<u8> {
    let mut slices = Vec::new();
    for text in corpus {
        for slice in text.fit() {
            let pieces = Pieces::of(slice).filter(|piece| is_fitted(piece.kind));
            slices.push(Slice {
                examples: pieces.map(|piece| example(piece, references.o200k(piece.text))).collect(),
                weight: weight_of(&text.name),
            });
        }
    }
    let weights = descent::fit(&slices, &affinity(&references.vocabulary()));
    let (dense, pairs) = weights.split_at(DENSE.min(weights.len()));
    let mut bytes = Vec::with_capacity(weights::BYTES);
    for weight in dense {
        bytes.extend(nearest(weight * 256.0, f32::from(i16::MIN), f32::from(i16::MAX)).to_le_bytes());
    }
    for weight in pairs {
        let [low, _] = nearest(weight * 64.0, -128.0, 127.0).to_le_bytes();
        bytes.push(low);
    }
    bytes.extend(scales(corpus, references, &bytes));
    bytes
}

#[expect(clippy::cast_possible_truncation, reason = "held within the range before it is cast")]
fn nearest(value: f32, least: f32, most: f32) -> i16 {
    value.round().clamp(least, most) as i16
}

#[expect(clippy::cast_precision_loss, reason = "no piece has 2^24 tokens")]
fn example(piece: Piece<'_>, tokens: usize) -> Example {
    let mut features = Vec::new();
    features::each(piece, |place| features.push(place));
    Example { features, at_least_one: at_least_one(piece.kind), tokens: tokens as f32 }
}

/// Returns the tokens beyond the certain ones per token of ours, in 32nds, for each group and vocabulary but o200k.
fn scales(corpus: &[Text], references: &References, fitted: &[u8]) -> Vec<u8> {
    let vocabularies = Vocabulary::MEASURED.len();
    let mut ours = vec![0.0; Group::COUNT];
    let mut theirs = vec![vec![0.0; Group::COUNT]; vocabularies];
    let weighed =
        |text| Text::fit(text).flat_map(Pieces::of).map(|piece| (piece, f64::from(weight_of(&text.name).sqrt())));
    for (piece, weight) in corpus.iter().flat_map(weighed) {
        let place = Group::of(piece).place();
        // Three digits are usually one token, and all of it is scaled.
        let (certain, beyond) = match piece.kind {
            Kind::Digits => (0.0, 1.0),
            kind => (f64::from(u8::from(at_least_one(kind))), tokens_beyond(piece, fitted)),
        };
        let Some(own) = ours.get_mut(place) else { continue };
        *own += weight * beyond;
        for (row, count) in theirs.iter_mut().zip(references.count_all(piece.text)) {
            if let Some(cell) = row.get_mut(place) {
                *cell += weight * (f64::from(u32::try_from(count).unwrap_or(u32::MAX)) - certain);
            }
        }
    }
    let byte = |theirs: f64, ours: f64| {
        // Groups that are rare in the corpus stay at one.
        let ratio = if ours < 1.0 { 1.0 } else { (theirs / ours).clamp(0.0, 7.96) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255 by the clamp above")]
        let byte = (ratio * 32.0).round() as u8;
        byte
    };
    let rows = theirs.iter().skip(1);
    rows.flat_map(|row| row.iter().zip(&ours).map(|(theirs, ours)| byte(*theirs, *ours))).collect()
}

/// Returns the tokens of a piece by the fitted weights, before they are compiled in.
#[expect(clippy::cast_precision_loss, reason = "no piece has 2^53 tokens")]
fn tokens_beyond(piece: Piece<'_>, fitted: &[u8]) -> f64 {
    let mut score = 0;
    features::each(piece, |place| {
        let pair = fitted.get(2 * DENSE + place.saturating_sub(DENSE));
        let dense = fitted.get(2 * place..2 * place + 2).and_then(|bytes| bytes.try_into().ok());
        score += match (place < DENSE, dense, pair) {
            (true, Some(bytes), _) => i64::from(i16::from_le_bytes(bytes)),
            (false, _, Some(byte)) => 4 * i64::from(byte.cast_signed()),
            _ => 0,
        };
    });
    beyond_one(score) as f64 / TOKEN as f64
}

/// The number of weights that [`descent::fit`] returns.
const WEIGHTS: usize = FEATURES;
