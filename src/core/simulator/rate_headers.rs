//! Rate limit headers, if the dialect has them.

use crate::{ledger::PoolEntry, profile::WindowKind, refusal::duration, shape::Shape, window::WindowEntry};

/// Whether a page can read the rate limit headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateHeaders {
    /// They are sent and exposed to pages.
    Exposed,
    /// They are sent, but a page may not read them: the usual case.
    #[default]
    Unexposed,
    /// They are not sent.
    Absent,
}

/// `x-ratelimit-*` for the windows of a pool.
pub(crate) fn rate_headers(shape: Shape, pool: &PoolEntry, now_ms: u64) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for window in &pool.windows {
        let name = match (shape, window.kind) {
            (Shape::OpenRouter | Shape::LlamaCpp, _) | (_, WindowKind::TokensMinuteUncached) => continue,
            (Shape::Cerebras, kind) => kind.name(),
            (Shape::Groq, WindowKind::RequestsDay) => "requests",
            (Shape::Groq, WindowKind::TokensMinute) => "tokens",
            (Shape::Groq, _) => continue,
        };
        headers.push((format!("x-ratelimit-limit-{name}"), window.limit.to_string()));
        headers.push((format!("x-ratelimit-remaining-{name}"), window.left.max(0).to_string()));
        headers.push((format!("x-ratelimit-reset-{name}"), reset(shape, window, now_ms)));
    }
    headers
}

fn reset(shape: Shape, window: &WindowEntry, now_ms: u64) -> String {
    let wait = window.whole_at_ms.saturating_sub(now_ms);
    if shape == Shape::Groq { duration(wait) } else { format!("{}.{:03}", wait / 1_000, wait % 1_000) }
}
