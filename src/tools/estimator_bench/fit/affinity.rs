//! The affinity of pairs of characters, from the vocabulary alone.

use std::collections::HashMap;

use headroom_tokenizer::estimator::features::{self, DENSE, PAIRS};

/// A token's weight falls with its rank, as word frequencies do; the first thousand are equal.
const ALIKE: f32 = 1000.0;

/// Returns, for each index of [`features::pair`], how much likelier than chance its pairs are inside one token than
/// across a border between two: the logarithm of the ratio, from -1 to 1. Pairs that no token contains are at -1.
#[must_use]
pub fn affinity(vocabulary: &[String]) -> Vec<f32> {
    let mut inside: HashMap<(char, char), f32> = HashMap::new();
    let mut ends: HashMap<char, f32> = HashMap::new();
    let mut starts: HashMap<char, f32> = HashMap::new();
    let mut total = 0.0;
    for (rank, token) in vocabulary.iter().enumerate() {
        let weight = 1000.0 / (float(rank) + ALIKE);
        let case_folded = || token.chars().map(|c| c.to_ascii_lowercase());
        let (Some(first), Some(last)) = (case_folded().next(), case_folded().next_back()) else {
            continue;
        };
        for pair in case_folded().zip(case_folded().skip(1)) {
            *inside.entry(pair).or_default() += weight;
        }
        *ends.entry(last).or_default() += weight;
        *starts.entry(first).or_default() += weight;
        total += weight;
    }
    // Unseen ends and starts count a little, so that rare characters do not look certain.
    let seen = |map: &HashMap<char, f32>, c: char| map.get(&c).copied().unwrap_or_default() + 0.3;
    let mut sums = vec![(0.0, 0.0); PAIRS];
    for ((a, b), weight) in inside {
        let across = 30.0 * seen(&ends, a) * seen(&starts, b) / total;
        let ratio = ((weight + 0.1) / (across + 0.1)).ln();
        if let Some((sum, weights)) = sums.get_mut(features::pair(a, b) - DENSE) {
            *sum += weight * ratio;
            *weights += weight;
        }
    }
    let mean = |(sum, weights): (f32, f32)| {
        if weights > 0.0 { (sum / weights / 4.0).clamp(-1.0, 1.0) } else { -1.0 }
    };
    sums.into_iter().map(mean).collect()
}

#[expect(clippy::cast_precision_loss, reason = "ranks are below 2^24")]
const fn float(rank: usize) -> f32 {
    rank as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_stand_inside_tokens_have_more_affinity_than_pairs_that_do_not() {
        let vocabulary: Vec<String> = ["th", "the", "that", "t", "q", "z"].map(String::from).into();
        let affinity = affinity(&vocabulary);
        let of = |a, b| affinity[features::pair(a, b) - DENSE];
        assert!(of('t', 'h') > of('z', 'q'));
        assert!((of('z', 'q') + 1.0).abs() < 1e-6);
    }
}
