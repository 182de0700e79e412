//! Small values that all rooms use.

use headroom_tokenizer::TextStats;

/// Tokens of a request, and whether they were counted exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) tokens: u64,
    /// Counted exactly; otherwise some of them are estimated.
    pub(crate) exact: bool,
}

impl Tokens {
    /// Adds the tokens of a text.
    pub(crate) fn and(self, stats: TextStats) -> Self {
        Self { tokens: self.tokens + stats.tokens, exact: self.exact && stats.is_exact() }
    }
}

/// Converts a time to integer milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time after 1970 and below 2^53; `as` saturates"
)]
#[must_use]
pub const fn whole_ms(now_ms: f64) -> u64 {
    now_ms as u64
}
