//! Amounts of money.

use serde::{Deserialize, Serialize};

/// An amount of US dollars in whole nanodollars, so that sums are exact and comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

impl Money {
    const NANODOLLARS: f64 = 1e9;

    /// The nearest amount; `None` if it is negative or not a number. At most 18 billion dollars.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative here; `as` saturates")]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (dollars.is_finite() && dollars >= 0.0).then(|| Self((dollars * Self::NANODOLLARS).round() as u64))
    }

    /// In US dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to nine million dollars")]
    pub const fn dollars(self) -> f64 {
        self.0 as f64 / Self::NANODOLLARS
    }

    /// The sum, at most the largest amount.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_comes_back_to_the_nanodollar_and_nonsense_is_none() {
        for dollars in [0.0, 0.000_009_45, 0.95, 12.5, 4_000_000.0] {
            assert_eq!(Money::from_dollars(dollars).map(Money::dollars), Some(dollars));
        }
        for nonsense in [-0.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Money::from_dollars(nonsense), None);
        }
        let most = Money::from_dollars(1e30).unwrap();
        assert_eq!(most.saturating_add(most), most);
    }
}
