//! Gradient descent: Adam on batches of slices.

use super::{Slice, WEIGHTS};
use headroom_tokenizer::estimator::features::DENSE;

/// How strongly the weight of a pair is pulled toward its affinity.
const RIDGE: f32 = 0.6;

/// How much the error of an entire slice counts relative to those of its pieces. Pieces alone are fitted best by
/// leaning to the mean of all languages, which makes English too expensive and Finnish too cheap.
const WHOLE: f32 = 6.0;

const EPOCHS: u16 = 200;
const BATCH: usize = 4;

/// The index of the one coefficient that converts affinity to weight.
const AFFINITY: usize = WEIGHTS;

struct Model<'a> {
    values: Vec<f32>,
    affinity: &'a [f32],
}

impl Model<'_> {
    fn affinity(&self, place: usize) -> f32 {
        let pair = place.checked_sub(DENSE).and_then(|pair| self.affinity.get(pair));
        pair.copied().unwrap_or_default()
    }

    fn value(&self, place: usize) -> f32 {
        self.values.get(place).copied().unwrap_or_default()
    }

    fn weight(&self, place: usize) -> f32 {
        self.value(place) + self.value(AFFINITY) * self.affinity(place)
    }
}

/// Returns the weights that fit `slices`, starting from the affinity of pairs.
pub(super) fn fit(slices: &[Slice], affinity: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; WEIGHTS + 1];
    if let Some(last) = values.last_mut() {
        *last = -0.3;
    }
    let mut model = Model { values, affinity };
    let (mut means, mut squares) = (vec![0.0; WEIGHTS + 1], vec![0.0; WEIGHTS + 1]);
    let mut gradient = vec![0.0; WEIGHTS + 1];
    let mut order: Vec<usize> = (0..slices.len()).collect();
    let mut seed = 88_172_645_463_325_252_u64;
    for epoch in 0..EPOCHS {
        shuffle(&mut order, &mut seed);
        let rate = 0.02 * (1.0 - f32::from(epoch) / f32::from(EPOCHS)) + 1e-4;
        for batch in order.chunks(BATCH) {
            gradient.fill(0.0);
            for slice in batch.iter().filter_map(|place| slices.get(*place)) {
                add_gradient(slice, &model, &mut gradient);
            }
            let moments = means.iter_mut().zip(&mut squares);
            for (place, ((value, slope), (mean, square))) in
                model.values.iter_mut().zip(&gradient).zip(moments).enumerate()
            {
                // Only features in the batch are updated, so that a rare pair does not decay between its appearances.
                if *slope == 0.0 {
                    continue;
                }
                let pulled = if (DENSE..WEIGHTS).contains(&place) { RIDGE * *value } else { 0.0 };
                let slope = slope + pulled;
                *mean = 0.9 * *mean + 0.1 * slope;
                *square = 0.99 * *square + 0.01 * slope * slope;
                *value -= rate * *mean / (square.sqrt() + 1e-3);
            }
        }
    }
    (0..WEIGHTS).map(|place| model.weight(place)).collect()
}

fn add_gradient(slice: &Slice, model: &Model<'_>, gradient: &mut [f32]) {
    let scores: Vec<f32> =
        slice.examples.iter().map(|example| example.features.iter().map(|place| model.weight(*place)).sum()).collect();
    let predicted = |at_least_one: bool, score: f32| f32::from(u8::from(at_least_one)) + beyond_one(score);
    let mut sum = 0.0;
    let mut tokens = 0.0;
    for (example, score) in slice.examples.iter().zip(&scores) {
        sum += predicted(example.at_least_one, *score);
        tokens += example.tokens;
    }
    let whole = WHOLE * (sum - tokens) / f32::max(tokens, 1.0);
    for (example, score) in slice.examples.iter().zip(&scores) {
        let error = predicted(example.at_least_one, *score) - example.tokens;
        // A piece far below the bend has no slope; if it is too cheap it needs one to recover.
        let slope = f32::max(bend(*score), if error < 0.0 { 0.05 } else { 0.0 });
        let step = slice.weight * (error / example.tokens.max(1.0) + whole) * slope;
        for place in &example.features {
            if let Some(cell) = gradient.get_mut(*place) {
                *cell += step;
            }
            if let Some(cell) = gradient.get_mut(AFFINITY) {
                *cell += step * model.affinity(*place);
            }
        }
    }
}

/// The estimator's bend, in tokens.
fn beyond_one(score: f32) -> f32 {
    if score <= -1.0 {
        0.0
    } else if score < 1.0 {
        (score + 1.0) * (score + 1.0) / 4.0
    } else {
        score
    }
}

/// The slope of [`beyond_one`].
fn bend(score: f32) -> f32 {
    f32::midpoint(score, 1.0).clamp(0.0, 1.0)
}

fn shuffle(order: &mut [usize], seed: &mut u64) {
    for last in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let other = usize::try_from(*seed % (last as u64 + 1)).unwrap_or_default();
        order.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Example;

    #[test]
    fn the_descent_finds_the_price_of_two_sorts_of_pieces() {
        let example = |place, tokens| Example { features: vec![place], at_least_one: true, tokens };
        let slice = Slice { examples: vec![example(0, 3.0), example(1, 1.0)], weight: 1.0 };
        let weights = fit(&vec![slice; 8], &[]);
        assert!((weights[0] - 2.0).abs() < 0.1, "{}", weights[0]);
        assert!(beyond_one(weights[1]) < 0.05, "{}", weights[1]);
    }
}
