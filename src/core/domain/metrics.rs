//! Measures how fast an answer arrived, from the times of its reads.

use serde::{Deserialize, Serialize};

use crate::reply::Usage;

/// When the parts of an answer arrived. Times are in milliseconds on one clock of the caller's choice.
///
/// A *read* is one chunk of bytes from the network: tokens inside it have no separate times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrivals {
    sent_ms: f64,
    first_ms: Option<f64>,
    last_ms: f64,
    first_bytes: u64,
    bytes: u64,
    reasoning_bytes: u64,
}

impl Arrivals {
    /// Starts measuring a request sent at `now_ms`.
    #[must_use]
    pub const fn sent(now_ms: f64) -> Self {
        Self { sent_ms: now_ms, first_ms: None, last_ms: now_ms, first_bytes: 0, bytes: 0, reasoning_bytes: 0 }
    }

    /// Records a read with this many bytes of answer text (including tool calls) and reasoning text. A read without
    /// text, such as the role or the usage, does not count.
    pub fn read(&mut self, now_ms: f64, answer_bytes: usize, reasoning_bytes: usize) {
        let bytes = (answer_bytes + reasoning_bytes) as u64;
        if bytes == 0 {
            return;
        }
        if self.first_ms.is_none() {
            self.first_ms = Some(now_ms);
            self.first_bytes = bytes;
        }
        self.last_ms = now_ms;
        self.bytes += bytes;
        self.reasoning_bytes += reasoning_bytes as u64;
    }

    /// Reclassifies all the answer text so far as reasoning.
    pub const fn answer_was_reasoning(&mut self) {
        self.reasoning_bytes = self.bytes;
    }

    /// Returns the metrics of an answer that ended at `ended_ms`.
    #[must_use]
    pub fn metrics(&self, ended_ms: f64, usage: &Usage) -> Metrics {
        Metrics {
            ttft_ms: self.first_ms.map(|first| (first - self.sent_ms).max(0.0)),
            total_ms: (ended_ms - self.sent_ms).max(0.0),
            tokens_per_second: self.tokens_per_second(usage),
        }
    }

    /// Computes the speed without the first read, whose tokens took an unknown time. The share of text after it stands
    /// for the share of tokens.
    #[expect(clippy::cast_precision_loss, reason = "counts of tokens and bytes are far below 2^52")]
    fn tokens_per_second(&self, usage: &Usage) -> Option<f64> {
        let seconds = (self.last_ms - self.first_ms?) / 1000.0;
        let later_bytes = self.bytes - self.first_bytes;
        if seconds <= 0.0 || later_bytes == 0 {
            return None;
        }
        // Reasoning that was billed but not shown was generated before the first read: it is excluded from the speed.
        let tokens = match self.reasoning_bytes {
            0 => usage.answer_tokens()?,
            _ => usage.completion_tokens?,
        };
        let pace = tokens as f64 * (later_bytes as f64 / self.bytes as f64) / seconds;
        (pace.is_finite() && pace > 0.0).then_some(pace)
    }
}

/// The stats shown with an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Milliseconds from sending to the first text, including reasoning. `None` if no text arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Milliseconds from sending to the end.
    pub total_ms: f64,
    /// Tokens per second while text arrived, answer and reasoning together. `None` if all arrived in one read, or the
    /// provider reported no count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn used(completion: u64, reasoning: Option<u64>) -> Usage {
        Usage { completion_tokens: Some(completion), reasoning_tokens: reasoning, ..Usage::default() }
    }

    #[test]
    fn the_first_read_sets_the_ttft_and_stays_out_of_the_pace() {
        let mut arrivals = Arrivals::sent(1_000.0);
        arrivals.read(1_050.0, 0, 0);
        arrivals.read(1_250.0, 200, 0);
        arrivals.read(1_750.0, 400, 0);
        arrivals.read(2_250.0, 400, 0);
        let metrics = arrivals.metrics(2_300.0, &used(250, None));
        assert_eq!((metrics.ttft_ms, metrics.total_ms), (Some(250.0), 1_300.0));
        // 200 of the 250 tokens arrived in the second after the first read.
        assert_eq!(metrics.tokens_per_second, Some(200.0));
    }

    #[test]
    fn an_answer_in_one_read_has_no_pace() {
        let mut arrivals = Arrivals::sent(0.0);
        assert_eq!(arrivals.metrics(5.0, &used(9, None)).ttft_ms, None);
        arrivals.read(10.0, 50, 10);
        let metrics = arrivals.metrics(10.0, &used(9, None));
        assert_eq!((metrics.ttft_ms, metrics.tokens_per_second), (Some(10.0), None));
        arrivals.read(10.0, 50, 0);
        assert_eq!(arrivals.metrics(10.0, &used(9, None)).tokens_per_second, None, "at one moment is one read too");
    }

    #[test]
    fn reasoning_that_was_not_shown_is_no_part_of_the_pace() {
        let mut hidden = Arrivals::sent(0.0);
        hidden.read(1_000.0, 100, 0);
        hidden.read(2_000.0, 100, 0);
        assert_eq!(hidden.metrics(2_000.0, &used(1_000, Some(900))).tokens_per_second, Some(50.0));
        let mut shown = Arrivals::sent(0.0);
        shown.read(1_000.0, 0, 100);
        shown.read(2_000.0, 100, 0);
        assert_eq!(shown.metrics(2_000.0, &used(1_000, Some(900))).tokens_per_second, Some(500.0));
    }

    #[test]
    fn without_a_count_there_is_no_pace() {
        let mut arrivals = Arrivals::sent(0.0);
        arrivals.read(1.0, 1, 0);
        arrivals.read(2.0, 1, 0);
        assert_eq!(arrivals.metrics(2.0, &Usage::default()).tokens_per_second, None);
    }

    proptest! {
        #[test]
        fn figures_are_never_negative_whatever_the_clock_does(
            sent in -1e9..1e9f64,
            reads in prop::collection::vec((-1e9..1e9f64, 0usize..9_999, 0usize..9_999), 0..9),
            end in -1e9..1e9f64,
            tokens in any::<u32>(),
        ) {
            let mut arrivals = Arrivals::sent(sent);
            for (now, answer, reasoning) in reads {
                arrivals.read(now, answer, reasoning);
            }
            let metrics = arrivals.metrics(end, &used(tokens.into(), None));
            prop_assert!(metrics.total_ms >= 0.0);
            prop_assert!(metrics.ttft_ms.is_none_or(|ms| ms >= 0.0));
            prop_assert!(metrics.tokens_per_second.is_none_or(|pace| pace > 0.0));
        }
    }
}
