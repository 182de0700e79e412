//! Corrects our estimates by the provider's own counts.
//!
//! Each reply states how many prompt tokens it was charged for. For a model whose template or vocabulary is missing,
//! estimates are off by an offset (the template) and by a ratio (the vocabulary); both follow from a few pairs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Pairs kept: enough to outvote bad ones, few enough to follow a change within a day.
const KEPT: usize = 24;

/// Pairs needed to separate offset and ratio.
const FEWEST_FOR_A_LINE: usize = 4;

/// A prompt of fewer tokens determines mainly the offset, one of more mainly the ratio.
const SHORT_PROMPT: f64 = 200.0;

/// Largest plausible ratio in either direction; beyond it, no known vocabulary explains the difference.
const MOST_RATIO: f64 = 3.0;

/// Largest plausible offset: tokens that a provider's template or hidden prompt adds, or by which our own are too many.
const MOST_OFFSET: f64 = 4_096.0;

/// The counts of one reply.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    estimated: u64,
    actual: u64,
}

impl Pair {
    /// Returns whether the line could pass through it; anything farther off belongs to another request or is nonsense.
    fn is_plausible(self) -> bool {
        let most = |tokens: u64| float(tokens) * MOST_RATIO + MOST_OFFSET;
        self.estimated > 0
            && self.actual > 0
            && float(self.actual) <= most(self.estimated)
            && float(self.estimated) <= most(self.actual)
    }
}

/// Corrections inferred for one model. Saved with the model's other properties; loaded values are validated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub struct Correction {
    pairs: Vec<Pair>,
    exact_in_a_row: u32,
    #[serde(skip)]
    line: Line,
}

/// The saved form, before validation.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    pairs: Vec<Pair>,
    #[serde(default)]
    exact_in_a_row: u32,
}

impl From<Saved> for Correction {
    fn from(saved: Saved) -> Self {
        let surplus = saved.pairs.len().saturating_sub(KEPT);
        let pairs: Vec<Pair> = saved.pairs.into_iter().skip(surplus).filter(|pair| pair.is_plausible()).collect();
        let line = Line::through(&pairs);
        Self { pairs, exact_in_a_row: saved.exact_in_a_row, line }
    }
}

/// How good the estimates for a model are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fit {
    /// No replies so far.
    Unknown,
    /// The corrected estimate equaled the provider's count in this many recent replies.
    Exact {
        /// Consecutive replies.
        last: u32,
    },
    /// The provider's count is higher by this share of our estimate, at the usual length of a prompt: 0.031 is 3.1%
    /// more.
    Off {
        /// The share; negative if the provider counts less.
        share: f64,
    },
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not measured yet"),
            Self::Exact { last: 1 } => f.write_str("exact last time"),
            Self::Exact { last } => write!(f, "exact in the last {last}"),
            Self::Off { share } if share.abs() < 0.000_5 => f.write_str("≈ 0%"),
            Self::Off { share } => write!(f, "≈ {:+.1}%", share * 100.0),
        }
    }
}

impl Correction {
    /// Records that the provider counted a prompt of `estimated` tokens (before any correction) as `actual`
    /// (`usage.prompt_tokens`). Values that no vocabulary or template explains are ignored.
    pub fn learn(&mut self, estimated: u64, actual: u64) {
        let pair = Pair { estimated, actual };
        if !pair.is_plausible() {
            return;
        }
        let exact = self.apply(estimated) == actual;
        self.exact_in_a_row = if exact { self.exact_in_a_row.saturating_add(1) } else { 0 };
        let surplus = (self.pairs.len() + 1).saturating_sub(KEPT);
        self.pairs.drain(..surplus);
        self.pairs.push(pair);
        self.line = Line::through(&self.pairs);
    }

    /// Returns the corrected count for a prompt of `estimated` tokens: without pairs, the estimate itself; 0 stays 0.
    #[must_use]
    pub fn apply(&self, estimated: u64) -> u64 {
        if estimated == 0 || self.pairs.is_empty() {
            return estimated;
        }
        let corrected = self.line.offset + self.line.ratio * float(estimated);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 1; a cast of a float too great saturates"
        )]
        let whole = corrected.round().max(1.0) as u64;
        whole
    }

    /// Returns the tokens that the provider adds to every prompt, beyond the estimated overhead.
    #[must_use]
    pub const fn offset(&self) -> f64 {
        self.line.offset
    }

    /// Returns the provider's tokens per estimated token.
    #[must_use]
    pub const fn ratio(&self) -> f64 {
        self.line.ratio
    }

    /// Returns the number of replies used, at most the last 24.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// Returns how good the estimates are, for display.
    #[must_use]
    pub fn fit(&self) -> Fit {
        if self.exact_in_a_row > 0 {
            return Fit::Exact { last: self.exact_in_a_row };
        }
        let shares = self.pairs.iter().map(|pair| (float(pair.actual) / float(pair.estimated) - 1.0, 1.0));
        median(shares.collect()).map_or(Fit::Unknown, |share| Fit::Off { share })
    }

    /// Returns the typical error of the corrected estimates, as a share: the median absolute error over the recorded
    /// pairs, 0.01 is ± 1%. `None` without pairs.
    #[must_use]
    pub fn uncertainty(&self) -> Option<f64> {
        let off = |pair: &Pair| float(self.apply(pair.estimated)) / float(pair.actual) - 1.0;
        median(self.pairs.iter().map(|pair| (off(pair).abs(), 1.0)).collect())
    }
}

