//! How long silence lasts before a request is abandoned, and before the user is notified.

/// Milliseconds of silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StallTimeouts {
    /// From here on the user is notified, and may choose to keep waiting.
    pub notice_ms: u64,
    /// Here the request ends.
    pub timeout_ms: u64,
}

impl StallTimeouts {
    /// Returns the timeouts for a server that is nearby (on this machine or in a private network) or remote, before or
    /// after its first text.
    ///
    /// Busy providers queue requests for a minute or more, but do not fall silent once they have begun. A server nearby
    /// may load a model from disk first, or work through a long prompt on one processor.
    #[must_use]
    pub const fn with(is_nearby: bool, has_text: bool) -> Self {
        let (notice_ms, timeout_ms) = match (is_nearby, has_text) {
            (true, false) => (60_000, 900_000),
            (true, true) => (30_000, 900_000),
            (false, false) => (60_000, 180_000),
            (false, true) => (15_000, 45_000),
        };
        Self { notice_ms, timeout_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_long_before_the_end_and_servers_nearby_have_a_quarter_of_an_hour() {
        for has_text in [false, true] {
            let (near, far) = (StallTimeouts::with(true, has_text), StallTimeouts::with(false, has_text));
            assert!(near.notice_ms * 2 <= near.timeout_ms && far.notice_ms * 2 <= far.timeout_ms);
            assert_eq!(near.timeout_ms, 15 * 60 * 1_000);
            assert!(far.timeout_ms < near.timeout_ms);
        }
    }
}
