//! Describes queued requests.

use headroom_domain::{RefillPolicy, grouped};
use headroom_limits::{Gauge, Need};

use crate::scheduler::{
    queue_item::QueueItem,
    verdict_text::{clock, refill},
};

impl QueueItem {
    /// Returns when it starts, and why not now: a sentence, and one line of arithmetic.
    #[must_use]
    pub fn words(&self, now_ms: u64) -> (String, String) {
        let Some(start_ms) = self.waits.start_ms else {
            let way = match self.cap_fits {
                Some(_) => "Lower max output, send anyway, or cancel.",
                None => "Cancel and shorten the chat, or send anyway.",
            };
            return ("This request exceeds the limit".to_owned(), way.to_owned());
        };
        let wait_ms = start_ms.saturating_sub(now_ms);
        let sends = format!("Sends in {}", clock(wait_ms));
        if let (Some(need), Some(gauge)) = (&self.need, &self.gauge) {
            return (format!("{sends} {}", when(need, gauge, wait_ms)), self.arithmetic(need, gauge));
        }
        let Some(refusal) = self.waits.refusal else {
            return (sends, self.after().unwrap_or_else(|| "Waiting for the request ahead.".to_owned()));
        };
        let reason = refusal.reason();
        (sends, self.after().map_or(reason.clone(), |after| format!("{reason} {after}")))
    }

    fn arithmetic(&self, need: &Need, gauge: &Gauge) -> String {
        let (left, window) = (grouped(gauge.left), gauge.limit.window);
        let (current, refill) = (window.period().current(), refill(gauge));
        let line = if window.counts_requests() {
            format!("{left} of {} requests left {current}, {refill}.", grouped(gauge.limit.limit))
        } else {
            let answer = if need.cap.is_some() { "max output" } else { "for the answer" };
            let (all, input, output) = (grouped(need.tokens()), grouped(need.input), grouped(need.answer));
            format!("Reserves {all} ({input} in + {output} {answer}). {left} left {current}, {refill}.")
        };
        self.after().map_or(line.clone(), |after| format!("{after} {line}"))
    }

    fn after(&self) -> Option<String> {
        match self.before {
            0 => None,
            1 => Some("1 request ahead.".to_owned()),
            more => Some(format!("{more} requests ahead.")),
        }
    }
}

/// Describes what has to refill before it starts: what it and the requests ahead lack together.
fn when(need: &Need, gauge: &Gauge, wait_ms: u64) -> String {
    let limit = gauge.limit;
    let tokens = match limit.refill {
        RefillPolicy::Bucket => {
            let back = u128::from(wait_ms) * u128::from(limit.limit) / u128::from(limit.window.period_ms().max(1));
            u64::try_from(back).unwrap_or(u64::MAX)
        }
        RefillPolicy::Fixed => return "when the limit resets".to_owned(),
        RefillPolicy::Sliding => need.tokens().saturating_sub(gauge.left),
    };
    if limit.window.counts_requests() {
        "when a request frees up".to_owned()
    } else {
        format!("when {} tokens free up", grouped(tokens))
    }
}