/// `actual = offset + ratio · estimated`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    offset: f64,
    ratio: f64,
}

impl Default for Line {
    fn default() -> Self {
        Self { offset: 0.0, ratio: 1.0 }
    }
}

impl Line {
    /// Fits a line to most of the pairs: the median of the slopes between them (Theil–Sen), which three bad pairs in
    /// ten barely move. At most 276 slopes.
    fn through(pairs: &[Pair]) -> Self {
        let ratio = if pairs.len() >= FEWEST_FOR_A_LINE { slope(pairs) } else { None };
        let line = ratio.map_or_else(|| Self::of_one_number(pairs), |ratio| Self::with_ratio(ratio, pairs));
        Self {
            offset: line.offset.clamp(-MOST_OFFSET, MOST_OFFSET),
            ratio: line.ratio.clamp(1.0 / MOST_RATIO, MOST_RATIO),
        }
    }

    /// Prompts of similar length cannot separate offset and ratio: one of them has to explain the difference.
    fn of_one_number(pairs: &[Pair]) -> Self {
        let each = |value: fn(&Pair) -> f64| median(pairs.iter().map(|pair| (value(pair), 1.0)).collect());
        let length = each(|pair| float(pair.estimated)).unwrap_or_default();
        if length < SHORT_PROMPT {
            let offset = each(|pair| float(pair.actual) - float(pair.estimated));
            return Self::with_offset(offset.unwrap_or_default());
        }
        Self { offset: 0.0, ratio: each(|pair| float(pair.actual) / float(pair.estimated)).unwrap_or(1.0) }
    }

    const fn with_offset(offset: f64) -> Self {
        Self { offset, ratio: 1.0 }
    }

    /// Short prompts determine the offset: in a long one it drowns in the noise of the ratio. The shortest one weighs
    /// no more than the second shortest, or it alone would decide.
    fn with_ratio(ratio: f64, pairs: &[Pair]) -> Self {
        let (_, second) = pairs.iter().fold((u64::MAX, u64::MAX), |(shortest, second), pair| {
            (shortest.min(pair.estimated), second.min(shortest.max(pair.estimated)))
        });
        let weight = |pair: &Pair| 1.0 / float(pair.estimated.max(second));
        let rests = pairs.iter().map(|pair| (float(pair.actual) - ratio * float(pair.estimated), weight(pair)));
        Self { offset: median(rests.collect()).unwrap_or_default(), ratio }
    }
}

/// Returns the median slope between distant pairs, weighted by distance; `None` if no prompt is twice another.
fn slope(pairs: &[Pair]) -> Option<f64> {
    let shortest = pairs.iter().map(|pair| pair.estimated).min()?;
    let longest = pairs.iter().map(|pair| pair.estimated).max()?;
    if longest < shortest.saturating_mul(2) {
        return None;
    }
    let mut slopes = Vec::new();
    for (place, one) in pairs.iter().enumerate() {
        for other in pairs.iter().skip(place + 1) {
            let run = float(other.estimated) - float(one.estimated);
            let apart = run.abs() / float(one.estimated.max(other.estimated));
            if apart > 0.2 {
                slopes.push(((float(other.actual) - float(one.actual)) / run, apart));
            }
        }
    }
    median(slopes).filter(|slope| (1.0 / MOST_RATIO..=MOST_RATIO).contains(slope))
}

/// Returns the weighted median: half of the weight lies on either side. `None` if there are no values.
fn median(unsorted: Vec<(f64, f64)>) -> Option<f64> {
    // At most 276 values, once per answer: insertion costs less than the page would pay for a sort's code.
    let mut values = Vec::with_capacity(unsorted.len());
    for (value, weight) in unsorted {
        let place = values.partition_point(|(smaller, _): &(f64, f64)| smaller.total_cmp(&value).is_le());
        values.insert(place, (value, weight));
    }
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    let place = values.iter().position(|(_, weight)| {
        passed += weight;
        passed >= half
    })?;
    let (value, _) = values.get(place)?;
    // Exactly on the border between two values: their mean.
    let next = values.get(place + 1).filter(|_| passed <= half * (1.0 + 1e-12));
    Some(next.map_or(*value, |(next, _)| f64::midpoint(*value, *next)))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a prompt has far fewer than 2^53 tokens, and a foreign figure is only compared"
)]
const fn float(tokens: u64) -> f64 {
    tokens as f64
}

#[cfg(test)]
mod tests;
